/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/memory/repository_memory.h"

#include <stdlib.h>

#include "repository/adapter.h"
#include "repository/memory/transaction.h"
#include "sys/clock.h"
#include "sys/random.h"

struct memory_tenant {
	struct memory_tenant *next;
	char *key;
	bool writing;               /* a write transaction is open */
	struct memory_state *state; /* the current one */
};

struct memory {
	struct repository super;
	pthread_mutex_t mutex;  /* over all below, and what tenants point to */
	pthread_cond_t written; /* a write transaction has ended */
	struct memory_tenant *tenants;
};

static struct memory *
memory_of(struct repository *r)
{
	return FF_CONTAINER(r, struct memory, super);
}

static void
state_copy(struct memory_state *to, const struct memory_state *from)
{
	*to = *from;
	for (unsigned k = 0; k < DOCUMENT_KINDS; k++)
		document_table_ref(to->tables[k]);
	change_log_ref(to->changes);
}

static void
state_release(struct memory_state *s)
{
	for (unsigned k = 0; k < DOCUMENT_KINDS; k++)
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

static struct memory_tenant *
tenant_find(struct memory *m, ff_str key)
{
	struct memory_tenant *t = m->tenants;

	while (t && !ff_str_eqz(key, t->key))
		t = t->next;
	return t;
}

static struct memory_state *
first_state(const struct ff_call *call, int64_t now_ms)
{
	struct memory_state *s = ff_xcalloc(1, sizeof *s);
	struct document environment = repository_first_environment;
	struct change change = repository_first_change;

	s->at = (struct tenant_state){.revision = 1, .head = random_u64()};
	for (unsigned k = 0; k < DOCUMENT_KINDS; k++)
		s->tables[k] = document_table_new();
	environment.created_at = environment.updated_at = now_ms;
	document_table_set(s->tables[DOCUMENT_ENVIRONMENT], document_row_new(&environment, false));
	change.at = now_ms;
	change.actor = call->actor;
	change.request_id = call->request_id;
	change.comment = call->comment;
	change_log_push(&s->changes, &change);
	return s;
}

static ff_status
memory_tenant_ensure(struct repository *repository, const struct ff_call *call, ff_str tenant, ff_str name,
	int64_t now_ms, struct ff_err *reterr)
{
	struct memory *m = memory_of(repository);

	(void)name; /* nothing asks for it yet */
	FF_TRY(ff_call_over(call, reterr));
	pthread_mutex_lock(&m->mutex);
	if (!tenant_find(m, tenant)) {
		struct memory_tenant *t = ff_xcalloc(1, sizeof *t);

		t->key = ff_str_dupz(tenant);
		t->state = first_state(call, now_ms);
		t->next = m->tenants;
		m->tenants = t;
	}
	pthread_mutex_unlock(&m->mutex);
	return FF_OK;
}

/* With the mutex held. */
static ff_status
wait_turn(
	struct memory *m, const struct ff_call *call, enum tx_mode mode, struct memory_tenant **ret, struct ff_err *reterr)
{
	struct memory_tenant *t = tenant_find(m, call->tenant);

	FF_TRY(ff_call_over(call, reterr));
	if (!t)
		return repository_fail_tenant(call->tenant, reterr);
	while (mode == TX_WRITE && t->writing)
		FF_TRY(repository_wait(&m->written, &m->mutex, call, reterr));
	*ret = t;
	return FF_OK;
}

static ff_status
memory_begin(struct repository *repository, const struct ff_call *call, enum tx_mode mode, int64_t now_ms,
	struct repository_tx **ret, struct ff_err *reterr)
{
	struct memory *m = memory_of(repository);
	struct memory_tenant *tenant = NULL;
	struct memory_tx *tx;
	ff_status status;

	pthread_mutex_lock(&m->mutex);
	status = wait_turn(m, call, mode, &tenant, reterr);
	if (tenant) {
		tx = ff_xcalloc(1, sizeof *tx);
		*tx = (struct memory_tx){.super = {repository, mode}, .call = call, .tenant = tenant, .now_ms = now_ms};
		state_copy(&tx->state, tenant->state);
		tenant->writing |= mode == TX_WRITE;
		*ret = &tx->super;
	}
	pthread_mutex_unlock(&m->mutex);
	return status;
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
	}
	if (tx->super.mode == TX_WRITE) {
		tx->tenant->writing = false;
		pthread_cond_broadcast(&m->written);
	}
	pthread_mutex_unlock(&m->mutex);
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
	tx_end(tx, tx->changed);
	return FF_OK;
}

static ff_status
memory_state(struct repository_tx *tx, struct tenant_state *ret, struct ff_err *reterr)
{
	(void)reterr;
	*ret = memory_tx_of(tx)->state.at;
	return FF_OK;
}

static ff_status
memory_log(struct repository_tx *super, const struct change *c, struct ff_err *reterr)
{
	struct memory_tx *tx = memory_writer_of(super);
	struct change change = *c;

	(void)reterr;
	change.revision = memory_tx_revision(tx);
	change.item = tx->items++;
	change.at = tx->now_ms;
	change.actor = tx->call->actor;
	change.request_id = tx->call->request_id;
	change.comment = tx->call->comment;
	change_log_push(&tx->state.changes, &change);
	tx->changed = true;
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
	.tenant_ensure = memory_tenant_ensure,
	.begin = memory_begin,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.state = memory_state,
	.get = memory_get,
	.list = memory_list,
	.each = memory_each,
	.used_by = memory_used_by,
	.uses = memory_uses,
	.put = memory_put,
	.remove = memory_remove,
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
	return &m->super;
}
