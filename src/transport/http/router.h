/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router.h - the route table and what every request passes on its way to a handler: request id, authentication, limits
 * of the body, the worker pool, the access log, and errors as problem details.
 *
 * Adding an endpoint is one row in the table of its folder (admin/routes.c, sdk/routes.c, ops/routes.c) and one
 * function.
 */
#ifndef FF_TRANSPORT_HTTP_ROUTER_H
#define FF_TRANSPORT_HTTP_ROUTER_H

#include "base/call.h"
#include "sys/pool.h"
#include "transport/http/server.h"

struct router;
struct key_table;

enum route_access {
	ACCESS_PUBLIC, /* no key */
	ACCESS_SDK,    /* SDK API: server and client keys */
	ACCESS_VIEWER, /* Admin API: admin keys, from this role on */
	ACCESS_EDITOR,
	ACCESS_ADMIN,
	ACCESS_ROOT, /* root key only */
};

enum route_run {
	RUN_INLINE, /* on the loop: never waits */
	RUN_WORKER, /* on the pool: may wait for the store */
};

/* What a route takes as its body, as bits. A body of another (or no) Content-Type is refused with 415. */
enum body_type {
	BODY_JSON = 1 << 0,        /* application/json */
	BODY_MERGE_PATCH = 1 << 1, /* application/merge-patch+json */
	BODY_JSON_PATCH = 1 << 2,  /* application/json-patch+json */
};

/*
 * Handles one request: fills x->response and returns FF_OK, or returns a failure with *reterr, which becomes a problem
 * (what it put into the response until then is dropped). `service` is what the table was added with. The call has
 * deadline, cancellation, tenant, actor and request id.
 */
typedef ff_status (*route_fn)(
	void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr);

struct route {
	enum request_method method; /* GET answers HEAD too */
	const char *pattern;        /* "/admin/flags/{key}/environments/{env}": at most two {parameters} */
	enum route_access access;
	enum route_run run;
	uint32_t body_max;   /* bytes; 0: takes none */
	unsigned body_types; /* enum body_type bits; 0 where body_max is 0 */
	route_fn handle;
};

/*
 * For an inline handler that finds that it would have to wait: `fn` runs on a worker in its place. The handler returns
 * what this returns (FF_EBUSY when the queue is full).
 */
FF_MUST ff_status router_defer(struct http_exchange *x, route_fn fn, struct ff_err *reterr);

/* Who a request comes from. */
enum principal_kind {
	PRINCIPAL_NONE, /* on a public route */
	PRINCIPAL_DEV,
	PRINCIPAL_ROOT,
	PRINCIPAL_VIEWER, /* admin keys, by their role */
	PRINCIPAL_EDITOR,
	PRINCIPAL_ADMIN,
	PRINCIPAL_SERVER,
	PRINCIPAL_CLIENT,
};

struct principal {
	enum principal_kind kind;
	ff_str actor;       /* "root", "dev", "key:<id>" */
	ff_str tenant;      /* the key's; root's and dev's is `default`, unless root names another */
	ff_str environment; /* the only one that a server or client key is for; empty for others */
};

/*
 * Of the request that is being handled. An SDK body may name its tenant: root may name any (call->tenant is only what
 * was presumed), others none but call->tenant (else FF_EFORBIDDEN).
 */
const struct principal *router_principal(const struct http_exchange *x);

struct router_config {
	bool dev;               /* --dev: no key needed, tenant `default` */
	ff_str root_key;        /* empty: there is none. Only its hash is kept */
	struct key_table *keys; /* borrowed; NULL: there are none */
	ff_str trusted_proxies; /* networks, by commas, whose X-Forwarded-For is believed; copied */
	struct pool *pool;
	unsigned sdk_timeout_ms, admin_timeout_ms;
	unsigned
		access_log_every; /* of SDK and public requests one in so many is logged; 0: none. Failures and Admin: all */
};

struct router *router_new(const struct router_config *config);
void router_free(struct router *r);
/* Adds a table; `service` is passed to its handlers. Before the server starts. */
void router_add(struct router *r, const struct route *routes, unsigned n, void *service);
/* The server's callbacks; their `app` is the router. */
extern const struct http_app router_http_app;

/* All rows, for tests that compare them with the OpenAPI document. */
const struct route *const *router_routes(const struct router *r, unsigned *ret_n);

#endif
