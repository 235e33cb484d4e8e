/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/postgres/repository_postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "repository/adapter.h"
#include "repository/postgres/connection_pool.h"
#include "repository/postgres/transaction.h"
#include "sys/clock.h"
#include "sys/random.h"

enum {
	POOL_SIZE = 8,
	LIFETIME_S = 1800,
	MS_PER_S = 1000,
	NS_PER_MS = 1000000,
	ATTEMPTS_MAX = 3, /* of what nobody has seen anything of yet */
	ATTEMPT_PAUSE_MS = 20,
	/* The server's own limits, should we not be there to end it: a little later than we would, and never without one.
	 */
	TIMEOUT_MARGIN_MS = 500,
	STATEMENT_TIMEOUT_MAX_MS = 60000,
	LOCK_TIMEOUT_MAX_MS = 30000,
};

struct pg_repository {
	struct repository super;
	struct pg_dsn *dsn;
	struct pg_pool pool;
};

static struct pg_repository *
pg_of(struct repository *r)
{
	return FF_CONTAINER(r, struct pg_repository, super);
}

static void
pg_close(struct repository *r)
{
	struct pg_repository *p = pg_of(r);

	pg_pool_release(&p->pool);
	pg_dsn_free(p->dsn);
	free(p);
}

/* Lets the others go first. */
static void
pause_before_retry(void)
{
	struct timespec ts = {.tv_nsec = (long)(1 + random_u64() % ATTEMPT_PAUSE_MS) * NS_PER_MS};

	nanosleep(&ts, NULL);
}

/* Ends the transaction; says whether what it failed of may be gone at another try. */
static bool
end(struct pg_tx *tx)
{
	bool again = tx->connection->again;

	pg_pool_give(&pg_of(tx->super.repository)->pool, tx->connection);
	free(tx);
	return again;
}

static void
pg_rollback(struct repository_tx *super)
{
	(void)end(pg_tx_of(super));
}

/* Opens a transaction of no tenant yet, on a connection of its own. */
static ff_status
tx_open(struct pg_repository *p, const struct ff_call *call, enum tx_mode mode, int64_t now_ms, struct pg_tx **ret,
	struct ff_err *reterr)
{
	struct pg_connection *c;
	struct pg_tx *tx;

	FF_TRY(pg_pool_take(&p->pool, call, &c, reterr));
	tx = ff_xcalloc(1, sizeof *tx);
	tx->super = (struct repository_tx){.repository = &p->super, .mode = mode};
	tx->connection = c;
	tx->call = call;
	tx->now_ms = now_ms;
	*ret = tx;
	return FF_OK;
}

/* A reader's state is that of its first look; a writer sees what was committed before it got the tenant's row. */
static ff_status
tx_start(struct pg_tx *tx, struct ff_err *reterr)
{
	char sql[200];

	(void)snprintf(sql, sizeof sql,
		"BEGIN ISOLATION LEVEL %s; SET LOCAL statement_timeout = %u; SET LOCAL lock_timeout = %u",
		tx->super.mode == TX_WRITE ? "READ COMMITTED READ WRITE" : "REPEATABLE READ READ ONLY",
		ff_call_left_ms(tx->call, STATEMENT_TIMEOUT_MAX_MS) + TIMEOUT_MARGIN_MS,
		ff_call_left_ms(tx->call, LOCK_TIMEOUT_MAX_MS) + TIMEOUT_MARGIN_MS);
	return pg_connection_exec(tx->connection, sql, reterr);
}

ff_status
pg_tx_enter(struct pg_tx *tx, ff_str key, bool *ret_found, struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	FF_TRY(pg_query(tx->connection, SQL_TENANT_ENTER, DOCUMENT_FLAG, SQL_ARGS(SQL_TEXT(key)), &rows, reterr));
	*ret_found = pg_next(&rows);
	if (*ret_found) {
		tx->tenant = pg_int(&rows, 0);
		tx->at_begin = (struct tenant_state){(uint64_t)pg_int(&rows, 1), (uint64_t)pg_int(&rows, 2)};
	}
	return FF_OK;
}

ff_status
pg_tx_lock(struct pg_tx *tx, bool *ret_found, struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	FF_TRY(pg_query(tx->connection, SQL_TENANT_LOCK, DOCUMENT_FLAG, SQL_ARGS(SQL_INT(tx->tenant)), &rows, reterr));
	*ret_found = pg_next(&rows);
	if (*ret_found)
		tx->at_begin = (struct tenant_state){(uint64_t)pg_int(&rows, 0), (uint64_t)pg_int(&rows, 1)};
	return FF_OK;
}

static ff_status
tx_begin(struct pg_tx *tx, struct ff_err *reterr)
{
	bool found;

	FF_TRY(tx_start(tx, reterr));
	if (tx->super.mode == TX_WRITE)
		FF_TRY(pg_outcome_claim(tx, reterr));
	FF_TRY(pg_tx_enter(tx, tx->call->tenant, &found, reterr));
	if (found && tx->super.mode == TX_WRITE)
		FF_TRY(pg_tx_lock(tx, &found, reterr));
	return found ? FF_OK : repository_fail_tenant(tx->call->tenant, reterr);
}

static ff_status
pg_begin(struct repository *r, const struct ff_call *call, enum tx_mode mode, int64_t now_ms,
	struct repository_tx **ret, struct ff_err *reterr)
{
	for (unsigned attempt = 1;; attempt++) { /* ATTEMPTS_MAX */
		struct ff_err err;
		struct pg_tx *tx;
		ff_status status = tx_open(pg_of(r), call, mode, now_ms, &tx, &err);
		bool again = false;

		if (status == FF_OK) {
			status = tx_begin(tx, &err);
			if (status == FF_OK) {
				*ret = &tx->super;
				return FF_OK;
			}
			again = end(tx);
		}
		if (!again || attempt == ATTEMPTS_MAX) {
			if (reterr)
				*reterr = err;
			return status;
		}
		pause_before_retry();
	}
}

ff_status
pg_tx_advance(struct pg_tx *tx, struct tenant_state *ret, struct ff_err *reterr)
{
	*ret = (struct tenant_state){.revision = pg_tx_revision(tx), .head = random_u64()};
	return pg_run(tx->connection, SQL_TENANT_ADVANCE, DOCUMENT_FLAG,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_INT(ret->revision), SQL_INT(ret->head)), reterr);
}

/* Leaves the transaction to be ended. */
static ff_status
tx_commit(struct pg_tx *tx, struct tenant_state *ret, struct ff_err *reterr)
{
	struct tenant_state state = tx->at_begin;

	FF_TRY(ff_call_over(tx->call, reterr));
	if (tx->changed)
		FF_TRY(pg_tx_advance(tx, &state, reterr));
	FF_TRY(pg_connection_commit(tx->connection, reterr));
	*ret = state;
	return FF_OK;
}

static ff_status
pg_commit(struct repository_tx *super, struct tenant_state *ret, struct ff_err *reterr)
{
	ff_status status = tx_commit(pg_tx_of(super), ret, reterr);

	pg_rollback(super); /* of what was committed nothing is left to undo */
	return status;
}

static ff_status
pg_state(struct repository_tx *tx, struct tenant_state *ret, struct ff_err *reterr)
{
	(void)reterr;
	*ret = pg_tx_of(tx)->at_begin;
	return FF_OK;
}

ff_status
pg_ask(struct repository *r, const struct ff_call *call, enum sql_statement which, struct sql_args args,
	struct pg_rows *ret, struct ff_err *reterr)
{
	struct pg_pool *pool = &pg_of(r)->pool;

	for (unsigned attempt = 1;; attempt++) { /* ATTEMPTS_MAX */
		struct pg_connection *c;
		ff_status status;
		bool again;

		FF_TRY(pg_pool_take(pool, call, &c, reterr));
		status = pg_query(c, which, DOCUMENT_FLAG, args, ret, reterr);
		again = c->again;
		pg_pool_give(pool, c);
		if (status == FF_OK || !again || attempt == ATTEMPTS_MAX)
			return status;
		pause_before_retry();
	}
}

static ff_status
pg_ping(struct repository *r, const struct ff_call *call, struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	return pg_ask(r, call, SQL_PING, (struct sql_args){0}, &rows, reterr);
}

static const struct repository_ops pg_ops = {
	.name = "postgres",
	.close = pg_close,
	.ping = pg_ping,
	.tenant_ensure = repository_tenant_ensure,
	.revisions = pg_revisions,
	.key_find = pg_key_find,
	.key_used = pg_key_used,
	.housekeep = pg_housekeep,
	.begin = pg_begin,
	.commit = pg_commit,
	.rollback = pg_rollback,
	.state = pg_state,
	.tenant_create = pg_tenant_create,
	.tenant_list = pg_tenant_list,
	.tenant_remove = pg_tenant_remove,
	.outcome_get = pg_outcome_get,
	.outcome_put = pg_outcome_put,
	.get = pg_get,
	.list = pg_list,
	.each = pg_each,
	.used_by = pg_used_by,
	.uses = pg_uses,
	.put = pg_put,
	.remove = pg_remove,
	.restore = pg_restore,
	.log = pg_log,
	.changes = pg_changes,
	.version_chain = pg_version_chain,
};

ff_status
repository_postgres_open(
	const struct repository_postgres_config *config, struct repository **ret, struct ff_err *reterr)
{
	unsigned size = config->pool_size ? config->pool_size : POOL_SIZE;
	unsigned lifetime_s = config->lifetime_s ? config->lifetime_s : LIFETIME_S;
	struct pg_repository *p;
	struct pg_dsn *dsn;

	FF_TRY(pg_dsn_open(config->dsn, config->application_name, &dsn, reterr));
	p = ff_xcalloc(1, sizeof *p);
	p->super.ops = &pg_ops;
	p->dsn = dsn;
	pg_pool_init(&p->pool, dsn, size, lifetime_s * MS_PER_S);
	*ret = &p->super;
	return FF_OK;
}
