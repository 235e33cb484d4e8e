/* SPDX-License-Identifier: Apache-2.0 */
/* page.h - lists a page at a time: {"items": […], "nextCursor": "…" or null}. Internal to usecase/. */
#ifndef FF_USECASE_PAGE_H
#define FF_USECASE_PAGE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

enum {
	/* A page ends behind the item that takes it past this, so that its size is bounded whatever its items are. */
	PAGE_BYTES = 16 << 20,
};

struct page {
	struct ff_buf out;
	uint32_t n;
};

void page_begin(struct page *p);
void page_release(struct page *p);
/* The next item: write it to p->out after this. */
void page_next(struct page *p);
void page_add(struct page *p, const json_t *item);

static inline bool
page_full(const struct page *p)
{
	return p->out.n > PAGE_BYTES;
}

/* The page's text in `arena`. `last` tells where the next page goes on; empty: there is none. */
ff_str page_end(struct page *p, ff_str last, struct ff_arena *arena);

/* What page_end was told as `last`, from a cursor. FF_EMALFORMED. */
FF_MUST ff_status page_cursor(ff_str cursor, struct ff_arena *arena, ff_str *ret_last, struct ff_err *reterr);

#endif
