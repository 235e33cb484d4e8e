/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.h - which attributes and strings the flags of one tenant environment ask for, and their numbers.
 *
 * The compiler adds to it; a context is laid out by it: attributes nobody asks for are skipped, those in use land in
 * their slot, and their strings are looked up once, so that `eq` and `in` compare integers. Slots and symbols are
 * append-only. While the compiler adds, nobody else reads.
 */
#ifndef FF_DOMAIN_SCHEMA_H
#define FF_DOMAIN_SCHEMA_H

#include "base/map.h"

enum { SLOT_NONE = UINT32_MAX };

/* What is known of a name at one place of a dotted path. */
struct schema_attribute {
	uint32_t slot;      /* SLOT_NONE: only leads to others ("device" where only "device.os" is asked for) */
	bool has_children;  /* some path goes on behind this one */
	bool wants_symbols; /* some operator compares its strings by symbol */
};

struct schema {
	struct ff_arena arena;
	struct ff_map attributes; /* dotted path → index into `list` */
	struct schema_attribute *list;
	uint32_t n_attributes, attributes_cap;
	ff_str *slot_names; /* by slot */
	uint32_t n_slots, slots_cap;
	struct ff_map symbols; /* string → symbol, from 1 */
	uint32_t n_symbols;
};

void schema_init(struct schema *s);
void schema_release(struct schema *s);
/* The slot of `path`, added if new. The attribute `userID` is a slot like any other, filled from the unit. */
uint32_t schema_slot(struct schema *s, ff_str path, bool wants_symbols);
/* The symbol of `string`, added if new. Copies. */
uint32_t schema_symbol(struct schema *s, ff_str string);

/* NULL where no flag asks for `path` or anything behind it. `hash` is ff_map_hash of it. */
static inline const struct schema_attribute *
schema_find_hashed(const struct schema *s, ff_str path, uint64_t hash)
{
	uint32_t i = ff_map_get_hashed(&s->attributes, path, hash);

	return i == (uint32_t)FF_MAP_NONE ? NULL : &s->list[i];
}

static inline const struct schema_attribute *
schema_find(const struct schema *s, ff_str path)
{
	return schema_find_hashed(s, path, ff_map_hash(path));
}

static inline uint32_t
schema_find_symbol(const struct schema *s, ff_str string)
{
	uint32_t symbol = ff_map_get(&s->symbols, string);

	return symbol == (uint32_t)FF_MAP_NONE ? 0 : symbol;
}

#endif
