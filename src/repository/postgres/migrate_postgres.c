/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "repository/postgres/connection.h"
#include "repository/postgres/repository_postgres.h"
#include "sys/clock.h"

enum { CONNECT_TIMEOUT_MS = 20000, LOCK_NAME_MAX = 128 };

struct pg_migrate {
	struct migrate_driver super;
	struct pg_dsn *dsn;
	struct pg_connection *connection; /* NULL until it is needed, and where it was lost */
};

/* A migration takes as long as it takes: nobody is waiting for an answer but who has started it. */
static const struct ff_call patient = {.deadline_ms = UINT64_MAX};

static struct pg_migrate *
migrate_of(struct migrate_driver *d)
{
	return FF_CONTAINER(d, struct pg_migrate, super);
}

static ff_status
connected(struct pg_migrate *m, struct ff_err *reterr)
{
	struct ff_call call = {.deadline_ms = clock_mono_ms() + CONNECT_TIMEOUT_MS};

	if (m->connection && m->connection->lost) {
		pg_connection_close(m->connection);
		m->connection = NULL;
	}
	if (!m->connection)
		FF_TRY(pg_connection_open(m->dsn, PG_ROLE_OWNER, &call, &m->connection, reterr));
	m->connection->call = &patient;
	return FF_OK;
}

static void
driver_rollback(struct migrate_driver *d)
{
	struct pg_migrate *m = migrate_of(d);

	if (!m->connection)
		return;
	pg_connection_rollback(m->connection);
	m->connection->call = &patient;
}

static uint32_t
crc32_of(const char *p, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

/* The advisory lock that golang-migrate takes (its database/util.go), so that it and we keep each other out. */
static uint32_t
lock_id(const PGconn *db)
{
	enum { SALT = 1486364155 };
	char name[LOCK_NAME_MAX];
	int n = snprintf(name, sizeof name, "public%cschema_migrations%c%.64s", 0, 0, PQdb(db));

	return crc32_of(name, (size_t)n) * (uint32_t)SALT;
}

static ff_status
driver_begin(struct migrate_driver *d, struct ff_err *reterr)
{
	struct pg_migrate *m = migrate_of(d);
	char sql[200];
	ff_status status;

	FF_TRY(connected(m, reterr));
	/* DDL then waits for the service's transactions, but not for long: whoever comes behind it waits as well. */
	(void)snprintf(sql, sizeof sql,
		"BEGIN; SET LOCAL lock_timeout = '60s'; SELECT pg_advisory_xact_lock(%" PRIu32 ");"
		" SET LOCAL lock_timeout = '10s'",
		lock_id(m->connection->db));
	status = pg_connection_exec(m->connection, sql, reterr);
	if (status == FF_OK)
		return FF_OK;
	driver_rollback(d);
	return status == FF_EBUSY ? ff_fail(reterr, FF_EUNAVAILABLE, "another process has been migrating for a minute")
							  : status;
}

static ff_status
driver_commit(struct migrate_driver *d, struct ff_err *reterr)
{
	return pg_connection_commit(migrate_of(d)->connection, reterr);
}

/* Classes of SQLSTATE that are the SQL's fault, or the data's, and will not go away by themselves. */
static bool
is_refusal(const char *sqlstate)
{
	static const char *const classes[] = {"0A", "21", "22", "23", "25", "2B", "2F", "3F", "42", "44", "P0"};

	for (size_t i = 0; i < FF_COUNT(classes); i++)
		if (strncmp(sqlstate, classes[i], 2) == 0)
			return true;
	return false;
}

static ff_status
driver_exec(struct migrate_driver *d, const char *sql, struct ff_err *reterr)
{
	struct pg_connection *c = migrate_of(d)->connection;
	struct ff_err err;
	ff_status status = pg_connection_exec(c, sql, &err);

	if (status == FF_OK)
		return FF_OK;
	if (!c->lost && is_refusal(c->sqlstate))
		err.status = FF_EINVALID;
	if (reterr)
		*reterr = err;
	return err.status;
}

/* The first row of `sql`, as texts; no row: "0" and "f". */
static ff_status
read_row(struct pg_connection *c, const char *sql, int64_t *ret_number, bool *ret_true, struct ff_err *reterr)
{
	PGresult *result = NULL;

	if (!PQsendQuery(c->db, sql))
		return pg_connection_fail_send(c, reterr);
	FF_TRY(pg_connection_receive(c, &result, reterr));
	*ret_number = 0;
	*ret_true = false;
	if (PQntuples(result) > 0) {
		*ret_number = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
		*ret_true = *PQgetvalue(result, 0, 1) == 't';
	}
	PQclear(result);
	return FF_OK;
}

/* golang-migrate has no row before the first migration, and version -1 where one to there has failed. */
static ff_status
driver_get(struct migrate_driver *d, struct migrate_state *ret, struct ff_err *reterr)
{
	struct pg_migrate *m = migrate_of(d);
	int64_t version;
	bool there = false, dirty = false;

	FF_TRY(connected(m, reterr));
	FF_TRY(read_row(m->connection, "SELECT 0, to_regclass('schema_migrations') IS NOT NULL", &version, &there, reterr));
	*ret = (struct migrate_state){0};
	if (!there)
		return FF_OK;
	FF_TRY(read_row(m->connection, "SELECT version, dirty FROM schema_migrations ORDER BY version DESC LIMIT 1",
		&version, &dirty, reterr));
	if (version > UINT32_MAX)
		return ff_fail(reterr, FF_ESTORAGE, "schema_migrations holds version %" PRId64 ", which cannot be", version);
	*ret = (struct migrate_state){.version = version > 0 ? (unsigned)version : 0, .dirty = dirty};
	return FF_OK;
}

static ff_status
driver_set(struct migrate_driver *d, struct migrate_state state, struct ff_err *reterr)
{
	struct pg_connection *c = migrate_of(d)->connection;
	char sql[120];

	FF_TRY(pg_connection_exec(c,
		"CREATE TABLE IF NOT EXISTS schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);"
		"DELETE FROM schema_migrations",
		reterr));
	if (state.version == 0 && !state.dirty)
		return FF_OK;
	(void)snprintf(sql, sizeof sql, "INSERT INTO schema_migrations (version, dirty) VALUES (%" PRId64 ", %s)",
		state.version ? (int64_t)state.version : -1, state.dirty ? "true" : "false");
	return pg_connection_exec(c, sql, reterr);
}

static void
driver_close(struct migrate_driver *d)
{
	struct pg_migrate *m = migrate_of(d);

	pg_connection_close(m->connection);
	pg_dsn_free(m->dsn);
	free(m);
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
repository_postgres_migrate_open(
	const struct repository_postgres_config *config, struct migrate_driver **ret, struct ff_err *reterr)
{
	FF_CLEANUP(migrate_closep) struct migrate_driver *driver = NULL;
	struct pg_migrate *m;
	struct pg_dsn *dsn;

	FF_TRY(pg_dsn_open(config->dsn, config->application_name, &dsn, reterr));
	m = ff_xcalloc(1, sizeof *m);
	m->super.ops = &driver_ops;
	m->dsn = dsn;
	driver = &m->super;
	FF_TRY(connected(m, reterr));
	*ret = FF_TAKE(driver);
	return FF_OK;
}
