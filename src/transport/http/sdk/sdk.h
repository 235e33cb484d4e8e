/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sdk.h - the SDK API: POST /v1/evaluate and GET /v1/flags/{key}.
 *
 * A request whose snapshot is loaded is answered on its loop, without a lock, a wait or a call of malloc. Only where a
 * snapshot must first be loaded, or brought to FFS-Min-Revision, it is handed to a worker and read again there.
 */
#ifndef FF_TRANSPORT_HTTP_SDK_SDK_H
#define FF_TRANSPORT_HTTP_SDK_SDK_H

#include "transport/http/router.h"
#include "usecase/eval_service.h"

/* The rows of the route table; their service is a struct eval_service. */
extern const struct route sdk_routes[];
extern const unsigned sdk_routes_n;

#define SDK_DEFAULT_ENVIRONMENT FF_STR("production")

/* Which snapshot is asked. */
struct sdk_place {
	ff_str tenant, environment;
};

/* One request, on its loop or on a worker. */
struct sdk_request {
	struct eval_service *service;
	struct http_exchange *x;
	const struct ff_call *call;
	route_fn on_worker;    /* does this request over again where it may wait; NULL: it may wait here */
	uint64_t min_revision; /* FFS-Min-Revision; 0: any */
};

typedef ff_status (*sdk_answer_fn)(const struct sdk_request *q, struct ff_err *reterr);

/* How handlers run their `answer`: on the loop, with `on_worker` for where it would wait; and in that `on_worker`. */
FF_MUST ff_status sdk_answer_inline(struct eval_service *service, struct http_exchange *x, const struct ff_call *call,
	sdk_answer_fn answer, route_fn on_worker, struct ff_err *reterr);
FF_MUST ff_status sdk_answer_on_worker(struct eval_service *service, struct http_exchange *x,
	const struct ff_call *call, sdk_answer_fn answer, struct ff_err *reterr);

/* Where the caller asks unless the request says otherwise: the key's tenant and environment, or else `production`. */
struct sdk_place sdk_default_place(const struct sdk_request *q);
/* May this caller ask there? FF_EFORBIDDEN otherwise, whether there is such a place or not. */
FF_MUST ff_status sdk_check_place(const struct sdk_request *q, const struct sdk_place *place, struct ff_err *reterr);
/* evaluation_begin, for what this caller may see. False where the snapshot is not loaded. */
FF_MUST bool sdk_find(const struct sdk_request *q, const struct sdk_place *place, struct evaluation *ret);
/*
 * Begins the evaluation in `place`, at the revision asked for or later. On a loop where that is not in memory, the
 * request goes to a worker: FF_OK with *ret_deferred set, and the exchange is not to be touched any more. On a worker
 * it is waited for; pointers from before into another snapshot are void.
 */
FF_MUST ff_status sdk_begin(const struct sdk_request *q, const struct sdk_place *place, struct evaluation *ret,
	bool *ret_deferred, struct ff_err *reterr);
/* FFS-Revision and FFS-Age-Ms. */
void sdk_write_fields(const struct sdk_request *q, const struct sdk_place *place, const struct evaluation *e);

/* The handlers, each in a file of its name. */
ff_status sdk_evaluate(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr);
ff_status sdk_flag(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr);

#endif
