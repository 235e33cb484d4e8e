/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/sqlite/connection_pool.h"

#include "repository/adapter.h"
#include "sys/clock.h"

void
sqlite_pool_init(struct sqlite_pool *p)
{
	*p = (struct sqlite_pool){0};
	pthread_mutex_init(&p->mutex, NULL);
	repository_cond_init(&p->given_back);
}

void
sqlite_pool_release(struct sqlite_pool *p)
{
	ff_assert(p->n_idle == p->n);
	while (p->idle) {
		struct sqlite_connection *c = p->idle;

		p->idle = c->next;
		sqlite_connection_close(c);
	}
	pthread_cond_destroy(&p->given_back);
	pthread_mutex_destroy(&p->mutex);
}

static void
push(struct sqlite_pool *p, struct sqlite_connection *c)
{
	c->next = p->idle;
	p->idle = c;
	p->n_idle++;
}

void
sqlite_pool_add(struct sqlite_pool *p, struct sqlite_connection *c)
{
	push(p, c);
	p->n++;
}

ff_status
sqlite_pool_take(
	struct sqlite_pool *p, const struct ff_call *call, struct sqlite_connection **ret, struct ff_err *reterr)
{
	struct sqlite_connection *c = NULL;
	ff_status status;

	pthread_mutex_lock(&p->mutex);
	status = ff_call_over(call, reterr);
	while (status == FF_OK && !p->idle)
		status = repository_wait(&p->given_back, &p->mutex, call, reterr);
	if (status == FF_OK) {
		c = p->idle;
		p->idle = c->next;
		p->n_idle--;
	}
	pthread_mutex_unlock(&p->mutex);
	FF_TRY(status);
	c->call = call;
	*ret = c;
	return FF_OK;
}

void
sqlite_pool_give(struct sqlite_pool *p, struct sqlite_connection *c)
{
	ff_assert(sqlite3_get_autocommit(c->db));
	c->call = NULL;
	c->failed = FF_OK;
	pthread_mutex_lock(&p->mutex);
	push(p, c);
	pthread_cond_signal(&p->given_back);
	pthread_mutex_unlock(&p->mutex);
}
