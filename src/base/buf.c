/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CAP_MIN = 256 };

void
ff_buf_init(struct ff_buf *b, size_t max_bytes)
{
	*b = (struct ff_buf){.max = max_bytes};
}

void
ff_buf_release(struct ff_buf *b)
{
	free(b->p);
	*b = (struct ff_buf){.max = b->max};
}

bool
ff_buf_reserve(struct ff_buf *b, size_t more)
{
	size_t need, cap;

	if (more <= b->cap - b->n)
		return true;
	if (__builtin_add_overflow(b->n, more, &need) || need > b->max) {
		b->overflow = true;
		return false;
	}
	cap = b->cap ? b->cap * 2 : CAP_MIN;
	if (cap < need)
		cap = need;
	if (cap > b->max)
		cap = b->max;
	b->p = ff_xrealloc(b->p, cap);
	b->cap = cap;
	return true;
}

void
ff_buf_u64(struct ff_buf *b, uint64_t value)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	ff_buf_put(b, digits + at, sizeof digits - at);
}

void
ff_buf_printf(struct ff_buf *b, const char *fmt, ...)
{
	va_list args, again;
	int n;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	ff_assert(n >= 0);
	/* vsnprintf writes a NUL too; it is not counted. */
	if (ff_buf_reserve(b, (size_t)n + 1)) {
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

/* The second character of a two-character escape, 'u' for \u00XX, 0 where none is needed. */
static char
escape_of(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	}
	return c < 0x20 ? 'u' : 0;
}

void
ff_buf_json_str(struct ff_buf *b, ff_str s)
{
	size_t plain = 0;

	ff_buf_char(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char esc = escape_of(c);

		if (!esc)
			continue;
		ff_buf_put(b, s.p + plain, i - plain);
		plain = i + 1;
		if (esc == 'u')
			ff_buf_printf(b, "\\u%04x", c);
		else
			ff_buf_put(b, (char[]){'\\', esc}, 2);
	}
	ff_buf_put(b, s.p + plain, s.n - plain);
	ff_buf_char(b, '"');
}
