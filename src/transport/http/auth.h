/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth.h - who a request comes from, for which tenant, and whether that one may ask for this.
 *
 * Every request's key is hashed and compared, in constant time: nothing that was remembered of a connection can outlive
 * a key. A key that is malformed, unknown, wrong, expired or revoked costs the same work and gets the same text. Never
 * waits: of an id that is not in memory it says that the store has to be asked.
 */
#ifndef FF_TRANSPORT_HTTP_AUTH_H
#define FF_TRANSPORT_HTTP_AUTH_H

#include "transport/http/router.h"

struct auth;
/* What one thread needs to hash keys. */
struct sha256;

struct auth_config {
	bool dev;               /* who presents no valid key is PRINCIPAL_DEV */
	ff_str root_key;        /* empty: there is none. Only its hash is kept */
	struct key_table *keys; /* borrowed; NULL: there are none */
	ff_str trusted_proxies; /* networks, by commas */
};

struct auth *auth_new(const struct auth_config *config);
void auth_free(struct auth *a);

/* An id that the store is to be asked for (key_table_look_up). */
struct auth_question {
	ff_str id;   /* borrowed from the request; empty: nothing is to be asked */
	bool slowed; /* for an address that is being slowed: one such question at a time */
};

/*
 * Finds *ret; strings in it are static or in the exchange's arena. Or else, unless `asked` already, FF_OK with
 * ret_question->id: then auth_asked, and again.
 *
 * FF_EUNAUTHENTICATED without a valid key where `access` asks for one; FF_ERATELIMITED where the address has failed too
 * often, which does not matter to a valid key. FF_EFORBIDDEN where the key's kind or role may not. Naming a tenant that
 * the key has no part in (by ?tenant= or FFS-Tenant): FF_EFORBIDDEN on the SDK API, FF_ETENANTNOTFOUND elsewhere,
 * whether there is one or not.
 */
FF_MUST ff_status auth_principal(struct auth *a, struct sha256 *hash, const struct http_exchange *x,
	enum route_access access, bool asked, struct principal *ret, struct auth_question *ret_question,
	struct ff_err *reterr);
/* The question has been answered. Any thread. */
void auth_asked(struct auth *a, const struct auth_question *q);

#endif
