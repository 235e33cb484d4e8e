/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"
#include "repository/sqlite/transaction.h"

/* In this order: parts go with the tombstones of their flags, while these are still there to be found. */
static const struct {
	enum sql_statement statement;
	enum document_kind kind;
	bool counted;
} steps[] = {
	{SQL_PARTS_PURGE, DOCUMENT_FLAG, false},
	{SQL_DOCUMENTS_PURGE, DOCUMENT_FLAG, true},
	{SQL_DOCUMENTS_PURGE, DOCUMENT_SEGMENT, true},
};

static ff_status
purge(struct sqlite_tx *tx, struct housekeeping_counts *counts, struct ff_err *reterr)
{
	int64_t horizon = repository_tombstone_horizon(tx->now_ms);
	struct sqlite_connection *c = tx->connection;

	*counts = (struct housekeeping_counts){0};
	FF_TRY(sql_run(c, SQL_OUTCOMES_PURGE, DOCUMENT_FLAG,
		SQL_ARGS(SQL_INT(tx->now_ms - OUTCOME_TTL_MS), SQL_INT(HOUSEKEEPING_ROWS_MAX)), reterr));
	counts->outcomes = sql_changed(c);
	counts->more = counts->outcomes == HOUSEKEEPING_ROWS_MAX;
	for (size_t i = 0; i < FF_COUNT(steps); i++) {
		FF_TRY(sql_run(
			c, steps[i].statement, steps[i].kind, SQL_ARGS(SQL_INT(horizon), SQL_INT(HOUSEKEEPING_ROWS_MAX)), reterr));
		if (!steps[i].counted)
			continue;
		counts->tombstones += sql_changed(c);
		counts->more |= sql_changed(c) == HOUSEKEEPING_ROWS_MAX;
	}
	return FF_OK;
}

ff_status
sqlite_housekeep(struct repository *r, const struct ff_call *call, int64_t now_ms, struct housekeeping_counts *ret,
	struct ff_err *reterr)
{
	struct housekeeping_counts counts;
	struct sqlite_tx *tx;
	ff_status status;

	FF_TRY(sqlite_tx_begin(r, call, TX_WRITE, now_ms, &tx, reterr));
	status = purge(tx, &counts, reterr);
	FF_TRY(sqlite_tx_end(tx, status, reterr));
	*ret = counts;
	return FF_OK;
}
