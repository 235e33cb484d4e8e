/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/string_set.h"

#include "base/map.h"

/* Before each string: its length and value in one number, unaligned. */
enum { HEAD_BYTES = sizeof(uint32_t), VALUE_BITS = 8, STRING_MAX = (1 << 24) - 1, SLOTS_MIN = 4 };

void
string_set_init(struct string_set *s, struct block *block, uint32_t n, size_t bytes, bool fold)
{
	uint32_t size = SLOTS_MIN;
	size_t cap = 1 + (size_t)n * HEAD_BYTES + bytes; /* place 0 means free, so the first string begins at 1 */

	ff_assert(n < UINT32_MAX / 4 && cap <= UINT32_MAX);
	while (size / 3 * 2 < n)
		size *= 2;
	*s = (struct string_set){.mask = size - 1, .used = 1, .cap = (uint32_t)cap, .fold = fold};
	s->slots = BLOCK_ARRAY(block, struct string_set_slot, size);
	s->bytes = block_alloc(block, cap);
}

ff_str
string_fold(ff_str s, char *to)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		to[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	return ff_str_of(to, s.n);
}

/* The slot that holds `string`, or the free one where it belongs. */
static struct string_set_slot *
slot_of(const struct string_set *s, ff_str string, uint32_t hash)
{
	for (uint32_t i = hash & s->mask;; i = (i + 1) & s->mask) {
		struct string_set_slot *slot = &s->slots[i];
		uint32_t head;

		if (!slot->at)
			return slot;
		if (slot->hash != hash)
			continue;
		memcpy(&head, s->bytes + slot->at, HEAD_BYTES);
		if (head >> VALUE_BITS == string.n && ff_str_eq(ff_str_of(s->bytes + slot->at + HEAD_BYTES, string.n), string))
			return slot;
	}
}

void
string_set_put(struct string_set *s, ff_str string, unsigned value)
{
	uint32_t head = (uint32_t)string.n << VALUE_BITS | value, hash;
	char *at = s->bytes + s->used + HEAD_BYTES;
	struct string_set_slot *slot;

	ff_assert(string.n <= STRING_MAX && value <= STRING_SET_VALUE_MAX);
	ff_assert(s->cap - s->used >= HEAD_BYTES + string.n);
	if (s->fold)
		string = string_fold(string, at);
	else if (string.n)
		memcpy(at, string.p, string.n);
	hash = (uint32_t)ff_map_hash(string);
	slot = slot_of(s, string, hash);
	if (slot->at)
		return;
	memcpy(s->bytes + s->used, &head, HEAD_BYTES);
	*slot = (struct string_set_slot){.hash = hash, .at = s->used};
	s->used += HEAD_BYTES + (uint32_t)string.n;
	s->n++;
}

int
string_set_find(const struct string_set *s, ff_str string, uint64_t hash)
{
	const struct string_set_slot *slot;
	uint32_t head;

	if (s->n == 0)
		return STRING_SET_NONE;
	slot = slot_of(s, string, (uint32_t)hash);
	if (!slot->at)
		return STRING_SET_NONE;
	memcpy(&head, s->bytes + slot->at, HEAD_BYTES);
	return (int)(head & STRING_SET_VALUE_MAX);
}
