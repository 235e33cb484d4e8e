/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_SIZE = 16 * 1024, BLOCK_SIZE_MAX = 1024 * 1024, ALIGN = 16 };

struct ff_arena_block {
	struct ff_arena_block *older;
	size_t size;
	_Alignas(ALIGN) char data[];
};

void
ff_arena_init(struct ff_arena *a)
{
	*a = FF_ARENA_INIT;
}

static void
use_block(struct ff_arena *a, struct ff_arena_block *block)
{
	a->block = block;
	a->at = block->data;
	a->end = block->data + block->size;
}

/* Frees all blocks but the oldest `keep`. */
static struct ff_arena_block *
free_newer(struct ff_arena_block *block, bool keep)
{
	while (block) {
		struct ff_arena_block *older = block->older;

		if (keep && !older)
			return block;
		free(block);
		block = older;
	}
	return NULL;
}

void
ff_arena_release(struct ff_arena *a)
{
	free_newer(a->block, false);
	*a = FF_ARENA_INIT;
}

void
ff_arena_reset(struct ff_arena *a)
{
	struct ff_arena_block *first = free_newer(a->block, true);

	*a = FF_ARENA_INIT;
	if (first)
		use_block(a, first);
}

static void
grow(struct ff_arena *a, size_t need)
{
	size_t size = a->block ? a->block->size * 2 : BLOCK_SIZE;
	struct ff_arena_block *block;

	if (size > BLOCK_SIZE_MAX)
		size = BLOCK_SIZE_MAX;
	if (size < need)
		size = need;
	block = ff_xmalloc(sizeof *block + size);
	block->older = a->block;
	block->size = size;
	use_block(a, block);
}

void *
ff_arena_alloc(struct ff_arena *a, size_t size)
{
	void *p;

	ff_assert(size <= SIZE_MAX / 2);
	/* Nothing at all still has an address: memset and memcpy take no NULL. */
	size = size ? (size + ALIGN - 1) & ~(size_t)(ALIGN - 1) : ALIGN;
	if (size > (size_t)(a->end - a->at))
		grow(a, size);
	p = a->at;
	a->at += size;
	a->used += size;
	return p;
}

void *
ff_arena_zalloc(struct ff_arena *a, size_t count, size_t size)
{
	size_t total;

	ff_assert(!__builtin_mul_overflow(count, size, &total));
	return memset(ff_arena_alloc(a, total), 0, total);
}

ff_str
ff_arena_str(struct ff_arena *a, ff_str s)
{
	char *p = ff_arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return ff_str_of(p, s.n);
}

ff_str
ff_arena_printf(struct ff_arena *a, const char *fmt, ...)
{
	va_list args, again;
	int n;
	char *p;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	ff_assert(n >= 0);
	p = ff_arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return ff_str_of(p, (size_t)n);
}
