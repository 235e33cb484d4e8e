/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/page.h"

#include "base/json_doc.h"

enum { CURSOR_MAX = 1024 };

/* base64url (RFC 4648, section 5) without padding: a cursor is opaque and needs no escaping in a query. */
static const char digits[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static ff_str
encode(ff_str s, struct ff_arena *arena)
{
	char *text = ff_arena_alloc(arena, s.n / 3 * 4 + 4);
	size_t n = 0;
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < s.n; i++) {
		bits = bits << 8 | (unsigned char)s.p[i];
		for (held += 8; held >= 6; held -= 6)
			text[n++] = digits[bits >> (held - 6) & 63];
	}
	if (held)
		text[n++] = digits[bits << (6 - held) & 63];
	return ff_str_of(text, n);
}

static bool
decode(ff_str s, struct ff_arena *arena, ff_str *ret)
{
	char *bytes = ff_arena_alloc(arena, s.n / 4 * 3 + 3);
	size_t n = 0;
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < s.n; i++) {
		const char *digit = memchr(digits, s.p[i], sizeof digits);

		if (!digit)
			return false;
		bits = bits << 6 | (unsigned)(digit - digits);
		held += 6;
		if (held >= 8) {
			held -= 8;
			bytes[n++] = (char)(bits >> held & 255);
		}
	}
	*ret = ff_str_of(bytes, n);
	return held < 6 && (bits & ((1u << held) - 1)) == 0;
}

void
page_begin(struct page *p)
{
	*p = (struct page){0};
	ff_buf_init(&p->out, SIZE_MAX);
	ff_buf_lit(&p->out, "{\"items\":[");
}

void
page_release(struct page *p)
{
	ff_buf_release(&p->out);
}

void
page_next(struct page *p)
{
	if (p->n++)
		ff_buf_char(&p->out, ',');
}

void
page_add(struct page *p, const json_t *item)
{
	page_next(p);
	json_doc_write(item, &p->out);
}

ff_str
page_end(struct page *p, ff_str last, struct ff_arena *arena)
{
	ff_buf_lit(&p->out, "],\"nextCursor\":");
	if (last.n)
		ff_buf_json_str(&p->out, encode(last, arena));
	else
		ff_buf_lit(&p->out, "null");
	ff_buf_char(&p->out, '}');
	return ff_arena_str(arena, ff_buf_str(&p->out));
}

ff_status
page_cursor(ff_str cursor, struct ff_arena *arena, ff_str *ret_last, struct ff_err *reterr)
{
	if (cursor.n > CURSOR_MAX || !decode(cursor, arena, ret_last))
		return ff_fail(reterr, FF_EMALFORMED, "the cursor is not one that a page has given");
	return FF_OK;
}
