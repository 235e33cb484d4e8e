/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"
#include "repository/sqlite/transaction.h"

static struct sqlite_tx *
operator_of(struct repository_tx *super)
{
	struct sqlite_tx *tx = sqlite_tx_of(super);

	ff_assert(tx->tenant == OPERATOR_ID);
	return tx;
}

/* A row at revision 0; what is put next is its first. Id 0 where the key is taken. */
static ff_status
tenant_put(struct sqlite_tx *tx, ff_str key, ff_str name, int64_t *ret_id, struct ff_err *reterr)
{
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};

	FF_TRY(sql_begin(tx->connection, SQL_TENANT_PUT, DOCUMENT_FLAG,
		SQL_ARGS(SQL_TEXT(key), SQL_TEXT(name), SQL_INT(tx->now_ms)), &rows, reterr));
	*ret_id = sql_next(&rows) ? sql_int(&rows, 0) : 0;
	return sql_end(&rows, reterr);
}

ff_status
sqlite_tenant_create(struct repository_tx *super, ff_str tenant, ff_str name, struct ff_err *reterr)
{
	struct sqlite_tx *tx = operator_of(super);
	struct sqlite_tx first = {.super = *super, .connection = tx->connection, .call = tx->call, .now_ms = tx->now_ms};
	struct document environment = repository_first_environment;
	struct tenant_state state;

	ff_assert(super->mode == TX_WRITE);
	FF_TRY(tenant_put(tx, tenant, name, &first.tenant, reterr));
	if (!first.tenant)
		return repository_fail_tenant_exists(tenant, reterr);
	tx->changed = true;
	FF_TRY(sqlite_put(&first.super, &environment, 0, reterr));
	FF_TRY(sqlite_log(&first.super, &repository_first_change, reterr));
	return sqlite_tx_advance(&first, &state, reterr);
}

ff_status
sqlite_tenant_list(struct repository_tx *super, ff_str after, uint32_t limit, struct ff_arena *arena,
	struct tenant_list *ret, struct ff_err *reterr)
{
	struct sqlite_tx *tx = operator_of(super);
	struct tenant_list list = {.items = FF_ARENA_ARRAY(arena, struct tenant, limit)};
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};

	FF_TRY(sql_begin(tx->connection, SQL_TENANT_LIST, DOCUMENT_FLAG,
		SQL_ARGS(SQL_TEXT(after), SQL_INT((int64_t)limit + 1)), &rows, reterr));
	while (!list.more && sql_next(&rows))
		if (list.n < limit)
			list.items[list.n++] = (struct tenant){
				.key = ff_arena_str(arena, sql_text(&rows, 0)),
				.name = ff_arena_str(arena, sql_text(&rows, 1)),
				.created_at = sql_int(&rows, 2),
			};
		else
			list.more = true;
	FF_TRY(sql_end(&rows, reterr));
	*ret = list;
	return FF_OK;
}

ff_status
sqlite_tenant_remove(struct repository_tx *super, ff_str tenant, struct ff_err *reterr)
{
	struct sqlite_tx *tx = operator_of(super);

	ff_assert(super->mode == TX_WRITE);
	FF_TRY(sql_run(
		tx->connection, SQL_TENANT_REMOVE, DOCUMENT_FLAG, SQL_ARGS(SQL_TEXT(tenant), SQL_INT(tx->now_ms)), reterr));
	if (!sql_changed(tx->connection))
		return repository_fail_tenant(tenant, reterr);
	tx->changed = true;
	return FF_OK;
}

static ff_status
read_revisions(struct sqlite_tx *tx, const ff_str *tenants, uint32_t n, struct tenant_state *ret, struct ff_err *reterr)
{
	for (uint32_t i = 0; i < n; i++) {
		bool found;

		FF_TRY(sqlite_tx_find_tenant(tx, tenants[i], &found, reterr));
		ret[i] = found ? tx->at_begin : (struct tenant_state){0};
	}
	return FF_OK;
}

/* There is no way to a server to be saved, so one prepared look-up a tenant it is. */
ff_status
sqlite_revisions(struct repository *r, const struct ff_call *call, const ff_str *tenants, uint32_t n,
	struct tenant_state *ret, struct ff_err *reterr)
{
	struct sqlite_tx *tx;
	ff_status status;

	FF_TRY(sqlite_tx_begin(r, call, TX_READ, 0, &tx, reterr));
	status = read_revisions(tx, tenants, n, ret, reterr);
	return sqlite_tx_end(tx, status, reterr);
}
