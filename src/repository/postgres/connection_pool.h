/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection_pool.h - connections that any thread may take for a while, opened when they are needed.
 *
 * While the server cannot be reached, one taker at a time tries to, after a pause that doubles and is drawn by lot so
 * that instances don't come together; the others are refused at once instead of standing in line for a failure.
 */
#ifndef FF_REPOSITORY_POSTGRES_CONNECTION_POOL_H
#define FF_REPOSITORY_POSTGRES_CONNECTION_POOL_H

#include <pthread.h>

#include "repository/postgres/connection.h"

struct pg_pool {
	const struct pg_dsn *dsn;
	unsigned size, lifetime_ms;
	pthread_mutex_t mutex;
	pthread_cond_t given_back;
	struct pg_connection *idle;         /* the last one given back first */
	unsigned n_open, n_idle, n_opening; /* all, of them idle, of them not there yet */
	unsigned failures;                  /* to open one, since the last success */
	uint64_t retry_at_ms;
	struct ff_err last_failure;
};

/* `dsn` is borrowed. */
void pg_pool_init(struct pg_pool *p, const struct pg_dsn *dsn, unsigned size, unsigned lifetime_ms);
/* Closes the connections, all of which have to be back. */
void pg_pool_release(struct pg_pool *p);

/* Takes one, to work for `call`. FF_ETIMEOUT, FF_ECANCELLED, and as pg_connection_open. */
FF_MUST ff_status pg_pool_take(
	struct pg_pool *p, const struct ff_call *call, struct pg_connection **ret, struct ff_err *reterr);
/* Ends its transaction, if there still is one. */
void pg_pool_give(struct pg_pool *p, struct pg_connection *c);

#endif
