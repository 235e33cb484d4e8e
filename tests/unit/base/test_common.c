/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/common.h"

/* Runs `die` in a child; the signal that ended it. */
static int
signal_of(void (*die)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		(void)signal(SIGABRT, SIG_DFL);
		die();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
break_an_assertion(void)
{
	volatile int one = 1;

	ff_assert(one == 2);
}

static void
keep_an_assertion(void)
{
	volatile int one = 1;

	ff_assert(one == 1);
}

static void
test_a_broken_assertion_ends_the_process(void **state)
{
	(void)state;
	assert_int_equal(signal_of(break_an_assertion), SIGABRT);
	assert_int_equal(signal_of(keep_an_assertion), 0);
}

/* There when a sanitizer is: its allocator ends the process by itself, and otherwise. */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));

static volatile size_t half_of_memory = SIZE_MAX / 2;

static void
exhaust_malloc(void)
{
	free(ff_xmalloc(half_of_memory));
}

static void
exhaust_calloc(void)
{
	free(ff_xcalloc(half_of_memory, 1));
}

static void
exhaust_realloc(void)
{
	free(ff_xrealloc(NULL, half_of_memory));
}

static void
test_exhausted_memory_ends_the_process(void **state)
{
	(void)state;
	if (__asan_init || __tsan_init)
		skip();
	assert_int_equal(signal_of(exhaust_malloc), SIGABRT);
	assert_int_equal(signal_of(exhaust_calloc), SIGABRT);
	assert_int_equal(signal_of(exhaust_realloc), SIGABRT);
}

static void
test_no_bytes_are_still_an_address(void **state)
{
	void *p = ff_xmalloc(0);

	(void)state;
	assert_non_null(p);
	p = ff_xrealloc(p, 0);
	assert_non_null(p);
	free(p);
	p = ff_xcalloc(0, 8);
	assert_non_null(p);
	free(p);
}

static void
test_cleanup_frees_and_take_leaves_null(void **state)
{
	char *taken;

	(void)state;
	{
		FF_CLEANUP(ff_freep) char *kept = ff_xstrdup("leak me if you can");
		FF_CLEANUP(ff_freep) char *given = ff_xstrdup("given");

		assert_non_null(kept);
		taken = FF_TAKE(given);
		assert_null(given);
	}
	assert_string_equal(taken, "given");
	free(taken);
}

static void
test_container_is_found_from_its_member(void **state)
{
	struct {
		int before, member;
	} thing = {1, 2};

	(void)state;
	assert_ptr_equal(FF_CONTAINER(&thing.member, __typeof__(thing), member), &thing);
	assert_int_equal(FF_COUNT(((int[]){1, 2, 3})), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_broken_assertion_ends_the_process),
		cmocka_unit_test(test_exhausted_memory_ends_the_process),
		cmocka_unit_test(test_no_bytes_are_still_an_address),
		cmocka_unit_test(test_cleanup_frees_and_take_leaves_null),
		cmocka_unit_test(test_container_is_found_from_its_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
