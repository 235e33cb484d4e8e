/* SPDX-License-Identifier: Apache-2.0 */
/*
 * string_set.h - an immutable set of strings, each with a small number: listed units, operands compared without case.
 *
 * Two runs of bytes in a block: slots {hash, place} at a load of at most 2/3, and the strings packed behind each other.
 * 100,000 units of 20 bytes take about 4.5 MB; a lookup touches one slot and one string.
 */
#ifndef FF_DOMAIN_STRING_SET_H
#define FF_DOMAIN_STRING_SET_H

#include "domain/block.h"

enum { STRING_SET_VALUE_MAX = 255, STRING_SET_NONE = -1 };

struct string_set_slot {
	uint32_t hash;
	uint32_t at; /* place in `bytes`; 0: free */
};

struct string_set {
	struct string_set_slot *slots;
	char *bytes;
	uint32_t mask, n;
	uint32_t used, cap; /* of bytes */
	bool fold;          /* its strings are folded; ask with folded ones */
};

/* Room for `n` strings of `bytes` bytes together. With `fold`, ASCII letters are made small when put. */
void string_set_init(struct string_set *s, struct block *block, uint32_t n, size_t bytes, bool fold);
/* The first value put for a string stays. At most as many as were announced. */
void string_set_put(struct string_set *s, ff_str string, unsigned value);
/* The value of `string`, whose ff_map_hash is `hash`, or STRING_SET_NONE. */
int string_set_find(const struct string_set *s, ff_str string, uint64_t hash);

/* Copies `s` to `to` with ASCII letters made small. */
ff_str string_fold(ff_str s, char *to);

#endif
