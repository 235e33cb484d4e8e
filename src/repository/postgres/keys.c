/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c - what is asked of keys across tenants; as documents they are written and read like all others. */
#include "repository/adapter.h"
#include "repository/postgres/transaction.h"

ff_status
pg_key_find(struct repository *r, const struct ff_call *call, ff_str id, struct ff_arena *arena, struct key_record *ret,
	struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	FF_TRY(pg_ask(r, call, SQL_KEY_FIND, SQL_ARGS(SQL_TEXT(id)), &rows, reterr));
	if (!pg_next(&rows))
		return repository_fail_missing(DOCUMENT_KEY, id, reterr);
	*ret = (struct key_record){
		.tenant = ff_arena_str(arena, pg_text(&rows, 0)),
		.id = ff_arena_str(arena, id),
		.revoked = pg_bool(&rows, 1),
		.secret_sha256 = ff_arena_str(arena, pg_text(&rows, 2)),
		.json = ff_arena_str(arena, pg_text(&rows, 3)),
	};
	return FF_OK;
}

ff_status
pg_key_used(
	struct repository *r, const struct ff_call *call, const struct key_use *uses, uint32_t n, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};
	ff_str *tenants = FF_ARENA_ARRAY(&scratch, ff_str, n), *ids = FF_ARENA_ARRAY(&scratch, ff_str, n);
	int64_t *times = FF_ARENA_ARRAY(&scratch, int64_t, n);

	for (uint32_t i = 0; i < n; i++) {
		tenants[i] = uses[i].tenant;
		ids[i] = uses[i].id;
		times[i] = uses[i].at;
	}
	return pg_ask(
		r, call, SQL_KEYS_USED, SQL_ARGS(SQL_TEXTS(tenants, n), SQL_TEXTS(ids, n), SQL_INTS(times, n)), &rows, reterr);
}
