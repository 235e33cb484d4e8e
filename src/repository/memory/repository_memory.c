/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/memory/repository_memory.h"

#include <stdlib.h>

#include "repository/memory/transaction.h"
#include "sys/clock.h"
#include "sys/random.h"

static void
state_copy(struct memory_state *to, const struct memory_state *from)
{
	*to = *from;
	for (unsigned k = 0; k < MEMORY_TABLES; k++)
		document_table_ref(to->tables[k]);
	change_log_ref(to->changes);
}

static void
state_release(struct memory_state *s)
{
	for (unsigned k = 0; k < MEMORY_TABLES; k++)
		document_table_unref(s->tables[k]);
	change_log_unref(s->changes);
}

static void
memory_close(struct repository *repository)
{
	struct memory *m = memory_of(repository);

	while (m->tenants) {
		struct memory_tenant *t = m->tenants;

		ff_assert(!t->writing);
		m->tenants = t->next;
		state_release(t->state);
		free(t->state);
		free(t->key);
		free(t);
	}
	while (m->key_ids) {
		struct memory_key_id *id = m->key_ids;

		m->key_ids = id->next;
		free(id);
	}
	repository_claims_release(&m->claims);
	pthread_cond_destroy(&m->written);
	pthread_mutex_destroy(&m->mutex);
	free(m);
}

static ff_status
memory_ping(struct repository *repository, const struct ff_call *call, struct ff_err *reterr)
{
	(void)repository;
	return ff_call_over(call, reterr);
}

/* With the mutex held. */
static ff_status
wait_turn(
	struct memory *m, const struct ff_call *call, enum tx_mode mode, struct memory_tenant **ret, struct ff_err *reterr)
{
	struct memory_tenant *t = memory_tenant_find(m, call->tenant);

	FF_TRY(ff_call_over(call, reterr));
	while (mode == TX_WRITE && t && t->writing)
		FF_TRY(repository_wait(&m->written, &m->mutex, call, reterr));
	if (!t || t->deleted)
		return repository_fail_tenant(call->tenant, reterr);
	*ret = t;
	return FF_OK;
}

static ff_status
memory_begin(struct repository *repository, const struct ff_call *call, enum tx_mode mode, int64_t now_ms,
	struct repository_tx **ret, struct ff_err *reterr)
{
	struct memory *m = memory_of(repository);
	struct memory_tx *tx = ff_xcalloc(1, sizeof *tx);
	ff_status status = FF_OK;

	*tx = (struct memory_tx){.super = {repository, mode}, .call = call, .now_ms = now_ms};
	if (mode == TX_WRITE)
		status = repository_claim_take(&m->claims, &tx->claim, call, reterr);
	if (status == FF_OK) {
		pthread_mutex_lock(&m->mutex);
		status = wait_turn(m, call, mode, &tx->tenant, reterr);
		if (tx->tenant) {
			state_copy(&tx->state, tx->tenant->state);
			tx->tenant->writing |= mode == TX_WRITE;
		}
		pthread_mutex_unlock(&m->mutex);
	}
	if (!tx->tenant) {
		repository_claim_drop(&m->claims, &tx->claim);
		free(tx);
		return status;
	}
	*ret = &tx->super;
	return FF_OK;
}

/* With the mutex held. */
static void
stop_writing(struct memory_tx *tx)
{
	tx->tenant->writing = false;
	for (; tx->removing; tx->removing = tx->removing->next_removing)
		tx->removing->writing = false;
	pthread_cond_broadcast(&memory_of(tx->super.repository)->written);
}

/* Ends the transaction; `publish`: its state becomes the tenant's. */
static void
tx_end(struct memory_tx *tx, bool publish)
{
	struct memory *m = memory_of(tx->super.repository);

	pthread_mutex_lock(&m->mutex);
	if (publish) {
		struct memory_state swap = *tx->tenant->state;

		*tx->tenant->state = tx->state;
		tx->state = swap;
		memory_tenants_publish(tx);
	}
	memory_key_ids_end(m, tx, publish);
	if (tx->super.mode == TX_WRITE)
		stop_writing(tx);
	pthread_mutex_unlock(&m->mutex);
	repository_claim_drop(&m->claims, &tx->claim);
	state_release(&tx->state);
	free(tx);
}

static void
memory_rollback(struct repository_tx *tx)
{
	tx_end(memory_tx_of(tx), false);
}

static ff_status
memory_commit(struct repository_tx *super, struct tenant_state *ret, struct ff_err *reterr)
{
	struct memory_tx *tx = memory_tx_of(super);
	ff_status status = ff_call_over(tx->call, reterr);

	if (status != FF_OK) {
		tx_end(tx, false);
		return status;
	}
	if (tx->changed) {
		tx->state.at.revision++;
		tx->state.at.head = random_u64();
	}
	*ret = tx->state.at;
	tx_end(tx, tx->touched);
	return FF_OK;
}

static ff_status
memory_state(struct repository_tx *tx, struct tenant_state *ret, struct ff_err *reterr)
{
	(void)reterr;
	*ret = memory_tx_of(tx)->state.at;
	return FF_OK;
}

void
memory_change_put(struct memory_tx *tx, const struct change *c)
{
	struct change change = *c;

	change.revision = memory_tx_revision(tx);
	change.item = tx->items++;
	change_log_push(&tx->state.changes, &change);
	tx->changed = tx->touched = true;
}

static ff_status
memory_log(struct repository_tx *super, const struct change *c, struct ff_err *reterr)
{
	struct memory_tx *tx = memory_writer_of(super);
	struct change change = *c;

	(void)reterr;
	change.at = tx->now_ms;
	change.actor = tx->call->actor;
	change.request_id = tx->call->request_id;
	change.comment = tx->call->comment;
	memory_change_put(tx, &change);
	return FF_OK;
}

static ff_status
memory_changes(struct repository_tx *tx, const struct change_query *query, struct ff_arena *arena,
	struct change_list *ret, struct ff_err *reterr)
{
	(void)reterr;
	change_log_query(memory_tx_of(tx)->state.changes, query, arena, ret);
	return FF_OK;
}

static ff_status
memory_version_chain(struct repository_tx *tx, enum document_kind kind, ff_str key, uint64_t version,
	struct ff_arena *arena, struct change_list *ret, struct ff_err *reterr)
{
	if (!change_log_chain(memory_tx_of(tx)->state.changes, kind, key, version, arena, ret))
		return repository_fail_version(kind, key, version, reterr);
	return FF_OK;
}

static const struct repository_ops memory_ops = {
	.name = "memory",
	.close = memory_close,
	.ping = memory_ping,
	.tenant_ensure = repository_tenant_ensure,
	.revisions = memory_revisions,
	.key_find = memory_key_find,
	.key_used = memory_key_used,
	.housekeep = memory_housekeep,
	.begin = memory_begin,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.state = memory_state,
	.tenant_create = memory_tenant_create,
	.tenant_list = memory_tenant_list,
	.tenant_remove = memory_tenant_remove,
	.outcome_get = memory_outcome_get,
	.outcome_put = memory_outcome_put,
	.get = memory_get,
	.list = memory_list,
	.each = memory_each,
	.used_by = memory_used_by,
	.uses = memory_uses,
	.put = memory_put,
	.remove = memory_remove,
	.restore = memory_restore,
	.log = memory_log,
	.changes = memory_changes,
	.version_chain = memory_version_chain,
};

struct repository *
repository_memory_new(void)
{
	struct memory *m = ff_xcalloc(1, sizeof *m);

	m->super.ops = &memory_ops;
	pthread_mutex_init(&m->mutex, NULL);
	repository_cond_init(&m->written);
	repository_claims_init(&m->claims);
	memory_tenant_add(m, REPOSITORY_OPERATOR, memory_state_new());
	return &m->super;
}
