/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"
#include "repository/postgres/transaction.h"

static struct pg_tx *
operator_of(struct repository_tx *super)
{
	struct pg_tx *tx = pg_tx_of(super);

	ff_assert(tx->tenant == OPERATOR_ID);
	return tx;
}

/* Puts the transaction in the name of the tenant `id`, for row-level security. */
static ff_status
act_as(struct pg_tx *tx, int64_t id, struct ff_err *reterr)
{
	return pg_run(tx->connection, SQL_TENANT_AS, DOCUMENT_FLAG, SQL_ARGS(SQL_INT(id)), reterr);
}

static ff_status
new_id(struct pg_tx *tx, int64_t *ret, struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	FF_TRY(pg_query(tx->connection, SQL_TENANT_ID, DOCUMENT_FLAG, (struct sql_args){0}, &rows, reterr));
	*ret = pg_next(&rows) ? pg_int(&rows, 0) : 0;
	return FF_OK;
}

/* A row at revision 0; what is put next is its first. False where the key is taken. */
static ff_status
tenant_put(struct pg_tx *tx, ff_str key, ff_str name, bool *ret_made, struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	FF_TRY(pg_query(tx->connection, SQL_TENANT_PUT, DOCUMENT_FLAG,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(key), SQL_TEXT(name), SQL_INT(tx->now_ms)), &rows, reterr));
	*ret_made = pg_next(&rows);
	return FF_OK;
}

ff_status
pg_tenant_create(struct repository_tx *super, ff_str tenant, ff_str name, struct ff_err *reterr)
{
	struct pg_tx *tx = operator_of(super);
	struct pg_tx first = {.super = *super, .connection = tx->connection, .call = tx->call, .now_ms = tx->now_ms};
	struct document environment = repository_first_environment;
	struct tenant_state state;
	bool made;

	ff_assert(super->mode == TX_WRITE);
	FF_TRY(new_id(tx, &first.tenant, reterr));
	FF_TRY(act_as(tx, first.tenant, reterr));
	FF_TRY(tenant_put(&first, tenant, name, &made, reterr));
	if (made) {
		tx->changed = true;
		FF_TRY(pg_put(&first.super, &environment, 0, reterr));
		FF_TRY(pg_log(&first.super, &repository_first_change, reterr));
		FF_TRY(pg_tx_advance(&first, &state, reterr));
	}
	FF_TRY(act_as(tx, OPERATOR_ID, reterr));
	return made ? FF_OK : repository_fail_tenant_exists(tenant, reterr);
}

ff_status
pg_tenant_list(struct repository_tx *super, ff_str after, uint32_t limit, struct ff_arena *arena,
	struct tenant_list *ret, struct ff_err *reterr)
{
	struct pg_tx *tx = operator_of(super);
	struct tenant_list list = {.items = FF_ARENA_ARRAY(arena, struct tenant, limit)};
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	FF_TRY(pg_query(tx->connection, SQL_TENANT_LIST, DOCUMENT_FLAG,
		SQL_ARGS(SQL_TEXT(after), SQL_INT((int64_t)limit + 1)), &rows, reterr));
	while (list.n < limit && pg_next(&rows))
		list.items[list.n++] = (struct tenant){
			.key = ff_arena_str(arena, pg_text(&rows, 0)),
			.name = ff_arena_str(arena, pg_text(&rows, 1)),
			.created_at = pg_int(&rows, 2),
		};
	list.more = pg_next(&rows);
	*ret = list;
	return FF_OK;
}

/* In the tenant's own name, behind its writers. */
static ff_status
remove_when_free(struct pg_tx *its, ff_str tenant, bool *ret_found, struct ff_err *reterr)
{
	FF_TRY(pg_tx_enter(its, tenant, ret_found, reterr));
	*ret_found = *ret_found && its->tenant != OPERATOR_ID;
	if (*ret_found)
		FF_TRY(pg_tx_lock(its, ret_found, reterr));
	if (*ret_found)
		FF_TRY(pg_run(its->connection, SQL_TENANT_REMOVE, DOCUMENT_FLAG,
			SQL_ARGS(SQL_INT(its->tenant), SQL_INT(its->now_ms)), reterr));
	return FF_OK;
}

ff_status
pg_tenant_remove(struct repository_tx *super, ff_str tenant, struct ff_err *reterr)
{
	struct pg_tx *tx = operator_of(super);
	struct pg_tx its = {.super = *super, .connection = tx->connection, .call = tx->call, .now_ms = tx->now_ms};
	bool found;

	ff_assert(super->mode == TX_WRITE);
	FF_TRY(remove_when_free(&its, tenant, &found, reterr));
	FF_TRY(act_as(tx, OPERATOR_ID, reterr));
	if (!found)
		return repository_fail_tenant(tenant, reterr);
	tx->changed = true;
	return FF_OK;
}

ff_status
pg_revisions(struct repository *r, const struct ff_call *call, const ff_str *tenants, uint32_t n,
	struct tenant_state *ret, struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	FF_TRY(pg_ask(r, call, SQL_TENANT_STATES, SQL_ARGS(SQL_TEXTS(tenants, n)), &rows, reterr));
	for (uint32_t i = 0; i < n; i++) {
		ret[i] = pg_next(&rows) ? (struct tenant_state){(uint64_t)pg_int(&rows, 0), (uint64_t)pg_int(&rows, 1)}
								: (struct tenant_state){0};
	}
	return FF_OK;
}
