/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"
#include "repository/sqlite/transaction.h"

/* The columns that every statement over documents begins with. */
enum { KEY, VERSION, REVISION, CREATED_AT, UPDATED_AT, JSON, LAST_USED_AT };
/* What stands behind them in a walk. */
enum { PART_VERSION = LAST_USED_AT + 1, PART_JSON, PART_NAME, SECRET_SHA256 };

/* Borrows from the row. */
static struct document
borrow(const struct sql_rows *rows, enum document_kind kind)
{
	return (struct document){
		.kind = kind,
		.key = sql_text(rows, KEY),
		.version = (uint64_t)sql_int(rows, VERSION),
		.revision = (uint64_t)sql_int(rows, REVISION),
		.created_at = sql_int(rows, CREATED_AT),
		.updated_at = sql_int(rows, UPDATED_AT),
		.json = sql_text(rows, JSON),
		.last_used_at = sql_int(rows, LAST_USED_AT),
	};
}

static struct document
copy(const struct sql_rows *rows, enum document_kind kind, struct ff_arena *arena)
{
	struct document d = borrow(rows, kind);

	d.key = ff_arena_str(arena, d.key);
	d.json = ff_arena_str(arena, d.json);
	return d;
}

static ff_status
read_parts(struct sqlite_tx *tx, struct ff_arena *arena, struct document *d, struct ff_err *reterr)
{
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};

	if (d->kind != DOCUMENT_FLAG)
		return FF_OK;
	FF_TRY(
		sql_begin(tx->connection, SQL_PARTS, d->kind, SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(d->key)), &rows, reterr));
	while (sql_next(&rows)) {
		d->parts = repository_more(arena, d->parts, d->n_parts, sizeof *d->parts);
		d->parts[d->n_parts++] = (struct document_part){
			.name = ff_arena_str(arena, sql_text(&rows, 0)),
			.version = (uint64_t)sql_int(&rows, 1),
			.json = ff_arena_str(arena, sql_text(&rows, 2)),
		};
	}
	return sql_end(&rows, reterr);
}

ff_status
sqlite_get(struct repository_tx *super, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document *ret, struct ff_err *reterr)
{
	struct sqlite_tx *tx = sqlite_tx_of(super);
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};
	struct document d;
	bool found;

	FF_TRY(
		sql_begin(tx->connection, SQL_DOCUMENT_GET, kind, SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(key)), &rows, reterr));
	found = sql_next(&rows);
	if (found)
		d = copy(&rows, kind, arena);
	FF_TRY(sql_end(&rows, reterr));
	if (!found)
		return repository_fail_missing(kind, key, reterr);
	FF_TRY(read_parts(tx, arena, &d, reterr));
	*ret = d;
	return FF_OK;
}

ff_status
sqlite_list(struct repository_tx *super, const struct document_query *query, struct ff_arena *arena,
	struct document_list *ret, struct ff_err *reterr)
{
	static const int archived[] = {[ARCHIVED_ANY] = -1, [ARCHIVED_NO] = 0, [ARCHIVED_YES] = 1};
	struct sqlite_tx *tx = sqlite_tx_of(super);
	struct document_list list = {.items = FF_ARENA_ARRAY(arena, struct document, query->limit)};
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};

	FF_TRY(sql_begin(tx->connection, SQL_DOCUMENT_LIST, query->kind,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(query->after), SQL_INT(archived[query->archived]),
			SQL_TEXT(repository_lower(arena, query->q)), SQL_TEXT(query->tag), SQL_KIND(query->kind),
			SQL_INT(query->limit + 1)),
		&rows, reterr));
	while (sql_next(&rows)) {
		if (list.n == query->limit) {
			list.more = true;
			break;
		}
		list.items[list.n] = copy(&rows, query->kind, arena);
		FF_TRY(read_parts(tx, arena, &list.items[list.n], reterr));
		list.n++;
	}
	FF_TRY(sql_end(&rows, reterr));
	*ret = list;
	return FF_OK;
}

ff_status
sqlite_each(struct repository_tx *super, enum document_kind kind, ff_str part,
	bool (*visit)(void *arg, const struct document *d), void *arg, struct ff_err *reterr)
{
	struct sqlite_tx *tx = sqlite_tx_of(super);
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};
	bool more = true;

	FF_TRY(sql_begin(
		tx->connection, SQL_DOCUMENT_EACH, kind, SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(part)), &rows, reterr));
	while (more && sql_next(&rows)) {
		struct document d = borrow(&rows, kind);
		struct document_part p = {
			.name = sql_text(&rows, PART_NAME),
			.version = (uint64_t)sql_int(&rows, PART_VERSION),
			.json = sql_text(&rows, PART_JSON),
		};

		d.secret_sha256 = sql_blob(&rows, SECRET_SHA256);
		if (p.json.n) {
			d.parts = &p;
			d.n_parts = 1;
		}
		more = visit(arg, &d);
	}
	return sql_end(&rows, reterr);
}
