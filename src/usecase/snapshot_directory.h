/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot_directory.h - the snapshot table's hash table: from (tenant, environment) to the snapshot in force. Internal
 * to usecase/.
 *
 * Readers find without a lock while they are online in their epoch. One writer at a time changes it. What a change
 * replaced is handed out as `struct snapshot_retired`, to be given to snapshot_retire when no lock is held.
 */
#ifndef FF_USECASE_SNAPSHOT_DIRECTORY_H
#define FF_USECASE_SNAPSHOT_DIRECTORY_H

#include <stdatomic.h>

#include "domain/snapshot.h"

/* One tenant environment. Once in the directory it stays until that goes; only its snapshot changes. */
struct snapshot_entry {
	uint64_t hash;
	ff_str tenant, environment;          /* behind the struct */
	_Atomic(struct snapshot *) snapshot; /* NULL: gone from the store */
	atomic_uint_fast64_t known_ms;       /* when it was last known to be current, on the table's clock */
	struct snapshot_entry *next;         /* all of the directory's */
};

struct snapshot_slots;

struct snapshot_directory {
	_Atomic(struct snapshot_slots *) slots;
	struct snapshot_entry *entries;
	uint32_t n;
};

struct snapshot_retired {
	struct snapshot *snapshot;
	struct snapshot_slots *slots;
};

void snapshot_directory_init(struct snapshot_directory *d);
/* With all its snapshots. */
void snapshot_directory_release(struct snapshot_directory *d);

/* NULL where that place has never been loaded. Online, or the writer. */
struct snapshot_entry *snapshot_directory_find(const struct snapshot_directory *d, ff_str tenant, ff_str environment);
/* Readers see `snapshot` (the directory's now; NULL: there is none any more) from here on. The writer. */
struct snapshot_retired snapshot_directory_publish(
	struct snapshot_directory *d, ff_str tenant, ff_str environment, struct snapshot *snapshot, uint64_t known_ms);
/* Frees it when its readers have left: waits for them, so offline and without a lock. */
void snapshot_retire(struct snapshot_retired *r);

/* ms since the entry was last known to be current. */
uint64_t snapshot_entry_age_ms(const struct snapshot_entry *e, uint64_t mono_ms);
/* It was at `mono_ms`, unless a later time is known. */
void snapshot_entry_confirm(struct snapshot_entry *e, uint64_t mono_ms);

#endif
