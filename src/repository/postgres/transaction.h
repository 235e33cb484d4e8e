/* SPDX-License-Identifier: Apache-2.0 */
/* transaction.h - a transaction of the PostgreSQL store, and the operations of repository.h that run in one. */
#ifndef FF_REPOSITORY_POSTGRES_TRANSACTION_H
#define FF_REPOSITORY_POSTGRES_TRANSACTION_H

#include "repository/postgres/connection.h"

struct pg_tx {
	struct repository_tx super;
	struct pg_connection *connection;
	const struct ff_call *call;
	int64_t tenant, now_ms; /* tenants.id */
	struct tenant_state at_begin;
	uint32_t items; /* logged so far */
	bool changed;
};

static inline struct pg_tx *
pg_tx_of(struct repository_tx *tx)
{
	return FF_CONTAINER(tx, struct pg_tx, super);
}

static inline struct pg_tx *
pg_writer_of(struct repository_tx *tx)
{
	ff_assert(tx->mode == TX_WRITE);
	return pg_tx_of(tx);
}

/* The revision that this transaction makes. */
static inline uint64_t
pg_tx_revision(const struct pg_tx *tx)
{
	return tx->at_begin.revision + 1;
}

/* Each as in repository_ops. document_read.c */
ff_status pg_get(struct repository_tx *super, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document *ret, struct ff_err *reterr);
ff_status pg_list(struct repository_tx *super, const struct document_query *query, struct ff_arena *arena,
	struct document_list *ret, struct ff_err *reterr);
ff_status pg_each(struct repository_tx *super, enum document_kind kind, ff_str part,
	bool (*visit)(void *arg, const struct document *d), void *arg, struct ff_err *reterr);
/* document_refs.c */
ff_status pg_used_by(struct repository_tx *super, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document_ref_list *ret, struct ff_err *reterr);
ff_status pg_uses(struct repository_tx *super, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document_ref **ret, uint32_t *ret_n, struct ff_err *reterr);
/* document_write.c */
ff_status pg_put(struct repository_tx *super, struct document *d, uint64_t expected_version, struct ff_err *reterr);
ff_status pg_remove(struct repository_tx *super, enum document_kind kind, ff_str key, uint64_t expected_version,
	uint64_t *ret_version, struct ff_err *reterr);
/* change_log.c */
ff_status pg_log(struct repository_tx *super, const struct change *c, struct ff_err *reterr);
ff_status pg_changes(struct repository_tx *super, const struct change_query *query, struct ff_arena *arena,
	struct change_list *ret, struct ff_err *reterr);
ff_status pg_version_chain(struct repository_tx *super, enum document_kind kind, ff_str key, uint64_t version,
	struct ff_arena *arena, struct change_list *ret, struct ff_err *reterr);

#endif
