/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sdk.h - the SDK's handlers without a socket: bytes of a request in, bytes of an answer out.
 *
 * Behind them is everything real: a store in memory, the snapshot table, the evaluation service. Only the router is a
 * stand-in (this file defines router_defer and router_principal): what is handed to a worker runs on this thread.
 */
#ifndef FF_TESTS_SDK_H
#define FF_TESTS_SDK_H

#include <jansson.h>

#include "transport/http/sdk/sdk.h"

struct sdk {
	struct repository *repository;
	struct snapshot_table *snapshots;
	struct eval_service *service;
	struct http_exchange x;
	struct ff_arena arena; /* the request's */
	struct http_field fields[4];
	struct principal principal; /* PRINCIPAL_DEV, unless a test says otherwise */
	ff_str tenant;              /* the principal's; `default` */
	route_fn deferred;          /* what the last request handed to a worker; NULL: nothing */
	unsigned timeout_ms;        /* deadline of the calls; 1000 */
	uint64_t now_ms;            /* what the table takes for the monotonic clock, and x.started_ns */
};

/* `doc` is {"flags": […], "segments"?: […]}: those of the tenant `default`, which is loaded. Registers the thread in
 * the epoch and goes online. */
void sdk_open(struct sdk *s, const json_t *doc);
void sdk_close(struct sdk *s);
/* Writes flags and segments into a tenant, made if new, as one change; nothing is loaded or refreshed. */
void sdk_write(struct sdk *s, ff_str tenant, const json_t *doc);

/* One field of the requests from here on; an empty value takes it away. */
void sdk_field(struct sdk *s, ff_str name, ff_str value);
/* One request, and, where it is handed to a worker, what that makes of it. The answer is in s->x.response. */
ff_status sdk_post(struct sdk *s, ff_str body, struct ff_err *reterr);
ff_status sdk_get(struct sdk *s, ff_str key, ff_str query, struct ff_err *reterr);

#endif
