/* SPDX-License-Identifier: Apache-2.0 */
/* others.c - members of segments, environments, and POST /admin/evaluate. */
#include "sys/clock.h"
#include "transport/http/admin/admin.h"
#include "usecase/environment_service.h"
#include "usecase/explain_service.h"
#include "usecase/segment_service.h"

ff_status
admin_segment_members(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	struct document_answer answer;
	struct write_request request;

	FF_TRY(admin_write_request(x, call, &request, reterr));
	FF_TRY(segment_members(call, service, x->params[0], &request, x->arena, &answer, reterr));
	admin_answer_write(x, &answer);
	return FF_OK;
}

ff_status
admin_environment_list(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	ff_str json;

	FF_TRY(environment_list(call, service, x->arena, &json, reterr));
	admin_answer_json(x, json);
	return FF_OK;
}

ff_status
admin_environment_create(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	struct document_answer answer;
	struct write_request request;

	FF_TRY(admin_write_request(x, call, &request, reterr));
	FF_TRY(environment_create(call, service, &request, x->arena, &answer, reterr));
	admin_answer_created(x, &answer);
	return FF_OK;
}

ff_status
admin_environment_delete(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	struct document_answer answer;
	struct write_request request;

	FF_TRY(admin_delete_request(x, call, &request, reterr));
	FF_TRY(environment_delete(call, service, x->params[0], &request, x->arena, &answer, reterr));
	admin_answer_deleted(x, &answer);
	return FF_OK;
}

ff_status
admin_evaluate(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	ff_str json;

	FF_TRY(explain_evaluate(call, service, x->request.body, clock_wall_ms(), x->arena, &json, reterr));
	admin_answer_json(x, json);
	return FF_OK;
}
