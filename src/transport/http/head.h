/* SPDX-License-Identifier: Apache-2.0 */
/* head.h - what the head of a request says, and whether it may say so. The only user of http-parser. */
#ifndef FF_TRANSPORT_HTTP_HEAD_H
#define FF_TRANSPORT_HTTP_HEAD_H

#include "transport/http/server.h"

struct head {
	struct http_field *fields; /* the caller's: HTTP_FIELDS_MAX of them */
	uint64_t content_length;   /* 0 without a body */
	bool chunked;
	bool keep_alive;       /* as the client wants it, by version and Connection */
	bool expects_continue; /* waits for a 100 */
	bool minor_zero;       /* HTTP/1.0 */
};

/*
 * Parses a whole head, CRLFCRLF included, whose lines were found to end in CRLF and not to be folded. 0, and *request
 * borrows from `bytes` and h->fields; or the HTTP status to refuse it with, and why.
 */
FF_MUST unsigned head_parse(struct head *h, ff_str bytes, struct http_request *request, const char **ret_detail);

#endif
