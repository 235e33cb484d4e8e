/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json_reader.h"
#include "support/json_differ.h"

/* Skips the whole of `text`; what json_reader_fail says if that fails. */
static ff_status
check(ff_str text, unsigned max_depth, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct json_reader r;

	json_reader_init(&r, text, &arena, max_depth);
	if (json_reader_skip(&r) && json_reader_next(&r) == JSON_TOKEN_END)
		return FF_OK;
	assert_int_equal(json_reader_next(&r), JSON_TOKEN_ERROR); /* and stays so */
	return json_reader_fail(&r, FF_EMALFORMED, reterr, "not seen: the reader has failed by itself");
}

static const struct {
	ff_str text;
	const char *detail;
} faults[] = {
#define CASE(text, detail)               \
	{                                    \
		{text, sizeof(text) - 1}, detail \
	}
	CASE("", "the document ends where a value is expected at byte 0"),
	CASE("   ", "the document ends where a value is expected at byte 3"),
	CASE("{", "the document ends where a member name is expected at byte 1"),
	CASE("[", "the document ends where a value is expected at byte 1, in /0"),
	CASE("[1,]", "a value is expected, not ']' at byte 3, in /1"),
	CASE("[1 2]", "',' or ']' is expected, not '2' at byte 3, in /0"),
	CASE("{\"a\":1,}", "a member name is expected, not '}' at byte 7, in /a"),
	CASE("{\"a\" 1}", "':' is expected, not '1' at byte 5, in /a"),
	CASE("{\"a\":1 \"b\":2}", "',' or '}' is expected, not '\"' at byte 7, in /a"),
	CASE("{1:2}", "a member name is expected, not '1' at byte 1"),
	CASE("{\"a\":1,\"a\":2}", "a member name for the second time at byte 7, in /a"),
	CASE("{\"a\":1,\"\\u0061\":2}", "a member name for the second time at byte 7, in /a"),
	CASE("{\"\":1,\"\":2}", "a member name for the second time at byte 6, in /"),
	CASE("{\"x\":{\"a/b~c\":[true,{\"y\":nul}]}}", "an unknown word at byte 25, in /x/a~1b~0c/1/y"),
	CASE("tru", "an unknown word at byte 0"),
	CASE("truth", "an unknown word at byte 0"),
	CASE("true false", "the end of the document is expected, not 'f' at byte 5"),
	CASE("'a'", "a value is expected, not ''' at byte 0"),
	CASE("\xef\xbb\xbf{}", "a value is expected, not the byte 0xef at byte 0"),
	CASE("1\0", "the end of the document is expected, not the byte 0x00 at byte 1"),
	/* strings */
	CASE("\"a", "the document ends inside a string at byte 2"),
	CASE("\"a\\", "an unknown escape at byte 2"),
	CASE("\"a\\\"", "the document ends inside a string at byte 4"),
	CASE("\"\\x41\"", "an unknown escape at byte 1"),
	CASE("\"a\nb\"", "a control character in a string at byte 2"),
	CASE("\"\\t\nb\"", "a control character in a string at byte 3"),
	CASE("\"a\0b\"", "a control character in a string at byte 2"),
	CASE("\"\\u0000\"", "\\u0000 in a string at byte 1"),
	CASE("\"\\u12\"", "\\u without four hexadecimal digits at byte 1"),
	CASE("\"\\u12g4\"", "\\u without four hexadecimal digits at byte 1"),
	CASE("\"\\ud800\"", "a high surrogate without a low one behind it at byte 1"),
	CASE("\"\\ud800\\u0041\"", "a high surrogate without a low one behind it at byte 1"),
	CASE("\"\\ud800\\n\"", "a high surrogate without a low one behind it at byte 1"),
	CASE("\"\\udc00\"", "a low surrogate without a high one before it at byte 1"),
	CASE("\"12345678\x80\"", "bad UTF-8 at byte 9"),
	CASE("\"\xc0\x80\"", "bad UTF-8 at byte 1"),
	CASE("\"\xe0\x80\x80\"", "bad UTF-8 at byte 1"),
	CASE("\"\xed\xa0\x80\"", "bad UTF-8 at byte 1"),
	CASE("\"\xf0\x80\x80\x80\"", "bad UTF-8 at byte 1"),
	CASE("\"\xf4\x90\x80\x80\"", "bad UTF-8 at byte 1"),
	CASE("\"\xf5\x80\x80\x80\"", "bad UTF-8 at byte 1"),
	CASE("\"\xe2\x82\"", "bad UTF-8 at byte 1"),
	CASE("\"\\n\xe2\x82\"", "bad UTF-8 at byte 3"),
	CASE("\"\xe2\x82", "bad UTF-8 at byte 1"),
	/* numbers */
	CASE("-", "a number without a digit at byte 1"),
	CASE("-a", "a number without a digit at byte 1"),
	CASE("01", "the end of the document is expected, not '1' at byte 1"),
	CASE("+1", "a value is expected, not '+' at byte 0"),
	CASE(".5", "a value is expected, not '.' at byte 0"),
	CASE("1.", "a number without a digit behind its point at byte 2"),
	CASE("1.e5", "a number without a digit behind its point at byte 2"),
	CASE("1e", "a number without a digit in its exponent at byte 1"),
	CASE("1e+", "a number without a digit in its exponent at byte 1"),
	CASE("1e400", "a number out of the range of a double at byte 0"),
	CASE("[0,-1e999999999999]", "a number out of the range of a double at byte 3, in /1"),
	CASE("NaN", "a value is expected, not 'N' at byte 0"),
#undef CASE
};

static void
test_fault_is_told_with_its_byte_and_pointer(void **state)
{
	(void)state;
	for (size_t i = 0; i < FF_COUNT(faults); i++) {
		struct ff_err err = {0};

		assert_int_equal(check(faults[i].text, JSON_READER_DEPTH_MAX, &err), FF_EPARSE);
		assert_string_equal(err.detail, faults[i].detail);
	}
}

static void
test_semantic_fault_names_the_place_of_the_token(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct json_reader r;
	struct ff_err err;

	(void)state;
	json_reader_init(&r, FF_STR("{\"a\": [1, {\"b\": true}]}"), &arena, JSON_READER_DEPTH_MAX);
	for (unsigned i = 0; i < 7; i++)
		assert_int_not_equal(json_reader_next(&r), JSON_TOKEN_ERROR);
	assert_int_equal(json_reader_fail(&r, FF_EMALFORMED, &err, "%s is not wanted", "true"), FF_EMALFORMED);
	assert_string_equal(err.detail, "true is not wanted at byte 16, in /a/1/b");
}

/* A level too deep is refused; the last one allowed is not. */
static void
test_depth_is_bounded(void **state)
{
	struct ff_err err;

	(void)state;
	assert_int_equal(check(FF_STR("[[{\"a\":1}]]"), 3, &err), FF_OK);
	assert_int_equal(check(FF_STR("[[{\"a\":[]}]]"), 3, &err), FF_EPARSE);
	assert_string_equal(err.detail, "more than 3 levels of objects and arrays at byte 7, in /0/0/a");
	assert_int_equal(check(FF_STR("[]"), 0, &err), FF_EPARSE);
	assert_int_equal(check(FF_STR("1"), 0, &err), FF_OK);
}

static void
test_long_pointer_is_cut_between_characters(void **state)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf text;
	struct ff_err err;

	(void)state;
	ff_buf_init(&text, 1 << 20);
	for (unsigned i = 0; i < 60; i++)
		ff_buf_printf(&text, "{\"\u20ac\u20ac\u20ac\u20ac\":");
	assert_int_equal(check(ff_buf_str(&text), JSON_READER_DEPTH_MAX, &err), FF_EPARSE);
	assert_int_equal((unsigned char)err.detail[strlen(err.detail) - 1], 0xac); /* the euro sign's last byte */
}

static void
test_tokens_come_in_the_order_of_the_text(void **state)
{
	static const enum json_token expected[] = {JSON_TOKEN_OBJECT, JSON_TOKEN_NAME, JSON_TOKEN_ARRAY, JSON_TOKEN_NUMBER,
		JSON_TOKEN_STRING, JSON_TOKEN_TRUE, JSON_TOKEN_FALSE, JSON_TOKEN_NULL, JSON_TOKEN_ARRAY, JSON_TOKEN_ARRAY_END,
		JSON_TOKEN_OBJECT, JSON_TOKEN_OBJECT_END, JSON_TOKEN_ARRAY_END, JSON_TOKEN_NAME, JSON_TOKEN_STRING,
		JSON_TOKEN_OBJECT_END, JSON_TOKEN_END, JSON_TOKEN_END};
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct json_reader r;

	(void)state;
	json_reader_init(&r, FF_STR(" { \"a\" : [ 1 , \"x\" ,true,false,null,[],{ } ] ,\n\"b\":\t\"\"\r} "), &arena, 4);
	for (size_t i = 0; i < FF_COUNT(expected); i++)
		assert_int_equal(json_reader_next(&r), expected[i]);
	assert_int_equal(arena.used, 0); /* ordinary input allocates nothing */
}

static void
test_string_is_unescaped(void **state)
{
	static const struct {
		ff_str text;
		ff_str string;
		bool borrowed;
	} cases[] = {
#define CASE(text, string, borrowed) {{text, sizeof(text) - 1}, {string, sizeof(string) - 1}, borrowed}
		CASE("\"\"", "", true),
		CASE("\"plain, and longer than a word\"", "plain, and longer than a word", true),
		CASE("\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\"", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
			true),
		CASE("\"\x7f\"", "\x7f", true),
		CASE("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", false),
		CASE("\"\\u0041\\u00fc\\u20AC\\ud83d\\ude00.\"", "A\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80.", false),
		CASE("\"\\uFFFF\\u0001\"", "\xef\xbf\xbf\x01", false),
		CASE("\"12345678\\n12345678\xe2\x82\xac\"", "12345678\n12345678\xe2\x82\xac", false),
#undef CASE
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
		struct json_reader r;

		json_reader_init(&r, cases[i].text, &arena, 1);
		assert_int_equal(json_reader_next(&r), JSON_TOKEN_STRING);
		assert_true(ff_str_eq(json_reader_string(&r), cases[i].string));
		assert_int_equal(arena.used == 0, cases[i].borrowed);
	}
}

/* A string of escapes in each of many members: the arena holds no more than the text. */
static void
test_escapes_take_memory_in_proportion(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(ff_buf_release) struct ff_buf text;
	struct json_reader r;

	(void)state;
	ff_buf_init(&text, 1 << 20);
	ff_buf_lit(&text, "[\"\\n\"");
	for (unsigned i = 0; i < 20000; i++)
		ff_buf_lit(&text, ",\"\\n\\u0041xxxxxxx\"");
	ff_buf_lit(&text, "]");
	json_reader_init(&r, ff_buf_str(&text), &arena, 1);
	assert_true(json_reader_skip(&r));
	assert_true(arena.used <= 2 * text.n);
}

/* {"m0":0,…} with `n` members and then `last`. */
static void
many_members(struct ff_buf *text, unsigned n, const char *last)
{
	ff_buf_lit(text, "{");
	for (unsigned i = 0; i < n; i++)
		ff_buf_printf(text, "\"m%u\":0,", i);
	ff_buf_printf(text, "\"%s\":0}", last);
}

static void
test_repeated_name_is_found_in_objects_of_any_size(void **state)
{
	static const unsigned sizes[] = {1, 2, 15, 16, 17, 31, 32, 33, 64, 65, 1000, 170000};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(sizes); i++) {
		FF_CLEANUP(ff_buf_release) struct ff_buf text;
		char name[16];
		struct ff_err err;

		ff_buf_init(&text, 4 << 20);
		many_members(&text, sizes[i], "other");
		assert_int_equal(check(ff_buf_str(&text), 1, &err), FF_OK);
		for (unsigned member = 0; member < sizes[i]; member += sizes[i] / 2 + 1) {
			ff_buf_reset(&text);
			(void)snprintf(name, sizeof name, "m%u", member);
			many_members(&text, sizes[i], name);
			assert_int_equal(check(ff_buf_str(&text), 1, &err), FF_EPARSE);
			assert_non_null(strstr(err.detail, "a member name for the second time"));
		}
	}
}

/* Names of an inner object are no concern of the outer one's, and the outer one's are kept meanwhile. */
static void
test_names_belong_to_their_object(void **state)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf text;
	struct ff_err err;

	(void)state;
	assert_int_equal(check(FF_STR("{\"a\":{\"a\":{\"a\":1},\"b\":2},\"b\":[{\"a\":1},{\"a\":1}]}"), 4, &err), FF_OK);
	assert_int_equal(check(FF_STR("{\"a\":{\"b\":1,\"c\":2},\"b\":1,\"a\":1}"), 4, &err), FF_EPARSE);
	ff_buf_init(&text, 1 << 20);
	ff_buf_lit(&text, "{\"x\":");
	many_members(&text, 100, "x");
	ff_buf_lit(&text, ",\"m0\":");
	many_members(&text, 100, "y");
	ff_buf_lit(&text, ",\"x\":1}");
	assert_int_equal(check(ff_buf_str(&text), 2, &err), FF_EPARSE);
	assert_non_null(strstr(err.detail, "a member name for the second time"));
}

static double
number_of(ff_str text)
{
	double number;

	assert_true(json_number_parse(text, &number));
	return number;
}

static uint64_t
next_random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void
assert_as_strtod(const char *text)
{
	double ours = number_of(ff_str_z(text)), theirs = strtod(text, NULL);

	/* The same to the last bit; of two equal ones only zeros can differ, by their sign. */
	if (ours != theirs || signbit(ours) != signbit(theirs))
		fail_msg("%s is %a, not %a", text, theirs, ours);
}

static void
test_number_is_what_strtod_makes_of_it(void **state)
{
	static const char *const special[] = {"0", "-0", "0.0", "-0e5", "0e999999", "1", "-1", "0.1", "0.3", "1e22", "1e23",
		"123456789012345e-22", "9007199254740992", "9007199254740993", "9007199254740993e0", "9007199254740991e22",
		"18446744073709551615", "18446744073709551616", "99999999999999999999", "2.2250738585072014e-308",
		"2.2250738585072011e-308", "4.9e-324", "2e-324", "1e-400", "1.7976931348623157e308",
		"0.00000000000000000000000000000001", "1E5", "1e+5", "1e-5", "31", "12.5", "1e000000000000000000005"};
	uint64_t seed = 1;
	char longer[256];

	(void)state;
	for (size_t i = 0; i < FF_COUNT(special); i++)
		assert_as_strtod(special[i]);
	/* More text than the reader has room for without its arena. */
	(void)snprintf(longer, sizeof longer, "1%0*d%s", 200, 1, "e-190");
	assert_as_strtod(longer);
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t random = next_random(&seed), digits = next_random(&seed) >> (random % 64);
		char text[64];

		(void)snprintf(text, sizeof text, "%s%llu.%0*llue%d", random & 1 << 8 ? "-" : "", (unsigned long long)digits,
			(int)(random >> 9 & 15) + 1, (unsigned long long)(random >> 16 & 0xffff), (int)(random >> 32 & 63) - 32);
		assert_as_strtod(text);
	}
}

static void
test_number_parse_takes_whole_numbers_only(void **state)
{
	static const char *const bad[] = {"", "-", "1x", " 1", "1 ", "x", "1e999", "0x10", "inf", "nan", "1.", "01"};
	double number;

	(void)state;
	for (size_t i = 0; i < FF_COUNT(bad); i++)
		assert_false(json_number_parse(ff_str_z(bad[i]), &number));
}

/* ---- against jansson ---- */

enum { GENERATED_BYTES = 4096, GENERATED_DEPTH = 6 };

static void
generate_string(struct ff_buf *out, uint64_t *seed)
{
	static const char *const pieces[] = {"a", "b", "key", "0123456789abcdef", "\xc3\xa4", "\xe2\x82\xac", "\\n",
		"\\u0061", "\\ud83d\\ude00", "\xf0\x9f\x98\x80", "\\\"", "\\\\", "/", " ", "\\u00e4"};

	ff_buf_lit(out, "\"");
	for (uint64_t n = next_random(seed) % 4; n > 0; n--)
		ff_buf_str_put(out, ff_str_z(pieces[next_random(seed) % FF_COUNT(pieces)]));
	ff_buf_lit(out, "\"");
}

static void
generate_blank(struct ff_buf *out, uint64_t *seed)
{
	static const char *const blanks[] = {"", "", "", " ", "\n", "\t \r\n"};

	ff_buf_str_put(out, ff_str_z(blanks[next_random(seed) % FF_COUNT(blanks)]));
}

static void
generate_value(struct ff_buf *out, uint64_t *seed, unsigned depth)
{
	static const char *const scalars[] = {"true", "false", "null", "0", "-0", "1.5", "1e10", "123456789012345678901",
		"4.9e-324", "-1E-5", "1e308", "1e309"};
	uint64_t kind = next_random(seed) % 8;

	generate_blank(out, seed);
	if (kind < 3 && depth < GENERATED_DEPTH) {
		bool object = kind == 0;

		ff_buf_char(out, object ? '{' : '[');
		for (uint64_t n = next_random(seed) % 5; n > 0; n--) {
			if (object) {
				generate_string(out, seed);
				ff_buf_lit(out, ":");
			}
			generate_value(out, seed, depth + 1);
			if (n > 1)
				ff_buf_lit(out, ",");
		}
		ff_buf_char(out, object ? '}' : ']');
	} else if (kind < 6) {
		generate_string(out, seed);
	} else {
		ff_buf_str_put(out, ff_str_z(scalars[next_random(seed) % FF_COUNT(scalars)]));
	}
	generate_blank(out, seed);
}

/* One byte changed, taken away, doubled, or the text cut. */
static void
mutate(struct ff_buf *text, uint64_t *seed)
{
	static const char bytes[] = "{}[]\",:\\0123456789.eE+-tfnu \x01\x80\xc3\xed\xff";
	size_t at;

	if (text->n == 0 || text->n == text->cap)
		return;
	at = next_random(seed) % text->n;
	switch (next_random(seed) % 4) {
	case 0:
		text->p[at] = bytes[next_random(seed) % (sizeof bytes - 1)];
		break;
	case 1:
		memmove(text->p + at, text->p + at + 1, --text->n - at);
		break;
	case 2:
		memmove(text->p + at + 1, text->p + at, text->n++ - at);
		break;
	case 3:
		text->n = at;
		break;
	}
}

static void
test_reader_agrees_with_jansson_on_generated_and_mutated_texts(void **state)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf text;
	uint64_t seed = 42;

	(void)state;
	ff_buf_init(&text, GENERATED_BYTES);
	for (unsigned i = 0; i < 20000; i++) {
		ff_buf_reset(&text);
		generate_value(&text, &seed, 0);
		for (uint64_t mutations = i % 4; mutations > 0; mutations--)
			mutate(&text, &seed);
		if (json_differ(ff_buf_str(&text)))
			fail_msg("%s: %.*s", json_differ(ff_buf_str(&text)), FF_FMT(ff_buf_str(&text)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fault_is_told_with_its_byte_and_pointer),
		cmocka_unit_test(test_semantic_fault_names_the_place_of_the_token),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_long_pointer_is_cut_between_characters),
		cmocka_unit_test(test_tokens_come_in_the_order_of_the_text),
		cmocka_unit_test(test_string_is_unescaped),
		cmocka_unit_test(test_escapes_take_memory_in_proportion),
		cmocka_unit_test(test_repeated_name_is_found_in_objects_of_any_size),
		cmocka_unit_test(test_names_belong_to_their_object),
		cmocka_unit_test(test_number_is_what_strtod_makes_of_it),
		cmocka_unit_test(test_number_parse_takes_whole_numbers_only),
		cmocka_unit_test(test_reader_agrees_with_jansson_on_generated_and_mutated_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
