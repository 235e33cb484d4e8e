/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql.h - every statement that the store runs, in one table, and how they are run.
 *
 *     FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};
 *
 *     FF_TRY(pg_query(c, SQL_PARTS, kind, SQL_ARGS(SQL_INT(tenant), SQL_TEXTS(keys, n)), &rows, reterr));
 *     while (pg_next(&rows))
 *         use(pg_text(&rows, 0), pg_int(&rows, 1));
 *
 * A statement is prepared when a connection first runs it; arguments and answers travel in binary. All rows are there
 * when pg_query returns; their texts live until they are released.
 */
#ifndef FF_REPOSITORY_POSTGRES_SQL_H
#define FF_REPOSITORY_POSTGRES_SQL_H

#include <libpq-fe.h>

#include "repository/repository.h"

enum sql_statement {
	SQL_PING,
	SQL_TENANT_ENTER,
	SQL_TENANT_LOCK,
	SQL_TENANT_AS,
	SQL_TENANT_ID,
	SQL_TENANT_PUT,
	SQL_TENANT_ADVANCE,
	SQL_TENANT_REMOVE,
	SQL_TENANT_LIST,
	SQL_TENANT_STATES,
	SQL_KEY_FIND,
	SQL_KEYS_USED,
	SQL_OUTCOME_CLAIM,
	SQL_OUTCOME_GET,
	SQL_OUTCOME_PUT,
	SQL_PURGE_OUTCOMES,
	SQL_PURGE_FLAGS,
	SQL_PURGE_SEGMENTS,
	SQL_DOCUMENT_GET,
	SQL_DOCUMENT_LIST,
	SQL_DOCUMENT_EACH,
	SQL_DOCUMENT_STANDING,
	SQL_DOCUMENT_PUT,
	SQL_DOCUMENT_REMOVE,
	SQL_DOCUMENT_RESTORE,
	SQL_PARTS,
	SQL_PART_VERSIONS,
	SQL_PARTS_PUT,
	SQL_PARTS_RESTORE,
	SQL_PARTS_ENTOMB,
	SQL_PARTS_REMOVE,
	SQL_ENVIRONMENT_MISSING,
	SQL_ENVIRONMENT_STAMP,
	SQL_ENVIRONMENT_PARTS_REMOVE,
	SQL_ENVIRONMENT_REFS_REMOVE,
	SQL_REFS_PUT,
	SQL_USED_BY,
	SQL_USES,
	SQL_CHANGE_PUT,
	SQL_CHANGES,
	SQL_CHANGES_OF,
	SQL_CHANGES_CHAIN,
	SQL_CHANGES_LAST,
	SQL_STATEMENTS,
};

struct sql_arg {
	enum { SQL_ARG_INT, SQL_ARG_BOOL, SQL_ARG_TEXT, SQL_ARG_BLOB, SQL_ARG_TEXTS, SQL_ARG_INTS } type;
	int64_t number;
	ff_str text; /* empty: the empty text, but of a blob NULL */
	const ff_str *texts;
	const int64_t *numbers;
	size_t n;
};

struct sql_args {
	const struct sql_arg *items;
	size_t n;
};

enum { SQL_ARGS_MAX = 16 };

#define SQL_INT(value_) ((struct sql_arg){.type = SQL_ARG_INT, .number = (int64_t)(value_)})
#define SQL_BOOL(value_) ((struct sql_arg){.type = SQL_ARG_BOOL, .number = (value_)})
#define SQL_TEXT(value_) ((struct sql_arg){.type = SQL_ARG_TEXT, .text = (value_)})
#define SQL_BLOB(value_) ((struct sql_arg){.type = SQL_ARG_BLOB, .text = (value_)})
#define SQL_TEXTS(items_, n_) ((struct sql_arg){.type = SQL_ARG_TEXTS, .texts = (items_), .n = (n_)})
#define SQL_INTS(items_, n_) ((struct sql_arg){.type = SQL_ARG_INTS, .numbers = (items_), .n = (n_)})
#define SQL_KIND(kind_) SQL_TEXT(ff_str_z(document_kind_name(kind_)))
#define SQL_ARGS(...) \
	((struct sql_args){(const struct sql_arg[]){__VA_ARGS__}, FF_COUNT(((const struct sql_arg[]){__VA_ARGS__}))})

struct pg_connection;

struct pg_rows {
	PGresult *result;
	int next, n;
};

/*
 * `kind` chooses the table where a statement is about one; else any. Fails at once in a transaction that is lost. The
 * types of a statement's arguments are the same every time.
 */
FF_MUST ff_status pg_query(struct pg_connection *c, enum sql_statement which, enum document_kind kind,
	struct sql_args args, struct pg_rows *ret, struct ff_err *reterr);
/* For statements without rows. */
FF_MUST ff_status pg_run(struct pg_connection *c, enum sql_statement which, enum document_kind kind,
	struct sql_args args, struct ff_err *reterr);
/* False after the last row. */
FF_MUST bool pg_next(struct pg_rows *rows);
void pg_rows_release(struct pg_rows *rows);

int64_t pg_int(const struct pg_rows *rows, int column);
bool pg_bool(const struct pg_rows *rows, int column);
/* Also of bytea. NULL is the empty text. */
ff_str pg_text(const struct pg_rows *rows, int column);

#endif
