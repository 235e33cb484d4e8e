/* SPDX-License-Identifier: Apache-2.0 */
/* access.c - who may come in: keys of a tenant, and tenants. */
#include "transport/http/admin/admin.h"
#include "usecase/key_service.h"
#include "usecase/tenant_service.h"

typedef ff_status (*list_fn)(const struct ff_call *call, const struct service *service, const struct page_request *page,
	struct ff_arena *arena, ff_str *ret_json, struct ff_err *reterr);
typedef ff_status (*create_fn)(const struct ff_call *call, const struct service *service,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr);
typedef ff_status (*delete_fn)(const struct ff_call *call, const struct service *service, ff_str key,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr);

static ff_status
list(list_fn fn, void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	struct page_request page;
	struct query query;
	ff_str json;

	FF_TRY(query_read(x->request.query, x->arena, &query, reterr));
	FF_TRY(admin_page_request(&query, &page, reterr));
	FF_TRY(fn(call, service, &page, x->arena, &json, reterr));
	admin_answer_json(x, json);
	return FF_OK;
}

/* What these make has no page of its own, so there is no Location. */
static ff_status
create(create_fn fn, void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	struct document_answer answer;
	struct write_request request;

	FF_TRY(admin_write_request(x, call, &request, reterr));
	FF_TRY(fn(call, service, &request, x->arena, &answer, reterr));
	x->response.status = 201;
	admin_answer_write(x, &answer);
	return FF_OK;
}

static ff_status delete (
	delete_fn fn, void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	struct document_answer answer;
	struct write_request request;

	FF_TRY(admin_delete_request(x, call, &request, reterr));
	FF_TRY(fn(call, service, x->params[0], &request, x->arena, &answer, reterr));
	admin_answer_deleted(x, &answer);
	return FF_OK;
}

ff_status
admin_key_list(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	return list(key_list, service, x, call, reterr);
}

ff_status
admin_key_create(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	FF_TRY(create(key_create, service, x, call, reterr));
	http_field(x, FF_STR("Cache-Control"), FF_STR("no-store")); /* it holds the secret */
	return FF_OK;
}

ff_status
admin_key_revoke(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	return delete (key_revoke, service, x, call, reterr);
}

ff_status
admin_tenant_list(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	return list(tenant_list, service, x, call, reterr);
}

ff_status
admin_tenant_create(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	return create(tenant_create, service, x, call, reterr);
}

ff_status
admin_tenant_delete(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	return delete (tenant_delete, service, x, call, reterr);
}
