/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/str.h"

static void
assert_str(ff_str got, const char *expected)
{
	if (!ff_str_eqz(got, expected))
		fail_msg("got \"%.*s\", expected \"%s\"", FF_FMT(got), expected);
}

static void
test_decimal_numbers_are_digits_within_64_bits(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		uint64_t value;
	} cases[] = {
		{"", false, 0},
		{"+1", false, 0},
		{"-1", false, 0},
		{" 1", false, 0},
		{"1 ", false, 0},
		{"0x1", false, 0},
		{"1.0", false, 0},
		{"18446744073709551616", false, 0},
		{"99999999999999999999", false, 0},
		{"0", true, 0},
		{"007", true, 7},
		{"18446744073709551615", true, UINT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		uint64_t value = 42;

		if (ff_str_u64(ff_str_z(cases[i].text), &value) != cases[i].ok)
			fail_msg("\"%s\"", cases[i].text);
		assert_int_equal(value, cases[i].ok ? cases[i].value : 42);
	}
}

static void
test_order_is_by_bytes_and_a_prefix_comes_first(void **state)
{
	static const struct {
		const char *a, *b;
		int sign;
	} cases[] = {
		{"", "", 0},
		{"", "a", -1},
		{"a", "", 1},
		{"a", "ab", -1},
		{"ab", "b", -1},
		{"a", "\xc3\xa9", -1},
		{"same", "same", 0},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		int c = ff_str_cmp(ff_str_z(cases[i].a), ff_str_z(cases[i].b));

		assert_int_equal((c > 0) - (c < 0), cases[i].sign);
		assert_int_equal(ff_str_eq(ff_str_z(cases[i].a), ff_str_z(cases[i].b)), cases[i].sign == 0);
	}
	assert_true(ff_str_eq((ff_str){NULL, 0}, FF_STR("")));
}

static void
test_case_is_ignored_for_ascii_only(void **state)
{
	(void)state;
	assert_true(ff_str_caseeq(FF_STR("If-Match"), FF_STR("iF-mATCH")));
	assert_false(ff_str_caseeq(FF_STR("a"), FF_STR("ab")));
	assert_false(ff_str_caseeq(FF_STR("["), FF_STR("{"))); /* 0x5b and 0x7b: no letters */
	assert_false(ff_str_caseeq(FF_STR("\xc3\x89"), FF_STR("\xc3\xa9")));
}

static void
test_searching_takes_nul_and_empty_needles(void **state)
{
	(void)state;
	assert_true(ff_str_contains(FF_STR("a\0bc"), FF_STR("\0b")));
	assert_true(ff_str_contains(FF_STR("abc"), FF_STR("")));
	assert_true(ff_str_contains((ff_str){NULL, 0}, (ff_str){NULL, 0}));
	assert_false(ff_str_contains(FF_STR("ab"), FF_STR("abc")));
	assert_false(ff_str_contains((ff_str){NULL, 0}, FF_STR("a")));
	assert_true(ff_str_starts(FF_STR("abc"), FF_STR("ab")));
	assert_true(ff_str_starts(FF_STR("abc"), FF_STR("")));
	assert_false(ff_str_starts(FF_STR("ab"), FF_STR("abc")));
	assert_true(ff_str_ends(FF_STR("abc"), FF_STR("bc")));
	assert_true(ff_str_ends((ff_str){NULL, 0}, FF_STR("")));
	assert_false(ff_str_ends(FF_STR("bc"), FF_STR("abc")));
}

static void
test_cut_parts_at_the_first_separator(void **state)
{
	static const struct {
		const char *text, *head, *tail;
		bool found;
	} cases[] = {
		{"a=b=c", "a", "b=c", true},
		{"=b", "", "b", true},
		{"a=", "a", "", true},
		{"a", "a", "", false},
		{"", "", "", false},
	};
	ff_str head, tail;

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		assert_int_equal(ff_str_cut(ff_str_z(cases[i].text), '=', &head, &tail), cases[i].found);
		assert_str(head, cases[i].head);
		assert_str(tail, cases[i].tail);
	}
}

static void
test_trim_takes_blanks_off_both_ends(void **state)
{
	(void)state;
	assert_str(ff_str_trim(FF_STR(" \t a b\t ")), "a b");
	assert_str(ff_str_trim(FF_STR(" \t")), "");
	assert_str(ff_str_trim(FF_STR("\na")), "\na");
	assert_str(ff_str_trim((ff_str){NULL, 0}), "");
}

static void
test_from_past_the_end_is_empty(void **state)
{
	(void)state;
	assert_str(ff_str_from(FF_STR("abc"), 1), "bc");
	assert_str(ff_str_from(FF_STR("abc"), 3), "");
	assert_str(ff_str_from(FF_STR("abc"), SIZE_MAX), "");
	assert_int_equal(ff_str_z(NULL).n, 0);
}

static void
test_copies_are_terminated(void **state)
{
	char *z = ff_str_dupz(ff_str_of("abc", 2));

	(void)state;
	assert_string_equal(z, "ab");
	free(z);
	z = ff_str_dupz((ff_str){NULL, 0});
	assert_string_equal(z, "");
	free(z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decimal_numbers_are_digits_within_64_bits),
		cmocka_unit_test(test_order_is_by_bytes_and_a_prefix_comes_first),
		cmocka_unit_test(test_case_is_ignored_for_ascii_only),
		cmocka_unit_test(test_searching_takes_nul_and_empty_needles),
		cmocka_unit_test(test_cut_parts_at_the_first_separator),
		cmocka_unit_test(test_trim_takes_blanks_off_both_ends),
		cmocka_unit_test(test_from_past_the_end_is_empty),
		cmocka_unit_test(test_copies_are_terminated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
