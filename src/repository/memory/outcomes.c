/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/memory/transaction.h"

/* The transaction's place among the outcomes. */
static ff_str
place(const struct memory_tx *tx, struct ff_arena *arena)
{
	ff_str actor = tx->call->actor, key = tx->call->idempotency_key;
	char *to = ff_arena_alloc(arena, actor.n + 1 + key.n);

	ff_assert(key.n);
	if (actor.n)
		memcpy(to, actor.p, actor.n);
	to[actor.n] = '\0';
	memcpy(to + actor.n + 1, key.p, key.n);
	return ff_str_of(to, actor.n + 1 + key.n);
}

ff_status
memory_outcome_get(
	struct repository_tx *super, struct ff_arena *arena, bool *ret_found, struct outcome *ret, struct ff_err *reterr)
{
	struct memory_tx *tx = memory_writer_of(super);
	const struct document_row *row = document_table_find(tx->state.tables[MEMORY_OUTCOMES], place(tx, arena));

	(void)reterr;
	*ret_found = row && !repository_outcome_is_over(row->doc.created_at, tx->now_ms);
	if (*ret_found)
		*ret = (struct outcome){
			.fingerprint = ff_arena_str(arena, row->doc.search),
			.answer = ff_arena_str(arena, row->doc.json),
			.at = row->doc.created_at,
		};
	return FF_OK;
}

ff_status
memory_outcome_put(struct repository_tx *super, const struct outcome *outcome, struct ff_err *reterr)
{
	struct memory_tx *tx = memory_writer_of(super);
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	struct document row = {
		.key = place(tx, &scratch),
		.json = outcome->answer,
		.search = outcome->fingerprint,
		.created_at = tx->now_ms,
	};

	(void)reterr;
	ff_assert(outcome->fingerprint.n == OUTCOME_FINGERPRINT_BYTES);
	memory_tx_write(tx, MEMORY_OUTCOMES, &row, false);
	return FF_OK;
}
