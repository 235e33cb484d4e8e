/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_doc.h"
#include "base/json_pointer.h"

/* RFC 6901, section 5, and what leads nowhere. */
static void
test_pointers_lead_where_the_rfc_says(void **state)
{
	static const char doc[] = "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
							  "\"k\\\"l\":6,\" \":7,\"m~n\":8}";
	static const struct {
		const char *pointer, *value; /* NULL: nothing */
	} cases[] = {
		{"", doc},
		{"/foo", "[\"bar\",\"baz\"]"},
		{"/foo/0", "\"bar\""},
		{"/foo/1", "\"baz\""},
		{"/", "0"},
		{"/a~1b", "1"},
		{"/c%d", "2"},
		{"/e^f", "3"},
		{"/g|h", "4"},
		{"/i\\j", "5"},
		{"/k\"l", "6"},
		{"/ ", "7"},
		{"/m~0n", "8"},
		{"foo", NULL},
		{"/foo/2", NULL},
		{"/foo/-", NULL},
		{"/foo/00", NULL},
		{"/foo/01", NULL},
		{"/foo/+1", NULL},
		{"/foo/4294967296", NULL},
		{"/foo/0/0", NULL},
		{"/fo", NULL},
		{"/m~n", NULL},
		{"/m~", NULL},
		{"/m~2n", NULL},
		{"/a/b", NULL},
	};
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *json = NULL;

	(void)state;
	assert_int_equal(json_doc_parse(ff_str_z(doc), &json, NULL), FF_OK);
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		const json_t *value = json_pointer_get(json, ff_str_z(cases[i].pointer));

		if (!value != !cases[i].value)
			fail_msg("\"%s\"", cases[i].pointer);
		if (value)
			assert_string_equal(json_doc_dump(value, &arena).p, cases[i].value);
	}
	assert_null(json_pointer_get(NULL, FF_STR("")));
}

static void
test_names_are_escaped_on_the_way_in_and_out(void **state)
{
	static const char *const names[] = {"", "plain", "a/b", "m~n", "~1", "~/~/", "0", "\xc3\xa9"};
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	ff_str pointer = FF_STR(""), token;

	(void)state;
	for (size_t i = 0; i < FF_COUNT(names); i++)
		pointer = json_pointer_name(pointer, ff_str_z(names[i]), &arena);
	pointer = json_pointer_index(pointer, 42, &arena);
	assert_string_equal(pointer.p, "//plain/a~1b/m~0n/~01/~0~1~0~1/0/\xc3\xa9/42");
	for (size_t i = 0; i < FF_COUNT(names); i++) {
		assert_true(json_pointer_next(&pointer, &token, &arena));
		assert_true(ff_str_eqz(token, names[i]));
	}
	assert_true(json_pointer_next(&pointer, &token, &arena));
	assert_int_equal(json_pointer_index_of(token), 42);
	assert_false(json_pointer_next(&pointer, &token, &arena));
}

static void
test_a_place_becomes_a_pointer(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct json_place start = json_place_start(FF_STR("/before")), rules = json_place_member(&start, FF_STR("ru/les")),
					  rule = json_place_item(&rules, 3), id = json_place_member(&rule, FF_STR("id"));

	(void)state;
	assert_string_equal(json_place_pointer(&id, &arena).p, "/before/ru~1les/3/id");
	assert_string_equal(json_place_pointer(&start, &arena).p, "/before");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pointers_lead_where_the_rfc_says),
		cmocka_unit_test(test_names_are_escaped_on_the_way_in_and_out),
		cmocka_unit_test(test_a_place_becomes_a_pointer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
