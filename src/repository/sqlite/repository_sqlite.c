/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/sqlite/repository_sqlite.h"

#include <stdlib.h>

#include "repository/adapter.h"
#include "repository/sqlite/connection_pool.h"
#include "repository/sqlite/database_file.h"
#include "repository/sqlite/migrate_sqlite.h"
#include "repository/sqlite/transaction.h"
#include "sys/clock.h"
#include "sys/random.h"

enum { READERS = 4 };

struct sqlite_repository {
	struct repository super;
	struct sqlite_pool writer, readers; /* of one connection, and of a few */
};

static struct sqlite_repository *
sqlite_of(struct repository *r)
{
	return FF_CONTAINER(r, struct sqlite_repository, super);
}

static struct sqlite_pool *
pool_of(struct sqlite_repository *s, enum tx_mode mode)
{
	return mode == TX_WRITE ? &s->writer : &s->readers;
}

static void
sqlite_close(struct repository *r)
{
	struct sqlite_repository *s = sqlite_of(r);

	sqlite_pool_release(&s->readers);
	sqlite_pool_release(&s->writer); /* last: it empties the WAL into the file */
	free(s);
}

static ff_status
sqlite_ping(struct repository *r, const struct ff_call *call, struct ff_err *reterr)
{
	struct sqlite_repository *s = sqlite_of(r);
	struct sqlite_connection *c;
	ff_status status;

	FF_TRY(sqlite_pool_take(&s->readers, call, &c, reterr));
	status = sql_run(c, SQL_PING, DOCUMENT_FLAG, (struct sql_args){0}, reterr);
	sqlite_pool_give(&s->readers, c);
	return status;
}

/* Begins a transaction on a connection of its own; *ret is the caller's to end. */
static ff_status
tx_begin(struct sqlite_repository *s, const struct ff_call *call, enum tx_mode mode, int64_t now_ms,
	struct sqlite_tx **ret, struct ff_err *reterr)
{
	struct sqlite_connection *c;
	struct sqlite_tx *tx;
	ff_status status;

	FF_TRY(sqlite_pool_take(pool_of(s, mode), call, &c, reterr));
	status =
		sql_run(c, mode == TX_WRITE ? SQL_BEGIN_WRITE : SQL_BEGIN_READ, DOCUMENT_FLAG, (struct sql_args){0}, reterr);
	if (status != FF_OK) {
		sqlite_connection_rollback(c);
		sqlite_pool_give(pool_of(s, mode), c);
		return status;
	}
	tx = ff_xcalloc(1, sizeof *tx);
	tx->super = (struct repository_tx){.repository = &s->super, .mode = mode};
	tx->connection = c;
	tx->call = call;
	tx->now_ms = now_ms;
	*ret = tx;
	return FF_OK;
}

static void
sqlite_rollback(struct repository_tx *super)
{
	struct sqlite_tx *tx = sqlite_tx_of(super);

	sqlite_connection_rollback(tx->connection);
	sqlite_pool_give(pool_of(sqlite_of(super->repository), super->mode), tx->connection);
	free(tx);
}

/* Finds the tenant, whose row says where it stands. This first read fixes what a reader sees. */
static ff_status
tx_find_tenant(struct sqlite_tx *tx, ff_str tenant, bool *ret_found, struct ff_err *reterr)
{
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};

	FF_TRY(sql_begin(tx->connection, SQL_TENANT_GET, DOCUMENT_FLAG, SQL_ARGS(SQL_TEXT(tenant)), &rows, reterr));
	*ret_found = sql_next(&rows);
	if (*ret_found) {
		tx->tenant = sql_int(&rows, 0);
		tx->at_begin = (struct tenant_state){(uint64_t)sql_int(&rows, 1), (uint64_t)sql_int(&rows, 2)};
	}
	return sql_end(&rows, reterr);
}

static ff_status
sqlite_begin(struct repository *r, const struct ff_call *call, enum tx_mode mode, int64_t now_ms,
	struct repository_tx **ret, struct ff_err *reterr)
{
	struct sqlite_tx *tx;
	ff_status status;
	bool found;

	FF_TRY(tx_begin(sqlite_of(r), call, mode, now_ms, &tx, reterr));
	status = tx_find_tenant(tx, call->tenant, &found, reterr);
	if (status == FF_OK && !found)
		status = repository_fail_tenant(call->tenant, reterr);
	if (status != FF_OK) {
		sqlite_rollback(&tx->super);
		return status;
	}
	*ret = &tx->super;
	return FF_OK;
}

static ff_status
advance(struct sqlite_tx *tx, struct tenant_state *state, struct ff_err *reterr)
{
	*state = (struct tenant_state){.revision = sqlite_tx_revision(tx), .head = random_u64()};
	return sql_run(tx->connection, SQL_TENANT_ADVANCE, DOCUMENT_FLAG,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_INT(state->revision), SQL_INT(state->head)), reterr);
}

static ff_status
sqlite_commit(struct repository_tx *super, struct tenant_state *ret, struct ff_err *reterr)
{
	struct sqlite_tx *tx = sqlite_tx_of(super);
	struct tenant_state state = tx->at_begin;
	ff_status status = ff_call_over(tx->call, reterr);

	if (status == FF_OK && tx->changed)
		status = advance(tx, &state, reterr);
	if (status == FF_OK) {
		tx->connection->call = NULL; /* from here on there is no way back */
		status = sql_run(tx->connection, SQL_COMMIT, DOCUMENT_FLAG, (struct sql_args){0}, reterr);
	}
	if (status == FF_OK)
		*ret = state;
	sqlite_rollback(super); /* of what was committed nothing is left to undo */
	return status;
}

static ff_status
sqlite_state(struct repository_tx *tx, struct tenant_state *ret, struct ff_err *reterr)
{
	(void)reterr;
	*ret = sqlite_tx_of(tx)->at_begin;
	return FF_OK;
}

/* Makes the tenant at revision 0; what is put next is its first. */
static ff_status
tenant_put(struct sqlite_tx *tx, ff_str key, ff_str name, struct ff_err *reterr)
{
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};

	FF_TRY(sql_begin(tx->connection, SQL_TENANT_PUT, DOCUMENT_FLAG,
		SQL_ARGS(SQL_TEXT(key), SQL_TEXT(name), SQL_INT(0), SQL_INT(0), SQL_INT(tx->now_ms)), &rows, reterr));
	if (sql_next(&rows))
		tx->tenant = sql_int(&rows, 0);
	return sql_end(&rows, reterr);
}

static ff_status
tenant_fill(struct sqlite_tx *tx, ff_str key, ff_str name, struct ff_err *reterr)
{
	struct document environment = repository_first_environment;
	bool found;

	FF_TRY(tx_find_tenant(tx, key, &found, reterr));
	if (found)
		return FF_OK;
	FF_TRY(tenant_put(tx, key, name, reterr));
	FF_TRY(sqlite_put(&tx->super, &environment, 0, reterr));
	return sqlite_log(&tx->super, &repository_first_change, reterr);
}

static ff_status
sqlite_tenant_ensure(
	struct repository *r, const struct ff_call *call, ff_str tenant, ff_str name, int64_t now_ms, struct ff_err *reterr)
{
	struct tenant_state state;
	struct sqlite_tx *tx;
	ff_status status;

	FF_TRY(tx_begin(sqlite_of(r), call, TX_WRITE, now_ms, &tx, reterr));
	status = tenant_fill(tx, tenant, name, reterr);
	if (status == FF_OK)
		return sqlite_commit(&tx->super, &state, reterr);
	sqlite_rollback(&tx->super);
	return status;
}

static const struct repository_ops sqlite_ops = {
	.name = "sqlite",
	.close = sqlite_close,
	.ping = sqlite_ping,
	.tenant_ensure = sqlite_tenant_ensure,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.state = sqlite_state,
	.get = sqlite_get,
	.list = sqlite_list,
	.each = sqlite_each,
	.used_by = sqlite_used_by,
	.uses = sqlite_uses,
	.put = sqlite_put,
	.remove = sqlite_remove,
	.log = sqlite_log,
	.changes = sqlite_changes,
	.version_chain = sqlite_version_chain,
};

static ff_status
open_pools(struct sqlite_repository *s, const struct repository_sqlite_config *config, struct ff_err *reterr)
{
	unsigned readers = config->readers ? config->readers : READERS;
	struct sqlite_connection *c;

	FF_TRY(sqlite_database_open(config, &c, reterr));
	sqlite_pool_add(&s->writer, c);
	FF_TRY(sqlite_migrate_latest(c, reterr));
	for (unsigned i = 0; i < readers; i++) {
		FF_TRY(sqlite_database_open_reader(config, &c, reterr));
		sqlite_pool_add(&s->readers, c);
	}
	return FF_OK;
}

ff_status
repository_sqlite_open(const struct repository_sqlite_config *config, struct repository **ret, struct ff_err *reterr)
{
	struct sqlite_repository *s = ff_xcalloc(1, sizeof *s);
	ff_status status;

	s->super.ops = &sqlite_ops;
	sqlite_pool_init(&s->writer);
	sqlite_pool_init(&s->readers);
	status = open_pools(s, config, reterr);
	if (status != FF_OK) {
		sqlite_close(&s->super);
		return status;
	}
	*ret = &s->super;
	return FF_OK;
}
