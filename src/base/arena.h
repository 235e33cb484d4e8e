/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - memory that is freed all at once.
 *
 * An arena grows by blocks and never gives one back before ff_arena_reset or ff_arena_release.
 * Allocation cannot fail: what is put into an arena was bounded before (body sizes, document limits),
 * and exhausted memory ends the process. One thread at a time.
 */
#ifndef FF_BASE_ARENA_H
#define FF_BASE_ARENA_H

#include "base/str.h"

struct ff_arena_block;

struct ff_arena {
	struct ff_arena_block *block; /* newest first */
	char *at, *end;
	size_t used; /* bytes handed out since the last reset */
};

#define FF_ARENA_INIT ((struct ff_arena){0})

void ff_arena_init(struct ff_arena *a);
/* Frees everything; the arena can be used again. */
void ff_arena_release(struct ff_arena *a);
/* Forgets everything but keeps the first block, so that a steady user stops calling malloc. */
void ff_arena_reset(struct ff_arena *a);

/* Aligned for any type, not zeroed. */
void *ff_arena_alloc(struct ff_arena *a, size_t size);
void *ff_arena_zalloc(struct ff_arena *a, size_t count, size_t size);
/* Copies; the copy is followed by a NUL that is not counted. */
ff_str ff_arena_str(struct ff_arena *a, ff_str s);
FF_PRINTF(2, 3) ff_str ff_arena_printf(struct ff_arena *a, const char *fmt, ...);

#define FF_ARENA_NEW(arena, type) ((type *)ff_arena_zalloc((arena), 1, sizeof(type)))
#define FF_ARENA_ARRAY(arena, type, count) ((type *)ff_arena_zalloc((arena), (count), sizeof(type)))

#endif
