/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "transport/http/query.h"

static void
test_fault_names_the_parameter(void **state)
{
	static const struct {
		const char *text, *detail;
	} cases[] = {
		{"a=%", "query parameter 1, \"a\", has a bad percent-encoding, or a NUL in it"},
		{"x&a=%4", "query parameter 2, \"a\", has a bad percent-encoding, or a NUL in it"},
		{"a=%4g", "query parameter 1, \"a\", has a bad percent-encoding, or a NUL in it"},
		{"a=1%00", "query parameter 1, \"a\", has a bad percent-encoding, or a NUL in it"},
		{"%=1", "the name of query parameter 1 has a bad percent-encoding, or a NUL in it"},
		{"a=%c0%80", "query parameter 1, \"a\", is not UTF-8"},
		{"a=\xff", "query parameter 1, \"a\", is not UTF-8"},
		{"%ed%a0%80=1", "the name of query parameter 1 is not UTF-8"},
		{"=1", "query parameter 1 has no name"},
		{"a=1&=", "query parameter 2 has no name"},
		{"a=1&b=2&a=1", "query parameter 3, \"a\", is given twice"},
		{"a=1&%61", "query parameter 2, \"a\", is given twice"},
		{"a+b=1&a%20b=2", "query parameter 2, \"a b\", is given twice"},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
		struct query query;
		struct ff_err err;

		assert_int_equal(query_read(ff_str_z(cases[i].text), &arena, &query, &err), FF_EMALFORMED);
		assert_string_equal(err.detail, cases[i].detail);
	}
}

static void
test_parameters_are_decoded_in_order(void **state)
{
	static const struct {
		const char *text, *shown; /* name=value; for each */
	} cases[] = {
		{"", ""},
		{"&&", ""},
		{"a=1", "a=1;"},
		{"a=1&b=2&", "a=1;b=2;"},
		{"b&a=", "b=;a=;"},
		{"a=b=c", "a=b=c;"},
		{"a=1+2%2B3&b%3dc=%26", "a=1 2+3;b=c=&;"},
		{"n=%C3%A4\xc3\xa4", "n=\xc3\xa4\xc3\xa4;"},
		{"age:number=31", "age:number=31;"},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
		FF_CLEANUP(ff_buf_release) struct ff_buf shown;
		struct query query;
		struct ff_err err;

		ff_buf_init(&shown, 1000);
		assert_int_equal(query_read(ff_str_z(cases[i].text), &arena, &query, &err), FF_OK);
		for (unsigned j = 0; j < query.n; j++)
			ff_buf_printf(&shown, "%.*s=%.*s;", FF_FMT(query.params[j].name), FF_FMT(query.params[j].value));
		assert_true(ff_str_eqz(ff_buf_str(&shown), cases[i].shown));
	}
}

static void
test_number_of_parameters_is_bounded(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(ff_buf_release) struct ff_buf text;
	struct query query;
	struct ff_err err;

	(void)state;
	ff_buf_init(&text, 1 << 16);
	for (unsigned i = 0; i < QUERY_PARAMS_MAX; i++)
		ff_buf_printf(&text, "&p%u", i);
	assert_int_equal(query_read(ff_buf_str(&text), &arena, &query, &err), FF_OK);
	assert_int_equal(query.n, QUERY_PARAMS_MAX);
	ff_buf_lit(&text, "&one");
	assert_int_equal(query_read(ff_buf_str(&text), &arena, &query, &err), FF_EMALFORMED);
	assert_string_equal(err.detail, "more than 300 query parameters");
}

static void
test_absent_and_empty_values_differ(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct query query;
	struct ff_err err;

	(void)state;
	assert_int_equal(query_read(FF_STR("a=&b"), &arena, &query, &err), FF_OK);
	assert_non_null(query_get(&query, FF_STR("a")).p);
	assert_non_null(query_get(&query, FF_STR("b")).p);
	assert_null(query_get(&query, FF_STR("c")).p);
}

static void
test_number_is_taken_in_its_range_only(void **state)
{
	static const char *const bad[] = {"n=", "n=x", "n=-1", "n=+1", "n=0", "n=501", "n=1.0", "n=99999999999999999999"};
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct query query;
	uint64_t number = 7;
	struct ff_err err;

	(void)state;
	for (size_t i = 0; i < FF_COUNT(bad); i++) {
		assert_int_equal(query_read(ff_str_z(bad[i]), &arena, &query, &err), FF_OK);
		assert_int_equal(query_u64(&query, FF_STR("n"), 1, 500, 50, &number, &err), FF_EMALFORMED);
		assert_string_equal(err.detail, "query parameter \"n\" must be a number from 1 to 500");
		assert_int_equal(number, 7); /* untouched */
	}
	assert_int_equal(query_read(FF_STR("n=500"), &arena, &query, &err), FF_OK);
	assert_int_equal(query_u64(&query, FF_STR("n"), 1, 500, 50, &number, &err), FF_OK);
	assert_int_equal(number, 500);
	assert_int_equal(query_u64(&query, FF_STR("m"), 1, 500, 50, &number, &err), FF_OK);
	assert_int_equal(number, 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fault_names_the_parameter),
		cmocka_unit_test(test_parameters_are_decoded_in_order),
		cmocka_unit_test(test_number_of_parameters_is_bounded),
		cmocka_unit_test(test_absent_and_empty_values_differ),
		cmocka_unit_test(test_number_is_taken_in_its_range_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
