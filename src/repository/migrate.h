/* SPDX-License-Identifier: Apache-2.0 */
/*
 * migrate.h - brings a store's schema up or down, one migration at a time.
 *
 * Files and bookkeeping are golang-migrate's: migrations/<store>/NNN_name.{up,down}.sql, versions from 1 without gaps,
 * the table schema_migrations(version, dirty), so either tool can run them. The SQL is embedded in the binary.
 *
 * Each migration is one transaction, which also holds the lock that keeps other instances out: the version is read
 * inside it, so that of several instances that start at once one migrates and the others find it done. A process that
 * dies in the middle, or a disk that is full, leaves nothing; SQL that is refused is undone too but leaves `dirty`,
 * which stops everything until somebody has looked and said `ffs migrate force`.
 */
#ifndef FF_REPOSITORY_MIGRATE_H
#define FF_REPOSITORY_MIGRATE_H

#include "base/err.h"

struct migration {
	unsigned version;
	const char *name; /* "001_tenants": the file without .up.sql or .down.sql */
	const char *up, *down;
};

struct migration_set {
	const char *store;             /* "sqlite" */
	const struct migration *items; /* items[i].version == i + 1 */
	unsigned n;
};

/* Where a schema stands. */
struct migrate_state {
	unsigned version; /* 0: before the first */
	bool dirty;       /* the migration to `version` has failed */
};

struct migrate_driver;

/* What a store has to know for it. All may fail with FF_ESTORAGE, or FF_EUNAVAILABLE when the wait was too long. */
struct migrate_driver_ops {
	/* Starts a transaction and waits for the lock, which lasts until its end. */
	ff_status (*begin)(struct migrate_driver *d, struct ff_err *reterr);
	ff_status (*commit)(struct migrate_driver *d, struct ff_err *reterr);
	void (*rollback)(struct migrate_driver *d);
	/* FF_EINVALID when it is the SQL that the store refuses. */
	ff_status (*exec)(struct migrate_driver *d, const char *sql, struct ff_err *reterr);
	/* Version 0, clean, where there is no schema_migrations yet; set makes the table. */
	ff_status (*get)(struct migrate_driver *d, struct migrate_state *ret, struct ff_err *reterr);
	ff_status (*set)(struct migrate_driver *d, struct migrate_state state, struct ff_err *reterr);
	void (*close)(struct migrate_driver *d);
};

struct migrate_driver {
	const struct migrate_driver_ops *ops;
};

/* To the newest version that this binary has, or to `to`. The same number: nothing to do. */
#define MIGRATE_LATEST 0u
/*
 * *ret_applied is how many were run (also on failure, those before it). FF_EINVALID: no version `to` in the set, or the
 * schema is past it. FF_ESTORAGE: the schema is newer than the set, or dirty; or a migration failed, which the error
 * names with its file, what the database said, and the way out.
 */
FF_MUST ff_status migrate_up(struct migrate_driver *d, const struct migration_set *set, unsigned to,
	unsigned *ret_applied, struct ff_err *reterr);
/* Undoes the newest `n`, or as many as there are. Data in what they made is lost. Fails as migrate_up. */
FF_MUST ff_status migrate_down(
	struct migrate_driver *d, const struct migration_set *set, unsigned n, unsigned *ret_undone, struct ff_err *reterr);
/*
 * Can this binary work on the schema as it is? FF_ESTORAGE, saying what to do, where it is dirty or older than the set.
 * A newer one is fine: each release leaves the schema such that the one before goes on working on it.
 */
FF_MUST ff_status migrate_require(struct migrate_driver *d, const struct migration_set *set, struct ff_err *reterr);
/* Where the schema stands; set->items up to that version are applied. */
FF_MUST ff_status migrate_status(struct migrate_driver *d, struct migrate_state *ret, struct ff_err *reterr);
/* Says that the schema is at `version` and clean, and runs nothing: after a repair by hand. FF_EINVALID. */
FF_MUST ff_status migrate_force(
	struct migrate_driver *d, const struct migration_set *set, unsigned version, struct ff_err *reterr);

/* For FF_CLEANUP on a `struct migrate_driver *`. */
static inline void
migrate_closep(struct migrate_driver **d)
{
	if (*d)
		(*d)->ops->close(*d);
}

#endif
