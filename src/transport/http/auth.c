/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/auth.h"

#include <stdlib.h>

#include "domain/flag.h"
#include "sys/clock.h"
#include "transport/http/proxies.h"
#include "transport/http/query.h"
#include "transport/http/slowdown.h"
#include "usecase/key_table.h"

static const ff_str default_tenant = {"default", 7};

struct auth {
	bool dev, has_root;
	char root_id[API_KEY_ID_BYTES];
	struct key_entry root;
	struct key_table *keys;
	struct proxies proxies;
	struct slowdown *slowdown;
	atomic_bool slowed_question; /* one is being asked for an address that is being slowed */
};

/* Who may what: a row for each principal, a bit for each access. */
#define ON(access) (1u << (access))
static const unsigned rights[] = {
	[PRINCIPAL_NONE] = ON(ACCESS_PUBLIC),
	[PRINCIPAL_DEV] = ON(ACCESS_SDK) | ON(ACCESS_VIEWER) | ON(ACCESS_EDITOR) | ON(ACCESS_ADMIN),
	[PRINCIPAL_ROOT] = ON(ACCESS_SDK) | ON(ACCESS_VIEWER) | ON(ACCESS_EDITOR) | ON(ACCESS_ADMIN) | ON(ACCESS_ROOT),
	[PRINCIPAL_VIEWER] = ON(ACCESS_VIEWER),
	[PRINCIPAL_EDITOR] = ON(ACCESS_VIEWER) | ON(ACCESS_EDITOR),
	[PRINCIPAL_ADMIN] = ON(ACCESS_VIEWER) | ON(ACCESS_EDITOR) | ON(ACCESS_ADMIN),
	[PRINCIPAL_SERVER] = ON(ACCESS_SDK),
	[PRINCIPAL_CLIENT] = ON(ACCESS_SDK),
};

/* What a 403 asks for. */
static const char *const needed[] = {
	[ACCESS_PUBLIC] = "no key",
	[ACCESS_SDK] = "a server or client key",
	[ACCESS_VIEWER] = "an admin key",
	[ACCESS_EDITOR] = "an admin key with the role editor or admin",
	[ACCESS_ADMIN] = "an admin key with the role admin",
	[ACCESS_ROOT] = "the root key",
};

static void
set_root(struct auth *a, ff_str text)
{
	struct api_key key;

	ff_assert(api_key_parse(text, &key) && key.kind == API_KEY_ROOT);
	memcpy(a->root_id, key.id.p, sizeof a->root_id);
	a->has_root = true;
	a->root.id = ff_str_of(a->root_id, sizeof a->root_id);
	a->root.kind = API_KEY_ROOT;
	a->root.actor = FF_STR("root");
	a->root.tenant = default_tenant;
	sha256_once(key.secret, a->root.secret_sha256);
}

struct auth *
auth_new(const struct auth_config *config)
{
	struct auth *a = ff_xcalloc(1, sizeof *a);

	a->dev = config->dev;
	a->keys = config->keys;
	ff_assert(proxies_parse(config->trusted_proxies, &a->proxies));
	a->slowdown = slowdown_new();
	if (config->root_key.n)
		set_root(a, config->root_key);
	return a;
}

void
auth_free(struct auth *a)
{
	if (!a)
		return;
	slowdown_free(a->slowdown);
	free(a);
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

/* The entry of the key's id; NULL where none is in memory. */
static struct key_entry *
find_entry(struct auth *a, const struct api_key *key)
{
	if (key->kind == API_KEY_ROOT)
		return a->has_root && ff_str_eq(key->id, a->root.id) ? &a->root : NULL;
	return a->keys ? key_table_find(a->keys, key->id) : NULL;
}

/* Does the presented text hold what the entry asks for? One hash and one comparison, whatever was presented. */
static bool
is_right(struct sha256 *hash, ff_str text, const struct api_key *key, const struct key_entry *e, int64_t now_ms)
{
	static const unsigned char nobody[SHA256_BYTES];
	unsigned char digest[SHA256_BYTES];
	ff_str secret = key ? key->secret : text;
	bool equal;

	secret.n = secret.n < API_KEY_SECRET_BYTES ? secret.n : API_KEY_SECRET_BYTES;
	sha256_hash(hash, secret, digest);
	equal = sha256_equal(digest, e ? e->secret_sha256 : nobody);
	return equal && e && e->kind == key->kind && !key_entry_expired(e, now_ms);
}

static enum principal_kind
kind_of(const struct key_entry *e)
{
	static const enum principal_kind admins[KEY_ROLES] = {
		[KEY_ROLE_VIEWER] = PRINCIPAL_VIEWER,
		[KEY_ROLE_EDITOR] = PRINCIPAL_EDITOR,
		[KEY_ROLE_ADMIN] = PRINCIPAL_ADMIN,
	};

	switch (e->kind) {
	case API_KEY_ROOT:
		return PRINCIPAL_ROOT;
	case API_KEY_ADMIN:
		return admins[e->role];
	case API_KEY_SERVER:
		return PRINCIPAL_SERVER;
	case API_KEY_CLIENT:
		return PRINCIPAL_CLIENT;
	case API_KEY_KINDS:
		break;
	}
	ff_assert(!"a kind of key that there is not");
}

static struct address
address_of(const struct auth *a, const struct http_exchange *x)
{
	return proxies_origin(&a->proxies, &x->request);
}

static ff_status
fail_slowed(unsigned wait_s, struct ff_err *reterr)
{
	ff_fail(reterr, FF_ERATELIMITED, "too many attempts without a valid key from this address");
	reterr->retry_after_s = wait_s;
	return FF_ERATELIMITED;
}

static ff_status
fail_invalid(struct auth *a, const struct http_exchange *x, struct ff_err *reterr)
{
	const struct address address = address_of(a, x);
	unsigned wait_s = slowdown_failed(a->slowdown, &address, clock_mono_ms());

	if (wait_s)
		return fail_slowed(wait_s, reterr);
	return ff_fail(reterr, FF_EUNAUTHENTICATED,
		"the key is not valid: send it as Authorization: Bearer <key> or X-API-Key: <key>");
}

/*
 * The store has to be asked for the id. So that guessing does not become the store's work, an address that is being
 * slowed gets one question at a time answered, all such addresses together.
 */
static ff_status
pose_question(
	struct auth *a, const struct http_exchange *x, ff_str id, struct auth_question *ret, struct ff_err *reterr)
{
	const struct address address = address_of(a, x);
	unsigned wait_s = slowdown_left_s(a->slowdown, &address, clock_mono_ms());

	if (wait_s && atomic_exchange(&a->slowed_question, true))
		return fail_slowed(wait_s, reterr);
	*ret = (struct auth_question){.id = id, .slowed = wait_s > 0};
	return FF_OK;
}

void
auth_asked(struct auth *a, const struct auth_question *q)
{
	if (q->slowed)
		atomic_store(&a->slowed_question, false);
}

/* Who presents what the request presents. */
static ff_status
identify(struct auth *a, struct sha256 *hash, const struct http_exchange *x, bool asked, struct principal *ret,
	struct auth_question *ret_question, struct ff_err *reterr)
{
	const int64_t now_ms = clock_wall_ms();
	const ff_str text = presented_key(&x->request);
	struct key_entry *e = NULL;
	struct api_key key;
	bool is_key = text.n && api_key_parse(text, &key);

	if (is_key)
		e = find_entry(a, &key);
	if (is_key && !e && !asked && a->keys && !a->dev && key.kind != API_KEY_ROOT &&
		!key_table_is_unknown(a->keys, key.id, clock_mono_ms()))
		return pose_question(a, x, key.id, ret_question, reterr);
	if (text.n && is_right(hash, text, is_key ? &key : NULL, e, now_ms)) {
		key_entry_used(e, now_ms);
		/* Copied: the key may be revoked, and gone, before its request is through. */
		*ret = (struct principal){
			.kind = kind_of(e),
			.actor = ff_arena_str(x->arena, e->actor),
			.tenant = ff_arena_str(x->arena, e->tenant),
			.environment = ff_arena_str(x->arena, e->environment),
		};
		return FF_OK;
	}
	if (a->dev) {
		*ret = (struct principal){.kind = PRINCIPAL_DEV, .actor = FF_STR("dev"), .tenant = default_tenant};
		return FF_OK;
	}
	if (text.n)
		return fail_invalid(a, x, reterr);
	return ff_fail(
		reterr, FF_EUNAUTHENTICATED, "a key is required: send it as Authorization: Bearer <key> or X-API-Key: <key>");
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

/* Two ways to say that one tenant is not another, neither of which says whether there is that other. */
static ff_status
settle_tenant(const struct http_exchange *x, enum route_access access, struct principal *who, struct ff_err *reterr)
{
	ff_str named;

	FF_TRY(named_tenant(x, &named, reterr));
	if (!named.n || ff_str_eq(named, who->tenant))
		return FF_OK;
	if (who->kind == PRINCIPAL_ROOT) {
		if (!key_valid(named)) /* the store has a row that is no tenant's */
			return ff_fail(reterr, FF_ETENANTNOTFOUND, "there is no tenant \"%.*s\"", FF_FMT(named));
		who->tenant = named;
		return FF_OK;
	}
	if (access == ACCESS_SDK)
		return ff_fail(reterr, FF_EFORBIDDEN, "the key is for the tenant \"%.*s\", not for \"%.*s\"",
			FF_FMT(who->tenant), FF_FMT(named));
	return ff_fail(reterr, FF_ETENANTNOTFOUND, "there is no tenant \"%.*s\"", FF_FMT(named));
}

ff_status
auth_principal(struct auth *a, struct sha256 *hash, const struct http_exchange *x, enum route_access access, bool asked,
	struct principal *ret, struct auth_question *ret_question, struct ff_err *reterr)
{
	struct principal who = {0};

	*ret_question = (struct auth_question){0};
	if (access != ACCESS_PUBLIC) {
		FF_TRY(identify(a, hash, x, asked, &who, ret_question, reterr));
		if (ret_question->id.n)
			return FF_OK;
		if (!(rights[who.kind] & ON(access)))
			return ff_fail(reterr, FF_EFORBIDDEN, "this needs %s", needed[access]);
		FF_TRY(settle_tenant(x, access, &who, reterr));
	}
	*ret = who;
	return FF_OK;
}
