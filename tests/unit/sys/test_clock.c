/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "sys/clock.h"
#include "sys/random.h"

static void
test_call_is_over_past_its_deadline_or_when_cancelled(void **state)
{
	atomic_bool cancelled = true, running = false;
	uint64_t now = clock_mono_ms();
	const struct {
		struct ff_call call;
		ff_status status;
		unsigned left; /* at most this many ms */
	} rows[] = {
		{{.deadline_ms = UINT64_MAX}, FF_OK, 500},
		{{.deadline_ms = now + 60000, .cancel = &running}, FF_OK, 500},
		{{.deadline_ms = now}, FF_ETIMEOUT, 0},
		{{.deadline_ms = 0}, FF_ETIMEOUT, 0},
		{{.deadline_ms = UINT64_MAX, .cancel = &cancelled}, FF_ECANCELLED, 0},
	};

	(void)state;
	for (unsigned i = 0; i < FF_COUNT(rows); i++) {
		struct ff_err err = {0};

		assert_int_equal(ff_call_over(&rows[i].call, &err), rows[i].status);
		assert_int_equal(err.status, rows[i].status);
		assert_int_equal(ff_call_left_ms(&rows[i].call, 500), rows[i].left);
	}
}

static void
test_monotonic_clock_does_not_go_back(void **state)
{
	uint64_t last = clock_mono_ns();

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t now = clock_mono_ns();

		assert_true(now >= last);
		last = now;
	}
	assert_true(clock_wall_ms() > INT64_C(1600000000000));
}

static void
test_random_bytes_fill_all_and_only_what_was_asked_for(void **state)
{
	unsigned char p[1000] = {0}, seen = 0;

	(void)state;
	for (unsigned round = 0; round < 50; round++) {
		random_bytes(p, 999);
		seen |= p[998];
	}
	assert_int_equal(p[999], 0);
	assert_int_equal(seen, 0xff);
	assert_true(random_u64() != random_u64());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call_is_over_past_its_deadline_or_when_cancelled),
		cmocka_unit_test(test_monotonic_clock_does_not_go_back),
		cmocka_unit_test(test_random_bytes_fill_all_and_only_what_was_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
