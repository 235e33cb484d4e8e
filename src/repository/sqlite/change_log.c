/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"
#include "repository/sqlite/transaction.h"

static const char *const actions[] = {
	[CHANGE_CREATED] = "created", [CHANGE_UPDATED] = "updated", [CHANGE_DELETED] = "deleted"};

ff_status
sqlite_change_put(struct sqlite_tx *tx, const struct change *c, struct ff_err *reterr)
{
	tx->changed = true;
	return sql_run(tx->connection, SQL_CHANGE_PUT, c->kind,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_INT(sqlite_tx_revision(tx)), SQL_INT(tx->items++), SQL_KIND(c->kind),
			SQL_TEXT(ff_str_z(actions[c->action])), SQL_TEXT(c->key), SQL_INT(c->version), SQL_INT(c->at),
			SQL_TEXT(c->actor), SQL_TEXT(c->request_id), SQL_TEXT(c->comment), SQL_TEXT(c->patch), SQL_TEXT(c->full)),
		reterr);
}

ff_status
sqlite_log(struct repository_tx *super, const struct change *c, struct ff_err *reterr)
{
	struct sqlite_tx *tx = sqlite_writer_of(super);
	struct change stamped = *c;

	stamped.at = tx->now_ms;
	stamped.actor = tx->call->actor;
	stamped.request_id = tx->call->request_id;
	stamped.comment = tx->call->comment;
	return sqlite_change_put(tx, &stamped, reterr);
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
append(struct sql_rows *rows, struct ff_arena *arena, struct change_list *list, struct ff_err *reterr)
{
	struct change c = {
		.revision = (uint64_t)sql_int(rows, 0),
		.item = (uint32_t)sql_int(rows, 1),
		.key = ff_arena_str(arena, sql_text(rows, 4)),
		.version = (uint64_t)sql_int(rows, 5),
		.at = sql_int(rows, 6),
		.actor = ff_arena_str(arena, sql_text(rows, 7)),
		.request_id = ff_arena_str(arena, sql_text(rows, 8)),
		.comment = ff_arena_str(arena, sql_text(rows, 9)),
		.patch = ff_arena_str(arena, sql_text(rows, 10)),
		.full = ff_arena_str(arena, sql_text(rows, 11)),
	};

	if (!document_kind_parse(sql_text(rows, 2), &c.kind) || !parse_action(sql_text(rows, 3), &c.action))
		return sqlite_connection_fail_damaged(rows->connection, "a change that is none", reterr);
	list->items = repository_more(arena, list->items, list->n, sizeof *list->items);
	list->items[list->n++] = c;
	return FF_OK;
}

ff_status
sqlite_changes(struct repository_tx *super, const struct change_query *query, struct ff_arena *arena,
	struct change_list *ret, struct ff_err *reterr)
{
	struct sqlite_tx *tx = sqlite_tx_of(super);
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
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};

	FF_TRY(sql_begin(tx->connection, which, query->kind,
		(struct sql_args){args, query->one ? FF_COUNT(args) : FF_COUNT(args) - 2}, &rows, reterr));
	while (sql_next(&rows)) {
		if (list.n == query->limit) {
			list.more = true;
			break;
		}
		FF_TRY(append(&rows, arena, &list, reterr));
	}
	FF_TRY(sql_end(&rows, reterr));
	*ret = list;
	return FF_OK;
}

ff_status
sqlite_version_chain(struct repository_tx *super, enum document_kind kind, ff_str key, uint64_t version,
	struct ff_arena *arena, struct change_list *ret, struct ff_err *reterr)
{
	struct sqlite_tx *tx = sqlite_tx_of(super);
	struct change_list list = {0};
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};

	FF_TRY(sql_begin(tx->connection, SQL_CHANGES_CHAIN, kind,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_KIND(kind), SQL_TEXT(key), SQL_INT(version)), &rows, reterr));
	while (sql_next(&rows))
		FF_TRY(append(&rows, arena, &list, reterr));
	FF_TRY(sql_end(&rows, reterr));
	if (list.n == 0 || list.items[list.n - 1].version != version)
		return repository_fail_version(kind, key, version, reterr);
	*ret = list;
	return FF_OK;
}
