/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"

static void
test_what_does_not_fit_a_block_gets_its_own(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena a = FF_ARENA_INIT;
	static const size_t sizes[] = {1, 15, 16, 17, 100, 16 << 10, (16 << 10) + 1, 3 << 20, 1};
	char *p[FF_COUNT(sizes)];

	(void)state;
	for (size_t i = 0; i < FF_COUNT(sizes); i++) {
		p[i] = ff_arena_alloc(&a, sizes[i]);
		assert_int_equal((uintptr_t)p[i] % 16, 0);
		memset(p[i], (int)i, sizes[i]);
	}
	for (size_t i = 0; i < FF_COUNT(sizes); i++) {
		assert_int_equal(p[i][0], (char)i);
		assert_int_equal(p[i][sizes[i] - 1], (char)i);
	}
}

static void
test_nothing_at_all_has_an_address(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena a = FF_ARENA_INIT;

	(void)state;
	assert_non_null(ff_arena_alloc(&a, 0));
	assert_non_null(FF_ARENA_ARRAY(&a, int, 0));
	assert_non_null(ff_arena_str(&a, (ff_str){NULL, 0}).p);
}

static void
test_reset_keeps_the_first_block_and_nothing_else(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena a;
	void *first;

	(void)state;
	ff_arena_init(&a);
	first = ff_arena_alloc(&a, 8);
	ff_arena_alloc(&a, 1 << 20);
	assert_true(a.used >= (1 << 20) + 8);
	ff_arena_reset(&a);
	assert_int_equal(a.used, 0);
	assert_ptr_equal(ff_arena_alloc(&a, 8), first);
	ff_arena_release(&a);
	ff_arena_reset(&a); /* of an arena that has nothing */
	assert_null(a.block);
}

static void
test_zeroed_memory_is_zero_also_when_used_before(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena a = FF_ARENA_INIT;
	unsigned char *p = ff_arena_alloc(&a, 64);

	(void)state;
	memset(p, 0xff, 64);
	ff_arena_reset(&a);
	p = ff_arena_zalloc(&a, 8, 8);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(p[i], 0);
}

static void
test_strings_are_copied_with_a_nul_behind(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena a = FF_ARENA_INIT;
	char text[] = "abc";
	ff_str copy = ff_arena_str(&a, ff_str_of(text, 2));

	(void)state;
	text[0] = 'x';
	assert_int_equal(copy.n, 2);
	assert_string_equal(copy.p, "ab");
	copy = ff_arena_printf(&a, "%s-%05d", "id", 42);
	assert_int_equal(copy.n, 8);
	assert_string_equal(copy.p, "id-00042");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_does_not_fit_a_block_gets_its_own),
		cmocka_unit_test(test_nothing_at_all_has_an_address),
		cmocka_unit_test(test_reset_keeps_the_first_block_and_nothing_else),
		cmocka_unit_test(test_zeroed_memory_is_zero_also_when_used_before),
		cmocka_unit_test(test_strings_are_copied_with_a_nul_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
