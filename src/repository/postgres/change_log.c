/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"
#include "repository/postgres/transaction.h"

static const char *const actions[] = {
	[CHANGE_CREATED] = "created", [CHANGE_UPDATED] = "updated", [CHANGE_DELETED] = "deleted"};

ff_status
pg_change_put(struct pg_tx *tx, const struct change *c, struct ff_err *reterr)
{
	tx->changed = true;
	return pg_run(tx->connection, SQL_CHANGE_PUT, c->kind,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_INT(pg_tx_revision(tx)), SQL_INT(tx->items++), SQL_KIND(c->kind),
			SQL_TEXT(ff_str_z(actions[c->action])), SQL_TEXT(c->key), SQL_INT(c->version), SQL_INT(c->at),
			SQL_TEXT(c->actor), SQL_TEXT(c->request_id), SQL_TEXT(c->comment), SQL_TEXT(c->patch), SQL_TEXT(c->full)),
		reterr);
}

ff_status
pg_log(struct repository_tx *super, const struct change *c, struct ff_err *reterr)
{
	struct pg_tx *tx = pg_writer_of(super);
	struct change stamped = *c;

	stamped.at = tx->now_ms;
	stamped.actor = tx->call->actor;
	stamped.request_id = tx->call->request_id;
	stamped.comment = tx->call->comment;
	return pg_change_put(tx, &stamped, reterr);
}

static bool
parse_action(ff_str name, enum change_action *ret)
{
	for (size_t i = 0; i < FF_COUNT(actions); i++)
		if (ff_str_eqz(name, actions[i])) {
			*ret = (enum change_action)i;
			return true;
		}
	return false;
}

static ff_status
append(struct pg_rows *rows, struct ff_arena *arena, struct change_list *list, struct ff_err *reterr)
{
	struct change c = {
		.revision = (uint64_t)pg_int(rows, 0),
		.item = (uint32_t)pg_int(rows, 1),
		.key = ff_arena_str(arena, pg_text(rows, 4)),
		.version = (uint64_t)pg_int(rows, 5),
		.at = pg_int(rows, 6),
		.actor = ff_arena_str(arena, pg_text(rows, 7)),
		.request_id = ff_arena_str(arena, pg_text(rows, 8)),
		.comment = ff_arena_str(arena, pg_text(rows, 9)),
		.patch = ff_arena_str(arena, pg_text(rows, 10)),
		.full = ff_arena_str(arena, pg_text(rows, 11)),
	};

	if (!document_kind_parse(pg_text(rows, 2), &c.kind) || !parse_action(pg_text(rows, 3), &c.action))
		return ff_fail(reterr, FF_ESTORAGE, "the database holds a change \"%.*s\" of a \"%.*s\", which is none",
			FF_FMT(pg_text(rows, 3)), FF_FMT(pg_text(rows, 2)));
	list->items = repository_more(arena, list->items, list->n, sizeof *list->items);
	list->items[list->n++] = c;
	return FF_OK;
}

ff_status
pg_changes(struct repository_tx *super, const struct change_query *query, struct ff_arena *arena,
	struct change_list *ret, struct ff_err *reterr)
{
	struct pg_tx *tx = pg_tx_of(super);
	enum sql_statement which = query->one ? SQL_CHANGES_OF : SQL_CHANGES;
	struct sql_arg args[] = {
		SQL_INT(tx->tenant),
		SQL_INT(query->before_revision ? query->before_revision : INT64_MAX),
		SQL_INT(query->before_item),
		SQL_TEXT(query->actor),
		SQL_INT((int64_t)query->limit + 1),
		SQL_KIND(query->kind),
		SQL_TEXT(query->key),
	};
	struct change_list list = {0};
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	FF_TRY(pg_query(tx->connection, which, query->kind,
		(struct sql_args){args, query->one ? FF_COUNT(args) : FF_COUNT(args) - 2}, &rows, reterr));
	while (pg_next(&rows)) {
		if (list.n == query->limit) {
			list.more = true;
			break;
		}
		FF_TRY(append(&rows, arena, &list, reterr));
	}
	*ret = list;
	return FF_OK;
}

ff_status
pg_version_chain(struct repository_tx *super, enum document_kind kind, ff_str key, uint64_t version,
	struct ff_arena *arena, struct change_list *ret, struct ff_err *reterr)
{
	struct pg_tx *tx = pg_tx_of(super);
	struct change_list list = {0};
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	FF_TRY(pg_query(tx->connection, SQL_CHANGES_CHAIN, kind,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_KIND(kind), SQL_TEXT(key), SQL_INT(version)), &rows, reterr));
	while (pg_next(&rows))
		FF_TRY(append(&rows, arena, &list, reterr));
	if (list.n == 0 || list.items[list.n - 1].version != version)
		return repository_fail_version(kind, key, version, reterr);
	*ret = list;
	return FF_OK;
}
