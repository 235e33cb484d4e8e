/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "repository/memory/transaction.h"
#include "sys/clock.h"
#include "sys/random.h"

struct memory_tenant *
memory_tenant_find(struct memory *m, ff_str key)
{
	struct memory_tenant *t = m->tenants;

	while (t && !ff_str_eqz(key, t->key))
		t = t->next;
	return t;
}

void
memory_tenant_add(struct memory *m, ff_str key, struct memory_state *state)
{
	struct memory_tenant *t = ff_xcalloc(1, sizeof *t);

	t->key = ff_str_dupz(key);
	t->state = state;
	t->next = m->tenants;
	m->tenants = t;
}

struct memory_state *
memory_state_new(void)
{
	struct memory_state *s = ff_xcalloc(1, sizeof *s);

	for (unsigned k = 0; k < MEMORY_TABLES; k++)
		s->tables[k] = document_table_new();
	return s;
}

static struct memory_state *
first_state(const struct memory_tx *tx)
{
	struct memory_state *s = memory_state_new();
	struct document environment = repository_first_environment;
	struct change change = repository_first_change;

	s->at = (struct tenant_state){.revision = 1, .head = random_u64()};
	environment.created_at = environment.updated_at = tx->now_ms;
	document_table_set(s->tables[DOCUMENT_ENVIRONMENT], document_row_new(&environment, false));
	change.at = tx->now_ms;
	change.actor = tx->call->actor;
	change.request_id = tx->call->request_id;
	change.comment = tx->call->comment;
	change_log_push(&s->changes, &change);
	return s;
}

static struct memory_tx *
operator_of(struct repository_tx *super)
{
	struct memory_tx *tx = memory_tx_of(super);

	ff_assert(ff_str_eqz(REPOSITORY_OPERATOR, tx->tenant->key));
	return tx;
}

void
memory_tenants_publish(struct memory_tx *tx)
{
	struct memory *m = memory_of(tx->super.repository);
	const struct document_table *tenants = tx->tenant->state->tables[MEMORY_TENANTS];

	for (uint32_t i = 0; i < tenants->n; i++) {
		const struct document_row *row = tenants->rows[i];
		struct memory_tenant *t = memory_tenant_find(m, row->doc.key);

		if (t)
			t->deleted = row->deleted;
		else if (!row->deleted)
			memory_tenant_add(m, row->doc.key, first_state(tx));
	}
}

ff_status
memory_tenant_create(struct repository_tx *super, ff_str tenant, ff_str name, struct ff_err *reterr)
{
	struct memory_tx *tx = operator_of(super);
	struct document row = {.key = tenant, .json = name, .created_at = tx->now_ms};

	ff_assert(super->mode == TX_WRITE);
	if (ff_str_eq(tenant, REPOSITORY_OPERATOR) || document_table_find(tx->state.tables[MEMORY_TENANTS], tenant))
		return repository_fail_tenant_exists(tenant, reterr);
	memory_tx_write(tx, MEMORY_TENANTS, &row, false);
	tx->changed = true;
	return FF_OK;
}

ff_status
memory_tenant_list(struct repository_tx *super, ff_str after, uint32_t limit, struct ff_arena *arena,
	struct tenant_list *ret, struct ff_err *reterr)
{
	const struct document_table *t = operator_of(super)->state.tables[MEMORY_TENANTS];
	uint32_t i = document_table_from(t, after);

	(void)reterr;
	if (i < t->n && ff_str_eq(t->rows[i]->doc.key, after))
		i++;
	*ret = (struct tenant_list){.items = FF_ARENA_ARRAY(arena, struct tenant, limit)};
	for (; i < t->n && !ret->more; i++) {
		const struct document *d = &t->rows[i]->doc;

		if (t->rows[i]->deleted)
			continue;
		if (ret->n == limit)
			ret->more = true;
		else
			ret->items[ret->n++] = (struct tenant){
				.key = ff_arena_str(arena, d->key), .name = ff_arena_str(arena, d->json), .created_at = d->created_at};
	}
	return FF_OK;
}

/* Waits for the tenant's writers and keeps others out until the transaction ends. One created in it has none. */
static ff_status
hold(struct memory_tx *tx, ff_str tenant, struct ff_err *reterr)
{
	struct memory *m = memory_of(tx->super.repository);
	struct memory_tenant *t;
	ff_status status = FF_OK;

	pthread_mutex_lock(&m->mutex);
	t = memory_tenant_find(m, tenant);
	while (status == FF_OK && t && t->writing)
		status = repository_wait(&m->written, &m->mutex, tx->call, reterr);
	if (status == FF_OK && t) {
		t->writing = true;
		t->next_removing = tx->removing;
		tx->removing = t;
	}
	pthread_mutex_unlock(&m->mutex);
	return status;
}

ff_status
memory_tenant_remove(struct repository_tx *super, ff_str tenant, struct ff_err *reterr)
{
	struct memory_tx *tx = operator_of(super);
	const struct document_row *row = document_table_find(tx->state.tables[MEMORY_TENANTS], tenant);

	ff_assert(super->mode == TX_WRITE);
	if (!row || row->deleted)
		return repository_fail_tenant(tenant, reterr);
	FF_TRY(hold(tx, tenant, reterr));
	memory_tx_write(tx, MEMORY_TENANTS, &(struct document){.key = tenant}, true);
	tx->changed = true;
	return FF_OK;
}

ff_status
memory_revisions(struct repository *r, const struct ff_call *call, const ff_str *tenants, uint32_t n,
	struct tenant_state *ret, struct ff_err *reterr)
{
	struct memory *m = memory_of(r);

	FF_TRY(ff_call_over(call, reterr));
	pthread_mutex_lock(&m->mutex);
	for (uint32_t i = 0; i < n; i++) {
		const struct memory_tenant *t = memory_tenant_find(m, tenants[i]);

		ret[i] = t && !t->deleted ? t->state->at : (struct tenant_state){0};
	}
	pthread_mutex_unlock(&m->mutex);
	return FF_OK;
}
