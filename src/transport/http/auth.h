/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth.h - who a request comes from, and for which tenant.
 *
 * Every request's key is hashed and compared, in constant time: nothing that was remembered of a connection can outlive
 * a key. Never waits.
 */
#ifndef FF_TRANSPORT_HTTP_AUTH_H
#define FF_TRANSPORT_HTTP_AUTH_H

#include "transport/http/router.h"

struct auth;
/* What one thread needs to hash keys. */
struct auth_thread;

struct principal {
	enum principal_kind kind;
	ff_str actor;  /* static: "root", "dev", "" */
	ff_str tenant; /* "default" unless root names another; borrowed from the exchange; empty on public routes */
};

struct auth *auth_new(bool dev, ff_str root_key_sha256);
void auth_free(struct auth *a);
struct auth_thread *auth_thread_new(void);
void auth_thread_free(struct auth_thread *t);

/*
 * FF_EUNAUTHENTICATED without a valid key where `access` asks for one. Naming a tenant that the key has no part in (by
 * ?tenant= or FFS-Tenant): FF_EFORBIDDEN on the SDK API, FF_ETENANTNOTFOUND elsewhere, so that the Admin API does not
 * tell which tenants there are.
 */
FF_MUST ff_status auth_principal(const struct auth *a, struct auth_thread *t, const struct http_exchange *x,
	enum route_access access, struct principal *ret, struct ff_err *reterr);

#endif
