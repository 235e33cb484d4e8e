/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/auth.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "domain/flag.h"
#include "transport/http/query.h"

enum { SHA256_BYTES = 32 };

static const ff_str default_tenant = {"default", 7};

struct auth {
	bool dev, has_root;
	unsigned char root_key_sha256[SHA256_BYTES];
};

/* OpenSSL 3 looks an algorithm up under locks, which costs more than hashing a key: fetched once a thread. */
struct auth_thread {
	EVP_MD *sha256;
	EVP_MD_CTX *context;
};

struct auth *
auth_new(bool dev, ff_str root_key_sha256)
{
	struct auth *a = ff_xcalloc(1, sizeof *a);

	a->dev = dev;
	a->has_root = root_key_sha256.n > 0;
	ff_assert(!a->has_root || root_key_sha256.n == SHA256_BYTES);
	if (a->has_root)
		memcpy(a->root_key_sha256, root_key_sha256.p, SHA256_BYTES);
	return a;
}

void
auth_free(struct auth *a)
{
	free(a);
}

struct auth_thread *
auth_thread_new(void)
{
	struct auth_thread *t = ff_xcalloc(1, sizeof *t);

	t->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	t->context = EVP_MD_CTX_new();
	ff_assert(t->sha256 && t->context);
	return t;
}

void
auth_thread_free(struct auth_thread *t)
{
	if (!t)
		return;
	EVP_MD_CTX_free(t->context);
	EVP_MD_free(t->sha256);
	free(t);
}

/* The key as sent: `Authorization: Bearer <key>`, or else `X-API-Key: <key>`. Empty: none. */
static ff_str
presented_key(const struct http_request *r)
{
	static const ff_str bearer = {"Bearer ", 7};
	ff_str authorization = http_request_field(r, FF_STR("Authorization"));

	if (authorization.n > bearer.n && ff_str_caseeq(ff_str_of(authorization.p, bearer.n), bearer))
		return ff_str_trim(ff_str_from(authorization, bearer.n));
	return http_request_field(r, FF_STR("X-API-Key"));
}

static bool
is_root(const struct auth *a, struct auth_thread *t, ff_str key)
{
	unsigned char digest[SHA256_BYTES];
	unsigned n = 0;

	if (!a->has_root || !key.n)
		return false;
	ff_assert(EVP_DigestInit_ex2(t->context, t->sha256, NULL) == 1);
	ff_assert(EVP_DigestUpdate(t->context, key.p, key.n) == 1);
	ff_assert(EVP_DigestFinal_ex(t->context, digest, &n) == 1 && n == SHA256_BYTES);
	return CRYPTO_memcmp(digest, a->root_key_sha256, SHA256_BYTES) == 0;
}

/* The tenant that the request names, by ?tenant= or else by FFS-Tenant; empty where it names none. */
static ff_status
named_tenant(const struct http_exchange *x, ff_str *ret, struct ff_err *reterr)
{
	struct query query;

	*ret = (ff_str){0};
	if (x->request.query.n) {
		FF_TRY(query_read(x->request.query, x->arena, &query, reterr));
		*ret = query_get(&query, FF_STR("tenant"));
	}
	if (!ret->n)
		*ret = http_request_field(&x->request, FF_STR("FFS-Tenant"));
	return FF_OK;
}

ff_status
auth_principal(const struct auth *a, struct auth_thread *t, const struct http_exchange *x, enum route_access access,
	struct principal *ret, struct ff_err *reterr)
{
	struct principal who = {0};
	ff_str key, named;

	if (access == ACCESS_PUBLIC) {
		*ret = who;
		return FF_OK;
	}
	key = presented_key(&x->request);
	if (is_root(a, t, key)) {
		who.kind = PRINCIPAL_ROOT;
		who.actor = FF_STR("root");
	} else if (a->dev && access != ACCESS_ROOT) {
		who.kind = PRINCIPAL_DEV;
		who.actor = FF_STR("dev");
	} else {
		return ff_fail(reterr, FF_EUNAUTHENTICATED, "%s: send it as Authorization: Bearer <key> or X-API-Key: <key>",
			key.n ? "the key is not valid" : "a key is required");
	}
	who.tenant = default_tenant;
	FF_TRY(named_tenant(x, &named, reterr));
	if (named.n && who.kind == PRINCIPAL_ROOT && !key_valid(named)) /* the store has a row that is no tenant's */
		return ff_fail(reterr, FF_ETENANTNOTFOUND, "there is no tenant \"%.*s\"", FF_FMT(named));
	if (named.n && who.kind == PRINCIPAL_ROOT)
		who.tenant = named;
	else if (named.n && !ff_str_eq(named, default_tenant))
		return ff_fail(reterr, access == ACCESS_SDK ? FF_EFORBIDDEN : FF_ETENANTNOTFOUND,
			"there is only the tenant \"default\" here, not \"%.*s\"", FF_FMT(named));
	*ret = who;
	return FF_OK;
}
