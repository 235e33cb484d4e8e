/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - one HTTP request and its answer, as handlers see them.
 *
 * Everything in a request is borrowed from the exchange and lives until the answer has been finished. The exchange's
 * arena is for whatever the handler makes; it is reset with the next request on the connection.
 */
#ifndef FF_TRANSPORT_HTTP_HTTP_H
#define FF_TRANSPORT_HTTP_HTTP_H

#include <stdatomic.h>

#include "base/buf.h"
#include "base/err.h"

enum request_method {
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_OPTIONS,
	METHOD_OTHER,
	REQUEST_METHODS
};

const char *request_method_name(enum request_method m);

struct http_field {
	ff_str name, value; /* value without surrounding blanks */
};

struct http_request {
	enum request_method method;
	ff_str target; /* as sent: path?query */
	ff_str path;   /* before the '?', still percent-encoded */
	ff_str query;  /* behind it, still percent-encoded */
	const struct http_field *fields;
	unsigned n_fields;
	bool has_body; /* one follows or came: Content-Length > 0, or chunked */
	ff_str body;
	ff_str peer; /* address of the other side, as text, without the port */
};

/* Is `name` the field name `wanted` (not empty), in any case? Most are told apart by length or first letter. */
static inline bool
http_name_is(ff_str name, ff_str wanted)
{
	return name.n == wanted.n && ((name.p[0] ^ wanted.p[0]) & ~0x20) == 0 && ff_str_caseeq(name, wanted);
}

/* The first field of that name (any case), or an empty string with p == NULL. */
ff_str http_request_field(const struct http_request *r, ff_str name);

struct http_response {
	unsigned status;      /* 200 unless set */
	struct ff_buf fields; /* "Name: value\r\n" lines; Date, Content-Length and Connection are the server's */
	struct ff_buf body;
};

struct route;

/* One request on its way through. Made and owned by the server; handlers get it and give it back with http_finish. */
struct http_exchange {
	struct http_request request;
	struct http_response response;
	struct ff_arena *arena;
	uint64_t started_ns;       /* monotonic, when its first byte was seen */
	ff_str request_id;         /* X-Request-Id: the caller's, if sane, else new; set by the router */
	atomic_bool gone;          /* the client has left: work for it should stop (ff_call.cancel) */
	const struct route *route; /* set by the router; NULL where none matches */
	ff_str params[2];          /* the route's {parameters}, percent-decoded */
	unsigned body_type;        /* enum body_type: what the body was declared as; 0 without a body */
	void *routing;             /* the router's own, made in the arena */
	void *loop_data;           /* what the app's loop_start returned for this exchange's loop */
};

/* "Name: value"; the value must not hold CR or LF (ff_assert). */
void http_field(struct http_exchange *x, ff_str name, ff_str value);
FF_PRINTF(3, 4) void http_fieldf(struct http_exchange *x, ff_str name, const char *fmt, ...);

/*
 * The answer is complete: send it. Exactly once for each exchange that was handled; from the loop inside `handle`, or
 * later from any thread (which must not touch the exchange afterwards).
 */
void http_finish(struct http_exchange *x);
/* For an exchange whose `begin` has said HTTP_BEGIN_LATER: it may be asked again. Once; from any thread but its loop's.
 */
void http_resume(struct http_exchange *x);

#endif
