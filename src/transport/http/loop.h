/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.h - one thread, its connections, and how others talk to it. Private to the server: server.c, loop.c, conn.c.
 *
 * Only these things of a loop may be touched by other threads: loop_give (a connection from the acceptor), http_finish
 * and http_resume (a worker gives an exchange back) and loop_stop. All are lists or words that the loop picks up when
 * it is woken.
 */
#ifndef FF_TRANSPORT_HTTP_LOOP_H
#define FF_TRANSPORT_HTTP_LOOP_H

#include <stdatomic.h>
#include <sys/queue.h>

#include <uv.h>

#include "transport/http/reader.h"
#include "transport/http/response.h"
#include "transport/http/wheel.h"

enum {
	PEER_BYTES = 48,                /* an address as text, with its NUL */
	WORKSPACES_KEPT = 64,           /* a loop keeps so many for the next requests */
	LINGER_MS = 2000,               /* for a client to read its last answer */
	LINGER_BYTES = 16 << 10,        /* read at once while it does */
	FRESH_MS = 500,                 /* at stop, for the first request of a connection that was just accepted */
	RESPONSE_BODY_KEEP = 256 << 10, /* a larger buffer is given back after its answer */
};

struct conn;
struct loop;

/*
 * All the memory one request needs. A connection has one only from its first byte to the end of the answer, so idle
 * connections are small, and the next request finds a warm one.
 */
struct workspace {
	struct http_exchange x;
	struct reader reader;
	struct ff_arena arena;
	struct ff_buf out; /* the answer's head */
	uv_write_t write;
	struct loop *loop;
	struct conn *conn;      /* NULL: the connection broke while a handler had the exchange */
	struct workspace *next; /* in the free list, or among the finished */
	bool in_handle;         /* `handle` is running, on the loop's thread */
	bool finished;          /* and has finished already */
	bool resumes;           /* not finished, but to begin again */
	char peer[PEER_BYTES];
};

enum loop_stopping { LOOP_RUNS, LOOP_DRAINS, LOOP_ABORTS };

struct loop {
	const struct http_server_config *config;
	unsigned index;
	uv_loop_t uv;
	uv_async_t wake;
	uv_prepare_t before_wait;
	uv_idle_t turns;
	uv_timer_t tick;
	struct wheel wheel;

	/* from other threads */
	atomic_uint load;                     /* connections, those on their way included */
	_Atomic(struct conn *) given;         /* newest first */
	_Atomic(struct workspace *) finished; /* newest first */
	atomic_int stop_asked;                /* enum loop_stopping */
	atomic_bool ended;                    /* takes nothing more */
	atomic_uint pokers;                   /* threads that are waking it: it may not go yet */

	enum loop_stopping stopping; /* as far as the loop has heard */
	bool online;                 /* in its epoch */
	uint64_t now_ns;             /* monotonic, at the start of this batch of events */
	int64_t date_s;
	char date[RESPONSE_DATE_BYTES];
	TAILQ_HEAD(, conn) conns;          /* all */
	TAILQ_HEAD(, conn) ready;          /* those with bytes to work on, in turn */
	unsigned n_conns, n_ready, n_busy; /* connections; of them ready; exchanges that a handler keeps */
	struct workspace *free;
	unsigned n_free;
	void *app_data;
	void (*on_drain)(void *arg); /* on this loop, once, when it is asked to stop; NULL: nothing to do */
	void *on_drain_arg;
	atomic_uint *open;            /* the server's count of connections */
	char discarded[LINGER_BYTES]; /* what clients send after their last answer */
};

FF_MUST ff_status loop_init(
	struct loop *l, const struct http_server_config *config, unsigned index, atomic_uint *open, struct ff_err *reterr);
/* Runs until it was stopped and has emptied. On its own thread, which it registers with the epoch. */
void loop_run(struct loop *l);
void loop_release(struct loop *l);
/* The same for one that has never run. */
void loop_discard(struct loop *l);

/* Any thread. */
void loop_give(struct loop *l, struct conn *c);
void loop_stop(struct loop *l, enum loop_stopping how);

/* The rest: on the loop's thread. First in each callback of libuv's: goes online, and reads the clocks once a batch. */
void loop_enter(struct loop *l);
ff_str loop_date(const struct loop *l);
/* Gives the connection its turn after the others that wait for theirs. */
void loop_ready(struct loop *l, struct conn *c);
void loop_unready(struct loop *l, struct conn *c);
struct workspace *loop_workspace(struct loop *l, struct conn *c);
/* Between two requests: empties what the first one filled, but for what the client has sent already. */
void loop_workspace_clear(struct workspace *ws);
void loop_workspace_done(struct loop *l, struct workspace *ws);
/* In so many milliseconds, or never (WHEEL_NEVER). */
void loop_deadline(struct loop *l, struct wheel_entry *e, uint64_t timeout_ms);
void loop_maybe_end(struct loop *l);

#endif
