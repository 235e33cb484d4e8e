/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/sdk/sdk.h"

#include "base/utf8.h"
#include "sys/epoch.h"

enum {
	RETRY_S = 1,
	SHOWN_BYTES = 64, /* of a caller's word in a message */
};

static ff_status
request_init(struct sdk_request *q, struct eval_service *service, struct http_exchange *x, const struct ff_call *call,
	route_fn on_worker, struct ff_err *reterr)
{
	ff_str min_revision = http_request_field(&x->request, FF_STR("FFS-Min-Revision"));

	*q = (struct sdk_request){.service = service, .x = x, .call = call, .on_worker = on_worker};
	if (min_revision.p && !ff_str_u64(min_revision, &q->min_revision))
		return ff_fail(reterr, FF_EMALFORMED, "FFS-Min-Revision must be a revision, a number, not \"%.*s\"",
			FF_FMT(utf8_cut(min_revision, SHOWN_BYTES)));
	return FF_OK;
}

ff_status
sdk_answer_inline(struct eval_service *service, struct http_exchange *x, const struct ff_call *call,
	sdk_answer_fn answer, route_fn on_worker, struct ff_err *reterr)
{
	struct sdk_request q;

	FF_TRY(request_init(&q, service, x, call, on_worker, reterr));
	return answer(&q, reterr);
}

ff_status
sdk_answer_on_worker(struct eval_service *service, struct http_exchange *x, const struct ff_call *call,
	sdk_answer_fn answer, struct ff_err *reterr)
{
	struct sdk_request q;
	ff_status status;

	FF_TRY(request_init(&q, service, x, call, NULL, reterr));
	epoch_online();
	status = answer(&q, reterr);
	epoch_offline();
	return status;
}

struct sdk_place
sdk_default_place(const struct sdk_request *q)
{
	const struct principal *who = router_principal(q->x);

	return (struct sdk_place){q->call->tenant, who->environment.n ? who->environment : SDK_DEFAULT_ENVIRONMENT};
}

ff_status
sdk_check_place(const struct sdk_request *q, const struct sdk_place *place, struct ff_err *reterr)
{
	const struct principal *who = router_principal(q->x);

	if (!ff_str_eq(place->tenant, q->call->tenant) && who->kind != PRINCIPAL_ROOT)
		return ff_fail(reterr, FF_EFORBIDDEN, "the tenant is \"%.*s\" here, not \"%.*s\"", FF_FMT(q->call->tenant),
			FF_FMT(utf8_cut(place->tenant, SHOWN_BYTES)));
	if (who->environment.n && !ff_str_eq(place->environment, who->environment))
		return ff_fail(reterr, FF_EFORBIDDEN, "the key is for the environment \"%.*s\", not for \"%.*s\"",
			FF_FMT(who->environment), FF_FMT(utf8_cut(place->environment, SHOWN_BYTES)));
	return FF_OK;
}

bool
sdk_find(const struct sdk_request *q, const struct sdk_place *place, struct evaluation *ret)
{
	if (!evaluation_begin(q->service, place->tenant, place->environment, q->x->arena, ret))
		return false;
	ret->client = router_principal(q->x)->kind == PRINCIPAL_CLIENT;
	return true;
}

static bool
find_new_enough(const struct sdk_request *q, const struct sdk_place *place, struct evaluation *ret)
{
	return sdk_find(q, place, ret) && snapshot_revision(ret->snapshot) >= q->min_revision;
}

/* On a worker, which is online while it handles a request, but not while it waits. */
static ff_status
load(const struct sdk_request *q, const struct sdk_place *place, struct ff_err *reterr)
{
	struct ff_call call = *q->call;
	ff_status status;

	call.tenant = place->tenant;
	epoch_offline();
	status = eval_service_load(q->service, &call, place->environment, q->min_revision, reterr);
	epoch_online();
	if (status == FF_EREVISION && reterr)
		reterr->retry_after_s = RETRY_S;
	return status;
}

ff_status
sdk_begin(const struct sdk_request *q, const struct sdk_place *place, struct evaluation *ret, bool *ret_deferred,
	struct ff_err *reterr)
{
	*ret_deferred = false;
	if (find_new_enough(q, place, ret))
		return FF_OK;
	if (q->on_worker) {
		*ret_deferred = true;
		return router_defer(q->x, q->on_worker, reterr);
	}
	FF_TRY(load(q, place, reterr));
	if (find_new_enough(q, place, ret))
		return FF_OK;
	/* Dropped again between the load and now: its environment is being deleted. */
	ff_fail(reterr, FF_EUNAVAILABLE, "the environment \"%.*s\" could not be kept loaded", FF_FMT(place->environment));
	if (reterr)
		reterr->retry_after_s = RETRY_S;
	return FF_EUNAVAILABLE;
}

void
sdk_write_fields(const struct sdk_request *q, const struct sdk_place *place, const struct evaluation *e)
{
	struct ff_buf *fields = &q->x->response.fields;
	uint64_t now_ms = q->x->started_ns / 1000000u;

	ff_buf_lit(fields, "FFS-Revision: ");
	ff_buf_u64(fields, snapshot_revision(e->snapshot));
	ff_buf_lit(fields, "\r\nFFS-Age-Ms: ");
	ff_buf_u64(fields, eval_service_age_ms(q->service, place->tenant, place->environment, now_ms));
	ff_buf_lit(fields, "\r\n");
}
