/* SPDX-License-Identifier: Apache-2.0 */
/* response.h - an answer as bytes. */
#ifndef FF_TRANSPORT_HTTP_RESPONSE_H
#define FF_TRANSPORT_HTTP_RESPONSE_H

#include "transport/http/http.h"

enum {
	RESPONSE_FIELDS_MAX = 32 << 10,
	RESPONSE_BODY_MAX = 64 << 20,
	RESPONSE_JOINED_MAX = 4 << 10, /* a body up to this is copied behind its head: one piece to write */
};

enum response_connection {
	CONNECTION_KEEP, /* 1.1: need not be said */
	CONNECTION_KEEP_SAYING /* 1.0: must be */,
	CONNECTION_CLOSE,
};

/* "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" (RFC 9110, 5.6.7). */
enum { RESPONSE_DATE_BYTES = 37 };
void response_date(int64_t unix_s, char ret[static RESPONSE_DATE_BYTES]);

/*
 * Renders the head into `out` (emptied first), and the body too where it is small; else *ret_body is what to send after
 * `out`. An answer that overflowed its buffers becomes an empty 500. `x->response.status` is then what was sent.
 */
void response_render(
	struct http_exchange *x, ff_str date, enum response_connection connection, struct ff_buf *out, ff_str *ret_body);

#endif
