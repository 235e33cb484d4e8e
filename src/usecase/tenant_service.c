/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/tenant_service.h"

#include "base/json_doc.h"
#include "base/rfc3339.h"
#include "domain/flag.h"
#include "domain/limits.h"
#include "usecase/body.h"
#include "usecase/page.h"
#include "usecase/work.h"

static struct ff_call
operator_call(const struct ff_call *call)
{
	struct ff_call mine = *call;

	mine.tenant = REPOSITORY_OPERATOR;
	return mine;
}

static json_t *
tenant_tree(const struct tenant *t)
{
	char text[RFC3339_BYTES];
	json_t *json = json_object();

	json_doc_set(json, FF_STR("key"), json_doc_new_str(t->key));
	json_doc_set(json, FF_STR("name"), json_doc_new_str(t->name));
	json_doc_set(json, FF_STR("createdAt"), json_doc_new_str(rfc3339_format(t->created_at, text)));
	return json;
}

ff_status
tenant_list(const struct ff_call *call, const struct service *service, const struct page_request *request,
	struct ff_arena *arena, ff_str *ret_json, struct ff_err *reterr)
{
	const struct ff_call mine = operator_call(call);
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(page_release) struct page page;
	struct tenant_list list;
	ff_str after;

	page_begin(&page);
	FF_TRY(page_cursor(request->cursor, arena, &after, reterr));
	FF_TRY(work_begin(&w, &mine, service, TX_READ, 0, arena, reterr));
	FF_TRY(work_ops(&w)->tenant_list(w.tx, after, request->limit, arena, &list, reterr));
	for (uint32_t i = 0; i < list.n; i++) {
		FF_CLEANUP(json_decrefp) json_t *doc = tenant_tree(&list.items[i]);

		page_add(&page, doc);
	}
	*ret_json = page_end(&page, list.more ? list.items[list.n - 1].key : (ff_str){0}, arena);
	return FF_OK;
}

static ff_status
read_tenant(const json_t *body, struct ff_arena *arena, struct tenant *ret, struct ff_err *reterr)
{
	static const ff_str members[] = {FF_STR("key"), FF_STR("name")};
	const json_t *key = json_object_get(body, "key"), *name = json_object_get(body, "name");
	struct ff_faults faults;

	ff_faults_init(&faults, arena);
	body_known_members(body, members, FF_COUNT(members), &faults);
	if (!key)
		ff_faults_add(&faults, FF_STR("/key"), "is missing");
	else if (!json_is_string(key) || !key_valid(json_doc_str(key)))
		ff_faults_add(&faults, FF_STR("/key"), "must be 1 to %d of A-Z a-z 0-9 . _ -, starting with a letter or digit",
			LIMIT_KEY_BYTES);
	if (name && (!json_is_string(name) || json_string_length(name) > LIMIT_STRING_BYTES))
		ff_faults_add(&faults, FF_STR("/name"), "must be a string of at most %d bytes", LIMIT_STRING_BYTES);
	if (faults.n)
		return ff_fail_faults(reterr, FF_EINVALID, &faults, "tenant");
	*ret = (struct tenant){.key = ff_arena_str(arena, json_doc_str(key)),
		.name = name ? ff_arena_str(arena, json_doc_str(name)) : FF_STR("")};
	return FF_OK;
}

ff_status
tenant_create(const struct ff_call *call, const struct service *service, const struct write_request *request,
	struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr)
{
	const struct ff_call mine = operator_call(call);
	FF_CLEANUP(json_decrefp) json_t *body = NULL, *doc = NULL;
	FF_CLEANUP(work_end) struct work w = {0};
	struct document_answer answer = {0};
	struct tenant tenant = {0};

	FF_TRY(body_object(request->body, &body, reterr));
	FF_TRY(read_tenant(body, arena, &tenant, reterr));
	tenant.created_at = request->now_ms;
	FF_TRY(work_begin_write(&w, &mine, service, request, arena, ret, reterr));
	if (w.replayed)
		return FF_OK;
	FF_TRY(work_ops(&w)->tenant_create(w.tx, tenant.key, tenant.name, reterr));
	doc = tenant_tree(&tenant);
	answer.key = tenant.key;
	answer.json = json_doc_dump(doc, arena);
	FF_TRY(work_answer(&w, &answer, reterr));
	*ret = answer;
	return FF_OK;
}

ff_status
tenant_delete(const struct ff_call *call, const struct service *service, ff_str key,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr)
{
	const struct ff_call mine = operator_call(call);
	FF_CLEANUP(work_end) struct work w = {0};
	struct document_answer answer = {.key = key};

	FF_TRY(work_begin_write(&w, &mine, service, request, arena, ret, reterr));
	if (!w.replayed) {
		FF_TRY(work_ops(&w)->tenant_remove(w.tx, key, reterr));
		FF_TRY(work_answer(&w, &answer, reterr));
		*ret = answer;
	}
	work_tenant_gone(&w, key);
	return FF_OK;
}
