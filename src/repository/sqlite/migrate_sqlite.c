/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/sqlite/migrate_sqlite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "repository/sqlite/database_file.h"

struct sqlite_migrate {
	struct migrate_driver super;
	struct sqlite_connection *connection;
};

static struct sqlite_connection *
connection_of(struct migrate_driver *d)
{
	return FF_CONTAINER(d, struct sqlite_migrate, super)->connection;
}

static ff_status
driver_begin(struct migrate_driver *d, struct ff_err *reterr)
{
	return sqlite_connection_exec(connection_of(d), "BEGIN IMMEDIATE", reterr);
}

static ff_status
driver_commit(struct migrate_driver *d, struct ff_err *reterr)
{
	return sqlite_connection_exec(connection_of(d), "COMMIT", reterr);
}

static void
driver_rollback(struct migrate_driver *d)
{
	sqlite_connection_rollback(connection_of(d));
}

static ff_status
driver_exec(struct migrate_driver *d, const char *sql, struct ff_err *reterr)
{
	struct sqlite_connection *c = connection_of(d);

	switch (sqlite3_exec(c->db, sql, NULL, NULL, NULL) & 0xff) {
	case SQLITE_OK:
		return FF_OK;
	case SQLITE_ERROR:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
		return ff_fail(reterr, FF_EINVALID, "%s", sqlite3_errmsg(c->db));
	default:
		return sqlite_connection_fail(c, reterr);
	}
}

/* golang-migrate has no row before the first migration, and version -1 where one to there has failed. */
static ff_status
driver_get(struct migrate_driver *d, struct migrate_state *ret, struct ff_err *reterr)
{
	struct sqlite_connection *c = connection_of(d);
	int64_t rows, version, dirty;

	*ret = (struct migrate_state){0};
	FF_TRY(sqlite_connection_int(
		c, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'", &rows, reterr));
	if (rows == 0)
		return FF_OK;
	FF_TRY(sqlite_connection_int(c, "SELECT coalesce(max(version), 0) FROM schema_migrations", &version, reterr));
	FF_TRY(sqlite_connection_int(c, "SELECT coalesce(max(dirty), 0) FROM schema_migrations", &dirty, reterr));
	if (version > UINT32_MAX)
		return sqlite_connection_fail_damaged(c, "a schema version that cannot be", reterr);
	*ret = (struct migrate_state){.version = version > 0 ? (unsigned)version : 0, .dirty = dirty != 0};
	return FF_OK;
}

static ff_status
driver_set(struct migrate_driver *d, struct migrate_state state, struct ff_err *reterr)
{
	char sql[100];

	FF_TRY(sqlite_connection_exec(connection_of(d),
		"CREATE TABLE IF NOT EXISTS schema_migrations (version uint64, dirty bool);"
		"CREATE UNIQUE INDEX IF NOT EXISTS version_unique ON schema_migrations (version);"
		"DELETE FROM schema_migrations;",
		reterr));
	if (state.version == 0 && !state.dirty)
		return FF_OK;
	(void)snprintf(sql, sizeof sql, "INSERT INTO schema_migrations (version, dirty) VALUES (%" PRId64 ", %d)",
		state.version ? (int64_t)state.version : -1, state.dirty);
	return sqlite_connection_exec(connection_of(d), sql, reterr);
}

static void
driver_close(struct migrate_driver *d)
{
	sqlite_connection_close(connection_of(d));
	free(FF_CONTAINER(d, struct sqlite_migrate, super));
}

static const struct migrate_driver_ops driver_ops = {
	.begin = driver_begin,
	.commit = driver_commit,
	.rollback = driver_rollback,
	.exec = driver_exec,
	.get = driver_get,
	.set = driver_set,
	.close = driver_close,
};

ff_status
sqlite_migrate_latest(struct sqlite_connection *c, struct ff_err *reterr)
{
	struct sqlite_migrate m = {.super = {&driver_ops}, .connection = c};
	unsigned applied;

	return migrate_up(&m.super, &migrations_sqlite, MIGRATE_LATEST, &applied, reterr);
}

ff_status
repository_sqlite_migrate_open(
	const struct repository_sqlite_config *config, struct migrate_driver **ret, struct ff_err *reterr)
{
	struct sqlite_connection *c;
	struct sqlite_migrate *m;

	FF_TRY(sqlite_database_open(config, &c, reterr));
	m = ff_xcalloc(1, sizeof *m);
	m->super.ops = &driver_ops;
	m->connection = c;
	*ret = &m->super;
	return FF_OK;
}
