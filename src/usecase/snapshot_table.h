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

struct snapshot_table *snapshot_table_new(struct repository *repository);
void snapshot_table_free(struct snapshot_table *t);

/* The snapshot now in force, or NULL where it has not been loaded. Online; no lock, no wait. */
const struct snapshot *snapshot_table_find(const struct snapshot_table *t, ff_str tenant, ff_str environment);
/* ms since the snapshot was last known to be current. */
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
 * write, so that the instance that took it serves it. Concurrent calls share one refresh. Offline only.
 */
FF_MUST ff_status snapshot_table_refresh(
	struct snapshot_table *t, const struct ff_call *call, uint64_t revision, struct ff_err *reterr);

#endif
