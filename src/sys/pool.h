/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool.h - a fixed number of worker threads behind a bounded queue.
 *
 * A full queue refuses at once: nobody waits to get in.
 */
#ifndef FF_SYS_POOL_H
#define FF_SYS_POOL_H

#include "base/err.h"

struct pool;

/* Runs on a worker. The job's memory is the submitter's. */
typedef void (*pool_fn)(void *arg);

FF_MUST ff_status pool_open(unsigned threads, unsigned queue_max, struct pool **ret, struct ff_err *reterr);
/* Takes nothing more, finishes what is queued, joins the threads. NULL is fine. */
void pool_close(struct pool *p);

/* FF_OK, or FF_EBUSY (with retry_after_s) when the queue is full or the pool is closing. Any thread. */
FF_MUST ff_status pool_submit(struct pool *p, pool_fn fn, void *arg, struct ff_err *reterr);
/* Jobs waiting, for metrics. */
unsigned pool_depth(struct pool *p);

#endif
