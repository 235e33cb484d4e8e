/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/key_service.h"

#include "base/rfc3339.h"
#include "usecase/body.h"
#include "usecase/edit.h"
#include "usecase/key_entry.h"
#include "usecase/page.h"

/* A key as it is listed. */
static ff_status
add_key(struct page *page, const struct document *d, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *doc = NULL;
	char text[RFC3339_BYTES];

	FF_TRY(document_tree(&key_rules, d, &doc, reterr));
	json_doc_set(doc, FF_STR("lastUsedAt"),
		d->last_used_at ? json_doc_new_str(rfc3339_format(d->last_used_at, text)) : json_null());
	page_add(page, doc);
	return FF_OK;
}

ff_status
key_list(const struct ff_call *call, const struct service *service, const struct page_request *request,
	struct ff_arena *arena, ff_str *ret_json, struct ff_err *reterr)
{
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(page_release) struct page page;
	struct document_query query = {.kind = DOCUMENT_KEY, .limit = request->limit};
	struct document_list list;

	page_begin(&page);
	FF_TRY(page_cursor(request->cursor, arena, &query.after, reterr));
	FF_TRY(work_begin(&w, call, service, TX_READ, 0, arena, reterr));
	FF_TRY(work_ops(&w)->list(w.tx, &query, arena, &list, reterr));
	for (uint32_t i = 0; i < list.n; i++)
		FF_TRY(add_key(&page, &list.items[i], reterr));
	*ret_json = page_end(&page, list.more ? list.items[list.n - 1].key : (ff_str){0}, arena);
	return FF_OK;
}

/* The kind that the body asks for; any where it asks for none that there is, which is found when it is read. */
static enum api_key_kind
kind_of(const json_t *body)
{
	const json_t *member = json_object_get(body, "kind");
	enum api_key_kind kind;

	return json_is_string(member) && api_key_kind_parse(json_doc_str(member), &kind) ? kind : API_KEY_ADMIN;
}

/* `json` is an object that is not empty; the key becomes its first member. */
static ff_str
with_key(ff_str json, ff_str key, struct ff_arena *arena)
{
	/* A key needs no escaping. */
	return ff_arena_printf(arena, "{\"key\":\"%.*s\",%.*s", FF_FMT(key), FF_FMT(ff_str_from(json, 1)));
}

ff_status
key_create(const struct ff_call *call, const struct service *service, const struct write_request *request,
	struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *body = NULL;
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(edit_release) struct edit e = {0};
	unsigned char sha256[SHA256_BYTES];
	char text[API_KEY_BYTES_MAX + 1];
	struct api_key key;
	ff_str whole;

	FF_TRY(body_object(request->body, &body, reterr));
	whole = api_key_new(kind_of(body), text);
	ff_assert(api_key_parse(whole, &key));
	sha256_once(key.secret, sha256);
	FF_TRY(work_begin_write(&w, call, service, request, arena, ret, reterr));
	if (w.replayed) /* what was stored then has no secret */
		return FF_OK;
	edit_new(&e, &w, &key_rules, arena);
	e.secret.id = ff_arena_str(arena, key.id);
	e.secret.sha256 = ff_str_of((const char *)sha256, sizeof sha256);
	FF_TRY(edit_apply(&e, body, FF_STR(""), reterr));
	FF_TRY(edit_finish(&e, ret, reterr));
	ret->json = with_key(ret->json, whole, arena);
	return FF_OK;
}

ff_status
key_revoke(const struct ff_call *call, const struct service *service, ff_str id, const struct write_request *request,
	struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr)
{
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(edit_release) struct edit e = {0};
	struct document_answer answer = {.key = id};

	FF_TRY(work_begin_write(&w, call, service, request, arena, ret, reterr));
	if (w.replayed)
		return FF_OK;
	FF_TRY(edit_open(&e, &w, &key_rules, id, arena, reterr));
	if (request->expected.source != EXPECT_UNSAID)
		FF_TRY(expected_check(&request->expected, e.before.version, key_rules.noun, reterr));
	FF_TRY(edit_remove(&e, reterr));
	answer.version = e.after.version;
	FF_TRY(work_answer(&w, &answer, reterr));
	*ret = answer;
	return FF_OK;
}
