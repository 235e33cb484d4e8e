/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate.c - POST /v1/evaluate.
 *
 * The body is read once, straight into the context of the snapshot that it is presumed to ask: its members come in any
 * order, so tenant and environment may turn out to be others only at its end. Then it is read again.
 */
#include "base/json_reader.h"
#include "domain/flag.h"
#include "domain/limits.h"
#include "sys/clock.h"
#include "transport/http/sdk/sdk.h"

enum { KEYS_MIN = 8 };

/* A body as it is read. */
struct body {
	struct json_reader reader;
	struct context *context; /* where the attributes go; NULL: they are only checked */
	struct ff_arena *arena;
	ff_str tenant, environment, user_id; /* n == 0: not given, or null */
	bool chosen;                         /* flags were named; none of them, if the list is empty */
	ff_str *keys;
	uint32_t n_keys, keys_cap;
};

typedef ff_status (*member_fn)(struct body *b, struct ff_err *reterr);

/* A string; null is as if it were not there. */
static ff_status
read_string(struct body *b, ff_str *ret, struct ff_err *reterr)
{
	enum json_token t = json_reader_next(&b->reader);

	if (t == JSON_TOKEN_STRING)
		*ret = json_reader_string(&b->reader);
	else if (t != JSON_TOKEN_NULL)
		return json_reader_fail(&b->reader, FF_EMALFORMED, reterr, "a string is expected, not %s", json_token_name(t));
	return FF_OK;
}

static ff_status
read_key(struct body *b, ff_str *ret, struct ff_err *reterr)
{
	ff_str key = {NULL, 0};

	FF_TRY(read_string(b, &key, reterr));
	if (key.p && !key_valid(key))
		return json_reader_fail(&b->reader, FF_EMALFORMED, reterr,
			"a key is expected (1 to %d of A-Z a-z 0-9 . _ -, starting with a letter or digit)", LIMIT_KEY_BYTES);
	*ret = key;
	return FF_OK;
}

static ff_status
read_tenant(struct body *b, struct ff_err *reterr)
{
	return read_key(b, &b->tenant, reterr);
}

static ff_status
read_environment(struct body *b, struct ff_err *reterr)
{
	return read_key(b, &b->environment, reterr);
}

static ff_status
read_user_id(struct body *b, struct ff_err *reterr)
{
	return read_string(b, &b->user_id, reterr);
}

static ff_status
read_attributes(struct body *b, struct ff_err *reterr)
{
	if (b->context)
		return context_read_attributes(b->context, &b->reader, reterr);
	if (!json_reader_skip(&b->reader))
		return json_reader_fail(&b->reader, FF_EPARSE, reterr, "the attributes cannot be read");
	return FF_OK;
}

static void
add_key(struct body *b)
{
	if (b->n_keys == b->keys_cap) {
		uint32_t cap = b->keys_cap ? b->keys_cap * 2 : KEYS_MIN;
		ff_str *keys = ff_arena_alloc(b->arena, cap * sizeof *keys);

		if (b->n_keys)
			memcpy(keys, b->keys, b->n_keys * sizeof *keys);
		b->keys = keys;
		b->keys_cap = cap;
	}
	b->keys[b->n_keys++] = json_reader_string(&b->reader);
}

/* A string or a list of them; null is as if it were not there, an empty list asks for no flag. */
static ff_status
read_flag_keys(struct body *b, struct ff_err *reterr)
{
	struct json_reader *r = &b->reader;
	enum json_token t = json_reader_next(r);

	if (t == JSON_TOKEN_NULL)
		return FF_OK;
	if (b->chosen)
		return json_reader_fail(r, FF_EMALFORMED, reterr, "flagKeys and flagKey are the same: give one of them");
	b->chosen = true;
	if (t == JSON_TOKEN_STRING) {
		add_key(b);
		return FF_OK;
	}
	if (t != JSON_TOKEN_ARRAY)
		return json_reader_fail(
			r, FF_EMALFORMED, reterr, "a flag's key or a list of them is expected, not %s", json_token_name(t));
	while ((t = json_reader_next(r)) == JSON_TOKEN_STRING)
		add_key(b);
	if (t != JSON_TOKEN_ARRAY_END)
		return json_reader_fail(r, FF_EMALFORMED, reterr, "a flag's key is expected, not %s", json_token_name(t));
	return FF_OK;
}

static const struct {
	ff_str name;
	member_fn read;
} members[] = {
	{{"tenant", 6}, read_tenant},
	{{"environment", 11}, read_environment},
	{{"userID", 6}, read_user_id},
	{{"attributes", 10}, read_attributes},
	{{"flagKeys", 8}, read_flag_keys},
	{{"flagKey", 7}, read_flag_keys},
};

static ff_status
read_member(struct body *b, struct ff_err *reterr)
{
	ff_str name = json_reader_string(&b->reader);

	for (unsigned i = 0; i < FF_COUNT(members); i++)
		if (ff_str_eq(name, members[i].name))
			return members[i].read(b, reterr);
	if (!json_reader_skip(&b->reader))
		return json_reader_fail(&b->reader, FF_EPARSE, reterr, "the body cannot be read");
	return FF_OK;
}

/* Reads `text` whole. Without a context its attributes are only checked. */
static ff_status
read_body(struct body *b, ff_str text, struct context *context, struct ff_arena *arena, struct ff_err *reterr)
{
	struct json_reader *r = &b->reader;
	enum json_token t;

	b->context = context;
	b->arena = arena;
	b->tenant = b->environment = b->user_id = (ff_str){NULL, 0};
	b->chosen = false;
	b->keys = NULL;
	b->n_keys = b->keys_cap = 0;
	json_reader_init(r, text, arena, JSON_READER_DEPTH_MAX);
	t = json_reader_next(r);
	if (t != JSON_TOKEN_OBJECT)
		return json_reader_fail(r, FF_EMALFORMED, reterr, "the body must be an object, not %s", json_token_name(t));
	while ((t = json_reader_next(r)) == JSON_TOKEN_NAME)
		FF_TRY(read_member(b, reterr));
	if (t == JSON_TOKEN_ERROR || json_reader_next(r) == JSON_TOKEN_ERROR)
		return json_reader_fail(r, FF_EPARSE, reterr, "the body cannot be read");
	if (context && b->user_id.n + context->n_bytes > LIMIT_CONTEXT_BYTES)
		return ff_fail(reterr, FF_EMALFORMED, "userID and attributes are %zu bytes together, at most %d",
			b->user_id.n + context->n_bytes, LIMIT_CONTEXT_BYTES);
	return FF_OK;
}

/* Where the body asks, by what is presumed for what it leaves open. */
static struct sdk_place
place_of(const struct body *b, const struct sdk_place *presumed)
{
	return (struct sdk_place){
		.tenant = b->tenant.n ? b->tenant : presumed->tenant,
		.environment = b->environment.n ? b->environment : presumed->environment,
	};
}

static bool
same_place(const struct sdk_place *a, const struct sdk_place *b)
{
	return ff_str_eq(a->tenant, b->tenant) && ff_str_eq(a->environment, b->environment);
}

static void
write_answer(const struct sdk_request *q, const struct sdk_place *place, const struct body *b, struct evaluation *e)
{
	struct ff_buf *out = &q->x->response.body;
	int64_t now_ms = clock_wall_ms();

	context_set_unit(&e->context, b->user_id);
	sdk_write_fields(q, place, e);
	ff_buf_lit(out, "{\"revision\":");
	ff_buf_u64(out, snapshot_revision(e->snapshot));
	ff_buf_lit(out, ",\"decisions\":");
	if (b->chosen)
		evaluation_write_flags(e, b->keys, b->n_keys, now_ms, out);
	else
		evaluation_write_all(e, now_ms, out);
	ff_buf_char(out, '}');
}

static ff_status
answer(const struct sdk_request *q, struct ff_err *reterr)
{
	const struct sdk_place presumed = sdk_default_place(q);
	const ff_str text = q->x->request.body;
	struct sdk_place place;
	struct evaluation e;
	struct body body;
	bool found = sdk_find(q, &presumed, &e);

	FF_TRY(read_body(&body, text, found ? &e.context : NULL, q->x->arena, reterr));
	place = place_of(&body, &presumed);
	FF_TRY(sdk_check_place(q, &place, reterr));
	if (!found || !same_place(&place, &presumed) || snapshot_revision(e.snapshot) < q->min_revision) {
		bool deferred;

		FF_TRY(sdk_begin(q, &place, &e, &deferred, reterr));
		if (deferred)
			return FF_OK;
		FF_TRY(read_body(&body, text, &e.context, q->x->arena, reterr));
	}
	write_answer(q, &place, &body, &e);
	return FF_OK;
}

static ff_status
evaluate_on_worker(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	return sdk_answer_on_worker(service, x, call, answer, reterr);
}

ff_status
sdk_evaluate(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	return sdk_answer_inline(service, x, call, answer, evaluate_on_worker, reterr);
}
