/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poller.h - asks the store every POLL_INTERVAL_MS whether it answers and what other processes have changed, on a
 * thread of its own; and keeps house there once a minute: notes when keys were last used, purges what is past its time.
 *
 * A store that fails is logged once when it starts failing and once when it is back.
 */
#ifndef FF_APP_POLLER_H
#define FF_APP_POLLER_H

#include "repository/repository.h"
#include "usecase/key_table.h"
#include "usecase/snapshot_table.h"

struct poller;

/* What has to be done with a store before it can be used. */
typedef ff_status (*poller_prepare_fn)(void *arg, const struct ff_call *call, struct ff_err *reterr);

/* All is borrowed. */
struct poller_config {
	struct repository *repository;
	struct snapshot_table *snapshots;
	struct key_table *keys;
	unsigned interval_ms;
	/*
	 * Begins each round until it has succeeded; up to then the store counts as not answering. NULL: it is prepared, and
	 * counts as answering until it has failed to.
	 */
	poller_prepare_fn prepare;
	void *prepare_arg;
};

FF_MUST ff_status poller_start(const struct poller_config *config, struct poller **ret, struct ff_err *reterr);
/* Waits for the round that is running, which is cancelled; then notes the last uses of keys. NULL is fine. */
void poller_stop(struct poller *p);

/* Did the store answer when it was last asked? Any thread; never waits. */
bool poller_store_answers(const struct poller *p);

#endif
