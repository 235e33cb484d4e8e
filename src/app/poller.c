/* SPDX-License-Identifier: Apache-2.0 */
#include "app/poller.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "observability/log.h"
#include "sys/clock.h"

enum {
	ROUND_TIMEOUT_MS = 10000,
	NS_PER_MS = 1000000,
	MS_PER_S = 1000,
};

struct poller {
	struct repository *repository;
	struct snapshot_table *snapshots;
	unsigned interval_ms;
	poller_prepare_fn prepare; /* NULL: done */
	void *prepare_arg;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	atomic_bool stopping, failing;
};

static ff_status
poll_once(struct poller *p, struct ff_err *reterr)
{
	const struct ff_call call = {
		.deadline_ms = clock_mono_ms() + ROUND_TIMEOUT_MS,
		.cancel = &p->stopping,
		.actor = FF_STR("system"),
	};

	if (p->prepare) {
		FF_TRY(p->prepare(p->prepare_arg, &call, reterr));
		p->prepare = NULL;
	}
	FF_TRY(p->repository->ops->ping(p->repository, &call, reterr));
	return snapshot_table_poll(p->snapshots, &call, reterr);
}

static void
note(struct poller *p, bool failed, const struct ff_err *err)
{
	bool before = atomic_exchange(&p->failing, failed);

	if (failed && !before)
		log_error("poller", "the store does not answer; what is loaded is served as it is", LOG_ERR(err));
	else if (!failed && before)
		log_info("poller", "the store answers again");
}

/* False once the poller is to stop. */
static bool
wait_for_round(struct poller *p)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += p->interval_ms / MS_PER_S;
	until.tv_nsec += (long)(p->interval_ms % MS_PER_S) * NS_PER_MS;
	if (until.tv_nsec >= (long)MS_PER_S * NS_PER_MS) {
		until.tv_sec++;
		until.tv_nsec -= (long)MS_PER_S * NS_PER_MS;
	}
	pthread_mutex_lock(&p->lock);
	while (!atomic_load(&p->stopping) && pthread_cond_timedwait(&p->wake, &p->lock, &until) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&p->lock);
	return !atomic_load(&p->stopping);
}

static void *
run(void *arg)
{
	struct poller *p = arg;

	while (wait_for_round(p)) {
		struct ff_err err;
		bool failed = poll_once(p, &err) != FF_OK;

		if (!atomic_load(&p->stopping))
			note(p, failed, &err);
	}
	return NULL;
}

static void
release(struct poller *p)
{
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

ff_status
poller_start(struct repository *repository, struct snapshot_table *snapshots, unsigned interval_ms,
	poller_prepare_fn prepare, void *arg, struct poller **ret, struct ff_err *reterr)
{
	struct poller *p = ff_xcalloc(1, sizeof *p);
	pthread_condattr_t attributes;
	int rc;

	p->repository = repository;
	p->snapshots = snapshots;
	p->interval_ms = interval_ms;
	p->prepare = prepare;
	p->prepare_arg = arg;
	atomic_init(&p->failing, prepare != NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&p->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_mutex_init(&p->lock, NULL);
	rc = pthread_create(&p->thread, NULL, run, p);
	if (rc != 0) {
		release(p);
		return ff_fail(reterr, FF_EINTERNAL, "cannot start the poller's thread: %s", strerror(rc));
	}
	*ret = p;
	return FF_OK;
}

void
poller_stop(struct poller *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	atomic_store(&p->stopping, true);
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	release(p);
}

bool
poller_store_answers(const struct poller *p)
{
	return !atomic_load(&p->failing);
}
