/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map.h - a hash map from byte strings to 32-bit numbers (an index into an array of the caller's).
 *
 * Lives in an arena, only grows, keys are borrowed. Linear probing at a load of at most 2/3. The hash is XXH3-64 with a
 * seed drawn by the process (ff_map_seed), so that chosen keys cannot be made to collide. Lookups take no lock and may
 * run on any number of threads once the last insertion is visible to them.
 */
#ifndef FF_BASE_MAP_H
#define FF_BASE_MAP_H

#include "base/arena.h"

struct ff_map_slot {
	ff_str key; /* p == NULL: free */
	uint32_t hash;
	uint32_t value;
};

struct ff_map {
	struct ff_arena *arena;
	struct ff_map_slot *slots;
	uint32_t mask, n;
};

enum { FF_MAP_NONE = UINT32_MAX };

/* Set once at start, before the first map is made; 0 until then (tests, embedding). */
void ff_map_seed(uint64_t seed);
uint64_t ff_map_hash(ff_str key);

void ff_map_init(struct ff_map *m, struct ff_arena *arena, uint32_t expected);
/* The value of `key`, or FF_MAP_NONE. */
uint32_t ff_map_get(const struct ff_map *m, ff_str key);
uint32_t ff_map_get_hashed(const struct ff_map *m, ff_str key, uint64_t hash);
/* Inserts `key` with `value` unless it is there; returns the value that the map now holds for it. */
uint32_t ff_map_put(struct ff_map *m, ff_str key, uint32_t value);

#endif
