/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>

#include "base/json_number.h"

/* RFC 8785, appendix B, and the borders of ECMAScript's layouts. */
static void
test_numbers_are_written_as_rfc_8785_has_them(void **state)
{
	static const struct {
		uint64_t bits;
		const char *text;
	} cases[] = {
		{0x0000000000000000, "0"},
		{0x8000000000000000, "0"},
		{0x0000000000000001, "5e-324"},
		{0x8000000000000001, "-5e-324"},
		{0x7fefffffffffffff, "1.7976931348623157e+308"},
		{0xffefffffffffffff, "-1.7976931348623157e+308"},
		{0x4340000000000000, "9007199254740992"},
		{0xc340000000000000, "-9007199254740992"},
		{0x4430000000000000, "295147905179352830000"},
		{0x44b52d02c7e14af5, "9.999999999999997e+22"},
		{0x44b52d02c7e14af6, "1e+23"},
		{0x44b52d02c7e14af7, "1.0000000000000001e+23"},
		{0x444b1ae4d6e2ef4e, "999999999999999700000"},
		{0x444b1ae4d6e2ef4f, "999999999999999900000"},
		{0x444b1ae4d6e2ef50, "1e+21"},
		{0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
		{0x3eb0c6f7a0b5ed8d, "0.000001"},
		{0x41b3de4355555553, "333333333.3333332"},
		{0x41b3de4355555554, "333333333.33333325"},
		{0x41b3de4355555555, "333333333.3333333"},
		{0x41b3de4355555556, "333333333.3333334"},
		{0x41b3de4355555557, "333333333.33333343"},
		{0xbecbf647612f3696, "-0.0000033333333333333333"},
		{0x43143ff3c1cb0959, "1424953923781206.2"},
		{0x7ff0000000000000, ""},
		{0xfff0000000000000, ""},
		{0x7fffffffffffffff, ""},
	};
	char buf[JSON_NUMBER_BYTES];

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		double value;
		ff_str text;

		memcpy(&value, &cases[i].bits, sizeof value);
		text = json_number_format(value, buf);
		if (!ff_str_eqz(text, cases[i].text))
			fail_msg("got %.*s, expected %s", FF_FMT(text), cases[i].text);
	}
}

static void
test_any_number_reads_back_as_itself(void **state)
{
	uint64_t seed = 88172645463325252u;
	char buf[JSON_NUMBER_BYTES], z[JSON_NUMBER_BYTES + 1];

	(void)state;
	for (int i = 0; i < 50000; i++) {
		double value;
		ff_str text;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		memcpy(&value, &seed, sizeof value);
		if (!isfinite(value))
			continue;
		text = json_number_format(value, buf);
		assert_in_range(text.n, 1, JSON_NUMBER_BYTES);
		memcpy(z, text.p, text.n);
		z[text.n] = '\0';
		assert_true(strtod(z, NULL) == value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_written_as_rfc_8785_has_them),
		cmocka_unit_test(test_any_number_reads_back_as_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
