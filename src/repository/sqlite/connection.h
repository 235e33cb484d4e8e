/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection.h - one connection to the SQLite file: its settings, its prepared statements, its errors as ff_status.
 *
 * Used by one thread at a time. Waits for other processes' locks and long statements end when the call that it works
 * for is over.
 */
#ifndef FF_REPOSITORY_SQLITE_CONNECTION_H
#define FF_REPOSITORY_SQLITE_CONNECTION_H

#include <sqlite3.h>

#include "repository/sqlite/sql.h"

struct sqlite_connection {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *statements[SQL_STATEMENTS][DOCUMENT_KINDS]; /* prepared when first used */
	const struct ff_call *call;                               /* that it works for; NULL: waits as long as it takes */
	unsigned busy_timeout_ms, busy_waited_ms;
	ff_status failed;               /* not FF_OK: the store has failed it, the transaction is lost */
	struct sqlite_connection *next; /* in its pool */
};

FF_MUST ff_status sqlite_connection_open(
	const char *path, unsigned busy_timeout_ms, struct sqlite_connection **ret, struct ff_err *reterr);
/* NULL is fine. */
void sqlite_connection_close(struct sqlite_connection *c);
/* For FF_CLEANUP. */
void sqlite_connection_closep(struct sqlite_connection **c);

/* Runs SQL that has neither arguments nor answers. */
FF_MUST ff_status sqlite_connection_exec(struct sqlite_connection *c, const char *sql, struct ff_err *reterr);
/* The first column of the first row of `sql`. */
FF_MUST ff_status sqlite_connection_int(
	struct sqlite_connection *c, const char *sql, int64_t *ret, struct ff_err *reterr);
/* Ends the transaction, if there is one, without a trace, and forgets its failure. */
void sqlite_connection_rollback(struct sqlite_connection *c);

/* What SQLite just said, as ours. Marks the connection failed. */
ff_status sqlite_connection_fail(struct sqlite_connection *c, struct ff_err *reterr);
/* A damaged file: `what` is wrong with it. */
ff_status sqlite_connection_fail_damaged(struct sqlite_connection *c, const char *what, struct ff_err *reterr);

#endif
