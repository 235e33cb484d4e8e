/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.h - from the bytes of a connection to requests. Knows no socket and no clock, so it can be fuzzed.
 *
 *     in:  | … answered … | head of this request | body, if it fits | … pipelined … |     |
 *                         start                  head_end           next            n   cap
 *
 * Bytes come in through reader_room and reader_filled, requests out of reader_advance, one at a time. The head is
 * parsed in one go once it is whole, so nothing depends on how the bytes were cut; what a request points to does not
 * move until reader_next. A body that does not fit behind its head, or comes in chunks, is collected in `body`.
 */
#ifndef FF_TRANSPORT_HTTP_READER_H
#define FF_TRANSPORT_HTTP_READER_H

#include "transport/http/chunked.h"
#include "transport/http/server.h"

enum reader_state {
	READER_HEAD,     /* collecting the head */
	READER_DECIDE,   /* the head is parsed; waits for reader_body */
	READER_BODY,     /* collecting the body: in place, … */
	READER_COPY,     /* … in `body`, … */
	READER_CHUNKS,   /* … in `body`, from chunks */
	READER_COMPLETE, /* the request is whole; waits for reader_next */
	READER_REFUSED,  /* malformed or too large; nothing more is read */
};

struct reader {
	enum reader_state state;
	char *in;
	size_t n, cap;
	size_t start, head_end, next;
	size_t line, seen;     /* while the head comes: where its last line starts; how far it was searched */
	unsigned lines, blank; /* lines of the head so far; empty lines before it */
	uint64_t content_length;
	bool chunked_body, keep_alive, expects_continue, minor_zero; /* of this request; minor_zero: HTTP/1.0 */
	struct chunked chunks;
	struct ff_buf body;
	unsigned refused_status; /* with READER_REFUSED */
	const char *refused_detail;
	struct http_field fields[HTTP_FIELDS_MAX];
};

void reader_init(struct reader *r);
void reader_release(struct reader *r);
/* Forgets all that has come. */
void reader_reset(struct reader *r);
/* Where the next bytes go, and how many fit: 0 only while reader_advance has yet to work on a full buffer. */
char *reader_room(struct reader *r, size_t *ret_n);
/* `n` bytes have been put there. */
void reader_filled(struct reader *r, size_t n);
/* Works on what has come. Fills *request when it gets to READER_DECIDE; its body when it gets to READER_COMPLETE. */
enum reader_state reader_advance(struct reader *r, struct http_request *request);
/* With READER_DECIDE: take a body of at most `max` bytes. Then advance. */
void reader_body(struct reader *r, uint64_t max);
/* With READER_DECIDE: the body is not wanted. True where it has come in whole and was skipped (READER_COMPLETE). */
bool reader_skip_body(struct reader *r);
/* With READER_COMPLETE: on to the next request. */
void reader_next(struct reader *r);

/* Has nothing come of the next request? */
static inline bool
reader_empty(const struct reader *r)
{
	return r->state == READER_HEAD && r->start == r->n;
}

/* With READER_COMPLETE: has something come behind it? */
static inline bool
reader_pipelined(const struct reader *r)
{
	return r->next < r->n;
}

#endif
