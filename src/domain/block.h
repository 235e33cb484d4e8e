/* SPDX-License-Identifier: Apache-2.0 */
/*
 * block.h - the memory of one compiled flag or segment: a few chunks just large enough, freed together.
 *
 * An arena (base/arena.h) starts with 16 KiB, which is right for a request and wrong for each of 100,000 flags.
 */
#ifndef FF_DOMAIN_BLOCK_H
#define FF_DOMAIN_BLOCK_H

#include "base/str.h"

struct block_chunk;

struct block {
	struct block_chunk *chunks;
	char *at, *end;
	size_t bytes; /* all that it holds, what is not used yet included */
};

void block_init(struct block *b);
/* Frees everything. The struct may itself live in the block. */
void block_release(struct block *b);
/* Not zeroed; aligned for pointers and 64-bit numbers. */
void *block_alloc(struct block *b, size_t size);
void *block_zalloc(struct block *b, size_t count, size_t size);
ff_str block_str(struct block *b, ff_str s);

#define BLOCK_ARRAY(b, type, count) ((type *)block_zalloc((b), (count), sizeof(type)))

#endif
