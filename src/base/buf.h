/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - a growing byte buffer with a ceiling.
 *
 * Writers don't check each put: past the ceiling the buffer sets `overflow`, drops what comes and stays as it is;
 * the caller looks once, at the end. Memory is the buffer's own (released with ff_buf_release).
 */
#ifndef FF_BASE_BUF_H
#define FF_BASE_BUF_H

#include "base/str.h"

struct ff_buf {
	char *p;
	size_t n, cap, max;
	bool overflow;
};

void ff_buf_init(struct ff_buf *b, size_t max_bytes);
void ff_buf_release(struct ff_buf *b);

static inline void
ff_buf_reset(struct ff_buf *b)
{
	b->n = 0;
	b->overflow = false;
}

static inline ff_str
ff_buf_str(const struct ff_buf *b)
{
	return ff_str_of(b->p, b->n);
}

/* Makes room for `more` bytes; false (and `overflow`) past the ceiling. */
bool ff_buf_reserve(struct ff_buf *b, size_t more);

static inline void
ff_buf_put(struct ff_buf *b, const void *p, size_t n)
{
	if (__builtin_expect(n > b->cap - b->n, 0) && !ff_buf_reserve(b, n))
		return;
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
}

static inline void
ff_buf_str_put(struct ff_buf *b, ff_str s)
{
	ff_buf_put(b, s.p, s.n);
}

#define ff_buf_lit(b, literal) ff_buf_put((b), ("" literal), sizeof(literal) - 1)

static inline void
ff_buf_char(struct ff_buf *b, char c)
{
	ff_buf_put(b, &c, 1);
}

void ff_buf_u64(struct ff_buf *b, uint64_t value);
FF_PRINTF(2, 3) void ff_buf_printf(struct ff_buf *b, const char *fmt, ...);
/* `s` (UTF-8) as a JSON string with its quotes; escapes what RFC 8259 requires and nothing else. */
void ff_buf_json_str(struct ff_buf *b, ff_str s);

#endif
