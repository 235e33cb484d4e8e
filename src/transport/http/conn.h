/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn.h - one connection: reads requests, hands them to the app one at a time, writes the answers. Private to the
 * server. All but conn_new on its loop's thread.
 *
 *     IDLE ─ first byte → HEAD ─ begin → BODY ─ handle → HANDLING ─ http_finish → WRITING ─┬→ IDLE (or HEAD)
 *                                                                                          └→ LINGERING → CLOSING
 */
#ifndef FF_TRANSPORT_HTTP_CONN_H
#define FF_TRANSPORT_HTTP_CONN_H

#include "transport/http/loop.h"

enum conn_state { CONN_IDLE, CONN_HEAD, CONN_BODY, CONN_HANDLING, CONN_WRITING, CONN_LINGERING, CONN_CLOSING };

struct conn {
	uv_tcp_t tcp;
	struct loop *loop;
	struct workspace *ws; /* NULL between requests */
	struct wheel_entry deadline;
	TAILQ_ENTRY(conn) in_conns, in_ready;
	struct conn *next_given; /* on its way to its loop */
	enum conn_state state;
	int fd;            /* libuv's, once the connection is open */
	bool is_ready;     /* in the queue for its turn */
	bool reading, eof; /* libuv reads for it; the client has sent its last byte */
	bool keep_alive;   /* after this answer */
	bool served;       /* has had an answer */
	bool turned_away;  /* past connections_max: gets a 503 and nothing else */
	char peer[PEER_BYTES];
};

/* For an accepted socket, which it owns from now on. Any thread. */
struct conn *conn_new(int fd, const char *peer, bool turned_away);
/* Takes part in the loop from now on. */
void conn_open(struct loop *l, struct conn *c);
/* Its turn: works on what has been received, one request at most. */
void conn_turn(struct conn *c);
/* A handler has finished with the exchange, or lets it begin again. */
void conn_finished(struct workspace *ws);
void conn_expired(struct conn *c);
/* The server stops: goes at once if it is idle, else after its answer. */
void conn_drain(struct conn *c);
void conn_close(struct conn *c);

#endif
