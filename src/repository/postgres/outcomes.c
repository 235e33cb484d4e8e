/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"
#include "repository/postgres/transaction.h"

static struct pg_tx *
idempotent_of(struct repository_tx *super)
{
	struct pg_tx *tx = pg_writer_of(super);

	ff_assert(tx->call->idempotency_key.n);
	return tx;
}

ff_status
pg_outcome_claim(struct pg_tx *tx, struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};
	const struct ff_call *call = tx->call;

	if (!call->idempotency_key.n)
		return FF_OK;
	FF_TRY(pg_query(tx->connection, SQL_OUTCOME_CLAIM, DOCUMENT_FLAG,
		SQL_ARGS(SQL_TEXT(call->tenant), SQL_TEXT(call->actor), SQL_TEXT(call->idempotency_key)), &rows, reterr));
	return pg_next(&rows) && pg_bool(&rows, 0) ? FF_OK : repository_fail_in_progress(call, reterr);
}

ff_status
pg_outcome_get(
	struct repository_tx *super, struct ff_arena *arena, bool *ret_found, struct outcome *ret, struct ff_err *reterr)
{
	struct pg_tx *tx = idempotent_of(super);
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	FF_TRY(pg_query(tx->connection, SQL_OUTCOME_GET, DOCUMENT_FLAG,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(tx->call->actor), SQL_TEXT(tx->call->idempotency_key)), &rows, reterr));
	*ret_found = pg_next(&rows) && !repository_outcome_is_over(pg_int(&rows, 2), tx->now_ms);
	if (*ret_found)
		*ret = (struct outcome){
			.fingerprint = ff_arena_str(arena, pg_text(&rows, 0)),
			.answer = ff_arena_str(arena, pg_text(&rows, 1)),
			.at = pg_int(&rows, 2),
		};
	return FF_OK;
}

ff_status
pg_outcome_put(struct repository_tx *super, const struct outcome *outcome, struct ff_err *reterr)
{
	struct pg_tx *tx = idempotent_of(super);

	ff_assert(outcome->fingerprint.n == OUTCOME_FINGERPRINT_BYTES);
	return pg_run(tx->connection, SQL_OUTCOME_PUT, DOCUMENT_FLAG,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(tx->call->actor), SQL_TEXT(tx->call->idempotency_key),
			SQL_BLOB(outcome->fingerprint), SQL_TEXT(outcome->answer), SQL_INT(tx->now_ms)),
		reterr);
}
