/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/memory/store.h"
#include "sys/clock.h"

/* What may go from a table. */
static bool
is_over(const struct memory_state *s, unsigned table, const struct document_row *row, int64_t now_ms)
{
	const struct document *d = &row->doc;

	if (table == MEMORY_OUTCOMES)
		return repository_outcome_is_over(d->created_at, now_ms);
	return row->deleted && d->updated_at <= repository_tombstone_horizon(now_ms) &&
		change_log_last(s->changes, d->kind, d->key) == d->version;
}

/* Purges from one table what may go, up to the limit for all tenants' together; *purged of it is used up. */
static void
purge(struct memory_state *s, unsigned table, int64_t now_ms, uint32_t *purged)
{
	for (uint32_t i = s->tables[table]->n; i > 0 && *purged < HOUSEKEEPING_ROWS_MAX; i--) {
		if (!is_over(s, table, s->tables[table]->rows[i - 1], now_ms))
			continue;
		document_table_own(&s->tables[table]);
		document_table_drop(s->tables[table], i - 1);
		++*purged;
	}
}

ff_status
memory_housekeep(struct repository *r, const struct ff_call *call, int64_t now_ms, struct housekeeping_counts *ret,
	struct ff_err *reterr)
{
	static const unsigned tables[] = {MEMORY_OUTCOMES, DOCUMENT_FLAG, DOCUMENT_SEGMENT};
	struct memory *m = memory_of(r);
	uint32_t purged[FF_COUNT(tables)] = {0};
	ff_status status = ff_call_over(call, reterr);

	pthread_mutex_lock(&m->mutex);
	for (struct memory_tenant *t = m->tenants; t && status == FF_OK; t = t->next) {
		while (status == FF_OK && t->writing)
			status = repository_wait(&m->written, &m->mutex, call, reterr);
		for (size_t i = 0; i < FF_COUNT(tables) && status == FF_OK; i++)
			purge(t->state, tables[i], now_ms, &purged[i]);
	}
	pthread_mutex_unlock(&m->mutex);
	FF_TRY(status);
	*ret = (struct housekeeping_counts){.outcomes = purged[0], .tombstones = purged[1] + purged[2]};
	for (size_t i = 0; i < FF_COUNT(tables); i++)
		ret->more |= purged[i] == HOUSEKEEPING_ROWS_MAX;
	return FF_OK;
}
