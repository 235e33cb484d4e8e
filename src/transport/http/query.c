/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/query.h"

#include <inttypes.h>

#include "base/map.h"
#include "base/utf8.h"
#include "transport/http/percent.h"

enum { SHOWN_BYTES = 64 }; /* of a name in a message */

static ff_str
plus_to_space(ff_str s, struct ff_arena *arena)
{
	char *text;

	if (s.n == 0 || !memchr(s.p, '+', s.n))
		return s;
	text = ff_arena_alloc(arena, s.n);
	memcpy(text, s.p, s.n);
	for (size_t i = 0; i < s.n; i++)
		if (text[i] == '+')
			text[i] = ' ';
	return ff_str_of(text, s.n);
}

/* A name or a value, decoded and checked. NULL, or what is wrong with it. */
static const char *
read_part(ff_str raw, struct ff_arena *arena, ff_str *ret)
{
	ff_str decoded;

	if (!percent_decode(plus_to_space(raw, arena), arena, &decoded) ||
		(decoded.n && memchr(decoded.p, '\0', decoded.n)))
		return "has a bad percent-encoding, or a NUL in it";
	if (!utf8_valid(decoded))
		return "is not UTF-8";
	*ret = ff_str_of(decoded.n ? decoded.p : "", decoded.n);
	return NULL;
}

/* One stretch between two '&'. `number` counts parameters from 1, for messages about names that cannot be shown. */
static ff_status
read_param(ff_str stretch, struct ff_arena *arena, unsigned number, struct query_param *ret, struct ff_err *reterr)
{
	ff_str name, value;
	const char *fault;

	ff_str_cut(stretch, '=', &name, &value);
	fault = read_part(name, arena, &ret->name);
	if (fault)
		return ff_fail(reterr, FF_EMALFORMED, "the name of query parameter %u %s", number, fault);
	if (ret->name.n == 0)
		return ff_fail(reterr, FF_EMALFORMED, "query parameter %u has no name", number);
	fault = read_part(value, arena, &ret->value);
	if (fault)
		return ff_fail(reterr, FF_EMALFORMED, "query parameter %u, \"%.*s\", %s", number,
			FF_FMT(utf8_cut(ret->name, SHOWN_BYTES)), fault);
	return FF_OK;
}

ff_status
query_read(ff_str text, struct ff_arena *arena, struct query *ret, struct ff_err *reterr)
{
	struct query_param *params;
	struct ff_map names; /* name → index */
	unsigned n = 0;

	if (text.n == 0) {
		*ret = (struct query){0};
		return FF_OK;
	}
	params = FF_ARENA_ARRAY(arena, struct query_param, QUERY_PARAMS_MAX);
	ff_map_init(&names, arena, 0);
	while (text.n) {
		ff_str stretch;

		ff_str_cut(text, '&', &stretch, &text);
		if (stretch.n == 0)
			continue;
		if (n == QUERY_PARAMS_MAX)
			return ff_fail(reterr, FF_EMALFORMED, "more than %d query parameters", QUERY_PARAMS_MAX);
		FF_TRY(read_param(stretch, arena, n + 1, &params[n], reterr));
		if (ff_map_put(&names, params[n].name, n) != n)
			return ff_fail(reterr, FF_EMALFORMED, "query parameter %u, \"%.*s\", is given twice", n + 1,
				FF_FMT(utf8_cut(params[n].name, SHOWN_BYTES)));
		n++;
	}
	*ret = (struct query){.params = params, .n = n};
	return FF_OK;
}

ff_str
query_get(const struct query *q, ff_str name)
{
	for (unsigned i = 0; i < q->n; i++)
		if (ff_str_eq(q->params[i].name, name))
			return q->params[i].value;
	return (ff_str){NULL, 0};
}

ff_status
query_u64(const struct query *q, ff_str name, uint64_t min, uint64_t max, uint64_t fallback, uint64_t *ret,
	struct ff_err *reterr)
{
	ff_str text = query_get(q, name);
	uint64_t value = fallback;

	if (text.p && (!ff_str_u64(text, &value) || value < min || value > max))
		return ff_fail(reterr, FF_EMALFORMED, "query parameter \"%.*s\" must be a number from %" PRIu64 " to %" PRIu64,
			FF_FMT(name), min, max);
	*ret = value;
	return FF_OK;
}
