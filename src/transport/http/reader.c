/* SPDX-License-Identifier: Apache-2.0 */
/* reader.c - the buffer, the lines of a head, and bodies. What stands in the head is head.c's. */
#include "transport/http/reader.h"

#include <stdlib.h>

#include "transport/http/head.h"

enum {
	BUFFER_BYTES = 16 << 10, /* what a reader keeps */
	ROOM_MIN = 4 << 10,      /* kept free behind a head, so that a body comes in few reads */
	BODY_STEP = 64 << 10,    /* most bytes of a long body to ask for at once */
	BODY_KEEP = 64 << 10,    /* a larger body buffer is given back after its request */
	BLANK_LINES_MAX = 4,     /* before a request line (RFC 9112, 2.2) */
	REQUEST_LINE_EXTRA = 64, /* around the target: method, version, spaces */
};

void
reader_init(struct reader *r)
{
	*r = (struct reader){.cap = BUFFER_BYTES, .in = ff_xmalloc(BUFFER_BYTES)};
	ff_buf_init(&r->body, 0);
}

void
reader_release(struct reader *r)
{
	free(r->in);
	ff_buf_release(&r->body);
}

static enum reader_state
refuse(struct reader *r, unsigned status, const char *detail)
{
	r->refused_status = status;
	r->refused_detail = detail;
	return r->state = READER_REFUSED;
}

/* Only between requests and in an incomplete head: nothing points into the buffer. */
static void
make_room(struct reader *r)
{
	if (r->start > 0) {
		memmove(r->in, r->in + r->start, r->n - r->start);
		r->n -= r->start;
		r->line -= r->start;
		r->seen -= r->start;
		r->start = 0;
	}
	if (r->cap - r->n < ROOM_MIN) {
		/* Bounded: a head past HTTP_HEADER_MAX is refused, and what is pipelined stops at the buffer's end. */
		r->cap *= 2;
		r->in = ff_xrealloc(r->in, r->cap);
	}
}

char *
reader_room(struct reader *r, size_t *ret_n)
{
	if (r->state == READER_COPY) {
		uint64_t left = r->content_length - r->body.n;
		size_t step = left < BODY_STEP ? (size_t)left : BODY_STEP;

		ff_assert(ff_buf_reserve(&r->body, step));
		*ret_n = step;
		return r->body.p + r->body.n;
	}
	/* Only for a head that is known to be incomplete: pipelined requests wait their turn outside. */
	if (r->state == READER_HEAD && r->seen == r->n && r->cap - r->n < ROOM_MIN)
		make_room(r);
	*ret_n = r->cap - r->n;
	return r->in + r->n;
}

void
reader_filled(struct reader *r, size_t n)
{
	if (r->state == READER_COPY)
		r->body.n += n;
	else
		r->n += n;
}

/*
 * Looks for the end of the head, line by line. READER_HEAD: not yet here. Checks what can only be seen in the raw
 * bytes: bare LF and folded lines, which the parser would let pass.
 */
static enum reader_state
find_head_end(struct reader *r)
{
	for (;;) {
		const char *lf = memchr(r->in + r->seen, '\n', r->n - r->seen);
		const char *line = r->in + r->line;
		size_t bytes;

		/* Told at the first byte, so that a TLS hello need not wait for a deadline. */
		if (r->lines == 0 && r->n > r->line && *line != '\r' && *line != '\n' && (*line < 'A' || *line > 'Z'))
			return refuse(r, 400, "the request does not start with a method");
		r->seen = lf ? (size_t)(lf - r->in) + 1 : r->n;
		bytes = r->seen - r->line;
		if (r->lines == 0 && bytes > HTTP_TARGET_MAX + REQUEST_LINE_EXTRA)
			return refuse(r, 414, "the request target is longer than 8192 bytes");
		if (r->seen - r->start > HTTP_HEADER_MAX)
			return refuse(r, 431, "the request header is larger than 32768 bytes");
		if (!lf)
			return READER_HEAD;
		if (bytes < 2 || lf[-1] != '\r')
			return refuse(r, 400, "a line of the header does not end in CRLF");
		r->line = r->seen;
		if (bytes == 2 && r->lines == 0) {
			if (++r->blank > BLANK_LINES_MAX)
				return refuse(r, 400, "too many empty lines before the request");
			r->start = r->seen;
			continue;
		}
		if (bytes == 2)
			break;
		if (r->lines == 0 && *line == '\r')
			return refuse(r, 400, "there is a CR in front of the request");
		if (r->lines > 0 && (*line == ' ' || *line == '\t'))
			return refuse(r, 400, "a header field is folded over lines");
		if (++r->lines > HTTP_FIELDS_MAX + 1)
			return refuse(r, 431, "the request has more than 100 header fields");
	}
	r->head_end = r->seen;
	return READER_DECIDE;
}

static enum reader_state
advance_head(struct reader *r, struct http_request *request)
{
	struct head head = {.fields = r->fields};
	const char *detail;
	unsigned status;

	if (find_head_end(r) != READER_DECIDE)
		return r->state;
	if (r->cap - r->head_end < ROOM_MIN) {
		size_t moved = r->start;

		make_room(r);
		r->head_end -= moved;
	}
	status = head_parse(&head, ff_str_of(r->in + r->start, r->head_end - r->start), request, &detail);
	if (status)
		return refuse(r, status, detail);
	r->content_length = head.content_length;
	r->chunked_body = head.chunked;
	r->keep_alive = head.keep_alive;
	r->expects_continue = head.expects_continue;
	r->minor_zero = head.minor_zero;
	return r->state = READER_DECIDE;
}

void
reader_body(struct reader *r, uint64_t max)
{
	size_t here = r->n - r->head_end;

	ff_assert(r->state == READER_DECIDE);
	ff_buf_reset(&r->body);
	r->body.max = max;
	if (r->chunked_body) {
		r->chunks = (struct chunked){0};
		r->state = READER_CHUNKS;
	} else if (r->content_length > max) {
		refuse(r, 413, "the request body is larger than this resource takes");
	} else if (r->content_length <= r->cap - r->head_end) {
		r->state = READER_BODY;
	} else {
		ff_buf_put(&r->body, r->in + r->head_end, here);
		r->n = r->head_end;
		r->state = READER_COPY;
	}
}

static enum reader_state
complete(struct reader *r, struct http_request *request, ff_str body, size_t next)
{
	request->body = body;
	r->next = next;
	return r->state = READER_COMPLETE;
}

static enum reader_state
advance_chunks(struct reader *r, struct http_request *request)
{
	size_t used = 0;

	switch (chunked_feed(&r->chunks, ff_str_of(r->in + r->head_end, r->n - r->head_end), &r->body, &used)) {
	case CHUNKED_MORE:
		r->n = r->head_end;
		return r->state;
	case CHUNKED_DONE:
		return complete(r, request, ff_buf_str(&r->body), r->head_end + used);
	case CHUNKED_MALFORMED:
		return refuse(r, 400, "the chunked body is malformed");
	case CHUNKED_TOO_LARGE:
		return refuse(r, 413, "the request body is larger than this resource takes");
	}
	ff_assert(!"no such result");
}

enum reader_state
reader_advance(struct reader *r, struct http_request *request)
{
	switch (r->state) {
	case READER_HEAD:
		return advance_head(r, request);
	case READER_BODY:
		if (r->n - r->head_end < r->content_length)
			return r->state;
		return complete(r, request, ff_str_of(r->in + r->head_end, (size_t)r->content_length),
			r->head_end + (size_t)r->content_length);
	case READER_COPY:
		if (r->body.n < r->content_length)
			return r->state;
		return complete(r, request, ff_buf_str(&r->body), r->head_end);
	case READER_CHUNKS:
		return advance_chunks(r, request);
	case READER_DECIDE:
	case READER_COMPLETE:
	case READER_REFUSED:
		break;
	}
	return r->state;
}

bool
reader_skip_body(struct reader *r)
{
	ff_assert(r->state == READER_DECIDE);
	if (r->chunked_body || r->content_length > r->n - r->head_end)
		return false;
	r->next = r->head_end + (size_t)r->content_length;
	r->state = READER_COMPLETE;
	return true;
}

static void
start_at(struct reader *r, size_t at)
{
	r->start = r->line = r->seen = at;
	r->lines = r->blank = 0;
	r->state = READER_HEAD;
	if (r->body.cap > BODY_KEEP)
		ff_buf_release(&r->body);
	if (r->n == 0 && r->cap > BUFFER_BYTES) {
		free(r->in);
		r->cap = BUFFER_BYTES;
		r->in = ff_xmalloc(r->cap);
	}
}

void
reader_reset(struct reader *r)
{
	r->n = 0;
	start_at(r, 0);
}

void
reader_next(struct reader *r)
{
	ff_assert(r->state == READER_COMPLETE);
	if (reader_pipelined(r))
		start_at(r, r->next);
	else
		reader_reset(r);
}
