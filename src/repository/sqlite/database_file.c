/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/sqlite/database_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	APPLICATION_ID = 0x46465331, /* "FFS1"; set by the first migration */
	BUSY_TIMEOUT_MS = 5000,
	WAL_RETRY_MS = 10,
	FULL_CHECK_MAX_MIB = 16,
	QUICK_CHECK_MAX_MIB = 512,
};

static ff_status
fail_errno(const char *what, const char *path, const char *advice, struct ff_err *reterr)
{
	return ff_fail(reterr, FF_ESTORAGE, "%s %s: %s; %s", what, path, strerror(errno), advice);
}

/* The WAL and its index are made beside the file. */
static ff_status
check_directory(const char *path, struct ff_err *reterr)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;
	FF_CLEANUP(ff_freep) char *directory = ff_str_dupz(slash ? ff_str_of(path, n ? n : 1) : FF_STR("."));

	if (faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS))
		return fail_errno("cannot keep a database in", directory,
			"name a directory (DATA_DIR) that exists and that this user may write to", reterr);
	return FF_OK;
}

/*
 * The file is opened here only to make it, when nobody can have it open: closing any descriptor of a file drops all
 * POSIX locks that the process has on it, SQLite's too.
 */
static ff_status
check_file(const char *path, struct ff_err *reterr)
{
	static const char advice[] = "give this user the right to write it";
	struct stat st;
	int fd;

	FF_TRY(check_directory(path, reterr));
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	else if (errno != EEXIST)
		return fail_errno("cannot make", path, advice, reterr);
	if (stat(path, &st) || faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS))
		return fail_errno("cannot write", path, advice, reterr);
	if (!S_ISREG(st.st_mode))
		return ff_fail(reterr, FF_ESTORAGE, "%s is not a regular file: name another path for the database", path);
	return FF_OK;
}

/*
 * Ours, or new: nothing in it but perhaps the migration tool's own table. The tables are counted first: another process
 * may be making them, in the same transaction in which it says that the file is ours.
 */
static ff_status
check_owner(struct sqlite_connection *c, struct ff_err *reterr)
{
	int64_t id, tables;

	FF_TRY(sqlite_connection_int(
		c, "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'schema_migrations'", &tables, reterr));
	FF_TRY(sqlite_connection_int(c, "PRAGMA application_id", &id, reterr));
	if (id == APPLICATION_ID || (id == 0 && tables == 0))
		return FF_OK;
	return ff_fail(reterr, FF_ESTORAGE,
		"%s is the database of another program (application id %" PRId64 "): name another file or directory", c->path,
		id);
}

static ff_status
check_integrity(struct sqlite_connection *c, struct ff_err *reterr)
{
	const char *sql = "PRAGMA integrity_check(1)";
	FF_CLEANUP(ff_freep) char *found = NULL;
	sqlite3_stmt *s;
	int64_t pages, page_size;
	int rc;

	FF_TRY(sqlite_connection_int(c, "PRAGMA page_count", &pages, reterr));
	FF_TRY(sqlite_connection_int(c, "PRAGMA page_size", &page_size, reterr));
	if (pages * page_size > (int64_t)QUICK_CHECK_MAX_MIB << 20)
		return FF_OK;
	if (pages * page_size > (int64_t)FULL_CHECK_MAX_MIB << 20)
		sql = "PRAGMA quick_check(1)";
	if (sqlite3_prepare_v2(c->db, sql, -1, &s, NULL) != SQLITE_OK)
		return sqlite_connection_fail(c, reterr);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		found = ff_xstrdup((const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	if (rc != SQLITE_ROW)
		return sqlite_connection_fail(c, reterr);
	if (ff_str_eqz(FF_STR("ok"), found))
		return FF_OK;
	for (char *p = found; *p; p++) /* the report is of several lines; the error is one */
		if (*p == '\n')
			*p = ' ';
	return sqlite_connection_fail_damaged(c, found, reterr);
}

/* The change of mode does not call the busy handler when another process opens the new file at the same time. */
static ff_status
use_wal(struct sqlite_connection *c, struct ff_err *reterr)
{
	unsigned tries = 1 + c->busy_timeout_ms / WAL_RETRY_MS;
	int rc = SQLITE_BUSY;

	for (unsigned i = 0; i < tries && rc == SQLITE_BUSY; i++) {
		if (i)
			sqlite3_sleep(WAL_RETRY_MS);
		rc = sqlite3_exec(c->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) & 0xff;
	}
	return rc == SQLITE_OK ? FF_OK : sqlite_connection_fail(c, reterr);
}

static ff_status
open_connection(const struct repository_sqlite_config *config, struct sqlite_connection **ret, struct ff_err *reterr)
{
	return sqlite_connection_open(
		config->path, config->busy_timeout_ms ? config->busy_timeout_ms : BUSY_TIMEOUT_MS, ret, reterr);
}

ff_status
sqlite_database_open(
	const struct repository_sqlite_config *config, struct sqlite_connection **ret, struct ff_err *reterr)
{
	FF_CLEANUP(sqlite_connection_closep) struct sqlite_connection *c = NULL;

	FF_TRY(check_file(config->path, reterr));
	FF_TRY(open_connection(config, &c, reterr));
	FF_TRY(check_owner(c, reterr));
	FF_TRY(check_integrity(c, reterr));
	FF_TRY(use_wal(c, reterr));
	*ret = FF_TAKE(c);
	return FF_OK;
}

ff_status
sqlite_database_open_reader(
	const struct repository_sqlite_config *config, struct sqlite_connection **ret, struct ff_err *reterr)
{
	FF_CLEANUP(sqlite_connection_closep) struct sqlite_connection *c = NULL;

	FF_TRY(open_connection(config, &c, reterr));
	FF_TRY(sqlite_connection_exec(c, "PRAGMA query_only = ON", reterr));
	*ret = FF_TAKE(c);
	return FF_OK;
}
