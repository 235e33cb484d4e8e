/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "sys/epoch.h"

enum { BUSY_RETRY_S = 1 };

struct job {
	pool_fn fn;
	void *arg;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct job *queue; /* a ring of `max` */
	unsigned max, head, n;
	bool closing;
	unsigned n_threads;
	pthread_t threads[];
};

static void *
worker(void *arg)
{
	struct pool *p = arg;

	epoch_register();
	pthread_mutex_lock(&p->lock);
	for (;;) {
		struct job job;

		while (p->n == 0 && !p->closing)
			pthread_cond_wait(&p->work, &p->lock);
		if (p->n == 0)
			break;
		job = p->queue[p->head];
		p->head = (p->head + 1) % p->max;
		p->n--;
		pthread_mutex_unlock(&p->lock);
		job.fn(job.arg);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	epoch_unregister();
	return NULL;
}

/* Signals are the main thread's. */
static int
start_thread(pthread_t *thread, struct pool *p)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(thread, NULL, worker, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

ff_status
pool_open(unsigned threads, unsigned queue_max, struct pool **ret, struct ff_err *reterr)
{
	struct pool *p = ff_xcalloc(1, sizeof *p + threads * sizeof p->threads[0]);

	ff_assert(threads > 0 && queue_max > 0);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	p->queue = ff_xcalloc(queue_max, sizeof *p->queue);
	p->max = queue_max;
	for (; p->n_threads < threads; p->n_threads++) {
		int rc = start_thread(&p->threads[p->n_threads], p);

		if (rc != 0) {
			pool_close(p);
			return ff_fail(reterr, FF_EINTERNAL, "cannot start a worker thread: %s", strerror(rc));
		}
	}
	*ret = p;
	return FF_OK;
}

void
pool_close(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->closing = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n_threads; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	free(p->queue);
	free(p);
}

ff_status
pool_submit(struct pool *p, pool_fn fn, void *arg, struct ff_err *reterr)
{
	bool accepted;

	pthread_mutex_lock(&p->lock);
	accepted = !p->closing && p->n < p->max;
	if (accepted) {
		p->queue[(p->head + p->n) % p->max] = (struct job){fn, arg};
		p->n++;
		pthread_cond_signal(&p->work);
	}
	pthread_mutex_unlock(&p->lock);
	if (accepted)
		return FF_OK;
	ff_fail(reterr, FF_EBUSY, "the work queue is full (%u requests wait); try again", p->max);
	if (reterr)
		reterr->retry_after_s = BUSY_RETRY_S;
	return FF_EBUSY;
}

unsigned
pool_depth(struct pool *p)
{
	unsigned n;

	pthread_mutex_lock(&p->lock);
	n = p->n;
	pthread_mutex_unlock(&p->lock);
	return n;
}
