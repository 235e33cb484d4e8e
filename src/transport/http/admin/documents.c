/* SPDX-License-Identifier: Apache-2.0 */
/* documents.c - the verbs that flags and segments share: /admin/flags… and /admin/segments… */
#include "transport/http/admin/admin.h"

/* Which kind of document a route is about. */
static const struct {
	ff_str path;
	const struct document_rules *rules;
} collections[] = {
	{FF_STR("/admin/flags"), &flag_rules},
	{FF_STR("/admin/segments"), &segment_rules},
};

static const struct document_rules *
rules_of(const struct http_exchange *x)
{
	for (unsigned i = 0; i < FF_COUNT(collections); i++)
		if (ff_str_starts(ff_str_z(x->route->pattern), collections[i].path))
			return collections[i].rules;
	ff_assert(!"a route of documents that is in no collection");
}

static ff_status
read_filter(const struct query *query, struct document_filter *ret, struct ff_err *reterr)
{
	ff_str archived = query_get(query, FF_STR("archived"));

	*ret = (struct document_filter){.q = query_get(query, FF_STR("q")), .tag = query_get(query, FF_STR("tag"))};
	if (ff_str_eq(archived, FF_STR("true")))
		ret->archived = FILTER_ARCHIVED_YES;
	else if (ff_str_eq(archived, FF_STR("false")))
		ret->archived = FILTER_ARCHIVED_NO;
	else if (archived.p)
		return ff_fail(reterr, FF_EMALFORMED, "archived must be true or false, not \"%.*s\"", FF_FMT(archived));
	return FF_OK;
}

ff_status
admin_document_list(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	struct document_filter filter;
	struct page_request page;
	struct query query;
	ff_str json;

	FF_TRY(query_read(x->request.query, x->arena, &query, reterr));
	FF_TRY(admin_page_request(&query, &page, reterr));
	FF_TRY(read_filter(&query, &filter, reterr));
	FF_TRY(document_list(call, service, rules_of(x), &filter, &page, x->arena, &json, reterr));
	admin_answer_json(x, json);
	return FF_OK;
}

ff_status
admin_document_create(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	struct document_answer answer;
	struct write_request request;

	FF_TRY(admin_write_request(x, call, &request, reterr));
	FF_TRY(document_create(call, service, rules_of(x), &request, x->arena, &answer, reterr));
	admin_answer_created(x, &answer);
	return FF_OK;
}

ff_status
admin_document_get(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	struct document_answer answer;

	FF_TRY(document_get(call, service, rules_of(x), x->params[0], x->arena, &answer, reterr));
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
	FF_TRY(document_update(call, service, rules_of(x), x->params[0], &request, x->arena, &answer, reterr));
	admin_answer_write(x, &answer);
	return FF_OK;
}

ff_status
admin_document_put(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	return update(service, x, call, WRITE_REPLACE, reterr);
}

ff_status
admin_document_patch(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	return update(service, x, call, admin_patch_format(x), reterr);
}

ff_status
admin_document_delete(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	struct document_answer answer;
	struct write_request request;

	FF_TRY(admin_delete_request(x, call, &request, reterr));
	FF_TRY(document_delete(call, service, rules_of(x), x->params[0], &request, x->arena, &answer, reterr));
	admin_answer_deleted(x, &answer);
	return FF_OK;
}

ff_status
admin_document_history(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	struct page_request page;
	struct query query;
	ff_str json;

	FF_TRY(query_read(x->request.query, x->arena, &query, reterr));
	FF_TRY(admin_page_request(&query, &page, reterr));
	FF_TRY(document_history(call, service, rules_of(x), x->params[0], &page, x->arena, &json, reterr));
	admin_answer_json(x, json);
	return FF_OK;
}

ff_status
admin_document_version(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	struct document_answer answer;
	uint64_t version;

	if (!ff_str_u64(x->params[1], &version) || version > INT64_MAX)
		return ff_fail(reterr, FF_EMALFORMED, "\"%.*s\" is not a version", FF_FMT(x->params[1]));
	FF_TRY(document_version(call, service, rules_of(x), x->params[0], version, x->arena, &answer, reterr));
	admin_answer_read(x, &answer);
	return FF_OK;
}

ff_status
admin_document_rollback(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	struct document_answer answer;
	struct write_request request;

	FF_TRY(admin_write_request(x, call, &request, reterr));
	FF_TRY(document_rollback(call, service, rules_of(x), x->params[0], &request, x->arena, &answer, reterr));
	admin_answer_write(x, &answer);
	return FF_OK;
}
