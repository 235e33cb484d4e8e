/* SPDX-License-Identifier: Apache-2.0 */
#include "support/engine.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json_doc.h"

enum { ANSWER_MAX = 1 << 20, PATH_BYTES = 4096 };

static FF_NORETURN void
die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	abort();
}

static json_t *
parse(const char *text)
{
	struct ff_err err;
	json_t *json;

	if (json_doc_parse(ff_str_z(text), &json, &err) != FF_OK)
		die(text, err.detail);
	return json;
}

static ff_status
read_documents(struct engine *e, const json_t *doc, struct ff_err *reterr)
{
	const json_t *flags = json_object_get(doc, "flags"), *segments = json_object_get(doc, "segments");
	struct flag **f = FF_ARENA_ARRAY(&e->arena, struct flag *, json_array_size(flags));
	struct segment **s = FF_ARENA_ARRAY(&e->arena, struct segment *, json_array_size(segments));

	for (size_t i = 0; i < json_array_size(flags); i++)
		FF_TRY(flag_read(json_array_get(flags, i), &e->arena, &f[i], reterr));
	for (size_t i = 0; i < json_array_size(segments); i++)
		FF_TRY(segment_read(json_array_get(segments, i), &e->arena, &s[i], reterr));
	e->source = (struct snapshot_source){
		.tenant = FF_STR("default"),
		.environment = FF_STR("production"),
		.revision = 1,
		.flags = (const struct flag *const *)f,
		.n_flags = (uint32_t)json_array_size(flags),
		.segments = (const struct segment *const *)s,
		.n_segments = (uint32_t)json_array_size(segments),
	};
	return FF_OK;
}

static ff_status
try_open(struct engine *e, const json_t *doc, struct ff_err *reterr)
{
	ff_status status;

	*e = (struct engine){0};
	status = read_documents(e, doc, reterr);
	if (status == FF_OK)
		status = snapshot_build(&e->source, &e->snapshot, reterr);
	if (status == FF_OK)
		e->scratch = scratch_new();
	else
		ff_arena_release(&e->arena);
	return status;
}

void
engine_open(struct engine *e, const json_t *doc)
{
	struct ff_err err;

	if (try_open(e, doc, &err) != FF_OK)
		die("engine", err.detail);
}

void
engine_open_text(struct engine *e, const char *doc)
{
	json_t *json = parse(doc);

	engine_open(e, json);
	json_decref(json);
}

ff_status
engine_try_open(struct engine *e, const char *doc, struct ff_err *reterr)
{
	json_t *json = parse(doc);
	ff_status status = try_open(e, json, reterr);

	json_decref(json);
	return status;
}

void
engine_close(struct engine *e)
{
	scratch_free(e->scratch);
	snapshot_free(e->snapshot);
	ff_arena_release(&e->arena);
	ff_arena_release(&e->request);
}

void
engine_context(struct engine *e, const json_t *json, struct context *ret)
{
	const json_t *user = json_object_get(json, "userID"), *attributes = json_object_get(json, "attributes");
	struct json_reader reader;
	struct ff_err err;

	ff_arena_reset(&e->request);
	context_init(ret, snapshot_schema(e->snapshot), &e->request);
	scratch_prepare(e->scratch, e->snapshot);
	if (json_is_string(user))
		context_set_unit(ret, ff_arena_str(&e->request, json_doc_str(user)));
	if (!attributes)
		return;
	json_reader_init(&reader, json_doc_dump(attributes, &e->request), &e->request, JSON_READER_DEPTH_MAX);
	if (context_read_attributes(ret, &reader, &err) != FF_OK)
		die("context", err.detail);
}

void
engine_context_text(struct engine *e, const char *json, struct context *ret)
{
	json_t *parsed = parse(json);

	engine_context(e, parsed, ret);
	json_decref(parsed);
}

ff_str
engine_decide(struct engine *e, const struct context *context, const char *flag, int64_t now_ms)
{
	struct decision d;
	struct ff_buf out;
	ff_str copy;

	ff_buf_init(&out, ANSWER_MAX);
	evaluate(e->snapshot, snapshot_find(e->snapshot, ff_str_z(flag)), context, now_ms, e->scratch, &d);
	decision_write(&d, &out);
	copy = ff_arena_str(&e->request, ff_buf_str(&out));
	ff_buf_release(&out);
	return copy;
}

json_t *
golden_load(const char *name)
{
	char path[PATH_BYTES];
	json_error_t error;
	json_t *json;

	snprintf(path, sizeof path, "%s/%s", FF_GOLDEN_DIR, name);
	json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		die(path, error.text);
	return json;
}
