/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/transfer_service.h"

#include "base/map.h"
#include "usecase/body.h"
#include "usecase/edit.h"

#define FORMAT "ffs-tenant/1"

/* The lists of a transfer, in the order in which they are written: flags need their environments to be there. */
static const struct {
	ff_str member;
	const struct document_rules *rules;
} lists[] = {
	{FF_STR("environments"), &environment_rules},
	{FF_STR("segments"), &segment_rules},
	{FF_STR("flags"), &flag_rules},
};

static const ff_str members[] = {FF_STR("format"), FF_STR("environments"), FF_STR("segments"), FF_STR("flags")};

/* Documents are read a few at a time: each may be large. */
enum { CHUNK = 16 };

static ff_status
export_list(struct work *w, const struct document_rules *rules, struct ff_buf *out, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	struct document_query query = {.kind = rules->kind, .limit = CHUNK};
	struct document_list list = {.more = true};

	for (bool first = true; list.more && !out->overflow;) {
		ff_arena_reset(&scratch);
		FF_TRY(work_ops(w)->list(w->tx, &query, &scratch, &list, reterr));
		for (uint32_t i = 0; i < list.n; i++, first = false) {
			FF_CLEANUP(json_decrefp) json_t *doc = NULL;

			FF_TRY(document_tree(rules, &list.items[i], &doc, reterr));
			if (!first)
				ff_buf_char(out, ',');
			json_doc_write(doc, out);
			query.after = ff_arena_str(w->arena, list.items[i].key);
		}
	}
	return FF_OK;
}

ff_status
transfer_export(const struct ff_call *call, const struct service *service, struct ff_arena *arena, ff_str *ret_json,
	uint64_t *ret_revision, struct ff_err *reterr)
{
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(ff_buf_release) struct ff_buf out;

	ff_buf_init(&out, JSON_DOC_BYTES_MAX);
	FF_TRY(work_begin(&w, call, service, TX_READ, 0, arena, reterr));
	ff_buf_lit(&out, "{\"format\":\"" FORMAT "\"");
	for (unsigned i = 0; i < FF_COUNT(lists); i++) {
		ff_buf_printf(&out, ",\"%.*s\":[", FF_FMT(lists[i].member));
		FF_TRY(export_list(&w, lists[i].rules, &out, reterr));
		ff_buf_char(&out, ']');
	}
	ff_buf_char(&out, '}');
	if (out.overflow)
		return ff_fail(
			reterr, FF_ETOOLARGE, "the tenant is larger than a transfer may be: %d MiB", JSON_DOC_BYTES_MAX >> 20);
	*ret_json = ff_arena_str(arena, ff_buf_str(&out));
	*ret_revision = w.revision;
	return FF_OK;
}

/* An import under way: each document is written as it comes; what it names is looked at when all are there. */
struct import {
	struct work w;
	struct edit *edits; /* of the documents so far, in their order */
	uint32_t n, cap;
	struct ff_faults faults; /* with pointers into the transfer */
	struct transfer_counts counts;
};

static void
import_release(struct import *m)
{
	if (m->n)
		edit_release(&m->edits[m->n - 1]);
	work_end(&m->w);
}

/* A document that is there twice would be written twice in one revision. */
static void
check_twice(const json_t *list, ff_str member, struct ff_faults *faults)
{
	struct ff_map seen;
	size_t i;
	json_t *doc;

	ff_map_init(&seen, faults->arena, (uint32_t)json_array_size(list));
	json_array_foreach (list, i, doc) {
		const json_t *key = json_object_get(doc, "key");

		if (json_is_string(key) && ff_map_put(&seen, json_doc_str(key), (uint32_t)i) != i)
			ff_faults_add(faults, ff_arena_printf(faults->arena, "/%.*s/%zu/key", FF_FMT(member), i),
				"\"%.*s\" is in the list twice", FF_FMT(json_doc_str(key)));
	}
}

static ff_status
read_transfer(ff_str text, struct ff_arena *arena, json_t **ret, uint32_t *ret_n, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *json = NULL;
	struct ff_faults faults;
	const json_t *format;
	size_t n = 0;

	FF_TRY(body_object(text, &json, reterr));
	ff_faults_init(&faults, arena);
	body_known_members(json, members, FF_COUNT(members), &faults);
	format = json_object_get(json, "format");
	if (!json_is_string(format) || !ff_str_eqz(json_doc_str(format), FORMAT))
		ff_faults_add(&faults, FF_STR("/format"), "must be \"" FORMAT "\"");
	for (unsigned i = 0; i < FF_COUNT(lists); i++) {
		const json_t *list = json_object_get(json, lists[i].member.p);

		if (list && !json_is_array(list))
			ff_faults_add(&faults, ff_arena_printf(arena, "/%.*s", FF_FMT(lists[i].member)), "must be a list, not %s",
				json_doc_kind(list));
		check_twice(list, lists[i].member, &faults);
		n += json_array_size(list);
	}
	if (faults.n)
		return ff_fail_faults(reterr, FF_EINVALID, &faults, "transfer");
	*ret = FF_TAKE(json);
	*ret_n = (uint32_t)n; /* of a text of at most JSON_DOC_BYTES_MAX */
	return FF_OK;
}

static ff_status
import_one(struct import *m, const struct document_rules *rules, const json_t *doc, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *candidate = NULL;
	struct edit *e = &m->edits[m->n++];

	FF_TRY(edit_open_or_new(e, &m->w, rules, doc, reterr));
	e->only_if_changed = true;
	candidate = edit_replacement(e, doc);
	FF_TRY(edit_write(e, candidate, reterr));
	edit_release(e); /* the trees; what is checked later needs none */
	if (e->unchanged)
		m->counts.unchanged++;
	else if (e->before.version)
		m->counts.updated++;
	else
		m->counts.created++;
	if (rules->kind == DOCUMENT_ENVIRONMENT)
		work_forget_environments(&m->w);
	return FF_OK;
}

/* Writes all, then checks all; with faults in what is written, nothing is checked. */
static ff_status
import_all(struct import *m, const json_t *transfer, bool check, struct ff_err *reterr)
{
	uint32_t n = 0;

	for (unsigned l = 0; l < FF_COUNT(lists); l++) {
		const json_t *list = json_object_get(transfer, lists[l].member.p);
		size_t i;
		json_t *doc;

		json_array_foreach (list, i, doc) {
			if (check)
				FF_TRY(edit_check(&m->edits[n], reterr));
			else
				FF_TRY(import_one(m, lists[l].rules, doc, reterr));
			faults_gather(&m->faults, ff_arena_printf(m->w.arena, "/%.*s/%zu", FF_FMT(lists[l].member), i),
				m->edits[n++].faults.first);
		}
	}
	return m->faults.n ? ff_fail_faults(reterr, FF_EINVALID, &m->faults, "transfer") : FF_OK;
}

ff_status
transfer_import(const struct ff_call *call, const struct service *service, ff_str json, int64_t now_ms,
	struct ff_arena *arena, struct transfer_counts *ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *transfer = NULL;
	FF_CLEANUP(import_release) struct import m = {0};

	FF_TRY(read_transfer(json, arena, &transfer, &m.cap, reterr));
	m.edits = FF_ARENA_ARRAY(arena, struct edit, m.cap);
	ff_faults_init(&m.faults, arena);
	FF_TRY(work_begin(&m.w, call, service, TX_WRITE, now_ms, arena, reterr));
	FF_TRY(import_all(&m, transfer, false, reterr));
	FF_TRY(import_all(&m, transfer, true, reterr));
	FF_TRY(work_commit(&m.w, reterr));
	*ret = m.counts;
	ret->revision = m.w.revision;
	return FF_OK;
}
