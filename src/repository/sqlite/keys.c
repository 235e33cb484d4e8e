/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c - what is asked of keys across tenants; as documents they are written and read like all others. */
#include "repository/adapter.h"
#include "repository/sqlite/transaction.h"

static ff_status
find(struct sqlite_tx *tx, ff_str id, struct ff_arena *arena, struct key_record *ret, struct ff_err *reterr)
{
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};
	struct key_record record = {.id = ff_arena_str(arena, id)};
	bool found;

	FF_TRY(sql_begin(tx->connection, SQL_KEY_FIND, DOCUMENT_KEY, SQL_ARGS(SQL_TEXT(id)), &rows, reterr));
	found = sql_next(&rows);
	if (found) {
		record.tenant = ff_arena_str(arena, sql_text(&rows, 0));
		record.revoked = sql_int(&rows, 1) != 0;
	}
	if (found && !record.revoked) {
		record.secret_sha256 = ff_arena_str(arena, sql_blob(&rows, 2));
		record.json = ff_arena_str(arena, sql_text(&rows, 3));
	}
	FF_TRY(sql_end(&rows, reterr));
	if (!found)
		return repository_fail_missing(DOCUMENT_KEY, id, reterr);
	*ret = record;
	return FF_OK;
}

ff_status
sqlite_key_find(struct repository *r, const struct ff_call *call, ff_str id, struct ff_arena *arena,
	struct key_record *ret, struct ff_err *reterr)
{
	struct sqlite_tx *tx;
	ff_status status;

	FF_TRY(sqlite_tx_begin(r, call, TX_READ, 0, &tx, reterr));
	status = find(tx, id, arena, ret, reterr);
	return sqlite_tx_end(tx, status, reterr);
}

static ff_status
note_uses(struct sqlite_tx *tx, const struct key_use *uses, uint32_t n, struct ff_err *reterr)
{
	for (uint32_t i = 0; i < n; i++)
		FF_TRY(sql_run(tx->connection, SQL_KEY_USED, DOCUMENT_KEY,
			SQL_ARGS(SQL_TEXT(uses[i].tenant), SQL_TEXT(uses[i].id), SQL_INT(uses[i].at)), reterr));
	return FF_OK;
}

ff_status
sqlite_key_used(
	struct repository *r, const struct ff_call *call, const struct key_use *uses, uint32_t n, struct ff_err *reterr)
{
	struct sqlite_tx *tx;
	ff_status status;

	FF_TRY(sqlite_tx_begin(r, call, TX_WRITE, 0, &tx, reterr));
	status = note_uses(tx, uses, n, reterr);
	return sqlite_tx_end(tx, status, reterr);
}
