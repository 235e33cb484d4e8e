/* SPDX-License-Identifier: Apache-2.0 */
/* flag.c - GET /v1/flags/{key}: one decision; userID, tenant and environment in the query, and attributes. */
#include "domain/flag.h"
#include "base/json_reader.h"
#include "base/utf8.h"
#include "domain/limits.h"
#include "sys/clock.h"
#include "transport/http/query.h"
#include "transport/http/sdk/sdk.h"

enum { SHOWN_BYTES = 64 }; /* of a caller's word in a message */

/* Parameters with a meaning of their own; all others are attributes. */
static bool
is_reserved(ff_str name)
{
	return ff_str_eq(name, FF_STR("userID")) || ff_str_eq(name, FF_STR("tenant")) ||
		ff_str_eq(name, FF_STR("environment"));
}

/* ---- attributes: name=text, name:type=text ---- */

static bool
set_string(struct context *c, ff_str name, ff_str text, bool *ret_room)
{
	*ret_room = context_set_string(c, name, text);
	return true;
}

static bool
set_number(struct context *c, ff_str name, ff_str text, bool *ret_room)
{
	double number;

	if (!json_number_parse(text, &number))
		return false;
	*ret_room = context_set_number(c, name, number);
	return true;
}

static bool
set_boolean(struct context *c, ff_str name, ff_str text, bool *ret_room)
{
	bool is_true = ff_str_eq(text, FF_STR("true"));

	if (!is_true && !ff_str_eq(text, FF_STR("false")))
		return false;
	*ret_room = context_set_boolean(c, name, is_true);
	return true;
}

/* `set` is false where the text is not of the type; *ret_room where there are too many attributes. */
static const struct attribute_type {
	ff_str name;
	const char *takes;
	bool (*set)(struct context *c, ff_str name, ff_str text, bool *ret_room);
} types[] = {
	{{"string", 6}, "text", set_string}, /* the first is that of a name without a type */
	{{"number", 6}, "a JSON number", set_number},
	{{"boolean", 7}, "true or false", set_boolean},
};

/* Cuts the type off a parameter's name at its last colon; NULL for a type that there is not. */
static const struct attribute_type *
cut_type(ff_str param, ff_str *ret_name)
{
	const char *colon = param.n ? memrchr(param.p, ':', param.n) : NULL;
	ff_str type;

	*ret_name = param;
	if (!colon)
		return &types[0];
	*ret_name = ff_str_of(param.p, (size_t)(colon - param.p));
	type = ff_str_from(param, ret_name->n + 1);
	for (unsigned i = 0; i < FF_COUNT(types); i++)
		if (ff_str_eq(type, types[i].name))
			return &types[i];
	return NULL;
}

static ff_status
set_attribute(struct context *c, const struct query_param *param, struct ff_map *seen, struct ff_err *reterr)
{
	const ff_str shown = utf8_cut(param->name, SHOWN_BYTES);
	const struct attribute_type *type;
	uint32_t place = seen->n;
	bool room = true;
	ff_str name;

	type = cut_type(param->name, &name);
	if (!type)
		return ff_fail(reterr, FF_EMALFORMED,
			"query parameter \"%.*s\": behind the last ':' stands a type: string, "
			"number or boolean",
			FF_FMT(shown));
	if (ff_map_put(seen, name, place) != place)
		return ff_fail(reterr, FF_EMALFORMED, "query parameter \"%.*s\": the attribute is given twice", FF_FMT(shown));
	if (!type->set(c, name, param->value, &room))
		return ff_fail(reterr, FF_EMALFORMED, "query parameter \"%.*s\" takes %s", FF_FMT(shown), type->takes);
	if (!room)
		return ff_fail(reterr, FF_EMALFORMED, "more than %d attributes", LIMIT_CONTEXT_ATTRIBUTES);
	return FF_OK;
}

static ff_status
fill_context(struct context *c, const struct query *query, struct ff_arena *arena, struct ff_err *reterr)
{
	struct ff_map seen; /* attributes, without their types */

	ff_map_init(&seen, arena, 0);
	for (unsigned i = 0; i < query->n; i++)
		if (!is_reserved(query->params[i].name))
			FF_TRY(set_attribute(c, &query->params[i], &seen, reterr));
	context_set_unit(c, query_get(query, FF_STR("userID")));
	return FF_OK;
}

/* ---- the request ---- */

/* The key that the query gives as `name`, or `fallback`. */
static ff_status
key_of(const struct query *query, ff_str name, ff_str fallback, ff_str *ret, struct ff_err *reterr)
{
	ff_str key = query_get(query, name);

	if (key.p && !key_valid(key))
		return ff_fail(reterr, FF_EMALFORMED,
			"query parameter \"%.*s\" must be a key: 1 to %d of A-Z a-z 0-9 . _ -, starting with a letter or digit",
			FF_FMT(name), LIMIT_KEY_BYTES);
	*ret = key.p ? key : fallback;
	return FF_OK;
}

/* {"revision": …, "key": …, and the decision's members}. */
static void
write_answer(const struct sdk_request *q, const struct sdk_place *place, const struct evaluation *e,
	const struct decision *decision)
{
	struct ff_buf *out = &q->x->response.body;
	size_t brace;

	sdk_write_fields(q, place, e);
	ff_buf_lit(out, "{\"revision\":");
	ff_buf_u64(out, snapshot_revision(e->snapshot));
	ff_buf_lit(out, ",\"key\":");
	ff_buf_json_str(out, compiled_flag_key(decision->flag));
	/* The decision is an object of its own; its opening brace becomes the comma before its first member. */
	brace = out->n;
	decision_write(decision, out);
	if (brace < out->n)
		out->p[brace] = ',';
}

static ff_status
answer(const struct sdk_request *q, struct ff_err *reterr)
{
	const struct compiled_flag *flag;
	struct decision decision;
	struct sdk_place place = sdk_default_place(q);
	struct evaluation e;
	struct query query;
	bool deferred;

	FF_TRY(query_read(q->x->request.query, q->x->arena, &query, reterr));
	FF_TRY(key_of(&query, FF_STR("tenant"), place.tenant, &place.tenant, reterr));
	FF_TRY(key_of(&query, FF_STR("environment"), place.environment, &place.environment, reterr));
	FF_TRY(sdk_check_place(q, &place, reterr));
	FF_TRY(sdk_begin(q, &place, &e, &deferred, reterr));
	if (deferred)
		return FF_OK;
	FF_TRY(fill_context(&e.context, &query, q->x->arena, reterr));
	flag = evaluation_find(&e, q->x->params[0]);
	if (!flag)
		return ff_fail(reterr, FF_EFLAGNOTFOUND, "there is no flag \"%.*s\" in the environment \"%.*s\"",
			FF_FMT(utf8_cut(q->x->params[0], SHOWN_BYTES)), FF_FMT(place.environment));
	evaluation_decide(&e, flag, clock_wall_ms(), &decision);
	write_answer(q, &place, &e, &decision);
	return FF_OK;
}

static ff_status
flag_on_worker(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	return sdk_answer_on_worker(service, x, call, answer, reterr);
}

ff_status
sdk_flag(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	return sdk_answer_inline(service, x, call, answer, flag_on_worker, reterr);
}
