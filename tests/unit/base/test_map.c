/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/map.h"

enum { MANY = 20000 };

static void
test_absent_keys_are_none(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct ff_map empty = {.arena = NULL}, map;

	(void)state;
	assert_int_equal(ff_map_get(&empty, FF_STR("a")), FF_MAP_NONE);
	ff_map_init(&map, &arena, 0);
	assert_int_equal(ff_map_get(&map, FF_STR("a")), FF_MAP_NONE);
	assert_int_equal(ff_map_get(&map, FF_STR("")), FF_MAP_NONE);
}

static void
test_the_first_value_of_a_key_stays(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct ff_map map;

	(void)state;
	ff_map_init(&map, &arena, 2);
	assert_int_equal(ff_map_put(&map, FF_STR("a"), 1), 1);
	assert_int_equal(ff_map_put(&map, FF_STR("a"), 2), 1);
	assert_int_equal(ff_map_put(&map, FF_STR("a\0"), 3), 3);
	assert_int_equal(map.n, 2);
	assert_int_equal(ff_map_get_hashed(&map, FF_STR("a"), ff_map_hash(FF_STR("a"))), 1);
}

static void
test_the_empty_key_is_a_key(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct ff_map map;

	(void)state;
	ff_map_init(&map, &arena, 0);
	assert_int_equal(ff_map_put(&map, (ff_str){NULL, 0}, 7), 7);
	assert_int_equal(ff_map_get(&map, FF_STR("")), 7);
	assert_int_equal(ff_map_put(&map, FF_STR(""), 8), 7);
}

static void
test_maps_grow_past_what_was_expected(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct ff_map map;

	(void)state;
	ff_map_init(&map, &arena, 0);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(ff_map_put(&map, ff_arena_printf(&arena, "key-%u", i), i), i);
	assert_int_equal(map.n, MANY);
	assert_true(map.n <= (map.mask + 1) / 3 * 2);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(ff_map_get(&map, ff_arena_printf(&arena, "key-%u", i)), i);
	assert_int_equal(ff_map_get(&map, FF_STR("key-20000")), FF_MAP_NONE);
}

static void
test_the_seed_changes_where_keys_go(void **state)
{
	uint64_t before = ff_map_hash(FF_STR("a")), after;

	(void)state;
	ff_map_seed(42);
	after = ff_map_hash(FF_STR("a"));
	ff_map_seed(0);
	assert_true(before != after);
	assert_true(before == ff_map_hash(FF_STR("a")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_absent_keys_are_none),
		cmocka_unit_test(test_the_first_value_of_a_key_stays),
		cmocka_unit_test(test_the_empty_key_is_a_key),
		cmocka_unit_test(test_maps_grow_past_what_was_expected),
		cmocka_unit_test(test_the_seed_changes_where_keys_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
