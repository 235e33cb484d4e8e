/* SPDX-License-Identifier: Apache-2.0 */
/* flag_environments.c - one environment's configuration: /admin/flags/{key}/environments/{environment} */
#include "transport/http/admin/admin.h"
#include "usecase/flag_service.h"

ff_status
admin_config_get(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	struct document_answer answer;

	FF_TRY(flag_environment_get(call, service, x->params[0], x->params[1], x->arena, &answer, reterr));
	admin_answer_read(x, &answer);
	return FF_OK;
}

static ff_status
update(
	void *service, struct http_exchange *x, const struct ff_call *call, enum write_format format, struct ff_err *reterr)
{
	struct document_answer answer;
	struct write_request request;

	FF_TRY(admin_write_request(x, call, &request, reterr));
	request.format = format;
	FF_TRY(flag_environment_update(call, service, x->params[0], x->params[1], &request, x->arena, &answer, reterr));
	admin_answer_write(x, &answer);
	return FF_OK;
}

ff_status
admin_config_put(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	return update(service, x, call, WRITE_REPLACE, reterr);
}

ff_status
admin_config_patch(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	return update(service, x, call, admin_patch_format(x), reterr);
}
