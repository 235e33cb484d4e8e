/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/explain_service.h"

#include <inttypes.h>

#include "base/json_reader.h"
#include "base/rfc3339.h"
#include "domain/evaluate.h"
#include "usecase/body.h"
#include "usecase/edit.h"
#include "usecase/needed.h"

static const ff_str members[] = {
	FF_STR("flag"), FF_STR("flagKey"), FF_STR("environment"), FF_STR("context"), FF_STR("at"),
	FF_STR("tenant"), /* the key says it; as in SDK bodies it may be named */
};
static const ff_str context_members[] = {FF_STR("userID"), FF_STR("attributes")};

/* What the body asks. Borrowed from it. */
struct question {
	const json_t *draft; /* or NULL, and then: */
	ff_str flag;
	ff_str environment, unit;
	const json_t *attributes; /* NULL: none */
	int64_t at;
};

static bool
read_string(const json_t *object, const char *member, ff_str pointer, ff_str *ret, struct ff_faults *faults)
{
	const json_t *value = json_object_get(object, member);

	if (!value || json_is_null(value))
		return false;
	if (json_is_string(value))
		*ret = json_doc_str(value);
	else
		ff_faults_add(faults, pointer, "must be a string, not %s", json_doc_kind(value));
	return true;
}

static void
read_context(const json_t *context, struct question *q, struct ff_faults *faults)
{
	struct ff_faults inside;

	if (!context)
		return;
	if (!json_is_object(context)) {
		ff_faults_add(faults, FF_STR("/context"), "must be an object, not %s", json_doc_kind(context));
		return;
	}
	ff_faults_init(&inside, faults->arena);
	body_known_members(context, context_members, FF_COUNT(context_members), &inside);
	read_string(context, "userID", FF_STR("/userID"), &q->unit, &inside);
	q->attributes = json_object_get(context, "attributes");
	faults_gather(faults, FF_STR("/context"), inside.first);
}

static void
read_at(const json_t *at, struct question *q, struct ff_faults *faults)
{
	if (!at)
		return;
	if (json_is_integer(at))
		q->at = json_integer_value(at);
	else if (!json_is_string(at) || !rfc3339_parse(json_doc_str(at), &q->at))
		ff_faults_add(faults, FF_STR("/at"), "must be a date (RFC 3339), or milliseconds since the epoch");
}

static ff_status
read_question(const json_t *body, int64_t now_ms, struct ff_arena *arena, struct question *ret, struct ff_err *reterr)
{
	struct question q = {.environment = FF_STR("production"), .at = now_ms};
	struct ff_faults faults;
	bool keyed;

	ff_faults_init(&faults, arena);
	body_known_members(body, members, FF_COUNT(members), &faults);
	q.draft = json_object_get(body, "flag");
	keyed = read_string(body, "flagKey", FF_STR("/flagKey"), &q.flag, &faults);
	if (keyed == (q.draft != NULL))
		ff_faults_add(&faults, FF_STR(""), "must have \"flag\", a draft, or \"flagKey\"%s", keyed ? ", not both" : "");
	else if (q.draft && !json_is_object(q.draft))
		ff_faults_add(&faults, FF_STR("/flag"), "must be an object, not %s", json_doc_kind(q.draft));
	read_string(body, "environment", FF_STR("/environment"), &q.environment, &faults);
	read_context(json_object_get(body, "context"), &q, &faults);
	read_at(json_object_get(body, "at"), &q, &faults);
	if (faults.n)
		return ff_fail_faults(reterr, FF_EINVALID, &faults, "question");
	*ret = q;
	return FF_OK;
}

/*
 * Writes the draft in a transaction that nobody commits: so it is checked, and seen by what follows, as if it had been
 * written.
 */
static ff_status
put_draft(struct work *w, struct question *q, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *candidate = NULL;
	FF_CLEANUP(edit_release) struct edit e = {0};
	struct ff_faults faults;

	FF_TRY(edit_open_or_new(&e, w, &flag_rules, q->draft, reterr));
	candidate = edit_replacement(&e, q->draft);
	FF_TRY(edit_write(&e, candidate, reterr));
	FF_TRY(edit_check(&e, reterr));
	ff_faults_init(&faults, w->arena);
	faults_gather(&faults, FF_STR("/flag"), e.faults.first);
	if (faults.n)
		return ff_fail_faults(reterr, FF_EINVALID, &faults, "flag");
	q->flag = e.after.key;
	return FF_OK;
}

static ff_status
make_context(const struct question *q, const struct snapshot *s, struct ff_arena *arena, struct context *ret,
	struct ff_err *reterr)
{
	struct json_reader reader;

	context_init(ret, snapshot_schema(s), arena);
	context_set_unit(ret, q->unit);
	if (!q->attributes)
		return FF_OK;
	json_reader_init(&reader, json_doc_dump(q->attributes, arena), arena, JSON_READER_DEPTH_MAX);
	return context_read_attributes(ret, &reader, reterr);
}

static void
scratch_freep(struct scratch **s)
{
	scratch_free(*s);
}

static ff_status
answer(
	const struct work *w, const struct question *q, const struct snapshot *s, ff_str *ret_json, struct ff_err *reterr)
{
	FF_CLEANUP(scratch_freep) struct scratch *scratch = scratch_new();
	FF_CLEANUP(ff_buf_release) struct ff_buf out, steps;
	char at[RFC3339_BYTES];
	struct decision decision;
	struct context context;

	ff_buf_init(&out, SIZE_MAX);
	ff_buf_init(&steps, SIZE_MAX);
	FF_TRY(make_context(q, s, w->arena, &context, reterr));
	scratch_prepare(scratch, s);
	explain(s, snapshot_find(s, q->flag), &context, q->at, scratch, &decision, &steps);
	ff_buf_lit(&out, "{\"flagKey\":");
	ff_buf_json_str(&out, q->flag);
	ff_buf_lit(&out, ",\"environment\":");
	ff_buf_json_str(&out, q->environment);
	ff_buf_printf(&out, ",\"at\":\"%.*s\",\"revision\":%" PRIu64 ",\"decision\":", FF_FMT(rfc3339_format(q->at, at)),
		w->revision);
	decision_write(&decision, &out);
	ff_buf_lit(&out, ",\"steps\":");
	ff_buf_str_put(&out, ff_buf_str(&steps));
	ff_buf_char(&out, '}');
	*ret_json = ff_arena_str(w->arena, ff_buf_str(&out));
	return FF_OK;
}

static void
snapshot_freep(struct snapshot **s)
{
	snapshot_free(*s);
}

ff_status
explain_evaluate(const struct ff_call *call, const struct service *service, ff_str body, int64_t now_ms,
	struct ff_arena *arena, ff_str *ret_json, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *json = NULL;
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(snapshot_freep) struct snapshot *snapshot = NULL;
	struct question q = {0};

	FF_TRY(body_object(body, &json, reterr));
	FF_TRY(read_question(json, now_ms, arena, &q, reterr));
	FF_TRY(work_begin(&w, call, service, q.draft ? TX_WRITE : TX_READ, now_ms, arena, reterr));
	if (q.draft)
		FF_TRY(put_draft(&w, &q, reterr));
	FF_TRY(needed_snapshot(&w, q.flag, q.environment, &snapshot, reterr));
	work_end(&w);
	return answer(&w, &q, snapshot, ret_json, reterr);
}
