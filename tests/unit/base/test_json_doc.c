/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_doc.h"

static json_t *
parse(const char *text)
{
	struct ff_err err;
	json_t *json = NULL;

	if (json_doc_parse(ff_str_z(text), &json, &err) != FF_OK)
		fail_msg("%s: %s", text, err.detail);
	return json;
}

static void
test_what_is_no_strict_json_is_refused_with_its_place(void **state)
{
	static const struct {
		ff_str text;
		const char *detail;
	} cases[] = {
#define CASE(text, detail) {{text, sizeof(text) - 1}, detail}
		CASE("", "unexpected token near end of file at line 1, column 0 (byte 0)"),
		CASE(" \n ", "unexpected token near end of file at line 2, column 1 (byte 3)"),
		CASE("{", "string or '}' expected near end of file at line 1, column 1 (byte 1)"),
		CASE("nul", "invalid token near 'nul' at line 1, column 3 (byte 3)"),
		CASE("1 2", "end of file expected near '2' at line 1, column 3 (byte 3)"),
		CASE("[1,]", "unexpected token near ']' at line 1, column 4 (byte 4)"),
		CASE("01", "invalid token near '0' at line 1, column 1 (byte 1)"),
		CASE("{\n\t\"x\": tru\n}", "invalid token near 'tru' at line 2, column 9 (byte 11)"),
		CASE("\xef\xbb\xbf{}", "invalid token near '\xef\xbb\xbf' at line 1, column 1 (byte 3)"),
		CASE("[\"y\\\xc3\xa9\"]", "invalid escape at line 1, column 5 (byte 5)"),
		CASE("{\"a\":1,\"a\":2}", "duplicate object key near '\"a\"' at line 1, column 10 (byte 10)"),
		CASE("{\"a\":1,\"\\u0061\":2}", "duplicate object key near '\"\\u0061\"' at line 1, column 15 (byte 15)"),
		/* NUL, however it comes; jansson by itself would take the second and third */
		CASE("\"a\0b\"", "NUL is not allowed at line 1, column 3 (byte 3)"),
		CASE("1\0", "NUL is not allowed at line 1, column 2 (byte 2)"),
		CASE("[\n1\0,2]", "NUL is not allowed at line 2, column 2 (byte 4)"),
		CASE("\"\\u0000\"", "NUL is not allowed at line 1, column 8 (byte 8)"),
		CASE("{\"\\u0000\":1}", "NUL is not allowed at line 1, column 9 (byte 9)"),
		CASE("\"\xff\"", "unable to decode byte 0xff near '\"' at line 1, column 1 (byte 1)"),
		CASE("\"\xc0\x80\"", "unable to decode byte 0xc0 near '\"' at line 1, column 1 (byte 1)"),
		CASE("\"\xed\xa0\x80\"", "unable to decode byte 0xed near '\"' at line 1, column 1 (byte 1)"),
		CASE("\"\\ud800\"", "invalid Unicode '\\uD800' near '\"\\ud800\"' at line 1, column 8 (byte 8)"),
		CASE("\"\\udc00\"", "invalid Unicode '\\uDC00' near '\"\\udc00\"' at line 1, column 8 (byte 8)"),
		CASE("\"\t\"", "control character 0x9 near '\"' at line 1, column 1 (byte 1)"),
		CASE("1e999", "real number overflow near '1e999' at line 1, column 5 (byte 5)"),
		CASE("9223372036854775808", "too big integer near '9223372036854775808' at line 1, column 19 (byte 19)"),
#undef CASE
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		json_t *json = NULL;
		struct ff_err err;

		if (json_doc_parse(cases[i].text, &json, &err) != FF_EPARSE)
			fail_msg("case %zu is taken", i);
		assert_null(json);
		assert_string_equal(err.detail, cases[i].detail);
	}
}

/* `n` lists in each other, with a bracket in a string at the bottom, which does not count. */
static char *
nested(unsigned n)
{
	static const char bottom[] = "\"[\\\"[\"";
	char *text = ff_xcalloc(2 * n + sizeof bottom, 1);

	memset(text, '[', n);
	memcpy(text + n, bottom, sizeof bottom);
	memset(text + n + strlen(bottom), ']', n);
	return text;
}

static void
test_levels_end_at_the_limit(void **state)
{
	FF_CLEANUP(ff_freep) char *at = nested(JSON_DOC_DEPTH_MAX), *past = nested(JSON_DOC_DEPTH_MAX + 1);
	FF_CLEANUP(json_decrefp) json_t *json = NULL;
	struct ff_err err;

	(void)state;
	json = parse(at);
	assert_false(json_doc_deeper(json, JSON_DOC_DEPTH_MAX));
	assert_true(json_doc_deeper(json, JSON_DOC_DEPTH_MAX - 1));
	assert_int_equal(json_doc_parse(ff_str_z(past), &json, &err), FF_EPARSE);
	assert_string_equal(err.detail, "too many levels at line 1, column 65 (byte 65)");
	/* side by side is not in each other */
	json_decref(json);
	json = parse("[[[]],{\"a\":{}},[[]]]");
	assert_false(json_doc_deeper(json, 3));
	assert_true(json_doc_deeper(json, 2));
}

static void
test_bytes_end_at_the_limit(void **state)
{
	FF_CLEANUP(ff_freep) char *text = ff_xmalloc(JSON_DOC_BYTES_MAX + 1);
	FF_CLEANUP(json_decrefp) json_t *json = NULL;
	struct ff_err err;

	(void)state;
	memset(text, ' ', JSON_DOC_BYTES_MAX + 1);
	text[0] = '1';
	assert_int_equal(json_doc_parse(ff_str_of(text, JSON_DOC_BYTES_MAX), &json, &err), FF_OK);
	assert_int_equal(json_doc_parse(ff_str_of(text, JSON_DOC_BYTES_MAX + 1), &json, &err), FF_ETOOLARGE);
}

static void
test_any_value_is_a_document(void **state)
{
	static const char *const texts[] = {"{}", "[]", "\"\"", "0", "-1.5", "true", "false", "null", " \t\r\n1\n"};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(texts); i++)
		json_decref(parse(texts[i]));
}

static void
test_text_keeps_order_and_kinds_of_numbers(void **state)
{
	static const struct {
		const char *text, *written;
	} cases[] = {
		{"{ \"b\" : 1 , \"a\" : [ ] }", "{\"b\":1,\"a\":[]}"},
		{"[1,1.0,1e0,10.0,1E2]", "[1,1.0,1.0,10.0,100.0]"},
		{"[0.1,0.30000000000000004,5e-324,1.7976931348623157e308]",
			"[0.1,0.30000000000000004,5e-324,1.7976931348623157e+308]"},
		{"[1e21,1e20,1e-7,1e-6]", "[1e+21,100000000000000000000.0,1e-7,0.000001]"},
		{"[0,-0,0.0,-0.0]", "[0,0,0.0,-0.0]"},
		{"[9223372036854775807,-9223372036854775808]", "[9223372036854775807,-9223372036854775808]"},
		{"[\"\\u00e9\\ud83d\\ude00\\/\\n\\u001f\"]", "[\"\xc3\xa9\xf0\x9f\x98\x80/\\n\\u001f\"]"},
		{"[true,false,null,{\"\":{}}]", "[true,false,null,{\"\":{}}]"},
	};
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		json_t *json = parse(cases[i].text);
		ff_str text = json_doc_dump(json, &arena);
		json_t *again = parse(text.p);

		assert_string_equal(text.p, cases[i].written);
		assert_true(json_equal(json, again));
		json_decref(json);
		json_decref(again);
	}
}

static void
test_sorted_text_is_the_same_for_equal_documents(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *a = parse("{\"b\":[{\"y\":1,\"x\":2}],\"a\":1,\"ab\":null,\"B\":0}");
	FF_CLEANUP(json_decrefp) json_t *b = parse("{\"B\":0,\"ab\":null,\"a\":1,\"b\":[{\"x\":2,\"y\":1}]}");

	(void)state;
	assert_string_equal(json_doc_dump_sorted(a, &arena).p, "{\"B\":0,\"a\":1,\"ab\":null,\"b\":[{\"x\":2,\"y\":1}]}");
	assert_string_equal(json_doc_dump_sorted(a, &arena).p, json_doc_dump_sorted(b, &arena).p);
	assert_string_not_equal(json_doc_dump(a, &arena).p, json_doc_dump(b, &arena).p);
}

static void
test_text_past_a_ceiling_is_seen_in_the_buffer(void **state)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf out;
	FF_CLEANUP(json_decrefp) json_t *json = parse("[1,2,3]");

	(void)state;
	ff_buf_init(&out, 7);
	json_doc_write(json, &out);
	assert_false(out.overflow);
	ff_buf_release(&out);
	ff_buf_init(&out, 6);
	json_doc_write(json, &out);
	assert_true(out.overflow);
}

static void
test_kinds_have_names_for_people(void **state)
{
	FF_CLEANUP(json_decrefp) json_t *json = parse("[{},[],\"\",1,1.5,true,false,null]");
	static const char *const kinds[] = {
		"an object", "a list", "a string", "a number", "a number", "true", "false", "null"};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(kinds); i++)
		assert_string_equal(json_doc_kind(json_array_get(json, i)), kinds[i]);
}

static void
test_documents_are_put_together_and_copied(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *object = json_object(), *copy = NULL;
	json_t *list = json_array();

	(void)state;
	json_doc_append(list, json_doc_new_str((ff_str){NULL, 0}));
	json_doc_append(list, json_doc_new_str(FF_STR("a\"b")));
	json_doc_set(object, ff_str_of("listen", 4), list);
	json_doc_set(object, (ff_str){NULL, 0}, json_null());
	copy = json_doc_copy(object);
	json_doc_append(list, json_true());
	assert_string_equal(json_doc_dump(object, &arena).p, "{\"list\":[\"\",\"a\\\"b\",true],\"\":null}");
	assert_string_equal(json_doc_dump(copy, &arena).p, "{\"list\":[\"\",\"a\\\"b\"],\"\":null}");
	assert_true(json_doc_weight(object) > json_doc_weight(copy));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_no_strict_json_is_refused_with_its_place),
		cmocka_unit_test(test_levels_end_at_the_limit),
		cmocka_unit_test(test_bytes_end_at_the_limit),
		cmocka_unit_test(test_any_value_is_a_document),
		cmocka_unit_test(test_text_keeps_order_and_kinds_of_numbers),
		cmocka_unit_test(test_sorted_text_is_the_same_for_equal_documents),
		cmocka_unit_test(test_text_past_a_ceiling_is_seen_in_the_buffer),
		cmocka_unit_test(test_kinds_have_names_for_people),
		cmocka_unit_test(test_documents_are_put_together_and_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
