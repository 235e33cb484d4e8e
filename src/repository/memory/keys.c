/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c - whose an id is, and when it was last used; as documents keys are written and read like all others. */
#include <stdlib.h>

#include "repository/memory/transaction.h"
#include "sys/clock.h"

static struct memory_key_id *
find(const struct memory *m, ff_str id)
{
	struct memory_key_id *k = m->key_ids;

	while (k && !ff_str_eq(ff_str_of(k->id, k->n), id))
		k = k->next;
	return k;
}

bool
memory_key_id_take(struct memory *m, const struct memory_tx *tx, const struct memory_tenant *tenant, ff_str id)
{
	bool is_free;

	pthread_mutex_lock(&m->mutex);
	is_free = !find(m, id);
	if (is_free) {
		struct memory_key_id *k = ff_xcalloc(1, sizeof *k + id.n);

		k->tenant = tenant;
		k->taken_in = tx;
		k->n = id.n;
		memcpy(k->id, id.p, id.n);
		k->next = m->key_ids;
		m->key_ids = k;
	}
	pthread_mutex_unlock(&m->mutex);
	return is_free;
}

void
memory_key_ids_end(struct memory *m, const struct memory_tx *tx, bool keep)
{
	struct memory_key_id **at = &m->key_ids;

	while (*at) {
		struct memory_key_id *k = *at;

		if (k->taken_in == tx && !keep) {
			*at = k->next;
			free(k);
			continue;
		}
		if (k->taken_in == tx)
			k->taken_in = NULL;
		at = &k->next;
	}
}

int64_t
memory_key_last_used(struct memory *m, ff_str id)
{
	const struct memory_key_id *k;
	int64_t at;

	pthread_mutex_lock(&m->mutex);
	k = find(m, id);
	at = k ? k->last_used_at : 0;
	pthread_mutex_unlock(&m->mutex);
	return at;
}

ff_status
memory_key_find(struct repository *r, const struct ff_call *call, ff_str id, struct ff_arena *arena,
	struct key_record *ret, struct ff_err *reterr)
{
	struct memory *m = memory_of(r);
	const struct memory_key_id *k;
	bool found;

	FF_TRY(ff_call_over(call, reterr));
	pthread_mutex_lock(&m->mutex);
	k = find(m, id);
	found = k && !k->taken_in;
	if (found) {
		const struct document_row *row = document_table_find(k->tenant->state->tables[DOCUMENT_KEY], id);

		*ret = (struct key_record){
			.tenant = ff_arena_str(arena, ff_str_z(k->tenant->key)),
			.id = ff_arena_str(arena, id),
			.revoked = row->deleted || k->tenant->deleted,
		};
		if (!ret->revoked) {
			ret->secret_sha256 = ff_arena_str(arena, row->doc.secret_sha256);
			ret->json = ff_arena_str(arena, row->doc.json);
		}
	}
	pthread_mutex_unlock(&m->mutex);
	return found ? FF_OK : repository_fail_missing(DOCUMENT_KEY, id, reterr);
}

ff_status
memory_key_used(
	struct repository *r, const struct ff_call *call, const struct key_use *uses, uint32_t n, struct ff_err *reterr)
{
	struct memory *m = memory_of(r);

	FF_TRY(ff_call_over(call, reterr));
	pthread_mutex_lock(&m->mutex);
	for (uint32_t i = 0; i < n; i++) {
		struct memory_key_id *k = find(m, uses[i].id);

		if (k && !k->taken_in && ff_str_eqz(uses[i].tenant, k->tenant->key) && k->last_used_at < uses[i].at)
			k->last_used_at = uses[i].at;
	}
	pthread_mutex_unlock(&m->mutex);
	return FF_OK;
}
