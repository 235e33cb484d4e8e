/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"
#include "repository/postgres/transaction.h"

/* The columns that every statement over documents begins with. */
enum { KEY, VERSION, REVISION, CREATED_AT, UPDATED_AT, JSON, LAST_USED_AT };
/* What stands behind them in a walk. */
enum { PART_VERSION = LAST_USED_AT + 1, PART_JSON, PART_NAME, SECRET_SHA256 };

enum { EACH_ROWS = 500 /* fetched at once when walking over all */ };

/* Borrows from the row. */
static struct document
borrow(const struct pg_rows *rows, enum document_kind kind)
{
	return (struct document){
		.kind = kind,
		.key = pg_text(rows, KEY),
		.version = (uint64_t)pg_int(rows, VERSION),
		.revision = (uint64_t)pg_int(rows, REVISION),
		.created_at = pg_int(rows, CREATED_AT),
		.updated_at = pg_int(rows, UPDATED_AT),
		.json = pg_text(rows, JSON),
		.last_used_at = pg_int(rows, LAST_USED_AT),
	};
}

static struct document
copy(const struct pg_rows *rows, enum document_kind kind, struct ff_arena *arena)
{
	struct document d = borrow(rows, kind);

	d.key = ff_arena_str(arena, d.key);
	d.json = ff_arena_str(arena, d.json);
	return d;
}

/* Of all of them in one go: both they and the rows come by key. */
static ff_status
read_parts(struct pg_tx *tx, struct ff_arena *arena, struct document *items, uint32_t n, struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};
	struct document *d = items;
	ff_str *keys;

	if (n == 0 || items[0].kind != DOCUMENT_FLAG)
		return FF_OK;
	keys = FF_ARENA_ARRAY(arena, ff_str, n);
	for (uint32_t i = 0; i < n; i++)
		keys[i] = items[i].key;
	FF_TRY(pg_query(
		tx->connection, SQL_PARTS, DOCUMENT_FLAG, SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXTS(keys, n)), &rows, reterr));
	while (pg_next(&rows)) {
		while (!ff_str_eq(d->key, pg_text(&rows, 0)))
			ff_assert(++d < items + n);
		d->parts = repository_more(arena, d->parts, d->n_parts, sizeof *d->parts);
		d->parts[d->n_parts++] = (struct document_part){
			.name = ff_arena_str(arena, pg_text(&rows, 1)),
			.version = (uint64_t)pg_int(&rows, 2),
			.json = ff_arena_str(arena, pg_text(&rows, 3)),
		};
	}
	return FF_OK;
}

ff_status
pg_get(struct repository_tx *super, enum document_kind kind, ff_str key, struct ff_arena *arena, struct document *ret,
	struct ff_err *reterr)
{
	struct pg_tx *tx = pg_tx_of(super);
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};
	struct document d;

	FF_TRY(
		pg_query(tx->connection, SQL_DOCUMENT_GET, kind, SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(key)), &rows, reterr));
	if (!pg_next(&rows))
		return repository_fail_missing(kind, key, reterr);
	d = copy(&rows, kind, arena);
	FF_TRY(read_parts(tx, arena, &d, 1, reterr));
	*ret = d;
	return FF_OK;
}

ff_status
pg_list(struct repository_tx *super, const struct document_query *query, struct ff_arena *arena,
	struct document_list *ret, struct ff_err *reterr)
{
	static const int archived[] = {[ARCHIVED_ANY] = -1, [ARCHIVED_NO] = 0, [ARCHIVED_YES] = 1};
	struct pg_tx *tx = pg_tx_of(super);
	struct document_list list = {.items = FF_ARENA_ARRAY(arena, struct document, query->limit)};
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	FF_TRY(pg_query(tx->connection, SQL_DOCUMENT_LIST, query->kind,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(query->after), SQL_INT(archived[query->archived]),
			SQL_TEXT(repository_lower(arena, query->q)), SQL_TEXT(query->tag), SQL_INT((int64_t)query->limit + 1)),
		&rows, reterr));
	while (pg_next(&rows)) {
		if (list.n == query->limit) {
			list.more = true;
			break;
		}
		list.items[list.n++] = copy(&rows, query->kind, arena);
	}
	FF_TRY(read_parts(tx, arena, list.items, list.n, reterr));
	*ret = list;
	return FF_OK;
}

/* Shows the rows of one page; *ret_more is false once `visit` has had enough. */
static void
visit_page(struct pg_rows *rows, enum document_kind kind, bool (*visit)(void *arg, const struct document *d), void *arg,
	bool *ret_more)
{
	while (*ret_more && pg_next(rows)) {
		struct document d = borrow(rows, kind);
		struct document_part p = {
			.name = pg_text(rows, PART_NAME),
			.version = (uint64_t)pg_int(rows, PART_VERSION),
			.json = pg_text(rows, PART_JSON),
		};

		d.secret_sha256 = pg_text(rows, SECRET_SHA256);
		if (p.json.n) {
			d.parts = &p;
			d.n_parts = 1;
		}
		*ret_more = visit(arg, &d);
	}
}

/* By pages, so that `visit` finds the connection free, and memory holds no more than one. */
ff_status
pg_each(struct repository_tx *super, enum document_kind kind, ff_str part,
	bool (*visit)(void *arg, const struct document *d), void *arg, struct ff_err *reterr)
{
	struct pg_tx *tx = pg_tx_of(super);
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};
	ff_str after = FF_STR("");
	bool more = true;

	while (more) { /* each page begins where the last one ended */
		FF_TRY(pg_query(tx->connection, SQL_DOCUMENT_EACH, kind,
			SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(part), SQL_TEXT(after), SQL_INT(EACH_ROWS)), &rows, reterr));
		visit_page(&rows, kind, visit, arg, &more);
		if (rows.n < EACH_ROWS)
			break;
		after = pg_text(&rows, KEY);
	}
	return FF_OK;
}
