/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "transport/http/wheel.h"

enum { N = 8 };

static struct wheel wheel;
static struct wheel_entry entries[N];
static unsigned fired[N];

static void
note(struct wheel_entry *e, void *arg)
{
	(void)arg;
	fired[e - entries]++;
}

static int
setup(void **state)
{
	(void)state;
	memset(entries, 0, sizeof entries);
	memset(fired, 0, sizeof fired);
	wheel_init(&wheel, 1000000);
	return 0;
}

static void
advance(uint64_t ms)
{
	wheel_advance(&wheel, 1000000 + ms, note, NULL);
}

static void
test_deadlines_fire_once_and_never_early(void **state)
{
	static const unsigned due[N] = {0, 1, 49, 50, 51, 999, 12800, 70000}; /* the last two are beyond a turn */

	(void)state;
	for (unsigned i = 0; i < N; i++)
		wheel_set(&wheel, &entries[i], 1000000 + due[i]);
	for (unsigned ms = 0; ms < 80000; ms += 7) {
		advance(ms);
		for (unsigned i = 0; i < N; i++)
			if (fired[i] != (ms < due[i] ? 0 : fired[i]) || (ms > due[i] + 2 * WHEEL_TICK_MS && fired[i] != 1))
				fail_msg("entry %u, due at %u, has fired %u times at %u", i, due[i], fired[i], ms);
	}
	assert_int_equal(wheel.n, 0);
}

static void
test_deadline_put_off_again_and_again_does_not_fire(void **state)
{
	(void)state;
	for (unsigned ms = 0; ms < 30000; ms += 10) {
		wheel_set(&wheel, &entries[0], 1000000 + ms + 200);
		advance(ms);
	}
	assert_int_equal(fired[0], 0);
	advance(31000);
	assert_int_equal(fired[0], 1);
}

static void
test_deadline_brought_forward_fires_in_time(void **state)
{
	(void)state;
	wheel_set(&wheel, &entries[0], 1000000 + 60000);
	wheel_set(&wheel, &entries[0], 1000000 + 100);
	advance(100 + 2 * WHEEL_TICK_MS);
	assert_int_equal(fired[0], 1);
}

static void
test_lifted_and_removed_deadlines_do_not_fire(void **state)
{
	(void)state;
	wheel_set(&wheel, &entries[0], 1000000 + 100);
	wheel_set(&wheel, &entries[0], WHEEL_NEVER);
	wheel_set(&wheel, &entries[1], 1000000 + 100);
	wheel_remove(&wheel, &entries[1]);
	wheel_remove(&wheel, &entries[1]);
	advance(100000);
	assert_int_equal(fired[0] + fired[1], 0);
	assert_int_equal(wheel.n, 0);
}

static void
test_long_sleep_fires_what_has_passed_meanwhile(void **state)
{
	(void)state;
	wheel_set(&wheel, &entries[0], 1000000 + 100);
	wheel_set(&wheel, &entries[1], 1000000 + 100000000);
	advance(50000000);
	assert_int_equal(fired[0], 1);
	assert_int_equal(fired[1], 0);
	wheel_set(&wheel, &entries[2], 1000000 + 50000100);
	advance(50000100 + 2 * WHEEL_TICK_MS);
	assert_int_equal(fired[2], 1);
}

static void
remove_next(struct wheel_entry *e, void *arg)
{
	note(e, arg);
	if (e == &entries[0])
		wheel_remove(&wheel, &entries[1]);
	wheel_set(&wheel, e, e->due_ms + 1000);
}

static void
test_callback_may_remove_and_set_entries(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		wheel_set(&wheel, &entries[i], 1000000 + 100);
	wheel_advance(&wheel, 1000000 + 200, remove_next, NULL);
	assert_int_equal(fired[0], 1);
	assert_int_equal(fired[1], 0);
	assert_int_equal(fired[2], 1);
	wheel_advance(&wheel, 1000000 + 1300, remove_next, NULL);
	assert_int_equal(fired[0], 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_deadlines_fire_once_and_never_early, setup),
		cmocka_unit_test_setup(test_deadline_put_off_again_and_again_does_not_fire, setup),
		cmocka_unit_test_setup(test_deadline_brought_forward_fires_in_time, setup),
		cmocka_unit_test_setup(test_lifted_and_removed_deadlines_do_not_fire, setup),
		cmocka_unit_test_setup(test_long_sleep_fires_what_has_passed_meanwhile, setup),
		cmocka_unit_test_setup(test_callback_may_remove_and_set_entries, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
