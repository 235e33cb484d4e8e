/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repository_postgres.h - PostgreSQL as the store of record, for any number of instances.
 *
 * Connections are pooled, opened when they are needed and replaced when they are lost: after a restart or a failover
 * the next transaction finds its way by itself. Every wait (for a connection, the server's answer, another writer's
 * lock) ends with the call that it is for; what runs in the server then is cancelled there.
 *
 * All work is done as the role ffs_app under row-level security (migrations/postgres/004…), a transaction in the name
 * of one tenant. Of the cluster it is always the primary that is asked.
 *
 * How failures come out, beyond repository.h: FF_EUNAVAILABLE (with retry_after_s) when the server cannot be reached,
 * is shutting down, is a standby or has no connection left; FF_EBUSY where another writer held a lock for too long, or
 * PostgreSQL ended the transaction in favour of another one; FF_ESTORAGE where somebody has to do something, which it
 * says. A connection that is lost during COMMIT is FF_EUNAVAILABLE, whose text says that the outcome is not known.
 * No text ever holds a password.
 */
#ifndef FF_REPOSITORY_POSTGRES_REPOSITORY_POSTGRES_H
#define FF_REPOSITORY_POSTGRES_REPOSITORY_POSTGRES_H

#include "repository/migrate.h"
#include "repository/repository.h"

struct repository_postgres_config {
	/* Borrowed for the call of open. */
	const char *dsn;              /* libpq's connection string or URI; several hosts are tried in turn */
	const char *application_name; /* which instance, in pg_stat_activity; NULL: "ffs". One in the DSN goes first */
	unsigned pool_size;           /* transactions at once; 0: 8 */
	unsigned lifetime_s;          /* longest life of a connection; 0: 1800 */
};

/* migrations/postgres/, embedded. */
extern const struct migration_set migrations_postgres;

/*
 * Opens the pool, which connects when it is first used: a server that cannot be reached is no failure yet.
 * FF_EMALFORMED when the DSN is none.
 */
FF_MUST ff_status repository_postgres_open(
	const struct repository_postgres_config *config, struct repository **ret, struct ff_err *reterr);

/* The same database for `ffs migrate`, as the user of the DSN. FF_EMALFORMED, FF_EUNAVAILABLE, FF_ESTORAGE. */
FF_MUST ff_status repository_postgres_migrate_open(
	const struct repository_postgres_config *config, struct migrate_driver **ret, struct ff_err *reterr);

#endif
