/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/history.h"

#include <inttypes.h>

#include "base/json_patch.h"
#include "base/rfc3339.h"
#include "domain/flag.h"
#include "usecase/page.h"

/* From one version to the next. */
static ff_status
step(const struct change *c, struct ff_arena *arena, json_t **doc, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *patch = NULL;
	json_t *next;

	if (c->full.n) {
		FF_TRY(json_doc_parse(c->full, &next, reterr));
	} else {
		FF_TRY(json_doc_parse(c->patch, &patch, reterr));
		FF_TRY(json_patch_apply(*doc, patch, arena, &next, reterr));
	}
	json_decref(*doc);
	*doc = next;
	return FF_OK;
}

ff_status
history_rebuild(struct work *w, const struct document_rules *rules, ff_str key, uint64_t version, json_t **ret,
	struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *doc = json_null();
	struct change_list chain;

	FF_TRY(work_ops(w)->version_chain(w->tx, rules->kind, key, version, w->arena, &chain, reterr));
	for (uint32_t i = 0; i < chain.n; i++) {
		struct ff_err err;

		if (step(&chain.items[i], w->arena, &doc, &err) != FF_OK)
			return ff_fail(reterr, FF_ESTORAGE, "version %" PRIu64 " of %s \"%.*s\" cannot be rebuilt: %s",
				chain.items[i].version, rules->noun, FF_FMT(key), err.detail);
	}
	if (json_is_null(doc))
		return ff_fail(reterr, FF_EVERSIONNOTFOUND, "version %" PRIu64 " of %s \"%.*s\" is its deletion", version,
			rules->noun, FF_FMT(key));
	*ret = FF_TAKE(doc);
	return FF_OK;
}

ff_status
document_version(const struct ff_call *call, const struct service *service, const struct document_rules *rules,
	ff_str key, uint64_t version, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr)
{
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(json_decrefp) json_t *doc = NULL;

	FF_TRY(work_begin(&w, call, service, TX_READ, 0, arena, reterr));
	FF_TRY(history_rebuild(&w, rules, key, version, &doc, reterr));
	if (rules->complete)
		FF_TRY(rules->complete(&w, doc, arena, reterr));
	*ret = (struct document_answer){
		.json = json_doc_dump(doc, arena), .key = key, .version = version, .revision = w.revision};
	return FF_OK;
}

/* A cursor of a history says after which change the page before has ended. */
static ff_status
read_cursor(ff_str cursor, struct ff_arena *arena, struct change_query *query, struct ff_err *reterr)
{
	ff_str last, revision, item;
	uint64_t number;

	if (!cursor.n)
		return FF_OK;
	FF_TRY(page_cursor(cursor, arena, &last, reterr));
	if (!ff_str_cut(last, '.', &revision, &item) || !ff_str_u64(revision, &query->before_revision) ||
		!ff_str_u64(item, &number) || !query->before_revision || number > UINT32_MAX)
		return ff_fail(reterr, FF_EMALFORMED, "the cursor is not one of a history");
	query->before_item = (uint32_t)number;
	return FF_OK;
}

static const char *const actions[] = {
	[CHANGE_CREATED] = "created", [CHANGE_UPDATED] = "updated", [CHANGE_DELETED] = "deleted"};

static void
put_change(struct ff_buf *out, const struct change *c)
{
	char at[RFC3339_BYTES];

	ff_buf_printf(out, "{\"version\":%" PRIu64 ",\"revision\":%" PRIu64 ",\"at\":\"%.*s\",\"actor\":", c->version,
		c->revision, FF_FMT(rfc3339_format(c->at, at)));
	ff_buf_json_str(out, c->actor);
	ff_buf_printf(out, ",\"action\":\"%s\",\"comment\":", actions[c->action]);
	ff_buf_json_str(out, c->comment);
	ff_buf_lit(out, ",\"requestId\":");
	ff_buf_json_str(out, c->request_id);
	ff_buf_lit(out, ",\"patch\":");
	ff_buf_str_put(out, c->patch);
	ff_buf_char(out, '}');
}

/* Changes are read a few at a time: each may be as large as a document. */
enum { CHUNK = 32 };

ff_status
document_history(const struct ff_call *call, const struct service *service, const struct document_rules *rules,
	ff_str key, const struct page_request *request, struct ff_arena *arena, ff_str *ret_json, struct ff_err *reterr)
{
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(page_release) struct page page;
	FF_CLEANUP(ff_arena_release) struct ff_arena chunk = FF_ARENA_INIT;
	struct change_query query = {.one = true, .kind = rules->kind, .key = key};
	bool more = true;

	page_begin(&page);
	FF_TRY(read_cursor(request->cursor, arena, &query, reterr));
	FF_TRY(work_begin(&w, call, service, TX_READ, 0, arena, reterr));
	while (more && page.n < request->limit && !page_full(&page)) {
		struct change_list list;

		ff_arena_reset(&chunk);
		query.limit = request->limit - page.n < CHUNK ? request->limit - page.n : CHUNK;
		FF_TRY(work_ops(&w)->changes(w.tx, &query, &chunk, &list, reterr));
		more = list.more;
		for (uint32_t i = 0; i < list.n; i++) {
			if (page_full(&page)) {
				more = true;
				break;
			}
			page_next(&page);
			put_change(&page.out, &list.items[i]);
			query.before_revision = list.items[i].revision;
			query.before_item = list.items[i].item;
		}
	}
	if (!page.n && !request->cursor.n)
		return ff_fail(reterr, rules->not_found, "there is no %s \"%.*s\"", rules->noun, FF_FMT(key));
	*ret_json = page_end(&page,
		more ? ff_arena_printf(arena, "%" PRIu64 ".%u", query.before_revision, query.before_item) : (ff_str){0}, arena);
	return FF_OK;
}
