/* SPDX-License-Identifier: Apache-2.0 */
/* transaction.h - a transaction of the memory store, and the operations of repository.h on documents in one. */
#ifndef FF_REPOSITORY_MEMORY_TRANSACTION_H
#define FF_REPOSITORY_MEMORY_TRANSACTION_H

#include "repository/memory/change_log.h"
#include "repository/memory/document_row.h"

/* All that a tenant has. */
struct memory_state {
	struct tenant_state at;
	struct document_table *tables[DOCUMENT_KINDS];
	struct change_entry *changes;
};

struct memory_tenant;

struct memory_tx {
	struct repository_tx super;
	const struct ff_call *call;
	struct memory_tenant *tenant;
	int64_t now_ms;
	uint32_t items; /* logged so far */
	bool changed;
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

/* Each as in repository_ops. document_read.c */
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

#endif
