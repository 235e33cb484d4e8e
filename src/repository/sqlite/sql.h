/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql.h - every statement that the store runs, in one table, and how they are run.
 *
 *     FF_CLEANUP(sql_endp) struct sql_rows rows = {0};
 *
 *     FF_TRY(sql_begin(c, SQL_PARTS, kind, SQL_ARGS(SQL_INT(tenant), SQL_TEXT(key)), &rows, reterr));
 *     while (sql_next(&rows))
 *         use(sql_text(&rows, 0), sql_int(&rows, 1));
 *     return sql_end(&rows, reterr);
 *
 * Arguments are borrowed until the end; texts of a row until the next one.
 */
#ifndef FF_REPOSITORY_SQLITE_SQL_H
#define FF_REPOSITORY_SQLITE_SQL_H

#include <sqlite3.h>

#include "repository/repository.h"

enum sql_statement {
	SQL_BEGIN_READ,
	SQL_BEGIN_WRITE,
	SQL_COMMIT,
	SQL_PING,
	SQL_TENANT_GET,
	SQL_TENANT_PUT,
	SQL_TENANT_ADVANCE,
	SQL_TENANT_LIST,
	SQL_TENANT_REMOVE,
	SQL_DOCUMENT_GET,
	SQL_DOCUMENT_LIST,
	SQL_DOCUMENT_EACH,
	SQL_DOCUMENT_STANDING,
	SQL_DOCUMENT_PUT,
	SQL_DOCUMENT_REMOVE,
	SQL_DOCUMENT_RESTORE,
	SQL_DOCUMENTS_PURGE,
	SQL_KEY_FIND,
	SQL_KEY_USED,
	SQL_PARTS,
	SQL_PART_VERSION,
	SQL_PART_PUT,
	SQL_PART_RESTORE,
	SQL_PARTS_REMOVE,
	SQL_PARTS_ENTOMB,
	SQL_PARTS_PURGE,
	SQL_ENVIRONMENT_STAMP,
	SQL_ENVIRONMENT_PARTS_REMOVE,
	SQL_ENVIRONMENT_REFS_REMOVE,
	SQL_TAG_PUT,
	SQL_TAGS_REMOVE,
	SQL_REF_PUT,
	SQL_REFS_REMOVE,
	SQL_USED_BY,
	SQL_USES,
	SQL_CHANGE_PUT,
	SQL_CHANGES,
	SQL_CHANGES_OF,
	SQL_CHANGES_CHAIN,
	SQL_CHANGES_LAST,
	SQL_OUTCOME_GET,
	SQL_OUTCOME_PUT,
	SQL_OUTCOMES_PURGE,
	SQL_STATEMENTS,
};

struct sql_arg {
	enum { SQL_ARG_INT, SQL_ARG_TEXT, SQL_ARG_BLOB } type;
	int64_t number;
	ff_str text; /* empty: the empty text, but of a blob NULL */
};

struct sql_args {
	const struct sql_arg *items;
	size_t n;
};

#define SQL_INT(value_) ((struct sql_arg){.type = SQL_ARG_INT, .number = (int64_t)(value_)})
#define SQL_TEXT(value_) ((struct sql_arg){.type = SQL_ARG_TEXT, .text = (value_)})
#define SQL_BLOB(value_) ((struct sql_arg){.type = SQL_ARG_BLOB, .text = (value_)})
#define SQL_KIND(kind_) SQL_TEXT(ff_str_z(document_kind_name(kind_)))
#define SQL_ARGS(...) \
	((struct sql_args){(const struct sql_arg[]){__VA_ARGS__}, FF_COUNT(((const struct sql_arg[]){__VA_ARGS__}))})

struct sqlite_connection;

struct sql_rows {
	struct sqlite_connection *connection;
	sqlite3_stmt *statement;
	int rc;
};

/* `kind` chooses the table where a statement is about one; else any. Fails at once in a transaction that is lost. */
FF_MUST ff_status sql_begin(struct sqlite_connection *c, enum sql_statement which, enum document_kind kind,
	struct sql_args args, struct sql_rows *ret, struct ff_err *reterr);
/* False after the last row, and on failure. */
FF_MUST bool sql_next(struct sql_rows *rows);
/* Ends it, at whatever row; fails if a step has failed. */
FF_MUST ff_status sql_end(struct sql_rows *rows, struct ff_err *reterr);
/* For FF_CLEANUP, where another failure is already on its way. */
void sql_endp(struct sql_rows *rows);
/* All of it, for statements without rows. sql_changed then tells how many rows it wrote. */
FF_MUST ff_status sql_run(struct sqlite_connection *c, enum sql_statement which, enum document_kind kind,
	struct sql_args args, struct ff_err *reterr);
uint32_t sql_changed(const struct sqlite_connection *c);

int64_t sql_int(const struct sql_rows *rows, int column);
/* NULL is the empty text. */
ff_str sql_text(const struct sql_rows *rows, int column);
ff_str sql_blob(const struct sql_rows *rows, int column);

#endif
