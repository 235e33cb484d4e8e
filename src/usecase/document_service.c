/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/document_service.h"

#include "usecase/body.h"
#include "usecase/edit.h"
#include "usecase/page.h"
#include "usecase/snapshot_load.h"

ff_status
document_create(const struct ff_call *call, const struct service *service, const struct document_rules *rules,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *body = NULL;
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(edit_release) struct edit e = {0};

	FF_TRY(body_object(request->body, &body, reterr));
	FF_TRY(work_begin_write(&w, call, service, request, arena, ret, reterr));
	if (w.replayed)
		return FF_OK;
	edit_new(&e, &w, rules, arena);
	FF_TRY(edit_apply(&e, body, FF_STR(""), reterr));
	return edit_finish(&e, ret, reterr);
}

ff_status
document_get(const struct ff_call *call, const struct service *service, const struct document_rules *rules, ff_str key,
	struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *doc = NULL;
	FF_CLEANUP(work_end) struct work w = {0};
	struct document d;

	FF_TRY(work_begin(&w, call, service, TX_READ, 0, arena, reterr));
	FF_TRY(work_ops(&w)->get(w.tx, rules->kind, key, arena, &d, reterr));
	FF_TRY(document_tree_complete(&w, rules, &d, arena, &doc, reterr));
	*ret = (struct document_answer){
		.json = json_doc_dump(doc, arena), .key = d.key, .version = d.version, .revision = w.revision};
	return FF_OK;
}

/* Documents are read a few at a time: each may be large. */
enum { CHUNK = 16 };

/* Adds `list` to the page until it is full; *last is the key of the last one added. */
static ff_status
add_documents(struct work *w, const struct document_rules *rules, const struct document_list *list, struct page *page,
	struct ff_arena *scratch, ff_str *last, bool *ret_more, struct ff_err *reterr)
{
	*ret_more = list->more;
	for (uint32_t i = 0; i < list->n; i++) {
		FF_CLEANUP(json_decrefp) json_t *doc = NULL;

		if (page_full(page)) {
			*ret_more = true;
			return FF_OK;
		}
		FF_TRY(document_tree_complete(w, rules, &list->items[i], scratch, &doc, reterr));
		page_add(page, doc);
		*last = ff_arena_str(w->arena, list->items[i].key);
	}
	return FF_OK;
}

ff_status
document_list(const struct ff_call *call, const struct service *service, const struct document_rules *rules,
	const struct document_filter *filter, const struct page_request *request, struct ff_arena *arena, ff_str *ret_json,
	struct ff_err *reterr)
{
	static const int archived[] = {
		[FILTER_ARCHIVED_ANY] = ARCHIVED_ANY, [FILTER_ARCHIVED_NO] = ARCHIVED_NO, [FILTER_ARCHIVED_YES] = ARCHIVED_YES};
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(page_release) struct page page;
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	struct document_query query = {.kind = rules->kind, .q = filter->q, .tag = filter->tag};
	bool more = true;

	query.archived = archived[filter->archived];
	page_begin(&page);
	FF_TRY(page_cursor(request->cursor, arena, &query.after, reterr));
	FF_TRY(work_begin(&w, call, service, TX_READ, 0, arena, reterr));
	while (more && page.n < request->limit && !page_full(&page)) {
		struct document_list list;

		ff_arena_reset(&scratch);
		query.limit = request->limit - page.n < CHUNK ? request->limit - page.n : CHUNK;
		FF_TRY(work_ops(&w)->list(w.tx, &query, &scratch, &list, reterr));
		FF_TRY(add_documents(&w, rules, &list, &page, &scratch, &query.after, &more, reterr));
	}
	*ret_json = page_end(&page, more ? query.after : (ff_str){0}, arena);
	return FF_OK;
}

/*
 * A patch is applied to what callers see, which has all environments; those never written that it leaves alone stay
 * unwritten, whatever becomes of the shared parts.
 */
static void
forget_unwritten(const struct edit *e, const json_t *shown, json_t *candidate)
{
	json_t *is = json_object_get(candidate, "environments"), *config;
	const json_t *was = json_object_get(shown, "environments");
	const char *name;
	size_t name_n;

	json_doc_each (was, name, name_n, config) {
		if (!document_part_of(&e->before, ff_str_of(name, name_n)) &&
			json_equal(config, json_object_getn(is, name, name_n)))
			json_object_deln(is, name, name_n);
	}
}

/* The whole document that the request asks for. */
static ff_status
make_candidate(struct edit *e, enum write_format format, json_t *body, json_t **ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *shown = NULL;

	if (format == WRITE_REPLACE) {
		*ret = edit_replacement(e, body);
		return FF_OK;
	}
	FF_TRY(document_tree_complete(e->work, e->rules, &e->before, e->arena, &shown, reterr));
	FF_TRY(body_apply(format, shown, body, e->arena, ret, reterr));
	if (e->rules->has_environments)
		forget_unwritten(e, shown, *ret);
	return FF_OK;
}

ff_status
document_update(const struct ff_call *call, const struct service *service, const struct document_rules *rules,
	ff_str key, const struct write_request *request, struct ff_arena *arena, struct document_answer *ret,
	struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *body = NULL, *candidate = NULL;
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(edit_release) struct edit e = {0};
	struct expected_version expected = request->expected;

	FF_TRY(body_parse(request, &body, reterr));
	FF_TRY(body_version(body, &expected, reterr));
	FF_TRY(work_begin_write(&w, call, service, request, arena, ret, reterr));
	if (w.replayed)
		return FF_OK;
	FF_TRY(edit_open(&e, &w, rules, key, arena, reterr));
	FF_TRY(expected_check(&expected, e.before.version, rules->noun, reterr));
	FF_TRY(make_candidate(&e, request->format, body, &candidate, reterr));
	FF_TRY(edit_apply(&e, candidate, FF_STR(""), reterr));
	return edit_finish(&e, ret, reterr);
}

ff_status
document_delete(const struct ff_call *call, const struct service *service, const struct document_rules *rules,
	ff_str key, const struct write_request *request, struct ff_arena *arena, struct document_answer *ret,
	struct ff_err *reterr)
{
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(edit_release) struct edit e = {0};
	struct document_answer answer = {.key = key};

	FF_TRY(work_begin_write(&w, call, service, request, arena, ret, reterr));
	if (w.replayed)
		return FF_OK;
	FF_TRY(edit_open(&e, &w, rules, key, arena, reterr));
	FF_TRY(expected_check(&request->expected, e.before.version, rules->noun, reterr));
	FF_TRY(edit_remove(&e, reterr));
	answer.version = e.after.version;
	FF_TRY(work_answer(&w, &answer, reterr));
	*ret = answer;
	return FF_OK;
}
