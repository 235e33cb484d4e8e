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

enum route_access {
	ACCESS_PUBLIC, /* no key */
	ACCESS_ADMIN,  /* Admin API */
	ACCESS_SDK,    /* SDK API */
	ACCESS_ROOT,   /* root key only */
};

enum route_run {
	RUN_INLINE, /* on the loop: never waits */
	RUN_WORKER, /* on the pool: may wait for the store */
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
	uint32_t body_max;
	route_fn handle;
};

/*
 * For an inline handler that finds that it would have to wait: `fn` runs on a worker in its place. The handler returns
 * what this returns (FF_EBUSY when the queue is full).
 */
FF_MUST ff_status router_defer(struct http_exchange *x, route_fn fn, struct ff_err *reterr);

/* Who a request comes from. */
enum principal_kind { PRINCIPAL_NONE, PRINCIPAL_DEV, PRINCIPAL_ROOT };

struct router_config {
	bool dev;               /* --dev: no key needed, tenant `default` */
	ff_str root_key_sha256; /* 32 bytes; empty: there is none */
	struct pool *pool;
	unsigned sdk_timeout_ms, admin_timeout_ms;
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
