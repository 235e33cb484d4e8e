/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"

static void
assert_buf(const struct ff_buf *b, const char *expected)
{
	if (!ff_str_eqz(ff_buf_str(b), expected))
		fail_msg("got \"%.*s\", expected \"%s\"", FF_FMT(ff_buf_str(b)), expected);
}

static void
test_past_its_ceiling_a_buffer_drops_and_says_so(void **state)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf b;

	(void)state;
	ff_buf_init(&b, 5);
	ff_buf_lit(&b, "abc");
	ff_buf_lit(&b, "defg");
	assert_true(b.overflow);
	assert_buf(&b, "abc");
	ff_buf_lit(&b, "de"); /* what fits is still taken; the caller looks at overflow */
	assert_buf(&b, "abcde");
	ff_buf_char(&b, 'f');
	assert_buf(&b, "abcde");
	assert_false(ff_buf_reserve(&b, SIZE_MAX));
	ff_buf_reset(&b);
	assert_false(b.overflow);
	assert_buf(&b, "");
}

static void
test_a_ceiling_of_nothing_takes_nothing(void **state)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf b;

	(void)state;
	ff_buf_init(&b, 0);
	ff_buf_put(&b, NULL, 0);
	assert_false(b.overflow);
	ff_buf_u64(&b, 1);
	assert_true(b.overflow);
	assert_int_equal(b.n, 0);
}

static void
test_buffers_grow_and_keep_what_they_have(void **state)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf b;

	(void)state;
	ff_buf_init(&b, 1 << 20);
	for (size_t i = 0; i < 10000; i++)
		ff_buf_char(&b, (char)('a' + i % 26));
	assert_int_equal(b.n, 10000);
	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(b.p[i], 'a' + i % 26);
	assert_true(ff_buf_reserve(&b, 100000));
	assert_int_equal(b.n, 10000);
}

static void
test_numbers_and_formats_are_appended(void **state)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf b;

	(void)state;
	ff_buf_init(&b, 1 << 10);
	ff_buf_u64(&b, 0);
	ff_buf_char(&b, ' ');
	ff_buf_u64(&b, UINT64_MAX);
	ff_buf_printf(&b, " %s=%d", "a", -1);
	ff_buf_str_put(&b, FF_STR("!"));
	assert_buf(&b, "0 18446744073709551615 a=-1!");
}

static void
test_json_strings_escape_what_they_must(void **state)
{
	static const struct {
		ff_str text;
		const char *json;
	} cases[] = {
		{{"", 0}, "\"\""},
		{{"plain", 5}, "\"plain\""},
		{{"a\"b\\c/", 6}, "\"a\\\"b\\\\c/\""},
		{{"\b\f\n\r\t", 5}, "\"\\b\\f\\n\\r\\t\""},
		{{"\0\x01\x1f\x7f", 4}, "\"\\u0000\\u0001\\u001f\x7f\""},
		{{"\xc3\xa9\xf0\x9f\x98\x80", 6}, "\"\xc3\xa9\xf0\x9f\x98\x80\""},
	};
	FF_CLEANUP(ff_buf_release) struct ff_buf b;

	(void)state;
	ff_buf_init(&b, 1 << 10);
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		ff_buf_reset(&b);
		ff_buf_json_str(&b, cases[i].text);
		assert_buf(&b, cases[i].json);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_past_its_ceiling_a_buffer_drops_and_says_so),
		cmocka_unit_test(test_a_ceiling_of_nothing_takes_nothing),
		cmocka_unit_test(test_buffers_grow_and_keep_what_they_have),
		cmocka_unit_test(test_numbers_and_formats_are_appended),
		cmocka_unit_test(test_json_strings_escape_what_they_must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
