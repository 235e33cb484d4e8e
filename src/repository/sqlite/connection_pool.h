/* SPDX-License-Identifier: Apache-2.0 */
/* connection_pool.h - connections that any thread may take for a while, and a wait for one that ends with the call. */
#ifndef FF_REPOSITORY_SQLITE_CONNECTION_POOL_H
#define FF_REPOSITORY_SQLITE_CONNECTION_POOL_H

#include <pthread.h>

#include "repository/sqlite/connection.h"

struct sqlite_pool {
	pthread_mutex_t mutex;
	pthread_cond_t given_back;
	struct sqlite_connection *idle;
	unsigned n, n_idle;
};

void sqlite_pool_init(struct sqlite_pool *p);
/* Closes the connections, all of which have to be back. */
void sqlite_pool_release(struct sqlite_pool *p);
/* Owns `c` from now on. */
void sqlite_pool_add(struct sqlite_pool *p, struct sqlite_connection *c);

/* Takes one, to work for `call`. FF_ETIMEOUT, FF_ECANCELLED. */
FF_MUST ff_status sqlite_pool_take(
	struct sqlite_pool *p, const struct ff_call *call, struct sqlite_connection **ret, struct ff_err *reterr);
/* Without an open transaction. */
void sqlite_pool_give(struct sqlite_pool *p, struct sqlite_connection *c);

#endif
