/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/sqlite/connection.h"

#include <stdlib.h>

#include "sys/clock.h"

enum {
	PROGRESS_STEPS = 10000, /* of SQLite's machine between two looks at the deadline: well under a millisecond */
	BUSY_SLEEP_MAX_MS = 20,
};

/* Nothing here writes to the file. */
static const char settings[] = "PRAGMA foreign_keys = ON;"
							   "PRAGMA synchronous = FULL;" /* a commit is on disk when it returns */
							   "PRAGMA trusted_schema = OFF;"
							   "PRAGMA cell_size_check = ON;"
							   "PRAGMA temp_store = MEMORY;"
							   "PRAGMA journal_size_limit = 16777216;"; /* a large import leaves no large WAL */

static bool
is_over(const struct sqlite_connection *c)
{
	return c->call && ff_call_left_ms(c->call, 1) == 0;
}

/* Another process has the lock. */
static int
on_busy(void *arg, int tries)
{
	struct sqlite_connection *c = arg;
	unsigned sleep_ms = tries < BUSY_SLEEP_MAX_MS ? (unsigned)tries + 1 : BUSY_SLEEP_MAX_MS;

	if (tries == 0)
		c->busy_waited_ms = 0;
	if (c->call)
		sleep_ms = ff_call_left_ms(c->call, sleep_ms);
	if (sleep_ms == 0 || c->busy_waited_ms >= c->busy_timeout_ms)
		return 0;
	sqlite3_sleep((int)sleep_ms);
	c->busy_waited_ms += sleep_ms;
	return 1;
}

static int
on_progress(void *arg)
{
	return is_over(arg);
}

ff_status
sqlite_connection_open(
	const char *path, unsigned busy_timeout_ms, struct sqlite_connection **ret, struct ff_err *reterr)
{
	FF_CLEANUP(sqlite_connection_closep) struct sqlite_connection *c = ff_xcalloc(1, sizeof *c);
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

	c->path = ff_xstrdup(path);
	c->busy_timeout_ms = busy_timeout_ms;
	if (sqlite3_open_v2(path, &c->db, flags, NULL) != SQLITE_OK)
		return sqlite_connection_fail(c, reterr);
	sqlite3_busy_handler(c->db, on_busy, c);
	sqlite3_progress_handler(c->db, PROGRESS_STEPS, on_progress, c);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DML, 0, (int *)NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)NULL);
	FF_TRY(sqlite_connection_exec(c, settings, reterr));
	*ret = FF_TAKE(c);
	return FF_OK;
}

void
sqlite_connection_close(struct sqlite_connection *c)
{
	if (!c)
		return;
	for (size_t s = 0; s < SQL_STATEMENTS; s++)
		for (size_t k = 0; k < DOCUMENT_KINDS; k++)
			sqlite3_finalize(c->statements[s][k]);
	ff_assert(sqlite3_close(c->db) == SQLITE_OK);
	free(c->path);
	free(c);
}

void
sqlite_connection_closep(struct sqlite_connection **c)
{
	sqlite_connection_close(*c);
}

ff_status
sqlite_connection_exec(struct sqlite_connection *c, const char *sql, struct ff_err *reterr)
{
	if (sqlite3_exec(c->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_connection_fail(c, reterr);
	return FF_OK;
}

ff_status
sqlite_connection_int(struct sqlite_connection *c, const char *sql, int64_t *ret, struct ff_err *reterr)
{
	sqlite3_stmt *s;
	int rc;

	if (sqlite3_prepare_v2(c->db, sql, -1, &s, NULL) != SQLITE_OK)
		return sqlite_connection_fail(c, reterr);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return rc == SQLITE_ROW ? FF_OK : sqlite_connection_fail(c, reterr);
}

void
sqlite_connection_rollback(struct sqlite_connection *c)
{
	c->call = NULL; /* the rollback has to run to its end */
	c->failed = FF_OK;
	/* What can fail here has undone the transaction already, or SQLite does when the file is next opened. */
	if (!sqlite3_get_autocommit(c->db))
		(void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
}

ff_status
sqlite_connection_fail_damaged(struct sqlite_connection *c, const char *what, struct ff_err *reterr)
{
	c->failed = FF_ESTORAGE;
	return ff_fail(reterr, FF_ESTORAGE,
		"the database %s is damaged (%s): put a backup in its place, or move it away to begin with an empty one",
		c->path, what);
}

static ff_status
fail_waiting(struct sqlite_connection *c, struct ff_err *reterr)
{
	if (c->call)
		FF_TRY(ff_call_over(c->call, reterr));
	ff_fail(reterr, FF_EUNAVAILABLE, "another process has kept the database %s locked for %u ms", c->path,
		c->busy_timeout_ms);
	if (reterr)
		reterr->retry_after_s = 1;
	return FF_EUNAVAILABLE;
}

static ff_status
fail_as(struct sqlite_connection *c, struct ff_err *reterr)
{
	int rc = sqlite3_extended_errcode(c->db), error = sqlite3_system_errno(c->db);
	const char *said = sqlite3_errmsg(c->db), *because = error ? strerror(error) : said;

	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_INTERRUPT:
		return fail_waiting(c, reterr);
	case SQLITE_FULL:
		return ff_fail(reterr, FF_ESTORAGE, "the disk is full, nothing was written to %s: make room there", c->path);
	case SQLITE_NOTADB:
		return ff_fail(reterr, FF_ESTORAGE,
			"%s is not an SQLite database, or its first page is destroyed: name another file, or put a backup in its "
			"place",
			c->path);
	case SQLITE_CORRUPT:
		return sqlite_connection_fail_damaged(c, said, reterr);
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return ff_fail(reterr, FF_ESTORAGE,
			"%s cannot be opened for writing (%s): give this user the right to write the file and its directory",
			c->path, because);
	case SQLITE_IOERR:
		return ff_fail(reterr, FF_ESTORAGE, "%s cannot be read or written (%s)", c->path, because);
	default:
		return ff_fail(reterr, FF_ESTORAGE, "%s: %s (SQLite error %d)", c->path, said, rc);
	}
}

ff_status
sqlite_connection_fail(struct sqlite_connection *c, struct ff_err *reterr)
{
	return c->failed = fail_as(c, reterr);
}
