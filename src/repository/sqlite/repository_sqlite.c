/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/sqlite/repository_sqlite.h"

#include <stdlib.h>

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
	struct repository_claims claims;
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
	repository_claims_release(&s->claims);
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

/* The idempotency key first: a second request is told at once, and waits for no connection. */
static ff_status
tx_start(struct sqlite_tx *tx, struct sqlite_repository *s, struct ff_err *reterr)
{
	bool writes = tx->super.mode == TX_WRITE;

	if (writes)
		FF_TRY(repository_claim_take(&s->claims, &tx->claim, tx->call, reterr));
	FF_TRY(sqlite_pool_take(pool_of(s, tx->super.mode), tx->call, &tx->connection, reterr));
	return sql_run(
		tx->connection, writes ? SQL_BEGIN_WRITE : SQL_BEGIN_READ, DOCUMENT_FLAG, (struct sql_args){0}, reterr);
}

ff_status
sqlite_tx_begin(struct repository *r, const struct ff_call *call, enum tx_mode mode, int64_t now_ms,
	struct sqlite_tx **ret, struct ff_err *reterr)
{
	struct sqlite_tx *tx = ff_xcalloc(1, sizeof *tx);
	ff_status status;

	*tx = (struct sqlite_tx){.super = {.repository = r, .mode = mode}, .call = call, .now_ms = now_ms};
	status = tx_start(tx, sqlite_of(r), reterr);
	if (status != FF_OK) {
		sqlite_rollback(&tx->super);
		return status;
	}
	*ret = tx;
	return FF_OK;
}

void
sqlite_rollback(struct repository_tx *super)
{
	struct sqlite_tx *tx = sqlite_tx_of(super);
	struct sqlite_repository *s = sqlite_of(super->repository);

	if (tx->connection) {
		sqlite_connection_rollback(tx->connection);
		sqlite_pool_give(pool_of(s, super->mode), tx->connection);
	}
	repository_claim_drop(&s->claims, &tx->claim);
	free(tx);
}

ff_status
sqlite_tx_find_tenant(struct sqlite_tx *tx, ff_str tenant, bool *ret_found, struct ff_err *reterr)
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

	FF_TRY(sqlite_tx_begin(r, call, mode, now_ms, &tx, reterr));
	status = sqlite_tx_find_tenant(tx, call->tenant, &found, reterr);
	if (status == FF_OK && !found)
		status = repository_fail_tenant(call->tenant, reterr);
	if (status != FF_OK) {
		sqlite_rollback(&tx->super);
		return status;
	}
	*ret = &tx->super;
	return FF_OK;
}

ff_status
sqlite_tx_advance(struct sqlite_tx *tx, struct tenant_state *ret, struct ff_err *reterr)
{
	*ret = (struct tenant_state){.revision = sqlite_tx_revision(tx), .head = random_u64()};
	return sql_run(tx->connection, SQL_TENANT_ADVANCE, DOCUMENT_FLAG,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_INT(ret->revision), SQL_INT(ret->head)), reterr);
}

ff_status
sqlite_commit(struct repository_tx *super, struct tenant_state *ret, struct ff_err *reterr)
{
	struct sqlite_tx *tx = sqlite_tx_of(super);
	struct tenant_state state = tx->at_begin;
	ff_status status = ff_call_over(tx->call, reterr);

	if (status == FF_OK && tx->changed)
		status = sqlite_tx_advance(tx, &state, reterr);
	if (status == FF_OK) {
		tx->connection->call = NULL; /* from here on there is no way back */
		status = sql_run(tx->connection, SQL_COMMIT, DOCUMENT_FLAG, (struct sql_args){0}, reterr);
	}
	if (status == FF_OK)
		*ret = state;
	sqlite_rollback(super); /* of what was committed nothing is left to undo */
	return status;
}

ff_status
sqlite_tx_end(struct sqlite_tx *tx, ff_status status, struct ff_err *reterr)
{
	struct tenant_state unused;

	if (status == FF_OK)
		return sqlite_commit(&tx->super, &unused, reterr);
	sqlite_rollback(&tx->super);
	return status;
}

static ff_status
sqlite_state(struct repository_tx *tx, struct tenant_state *ret, struct ff_err *reterr)
{
	(void)reterr;
	*ret = sqlite_tx_of(tx)->at_begin;
	return FF_OK;
}

static const struct repository_ops sqlite_ops = {
	.name = "sqlite",
	.close = sqlite_close,
	.ping = sqlite_ping,
	.tenant_ensure = repository_tenant_ensure,
	.revisions = sqlite_revisions,
	.key_find = sqlite_key_find,
	.key_used = sqlite_key_used,
	.housekeep = sqlite_housekeep,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.state = sqlite_state,
	.tenant_create = sqlite_tenant_create,
	.tenant_list = sqlite_tenant_list,
	.tenant_remove = sqlite_tenant_remove,
	.outcome_get = sqlite_outcome_get,
	.outcome_put = sqlite_outcome_put,
	.get = sqlite_get,
	.list = sqlite_list,
	.each = sqlite_each,
	.used_by = sqlite_used_by,
	.uses = sqlite_uses,
	.put = sqlite_put,
	.remove = sqlite_remove,
	.restore = sqlite_restore,
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
	repository_claims_init(&s->claims);
	status = open_pools(s, config, reterr);
	if (status != FF_OK) {
		sqlite_close(&s->super);
		return status;
	}
	*ret = &s->super;
	return FF_OK;
}
