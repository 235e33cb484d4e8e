/* SPDX-License-Identifier: Apache-2.0 */
/* transaction.h - a transaction of the memory store, and the operations of repository.h on documents in one. */
#ifndef FF_REPOSITORY_MEMORY_TRANSACTION_H
#define FF_REPOSITORY_MEMORY_TRANSACTION_H

#include "repository/memory/change_log.h"
#include "repository/memory/document_row.h"
#include "repository/memory/store.h"

struct memory_tx {
	struct repository_tx super;
	const struct ff_call *call;
	struct repository_claim claim;
	struct memory_tenant *tenant, *removing; /* `removing`: tenants that this one holds to delete them */
	int64_t now_ms;
	uint32_t items;            /* logged so far */
	bool changed;              /* there will be a revision */
	bool touched;              /* there is something to keep, be it only an outcome */
	struct memory_state state; /* a reader's, or a writer's with its changes; `at` is that of the begin */
};

static inline struct memory_tx *
memory_tx_of(struct repository_tx *tx)
{
	return FF_CONTAINER(tx, struct memory_tx, super);
}

static inline struct memory_tx *
memory_writer_of(struct repository_tx *tx)
{
	ff_assert(tx->mode == TX_WRITE);
	return memory_tx_of(tx);
}

/* The revision that this transaction makes. */
static inline uint64_t
memory_tx_revision(const struct memory_tx *tx)
{
	return tx->state.at.revision + 1;
}

/* Replaces the row of d->key in a table by `d`. */
void memory_tx_write(struct memory_tx *tx, enum memory_table table, const struct document *d, bool deleted);
/* `c` as it is, but for revision and item. */
void memory_change_put(struct memory_tx *tx, const struct change *c);

/* Each as in repository_ops. tenants.c */
ff_status memory_tenant_create(struct repository_tx *super, ff_str tenant, ff_str name, struct ff_err *reterr);
ff_status memory_tenant_list(struct repository_tx *super, ff_str after, uint32_t limit, struct ff_arena *arena,
	struct tenant_list *ret, struct ff_err *reterr);
ff_status memory_tenant_remove(struct repository_tx *super, ff_str tenant, struct ff_err *reterr);
/* With the mutex held, at the commit: those created are there from now on, those removed no longer. */
void memory_tenants_publish(struct memory_tx *tx);
/* outcomes.c */
ff_status memory_outcome_get(
	struct repository_tx *super, struct ff_arena *arena, bool *ret_found, struct outcome *ret, struct ff_err *reterr);
ff_status memory_outcome_put(struct repository_tx *super, const struct outcome *outcome, struct ff_err *reterr);
/* document_read.c */
ff_status memory_get(struct repository_tx *tx, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document *ret, struct ff_err *reterr);
ff_status memory_list(struct repository_tx *tx, const struct document_query *query, struct ff_arena *arena,
	struct document_list *ret, struct ff_err *reterr);
ff_status memory_each(struct repository_tx *tx, enum document_kind kind, ff_str part,
	bool (*visit)(void *arg, const struct document *d), void *arg, struct ff_err *reterr);
ff_status memory_used_by(struct repository_tx *tx, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document_ref_list *ret, struct ff_err *reterr);
ff_status memory_uses(struct repository_tx *tx, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document_ref **ret, uint32_t *ret_n, struct ff_err *reterr);
/* document_write.c */
ff_status memory_put(struct repository_tx *super, struct document *d, uint64_t expected_version, struct ff_err *reterr);
ff_status memory_remove(struct repository_tx *super, enum document_kind kind, ff_str key, uint64_t expected_version,
	uint64_t *ret_version, struct ff_err *reterr);
ff_status memory_restore(struct repository_tx *super, const struct document *d, const struct change *changes,
	uint32_t n, struct ff_err *reterr);

#endif
