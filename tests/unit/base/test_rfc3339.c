/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rfc3339.h"

static void
test_what_is_no_date_is_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"2026",
		"2026-01-02",
		"2026-01-02T03:04:05",
		"2026-01-02 03:04:05Z",
		"2026-1-02T03:04:05Z",
		"26-01-02T03:04:05Z",
		"2026-00-02T03:04:05Z",
		"2026-13-02T03:04:05Z",
		"2026-01-00T03:04:05Z",
		"2026-01-32T03:04:05Z",
		"2026-02-29T03:04:05Z",
		"1900-02-29T03:04:05Z",
		"2026-04-31T03:04:05Z",
		"2026-01-02T24:00:00Z",
		"2026-01-02T03:60:00Z",
		"2026-01-02T03:04:61Z",
		"2026-01-02T03:04:05.Z",
		"2026-01-02T03:04:05,5Z",
		"2026-01-02T03:04Z",
		"2026-01-02T03:04:05+24:00",
		"2026-01-02T03:04:05+01:60",
		"2026-01-02T03:04:05+0100",
		"2026-01-02T03:04:05+01",
		"2026-01-02T03:04:05ZZ",
		" 2026-01-02T03:04:05Z",
		"2026-01-02T03:04:05Z ",
		"+026-01-02T03:04:05Z",
		"2026-01-02T03:04:0xZ",
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		int64_t ms = 42;

		if (rfc3339_parse(ff_str_z(cases[i]), &ms))
			fail_msg("\"%s\"", cases[i]);
		assert_int_equal(ms, 42);
	}
	/* every beginning of a date is none */
	for (size_t n = 0; n < strlen("2026-01-02T03:04:05.678+01:00"); n++) {
		int64_t ms;

		assert_false(rfc3339_parse(ff_str_of("2026-01-02T03:04:05.678+01:00", n), &ms));
	}
}

/* Values computed by another program. */
static void
test_dates_are_milliseconds_and_back(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{"0001-01-01T00:00:00.000Z", -62135596800000},
		{"1600-02-29T23:59:59.999Z", -11670912000001},
		{"1899-12-31T12:00:00.001Z", -2209031999999},
		{"1970-01-01T00:00:00.000Z", 0},
		{"1969-12-31T23:59:59.999Z", -1},
		{"2000-02-29T00:00:00.500Z", 951782400500},
		{"2026-01-02T03:04:05.678Z", 1767323045678},
		{"2100-02-28T23:59:59.000Z", 4107542399000},
		{"2100-03-01T00:00:00.000Z", 4107542400000},
		{"9999-12-31T23:59:59.999Z", 253402300799999},
		{"0000-01-01T00:00:00.000Z", -62167219200000},
	};
	char buf[RFC3339_BYTES];

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		int64_t ms;

		assert_true(rfc3339_parse(ff_str_z(cases[i].text), &ms));
		assert_true(ms == cases[i].ms);
		assert_true(ff_str_eqz(rfc3339_format(ms, buf), cases[i].text));
	}
}

static void
test_the_same_instant_is_written_in_many_ways(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{"1970-01-01t00:00:01z", 1000},
		{"1970-01-01T01:00:01+01:00", 1000},
		{"1969-12-31T18:30:01-05:30", 1000},
		{"1970-01-01T00:00:01.0", -1},
		{"1970-01-01T00:00:01.0009999999999999999999Z", 1000},
		{"1970-01-01T00:00:01.5Z", 1500},
		{"1970-01-01T00:00:01.25Z", 1250},
		{"1970-01-01T00:00:00-00:00", 0},
		/* a leap second is the next one */
		{"2016-12-31T23:59:60Z", 1483228800000},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		int64_t ms = -1;

		assert_int_equal(rfc3339_parse(ff_str_z(cases[i].text), &ms), cases[i].ms != -1);
		assert_true(ms == cases[i].ms);
	}
}

static void
test_years_out_of_range_are_clamped(void **state)
{
	char buf[RFC3339_BYTES];

	(void)state;
	assert_true(ff_str_eqz(rfc3339_format(INT64_MIN, buf), "0000-01-01T00:00:00.000Z"));
	assert_true(ff_str_eqz(rfc3339_format(INT64_MAX, buf), "9999-12-31T23:59:59.999Z"));
}

static void
test_each_day_reads_back(void **state)
{
	const int64_t day = 86400000;
	char buf[RFC3339_BYTES];

	(void)state;
	for (int64_t i = -800000; i < 2900000; i += 11) {
		int64_t ms;

		assert_true(rfc3339_parse(rfc3339_format(i * day + 1, buf), &ms));
		if (i * day + 1 >= -62167219200000)
			assert_true(ms == i * day + 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_no_date_is_refused),
		cmocka_unit_test(test_dates_are_milliseconds_and_back),
		cmocka_unit_test(test_the_same_instant_is_written_in_many_ways),
		cmocka_unit_test(test_years_out_of_range_are_clamped),
		cmocka_unit_test(test_each_day_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
