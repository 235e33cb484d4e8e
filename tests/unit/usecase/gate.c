/* SPDX-License-Identifier: Apache-2.0 */
#include "gate.h"

static ff_status
pass(struct gate *g, struct ff_err *reterr)
{
	ff_status status = FF_OK;

	pthread_mutex_lock(&g->lock);
	g->begun++;
	g->waiting++;
	pthread_cond_broadcast(&g->change);
	while (g->closed)
		pthread_cond_wait(&g->change, &g->lock);
	g->waiting--;
	if (g->failing) {
		g->failing--;
		status = ff_fail(reterr, g->with, "injected");
	}
	pthread_mutex_unlock(&g->lock);
	return status;
}

static ff_status
gate_begin(struct repository *r, const struct ff_call *call, enum tx_mode mode, int64_t now_ms,
	struct repository_tx **ret, struct ff_err *reterr)
{
	struct gate *g = FF_CONTAINER(r, struct gate, super);

	FF_TRY(pass(g, reterr));
	return g->inner->ops->begin(g->inner, call, mode, now_ms, ret, reterr);
}

void
gate_init(struct gate *g, struct repository *inner)
{
	*g = (struct gate){.inner = inner, .ops = *inner->ops};
	/* All else takes a transaction, which is the inner one's. */
	g->ops.begin = gate_begin;
	g->super.ops = &g->ops;
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->change, NULL);
}

void
gate_release(struct gate *g)
{
	pthread_mutex_destroy(&g->lock);
	pthread_cond_destroy(&g->change);
}

static void
set_closed(struct gate *g, bool closed)
{
	pthread_mutex_lock(&g->lock);
	g->closed = closed;
	pthread_cond_broadcast(&g->change);
	pthread_mutex_unlock(&g->lock);
}

void
gate_close(struct gate *g)
{
	set_closed(g, true);
}

void
gate_open(struct gate *g)
{
	set_closed(g, false);
}

void
gate_await(struct gate *g, unsigned n)
{
	pthread_mutex_lock(&g->lock);
	while (g->waiting < n)
		pthread_cond_wait(&g->change, &g->lock);
	pthread_mutex_unlock(&g->lock);
}

void
gate_fail_next(struct gate *g, unsigned n, ff_status with)
{
	pthread_mutex_lock(&g->lock);
	g->failing = n;
	g->with = with;
	pthread_mutex_unlock(&g->lock);
}

unsigned
gate_begun(struct gate *g)
{
	unsigned n;

	pthread_mutex_lock(&g->lock);
	n = g->begun;
	pthread_mutex_unlock(&g->lock);
	return n;
}
