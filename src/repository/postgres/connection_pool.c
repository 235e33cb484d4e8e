/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/postgres/connection_pool.h"

#include "repository/adapter.h"
#include "sys/clock.h"
#include "sys/random.h"

enum { BACKOFF_FIRST_MS = 50, BACKOFF_DOUBLINGS = 6 /* up to 3.2 s */ };

void
pg_pool_init(struct pg_pool *p, const struct pg_dsn *dsn, unsigned size, unsigned lifetime_ms)
{
	*p = (struct pg_pool){.dsn = dsn, .size = size, .lifetime_ms = lifetime_ms};
	pthread_mutex_init(&p->mutex, NULL);
	repository_cond_init(&p->given_back);
}

void
pg_pool_release(struct pg_pool *p)
{
	ff_assert(p->n_idle == p->n_open);
	while (p->idle) {
		struct pg_connection *c = p->idle;

		p->idle = c->next;
		pg_connection_close(c);
	}
	pthread_cond_destroy(&p->given_back);
	pthread_mutex_destroy(&p->mutex);
}

/* From half of `ms` to all of it. */
static unsigned
jittered(unsigned ms)
{
	return ms / 2 + (unsigned)(random_u64() % (ms / 2 + 1));
}

/* With the mutex held, as all below that say nothing else. Not before the pause is over, and one at a time. */
static bool
may_open(const struct pg_pool *p)
{
	if (p->n_open == p->size)
		return false;
	return p->failures == 0 || (p->n_opening == 0 && clock_mono_ms() >= p->retry_at_ms);
}

/* Connections that are in use may come back; without any there is nothing to wait for. */
static bool
worth_waiting(const struct pg_pool *p)
{
	return p->failures == 0 || p->n_open - p->n_idle > p->n_opening;
}

static void
note_opened(struct pg_pool *p, ff_status status, const struct ff_err *err)
{
	unsigned doublings;

	p->n_opening--;
	if (status == FF_OK) {
		p->failures = 0;
		return;
	}
	p->n_open--;
	if (status == FF_ECANCELLED) /* says nothing about the server */
		return;
	doublings = p->failures < BACKOFF_DOUBLINGS ? p->failures : BACKOFF_DOUBLINGS;
	p->failures++;
	p->retry_at_ms = clock_mono_ms() + jittered((unsigned)BACKOFF_FIRST_MS << doublings);
	p->last_failure = *err;
}

/* The mutex is let go meanwhile. */
static ff_status
open_one(struct pg_pool *p, const struct ff_call *call, struct pg_connection **ret, struct ff_err *reterr)
{
	struct pg_connection *c;
	struct ff_err err;
	ff_status status;

	p->n_open++;
	p->n_opening++;
	pthread_mutex_unlock(&p->mutex);
	status = pg_connection_open(p->dsn, PG_ROLE_SERVICE, call, &c, &err);
	pthread_mutex_lock(&p->mutex);
	note_opened(p, status, &err);
	pthread_cond_broadcast(&p->given_back); /* some are let in now, or refused */
	if (status != FF_OK) {
		if (reterr)
			*reterr = err;
		return status;
	}
	c->expires_ms = clock_mono_ms() + jittered(p->lifetime_ms);
	*ret = c;
	return FF_OK;
}

/* Where the server has no more for us, one of those that we have will do. */
static ff_status
try_one(struct pg_pool *p, const struct ff_call *call, struct pg_connection **ret, struct ff_err *reterr)
{
	ff_status status = open_one(p, call, ret, reterr);

	return status == FF_EUNAVAILABLE && worth_waiting(p) ? FF_OK : status;
}

/* One that has been lying there: NULL where it was of no more use. The mutex is let go meanwhile. */
static struct pg_connection *
reuse_one(struct pg_pool *p)
{
	struct pg_connection *c = p->idle;
	bool good;

	p->idle = c->next;
	p->n_idle--;
	pthread_mutex_unlock(&p->mutex);
	good = clock_mono_ms() < c->expires_ms && pg_connection_alive(c);
	if (!good)
		pg_connection_close(c);
	pthread_mutex_lock(&p->mutex);
	p->n_open -= !good;
	return good ? c : NULL;
}

static ff_status
refuse(const struct pg_pool *p, struct ff_err *reterr)
{
	if (reterr)
		*reterr = p->last_failure;
	return p->last_failure.status;
}

ff_status
pg_pool_take(struct pg_pool *p, const struct ff_call *call, struct pg_connection **ret, struct ff_err *reterr)
{
	struct pg_connection *c = NULL;
	ff_status status;

	pthread_mutex_lock(&p->mutex);
	status = ff_call_over(call, reterr);
	while (status == FF_OK && !c) { /* each round takes an idle one away, ends it, or waits for the call's time */
		if (p->idle)
			c = reuse_one(p);
		else if (may_open(p))
			status = try_one(p, call, &c, reterr);
		else if (worth_waiting(p))
			status = repository_wait(&p->given_back, &p->mutex, call, reterr);
		else
			status = refuse(p, reterr);
	}
	pthread_mutex_unlock(&p->mutex);
	FF_TRY(status);
	c->call = call;
	*ret = c;
	return FF_OK;
}

void
pg_pool_give(struct pg_pool *p, struct pg_connection *c)
{
	bool good;

	pg_connection_rollback(c);
	c->idle_since_ms = clock_mono_ms();
	good = !c->lost && c->idle_since_ms < c->expires_ms;
	if (!good)
		pg_connection_close(c);
	pthread_mutex_lock(&p->mutex);
	if (good) {
		c->next = p->idle;
		p->idle = c;
		p->n_idle++;
	} else {
		p->n_open--;
	}
	pthread_cond_signal(&p->given_back);
	pthread_mutex_unlock(&p->mutex);
}
