/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_query.c - a query string is refused, or all of it is UTF-8 without NUL and no name comes twice. */

#include "base/utf8.h"
#include "transport/http/query.h"

#include "fuzz.h"

static void
check_text(ff_str s)
{
	ff_assert(s.p && utf8_valid(s) && !memchr(s.p, '\0', s.n));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct query query;
	struct ff_err err;

	if (query_read(ff_str_of((const char *)data, size), &arena, &query, &err) != FF_OK) {
		ff_assert(err.status == FF_EMALFORMED && err.detail[0] && utf8_valid(ff_str_z(err.detail)));
		return 0;
	}
	ff_assert(query.n <= QUERY_PARAMS_MAX);
	for (unsigned i = 0; i < query.n; i++) {
		check_text(query.params[i].name);
		check_text(query.params[i].value);
		ff_assert(query_get(&query, query.params[i].name).p == query.params[i].value.p);
	}
	return 0;
}
