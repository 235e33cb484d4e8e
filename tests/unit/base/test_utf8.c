/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/utf8.h"

/* Unicode 15, table 3-7, at its borders. */
static void
test_only_well_formed_sequences_are_utf8(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} cases[] = {
		{"", true},
		{"plain", true},
		{"\xc2\x80", true},
		{"\xdf\xbf", true},
		{"\xe0\xa0\x80", true},
		{"\xed\x9f\xbf", true},
		{"\xee\x80\x80", true},
		{"\xef\xbf\xbf", true},
		{"\xf0\x90\x80\x80", true},
		{"\xf4\x8f\xbf\xbf", true},
		{"\x80", false},
		{"\xbf", false},
		{"\xc0\x80", false}, /* overlong */
		{"\xc1\xbf", false},
		{"\xe0\x9f\xbf", false},
		{"\xf0\x8f\xbf\xbf", false},
		{"\xed\xa0\x80", false}, /* surrogates */
		{"\xed\xbf\xbf", false},
		{"\xf4\x90\x80\x80", false}, /* past U+10FFFF */
		{"\xf5\x80\x80\x80", false},
		{"\xff", false},
		{"\xc3", false}, /* cut */
		{"\xe2\x82", false},
		{"\xf0\x9f\x98", false},
		{"\xc3(", false},
		{"\xe2(\x82", false},
		{"\xe2\x82(", false},
		{"\xf0\x9f(\x80", false},
		{"ok\xc3\xa9\xff", false},
	};
	static const char euro[] = "\xe2\x82\xac";

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++)
		if (utf8_valid(ff_str_z(cases[i].text)) != cases[i].valid)
			fail_msg("case %zu", i);
	assert_true(utf8_valid(FF_STR("a\0b")));
	assert_true(utf8_valid((ff_str){NULL, 0}));
	assert_int_equal(utf8_char_bytes(euro, euro + 3), 3);
	assert_int_equal(utf8_char_bytes(euro, euro + 2), 0);
}

static void
test_cuts_are_between_characters(void **state)
{
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z"; /* 1, 2, 3, 4 and 1 bytes */
	static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};

	(void)state;
	for (size_t max = 0; max < FF_COUNT(expected); max++)
		assert_int_equal(utf8_cut(ff_str_z(text), max).n, expected[max]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_well_formed_sequences_are_utf8),
		cmocka_unit_test(test_cuts_are_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
