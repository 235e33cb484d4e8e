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
	LAST_NOTE_TIMEOUT_MS = 1000, /* at the end, when somebody waits for it */
	HOUSEKEEPING_MS = 60000,
	PURGES_MAX = 10, /* in one go; more is left for the next time */
	NS_PER_MS = 1000000,
	MS_PER_S = 1000,
};

struct poller {
	struct poller_config config; /* `prepare` is NULL when it is done */
	uint64_t housekeeping_ms;    /* when it is due */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	atomic_bool stopping, failing;
};

/* What is past its time, a bounded part after the other. */
static ff_status
purge(struct poller *p, const struct ff_call *call, struct ff_err *reterr)
{
	struct housekeeping_counts counts = {.more = true};

	for (unsigned i = 0; i < PURGES_MAX && counts.more; i++) {
		FF_TRY(p->config.repository->ops->housekeep(p->config.repository, call, clock_wall_ms(), &counts, reterr));
		if (counts.outcomes || counts.tombstones)
			log_info(
				"poller", "purged", LOG_UINT("outcomes", counts.outcomes), LOG_UINT("tombstones", counts.tombstones));
	}
	return FF_OK;
}

/* Whatever becomes of it, the next is due in a minute. */
static ff_status
keep_house(struct poller *p, const struct ff_call *call, struct ff_err *reterr)
{
	if (clock_mono_ms() < p->housekeeping_ms)
		return FF_OK;
	p->housekeeping_ms = clock_mono_ms() + HOUSEKEEPING_MS;
	FF_TRY(key_table_note_uses(p->config.keys, call, reterr));
	return purge(p, call, reterr);
}

static ff_status
poll_once(struct poller *p, struct ff_err *reterr)
{
	const struct ff_call call = {
		.deadline_ms = clock_mono_ms() + ROUND_TIMEOUT_MS,
		.cancel = &p->stopping,
		.actor = FF_STR("system"),
	};

	struct poller_config *c = &p->config;
	struct ff_err errs[3];
	ff_status statuses[FF_COUNT(errs)];

	if (c->prepare) {
		FF_TRY(c->prepare(c->prepare_arg, &call, reterr));
		c->prepare = NULL;
	}
	FF_TRY(c->repository->ops->ping(c->repository, &call, reterr));
	/* What fails of these keeps none of the others back. */
	statuses[0] = key_table_poll(c->keys, &call, &errs[0]);
	statuses[1] = snapshot_table_poll(c->snapshots, &call, &errs[1]);
	statuses[2] = keep_house(p, &call, &errs[2]);
	for (unsigned i = 0; i < FF_COUNT(errs); i++)
		if (statuses[i] != FF_OK) {
			*reterr = errs[i];
			return statuses[i];
		}
	return FF_OK;
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
	until.tv_sec += p->config.interval_ms / MS_PER_S;
	until.tv_nsec += (long)(p->config.interval_ms % MS_PER_S) * NS_PER_MS;
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
poller_start(const struct poller_config *config, struct poller **ret, struct ff_err *reterr)
{
	struct poller *p = ff_xcalloc(1, sizeof *p);
	pthread_condattr_t attributes;
	int rc;

	p->config = *config;
	p->housekeeping_ms = clock_mono_ms() + HOUSEKEEPING_MS;
	atomic_init(&p->failing, config->prepare != NULL);
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

static void
note_last_uses(struct poller *p)
{
	const struct ff_call call = {.deadline_ms = clock_mono_ms() + LAST_NOTE_TIMEOUT_MS, .actor = FF_STR("system")};
	struct ff_err err;

	if (key_table_note_uses(p->config.keys, &call, &err) != FF_OK)
		log_warn("poller", "when keys were last used could not be noted", LOG_ERR(&err));
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
	note_last_uses(p);
	release(p);
}

bool
poller_store_answers(const struct poller *p)
{
	return !atomic_load(&p->failing);
}
