/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"
#include "repository/sqlite/transaction.h"

static struct sqlite_tx *
idempotent_of(struct repository_tx *super)
{
	struct sqlite_tx *tx = sqlite_writer_of(super);

	ff_assert(tx->call->idempotency_key.n);
	return tx;
}

ff_status
sqlite_outcome_get(
	struct repository_tx *super, struct ff_arena *arena, bool *ret_found, struct outcome *ret, struct ff_err *reterr)
{
	struct sqlite_tx *tx = idempotent_of(super);
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};
	struct outcome outcome;
	bool found;

	FF_TRY(sql_begin(tx->connection, SQL_OUTCOME_GET, DOCUMENT_FLAG,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(tx->call->actor), SQL_TEXT(tx->call->idempotency_key)), &rows, reterr));
	found = sql_next(&rows) && !repository_outcome_is_over(sql_int(&rows, 2), tx->now_ms);
	if (found)
		outcome = (struct outcome){
			.fingerprint = ff_arena_str(arena, sql_blob(&rows, 0)),
			.answer = ff_arena_str(arena, sql_text(&rows, 1)),
			.at = sql_int(&rows, 2),
		};
	FF_TRY(sql_end(&rows, reterr));
	if (found)
		*ret = outcome;
	*ret_found = found;
	return FF_OK;
}

ff_status
sqlite_outcome_put(struct repository_tx *super, const struct outcome *outcome, struct ff_err *reterr)
{
	struct sqlite_tx *tx = idempotent_of(super);

	ff_assert(outcome->fingerprint.n == OUTCOME_FINGERPRINT_BYTES);
	return sql_run(tx->connection, SQL_OUTCOME_PUT, DOCUMENT_FLAG,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(tx->call->actor), SQL_TEXT(tx->call->idempotency_key),
			SQL_BLOB(outcome->fingerprint), SQL_TEXT(outcome->answer), SQL_INT(tx->now_ms)),
		reterr);
}
