/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.h - a small, strict HTTP/1.1 server on libuv and http-parser.
 *
 * One listening socket; accepted connections go to the loop with the fewest. Each loop is a thread with its own
 * connections; nothing is shared between loops on the way of a request. A connection handles one request at a time;
 * pipelined ones wait in its buffer, in order, and are served in turns with other connections.
 *
 * Refused with 400 and a close, before any handler: bare LF, obs-fold, NUL and controls, odd or repeated
 * Content-Length, Content-Length with Transfer-Encoding, any Transfer-Encoding but `chunked` (and that only in 1.1), no
 * or several Host, versions other than 1.0 and 1.1. 414, 431 and 413 past the limits below; 408 past the deadlines (a
 * client that trickles bytes does not renew them). `Expect: 100-continue` is answered once `begin` agrees. A close
 * after an early answer lingers, so that the client can read it.
 *
 * A connection past connections_max is accepted, answered 503 and closed; far past it, closed. A client that ends its
 * side while a handler has its request counts as gone (x->gone), and still gets the answer if there is one.
 */
#ifndef FF_TRANSPORT_HTTP_SERVER_H
#define FF_TRANSPORT_HTTP_SERVER_H

#include "transport/http/http.h"

struct http_server;

/* What the server calls. `app` is the config's. All on the exchange's loop thread, online in its epoch (sys/epoch.h).
 */
struct http_app {
	/*
	 * The header is complete, the body not yet read. Returns the most bytes of body to take (0 is fine); or -1 after it
	 * has filled the response: then that is sent, and the connection closed after it unless the body has come already;
	 * or HTTP_BEGIN_LATER: it is called again when http_resume was.
	 */
	int64_t (*begin)(void *app, struct http_exchange *x);
	/* The request is complete. Ends with http_finish, now or later. */
	void (*handle)(void *app, struct http_exchange *x);
	/*
	 * The server itself refuses the request (status says why); fills the response's body and fields. `x` has what was
	 * understood so far.
	 */
	void (*refuse)(void *app, struct http_exchange *x, unsigned status, const char *detail);
	/* The answer has been handed to the kernel, or the client has gone (status 499). For access log and metrics. */
	void (*done)(void *app, struct http_exchange *x, unsigned status);
	/* A loop's thread starts and ends; loop_start's result is every exchange's loop_data there. May be NULL. */
	void *(*loop_start)(void *app, unsigned loop);
	void (*loop_stop)(void *app, void *loop_data);
};

enum { HTTP_BEGIN_LATER = -2 };

struct http_server_config {
	const char *bind_address; /* IPv4 or IPv6 */
	unsigned port;            /* 0: the kernel chooses */
	unsigned loops;
	unsigned connections_max;
	unsigned idle_timeout_ms;   /* between requests */
	unsigned header_timeout_ms; /* first byte → end of header */
	unsigned body_timeout_ms;   /* end of header → end of body */
	unsigned write_timeout_ms;  /* an answer that the client does not take */
	const struct http_app *ops;
	void *app;
};

enum {
	HTTP_TARGET_MAX = 8 << 10,
	HTTP_HEADER_MAX = 32 << 10, /* request line and fields together */
	HTTP_FIELDS_MAX = 100,
};

/* Listens and starts its loops. FF_EUNAVAILABLE when the address is in use or cannot be bound: says which and why. */
FF_MUST ff_status http_server_start(
	const struct http_server_config *config, struct http_server **ret, struct ff_err *reterr);
unsigned http_server_port(const struct http_server *s);
/* Stops accepting, answers what is in flight with `Connection: close`, for at most grace_ms, then closes everything.
 * Blocks; frees. */
void http_server_stop(struct http_server *s, unsigned grace_ms);
/* Connections open now. */
unsigned http_server_connections(const struct http_server *s);

#endif
