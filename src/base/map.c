/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { SLOTS_MIN = 8, SHORT_MAX = 16 };

static uint64_t map_seed;
/* A key of no bytes still needs an address. */
static const char empty_key[1];

void
ff_map_seed(uint64_t seed)
{
	map_seed = seed;
}

static __attribute__((noinline)) uint64_t
hash_long(ff_str key)
{
	return XXH3_64bits_withSeed(key.p, key.n, map_seed);
}

/* Apart, so that names, which are short, don't pay for the registers that long keys need. */
uint64_t
ff_map_hash(ff_str key)
{
	if (key.n > SHORT_MAX)
		return hash_long(key);
	return XXH3_64bits_withSeed(key.n ? key.p : empty_key, key.n, map_seed);
}

static void
alloc_slots(struct ff_map *m, uint32_t size)
{
	m->slots = FF_ARENA_ARRAY(m->arena, struct ff_map_slot, size);
	m->mask = size - 1;
}

void
ff_map_init(struct ff_map *m, struct ff_arena *arena, uint32_t expected)
{
	uint32_t size = SLOTS_MIN;

	while (size / 3 * 2 < expected)
		size *= 2;
	*m = (struct ff_map){.arena = arena};
	alloc_slots(m, size);
}

static struct ff_map_slot *
find(const struct ff_map *m, ff_str key, uint32_t hash)
{
	for (uint32_t i = hash & m->mask;; i = (i + 1) & m->mask) {
		struct ff_map_slot *slot = &m->slots[i];

		if (!slot->key.p || (slot->hash == hash && ff_str_eq(slot->key, key)))
			return slot;
	}
}

uint32_t
ff_map_get_hashed(const struct ff_map *m, ff_str key, uint64_t hash)
{
	const struct ff_map_slot *slot = m->slots ? find(m, key, (uint32_t)hash) : NULL;

	return slot && slot->key.p ? slot->value : (uint32_t)FF_MAP_NONE;
}

uint32_t
ff_map_get(const struct ff_map *m, ff_str key)
{
	return ff_map_get_hashed(m, key, ff_map_hash(key));
}

static void
rehash(struct ff_map *m)
{
	struct ff_map_slot *old = m->slots;
	uint32_t size = m->mask + 1;

	ff_assert(size <= UINT32_MAX / 4);
	alloc_slots(m, size * 2);
	for (uint32_t i = 0; i < size; i++)
		if (old[i].key.p)
			*find(m, old[i].key, old[i].hash) = old[i];
}

uint32_t
ff_map_put(struct ff_map *m, ff_str key, uint32_t value)
{
	uint32_t hash = (uint32_t)ff_map_hash(key);
	struct ff_map_slot *slot = find(m, key, hash);

	if (slot->key.p)
		return slot->value;
	if (m->n + 1 > (m->mask + 1) / 3 * 2) {
		rehash(m);
		slot = find(m, key, hash);
	}
	*slot = (struct ff_map_slot){.key = ff_str_of(key.p ? key.p : empty_key, key.n), .hash = hash, .value = value};
	m->n++;
	return value;
}
