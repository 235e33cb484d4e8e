/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repository_sqlite.h - the embedded store: one SQLite file in WAL mode, every acknowledged write synced to disk.
 *
 * One connection writes and a few read, so readers and the writer never wait for each other; writers, of whatever
 * tenant, come one after the other. Other processes may have the file open too.
 */
#ifndef FF_REPOSITORY_SQLITE_REPOSITORY_SQLITE_H
#define FF_REPOSITORY_SQLITE_REPOSITORY_SQLITE_H

#include "repository/migrate.h"
#include "repository/repository.h"

struct repository_sqlite_config {
	const char *path;         /* the file; made when it is not there, its directory has to be */
	unsigned busy_timeout_ms; /* longest wait for another process's lock; 0: 5000 */
	unsigned readers;         /* transactions that can read at once; 0: 4 */
};

/* migrations/sqlite/, embedded. */
extern const struct migration_set migrations_sqlite;

/*
 * Opens the store, looks it through and migrates it to this binary's schema. Files up to 16 MiB are checked in full
 * (integrity_check), up to 512 MiB without comparing the indexes (quick_check); larger ones are not, and damage is met
 * when it is read. FF_ESTORAGE, saying what to do: the directory or the file cannot be written, the file is damaged, is
 * no SQLite database, belongs to another program, has a newer schema, or a migration failed.
 */
FF_MUST ff_status repository_sqlite_open(
	const struct repository_sqlite_config *config, struct repository **ret, struct ff_err *reterr);

/* The same file for `ffs migrate`: checked likewise, its schema whatever it is. Closed with (*ret)->ops->close. */
FF_MUST ff_status repository_sqlite_migrate_open(
	const struct repository_sqlite_config *config, struct migrate_driver **ret, struct ff_err *reterr);

#endif
