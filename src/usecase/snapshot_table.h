/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot_table.h - the compiled snapshot of each tenant environment in use: found without a lock, loaded once.
 *
 * Readers look a snapshot up while they are online in their epoch (sys/epoch.h) and may use it until they go offline.
 * What a change replaced is freed after that.
 */
#ifndef FF_USECASE_SNAPSHOT_TABLE_H
#define FF_USECASE_SNAPSHOT_TABLE_H

#include "base/call.h"
#include "domain/snapshot.h"
#include "repository/repository.h"

struct snapshot_table;

/* `mono_ms` is the monotonic clock (sys/clock.h) or a test's. The repository is borrowed. */
struct snapshot_table *snapshot_table_new(struct repository *repository, uint64_t (*mono_ms)(void));
/* Nobody may be in a call or online with one of its snapshots. */
void snapshot_table_free(struct snapshot_table *t);

/* The snapshot now in force, or NULL where it has not been loaded. Online; no lock, no wait. */
const struct snapshot *snapshot_table_find(const struct snapshot_table *t, ff_str tenant, ff_str environment);
/* ms since the snapshot was last known to be current; 0 where it has not been loaded. */
uint64_t snapshot_table_age_ms(const struct snapshot_table *t, ff_str tenant, ff_str environment, uint64_t mono_ms);

/*
 * Loads (call->tenant, environment) unless it is there. However many ask at once, one load runs; the others wait for it
 * as long as their deadlines allow. Offline only. FF_ETENANTNOTFOUND, FF_EENVIRONMENTNOTFOUND, FF_ETIMEOUT, the
 * store's.
 */
FF_MUST ff_status snapshot_table_load(
	struct snapshot_table *t, const struct ff_call *call, ff_str environment, struct ff_err *reterr);
/*
 * Brings every loaded environment of call->tenant to at least `revision`, and returns when readers see it: after a
 * write, so that the instance that took it serves it. Concurrent calls share one refresh. An environment that is gone
 * from the store is dropped. Offline only. FF_EREVISION when the store itself has not got so far.
 */
FF_MUST ff_status snapshot_table_refresh(
	struct snapshot_table *t, const struct ff_call *call, uint64_t revision, struct ff_err *reterr);

/*
 * Asks the store once for each loaded tenant where it stands, and refreshes what is behind: how changes that another
 * process has made arrive. Called every POLL_INTERVAL_MS by one thread, offline. The call's tenant is not looked at;
 * its deadline and cancellation hold for the whole round. All tenants are tried; the first failure is returned.
 */
FF_MUST ff_status snapshot_table_poll(struct snapshot_table *t, const struct ff_call *call, struct ff_err *reterr);

/* For readiness and metrics. Any thread; takes the table's lock for a moment. */
struct snapshot_table_stats {
	unsigned loaded;        /* snapshots in memory */
	size_t bytes;           /* that they hold */
	uint64_t oldest_age_ms; /* the longest time since one of them was known to be current */
};
struct snapshot_table_stats snapshot_table_stats(struct snapshot_table *t, uint64_t mono_ms);

#endif
