/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"
#include "repository/postgres/transaction.h"

static ff_status
purge(struct repository *r, const struct ff_call *call, enum sql_statement which, int64_t since, uint32_t *count,
	struct housekeeping_counts *counts, struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};
	uint32_t n;

	FF_TRY(pg_ask(r, call, which, SQL_ARGS(SQL_INT(since), SQL_INT(HOUSEKEEPING_ROWS_MAX)), &rows, reterr));
	n = pg_next(&rows) ? (uint32_t)pg_int(&rows, 0) : 0;
	*count += n;
	counts->more |= n == HOUSEKEEPING_ROWS_MAX;
	return FF_OK;
}

ff_status
pg_housekeep(struct repository *r, const struct ff_call *call, int64_t now_ms, struct housekeeping_counts *ret,
	struct ff_err *reterr)
{
	int64_t horizon = repository_tombstone_horizon(now_ms);
	struct housekeeping_counts counts = {0};

	FF_TRY(purge(r, call, SQL_PURGE_OUTCOMES, now_ms - OUTCOME_TTL_MS, &counts.outcomes, &counts, reterr));
	FF_TRY(purge(r, call, SQL_PURGE_FLAGS, horizon, &counts.tombstones, &counts, reterr));
	FF_TRY(purge(r, call, SQL_PURGE_SEGMENTS, horizon, &counts.tombstones, &counts, reterr));
	*ret = counts;
	return FF_OK;
}
