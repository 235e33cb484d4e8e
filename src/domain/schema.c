/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/schema.h"

#include "domain/limits.h"

enum { CAP_MIN = 16, MAP_EXPECTED = 16 };

void
schema_init(struct schema *s)
{
	*s = (struct schema){0};
}

void
schema_release(struct schema *s)
{
	ff_arena_release(&s->arena);
	schema_init(s);
}

/* The maps point to the arena, whose place is known once somebody adds. */
static void
prepare(struct schema *s)
{
	if (s->attributes.arena)
		return;
	ff_map_init(&s->attributes, &s->arena, MAP_EXPECTED);
	ff_map_init(&s->symbols, &s->arena, MAP_EXPECTED);
}

/* Room for one more; what is outgrown stays in the arena, together less than what is in use. */
static void *
grown(struct schema *s, void *items, uint32_t n, uint32_t *cap, size_t size)
{
	void *larger;

	if (n < *cap)
		return items;
	*cap = *cap ? *cap * 2 : CAP_MIN;
	larger = ff_arena_zalloc(&s->arena, *cap, size);
	if (n)
		memcpy(larger, items, n * size);
	return larger;
}

static struct schema_attribute *
attribute_of(struct schema *s, ff_str path)
{
	uint32_t i;

	prepare(s);
	i = ff_map_get(&s->attributes, path);
	if (i != (uint32_t)FF_MAP_NONE)
		return &s->list[i];
	s->list = grown(s, s->list, s->n_attributes, &s->attributes_cap, sizeof *s->list);
	i = s->n_attributes++;
	s->list[i] = (struct schema_attribute){.slot = SLOT_NONE};
	ff_map_put(&s->attributes, ff_arena_str(&s->arena, path), i);
	return &s->list[i];
}

/* "device" and "device.os" lead to "device.os.name"; a path of more names than can be nested is only found literally.
 */
static void
add_parents(struct schema *s, ff_str path)
{
	ff_str rest = path, name;
	unsigned names = 1;

	for (size_t i = 0; i < path.n; i++)
		names += path.p[i] == '.';
	if (names > LIMIT_ATTRIBUTE_DEPTH)
		return;
	while (ff_str_cut(rest, '.', &name, &rest))
		attribute_of(s, ff_str_of(path.p, (size_t)(name.p + name.n - path.p)))->has_children = true;
}

uint32_t
schema_slot(struct schema *s, ff_str path, bool wants_symbols)
{
	struct schema_attribute *attribute = attribute_of(s, path);

	attribute->wants_symbols |= wants_symbols;
	if (attribute->slot != SLOT_NONE)
		return attribute->slot;
	s->slot_names = grown(s, s->slot_names, s->n_slots, &s->slots_cap, sizeof *s->slot_names);
	s->slot_names[s->n_slots] = ff_arena_str(&s->arena, path);
	attribute->slot = s->n_slots++;
	add_parents(s, path);
	return s->n_slots - 1;
}

uint32_t
schema_symbol(struct schema *s, ff_str string)
{
	uint32_t symbol;

	prepare(s);
	symbol = schema_find_symbol(s, string);
	if (symbol)
		return symbol;
	return ff_map_put(&s->symbols, ff_arena_str(&s->arena, string), ++s->n_symbols);
}
