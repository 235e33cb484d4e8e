/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/block.h"

#include <stdlib.h>

enum { CHUNK_MIN = 1024, CHUNK_MAX = 64 * 1024, ALIGN = 8 };

struct block_chunk {
	struct block_chunk *older;
	_Alignas(ALIGN) char data[];
};

void
block_init(struct block *b)
{
	*b = (struct block){0};
}

void
block_release(struct block *b)
{
	struct block_chunk *chunk = b->chunks;

	block_init(b);
	while (chunk) {
		struct block_chunk *older = chunk->older;

		free(chunk);
		chunk = older;
	}
}

/* A quarter of what there is already, within bounds: little waste in small flags, few chunks in large ones. */
static void
grow(struct block *b, size_t need)
{
	size_t size = b->bytes / 4;
	struct block_chunk *chunk;

	if (size < CHUNK_MIN)
		size = CHUNK_MIN;
	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (size < need)
		size = need;
	chunk = ff_xmalloc(sizeof *chunk + size);
	chunk->older = b->chunks;
	b->chunks = chunk;
	b->at = chunk->data;
	b->end = chunk->data + size;
	b->bytes += sizeof *chunk + size;
}

void *
block_alloc(struct block *b, size_t size)
{
	char *p;

	ff_assert(size <= SIZE_MAX / 2);
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (size > (size_t)(b->end - b->at))
		grow(b, size);
	p = b->at;
	b->at += size;
	return p;
}

void *
block_zalloc(struct block *b, size_t count, size_t size)
{
	size_t total;

	ff_assert(!__builtin_mul_overflow(count, size, &total));
	return memset(block_alloc(b, total), 0, total);
}

ff_str
block_str(struct block *b, ff_str s)
{
	char *p;

	if (s.n == 0)
		return (ff_str){NULL, 0};
	p = block_alloc(b, s.n);
	memcpy(p, s.p, s.n);
	return ff_str_of(p, s.n);
}
