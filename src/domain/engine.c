/* SPDX-License-Identifier: Apache-2.0 */
/* engine.c - the public engine (include/ff/engine.h) over snapshot, context and evaluate. */
#include "ff/engine.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_doc.h"
#include "base/utf8.h"
#include "domain/evaluate.h"
#include "domain/limits.h"

enum { EXPLANATION_MAX = 64 << 20 };

struct ff_engine {
	struct snapshot *snapshot;
	struct ff_arena arena;
	const char **keys; /* with NUL */
};

struct ff_decision {
	struct ff_context *context; /* in whose `answers` texts are put */
	struct decision decision;
};

struct ff_context {
	const struct ff_engine *engine;
	struct context context;
	struct ff_arena input, answers;
	struct scratch *scratch;
	bool prepared; /* the scratch is, for the context as it is and `now_ms` */
	int64_t now_ms;
	struct ff_decision decision;
	struct ff_buf text; /* of an explanation */
};

int
ff_engine_version(void)
{
	return FF_ENGINE_VERSION;
}

static enum ff_engine_status
tell(const struct ff_err *err, char *reterr, size_t size)
{
	if (reterr && size)
		snprintf(reterr, size, "%s", err->detail);
	return FF_ENGINE_INVALID;
}

/* The member's items; none where it is absent. */
static ff_status
items_of(const json_t *doc, const char *name, const json_t **ret, struct ff_err *reterr)
{
	const json_t *items = json_object_get(doc, name);

	if (items && !json_is_array(items))
		return ff_fail(reterr, FF_EINVALID, "/%s is %s, not a list", name, json_doc_kind(items));
	*ret = items;
	return FF_OK;
}

/* Says which of the documents is at fault. */
static ff_status
blame(struct ff_err *reterr, ff_status status, const char *list, size_t i)
{
	char detail[FF_ERR_DETAIL_MAX];

	memcpy(detail, reterr->detail, sizeof detail);
	return ff_fail(reterr, status, "/%s/%zu: %s", list, i, detail);
}

static ff_status
read_documents(const json_t *doc, struct ff_arena *arena, struct snapshot_source *source, struct ff_err *reterr)
{
	const json_t *flags = NULL, *segments = NULL;
	struct segment **s;
	struct flag **f;

	if (!json_is_object(doc))
		return ff_fail(reterr, FF_EINVALID, "the document is %s, not an object", json_doc_kind(doc));
	FF_TRY(items_of(doc, "flags", &flags, reterr));
	FF_TRY(items_of(doc, "segments", &segments, reterr));
	source->n_flags = (uint32_t)json_array_size(flags);
	source->n_segments = (uint32_t)json_array_size(segments);
	f = FF_ARENA_ARRAY(arena, struct flag *, source->n_flags);
	s = FF_ARENA_ARRAY(arena, struct segment *, source->n_segments);
	for (uint32_t i = 0; i < source->n_flags; i++) {
		ff_status status = flag_read(json_array_get(flags, i), arena, &f[i], reterr);

		if (status != FF_OK)
			return blame(reterr, status, "flags", i);
	}
	for (uint32_t i = 0; i < source->n_segments; i++) {
		ff_status status = segment_read(json_array_get(segments, i), arena, &s[i], reterr);

		if (status != FF_OK)
			return blame(reterr, status, "segments", i);
	}
	source->flags = (const struct flag *const *)f;
	source->segments = (const struct segment *const *)s;
	return FF_OK;
}

static ff_status
compile(ff_str json, ff_str environment, struct snapshot **ret, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct snapshot_source source = {.tenant = FF_STR("embedded"), .environment = environment};
	FF_CLEANUP(json_decrefp) json_t *doc = NULL;

	FF_TRY(json_doc_parse(json, &doc, reterr));
	FF_TRY(read_documents(doc, &arena, &source, reterr));
	return snapshot_build(&source, ret, reterr);
}

enum ff_engine_status
ff_engine_open(const char *json, size_t json_size, const char *environment, struct ff_engine **ret, char *reterr,
	size_t reterr_size)
{
	struct ff_engine *e;
	struct snapshot *snapshot;
	struct ff_err err;

	if (compile(ff_str_of(json, json_size), ff_str_z(environment), &snapshot, &err) != FF_OK)
		return tell(&err, reterr, reterr_size);
	e = ff_xcalloc(1, sizeof *e);
	e->snapshot = snapshot;
	e->keys = FF_ARENA_ARRAY(&e->arena, const char *, snapshot_count(snapshot));
	for (uint32_t i = 0; i < snapshot_count(snapshot); i++)
		e->keys[i] = ff_arena_str(&e->arena, compiled_flag_key(snapshot_at(snapshot, i))).p;
	*ret = e;
	return FF_ENGINE_OK;
}

void
ff_engine_free(struct ff_engine *engine)
{
	if (!engine)
		return;
	snapshot_free(engine->snapshot);
	ff_arena_release(&engine->arena);
	free(engine);
}

size_t
ff_engine_count(const struct ff_engine *engine)
{
	return snapshot_count(engine->snapshot);
}

const char *
ff_engine_key(const struct ff_engine *engine, size_t i)
{
	return i < ff_engine_count(engine) ? engine->keys[i] : NULL;
}

struct ff_context *
ff_context_new(const struct ff_engine *engine)
{
	struct ff_context *c = ff_xcalloc(1, sizeof *c);

	c->engine = engine;
	c->scratch = scratch_new();
	c->decision.context = c;
	ff_buf_init(&c->text, EXPLANATION_MAX);
	ff_context_reset(c);
	return c;
}

void
ff_context_free(struct ff_context *context)
{
	if (!context)
		return;
	scratch_free(context->scratch);
	ff_arena_release(&context->input);
	ff_arena_release(&context->answers);
	ff_buf_release(&context->text);
	free(context);
}

void
ff_context_reset(struct ff_context *context)
{
	ff_arena_reset(&context->input);
	ff_arena_reset(&context->answers);
	context_init(&context->context, snapshot_schema(context->engine->snapshot), &context->input);
	context->prepared = false;
}

/* A copy of a caller's string; false where a context takes none such. */
static bool
take(struct ff_context *c, const char *z, ff_str *ret)
{
	ff_str s = ff_str_z(z);

	if (s.n > LIMIT_STRING_BYTES || !utf8_valid(s))
		return false;
	*ret = ff_arena_str(&c->input, s);
	return true;
}

static enum ff_engine_status
took(bool ok)
{
	return ok ? FF_ENGINE_OK : FF_ENGINE_LIMIT;
}

enum ff_engine_status
ff_context_set_user_id(struct ff_context *context, const char *user_id)
{
	ff_str unit;

	if (!take(context, user_id, &unit))
		return FF_ENGINE_LIMIT;
	context->prepared = false;
	context_set_unit(&context->context, unit);
	return FF_ENGINE_OK;
}

enum ff_engine_status
ff_context_set_string(struct ff_context *context, const char *name, const char *value)
{
	ff_str n, v;

	context->prepared = false;
	return took(take(context, name, &n) && take(context, value, &v) && context_set_string(&context->context, n, v));
}

enum ff_engine_status
ff_context_set_number(struct ff_context *context, const char *name, double value)
{
	ff_str n;

	context->prepared = false;
	if (!isfinite(value))
		return FF_ENGINE_INVALID;
	return took(take(context, name, &n) && context_set_number(&context->context, n, value));
}

enum ff_engine_status
ff_context_set_bool(struct ff_context *context, const char *name, bool value)
{
	ff_str n;

	context->prepared = false;
	return took(take(context, name, &n) && context_set_boolean(&context->context, n, value));
}

enum ff_engine_status
ff_context_set_json(struct ff_context *context, const char *json, size_t json_size, char *reterr, size_t reterr_size)
{
	struct json_reader reader;
	struct ff_err err;

	context->prepared = false;
	if (json_size > LIMIT_SDK_BODY_BYTES) {
		ff_fail(&err, FF_ETOOLARGE, "a context of %zu bytes, at most %d", json_size, LIMIT_SDK_BODY_BYTES);
		return tell(&err, reterr, reterr_size);
	}
	json_reader_init(
		&reader, ff_arena_str(&context->input, ff_str_of(json, json_size)), &context->input, JSON_READER_DEPTH_MAX);
	if (context_read_attributes(&context->context, &reader, &err) != FF_OK)
		return tell(&err, reterr, reterr_size);
	if (json_reader_next(&reader) != JSON_TOKEN_END) {
		json_reader_fail(&reader, FF_EPARSE, &err, "more than one JSON value");
		return tell(&err, reterr, reterr_size);
	}
	return FF_ENGINE_OK;
}

/* Results of segments and prerequisites are kept as long as neither context nor time changes. */
static const struct compiled_flag *
begin(struct ff_context *c, const char *flag, int64_t now_ms)
{
	if (!c->prepared || c->now_ms != now_ms)
		scratch_prepare(c->scratch, c->engine->snapshot);
	c->prepared = true;
	c->now_ms = now_ms;
	ff_arena_reset(&c->answers);
	return snapshot_find(c->engine->snapshot, ff_str_z(flag));
}

const struct ff_decision *
ff_evaluate(struct ff_context *context, const char *flag, int64_t now_ms)
{
	const struct compiled_flag *f = begin(context, flag, now_ms);

	evaluate(context->engine->snapshot, f, &context->context, now_ms, context->scratch, &context->decision.decision);
	return &context->decision;
}

const char *
ff_explain(struct ff_context *context, const char *flag, int64_t now_ms)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf steps;
	const struct compiled_flag *f;
	struct decision d;

	context->prepared = false; /* a segment that is known already would not be walked again */
	f = begin(context, flag, now_ms);
	ff_buf_init(&steps, EXPLANATION_MAX);
	explain(context->engine->snapshot, f, &context->context, now_ms, context->scratch, &d, &steps);
	ff_buf_reset(&context->text);
	ff_buf_lit(&context->text, "{\"decision\":");
	decision_write(&d, &context->text);
	ff_buf_lit(&context->text, ",\"steps\":");
	ff_buf_str_put(&context->text, ff_buf_str(&steps));
	ff_buf_lit(&context->text, "}");
	ff_buf_char(&context->text, '\0');
	return context->text.p;
}

/* A text of the decision's, with NUL; NULL for none. */
static const char *
answer(const struct ff_decision *d, ff_str s)
{
	return s.p ? ff_arena_str(&d->context->answers, s).p : NULL;
}

const char *
ff_decision_json(const struct ff_decision *decision)
{
	return answer(decision, decision_value(&decision->decision));
}

bool
ff_decision_bool(const struct ff_decision *decision, bool fallback)
{
	ff_str value = decision_value(&decision->decision);

	return ff_str_eqz(value, "true") || (fallback && !ff_str_eqz(value, "false"));
}

/* The value as a token of `kind`. */
static bool
read_value(const struct ff_decision *d, enum json_token kind, struct json_reader *reader)
{
	json_reader_init(reader, decision_value(&d->decision), &d->context->answers, JSON_READER_DEPTH_MAX);
	return json_reader_next(reader) == kind;
}

double
ff_decision_number(const struct ff_decision *decision, double fallback)
{
	struct json_reader reader;

	return read_value(decision, JSON_TOKEN_NUMBER, &reader) ? json_reader_number(&reader) : fallback;
}

const char *
ff_decision_string(const struct ff_decision *decision, const char *fallback)
{
	struct json_reader reader;

	if (!read_value(decision, JSON_TOKEN_STRING, &reader))
		return fallback;
	return ff_arena_str(&decision->context->answers, json_reader_string(&reader)).p;
}

const char *
ff_decision_variation(const struct ff_decision *decision)
{
	return answer(decision, decision_variation(&decision->decision));
}

const char *
ff_decision_rule_id(const struct ff_decision *decision)
{
	return answer(decision, decision_rule_id(&decision->decision));
}

const char *
ff_decision_error(const struct ff_decision *decision)
{
	return decision_error_name(decision->decision.error);
}

const char *
ff_decision_reason(const struct ff_decision *decision)
{
	return reason_name(decision->decision.reason);
}

uint64_t
ff_decision_version(const struct ff_decision *decision)
{
	const struct compiled_flag *f = decision->decision.flag;

	return f ? compiled_flag_version(f) : 0;
}
