/* SPDX-License-Identifier: Apache-2.0 */
/* transaction.h - a transaction of the PostgreSQL store, and the operations of repository.h that run in one. */
#ifndef FF_REPOSITORY_POSTGRES_TRANSACTION_H
#define FF_REPOSITORY_POSTGRES_TRANSACTION_H

#include "repository/postgres/connection.h"

/* tenants.id of REPOSITORY_OPERATOR. */
enum { OPERATOR_ID = 0 };

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

/*
 * One statement on a connection of its own, outside of a transaction: for what belongs to no tenant. Tried again where
 * the connection turns out to be lost, so it must do no harm twice.
 */
FF_MUST ff_status pg_ask(struct repository *r, const struct ff_call *call, enum sql_statement which,
	struct sql_args args, struct pg_rows *ret, struct ff_err *reterr);
/* Finds the tenant, and puts the transaction in its name. */
FF_MUST ff_status pg_tx_enter(struct pg_tx *tx, ff_str key, bool *ret_found, struct ff_err *reterr);
/* Waits for the tenant's other writers. False: it was removed meanwhile. */
FF_MUST ff_status pg_tx_lock(struct pg_tx *tx, bool *ret_found, struct ff_err *reterr);
/* Makes the tenant's next revision. */
FF_MUST ff_status pg_tx_advance(struct pg_tx *tx, struct tenant_state *ret, struct ff_err *reterr);

/* Each as in repository_ops. tenants.c */
ff_status pg_tenant_create(struct repository_tx *super, ff_str tenant, ff_str name, struct ff_err *reterr);
ff_status pg_tenant_list(struct repository_tx *super, ff_str after, uint32_t limit, struct ff_arena *arena,
	struct tenant_list *ret, struct ff_err *reterr);
ff_status pg_tenant_remove(struct repository_tx *super, ff_str tenant, struct ff_err *reterr);
ff_status pg_revisions(struct repository *r, const struct ff_call *call, const ff_str *tenants, uint32_t n,
	struct tenant_state *ret, struct ff_err *reterr);
/* keys.c */
ff_status pg_key_find(struct repository *r, const struct ff_call *call, ff_str id, struct ff_arena *arena,
	struct key_record *ret, struct ff_err *reterr);
ff_status pg_key_used(
	struct repository *r, const struct ff_call *call, const struct key_use *uses, uint32_t n, struct ff_err *reterr);
/* outcomes.c */
/* Where the call has an idempotency key. FF_EIDEMPOTENCYINPROGRESS. */
FF_MUST ff_status pg_outcome_claim(struct pg_tx *tx, struct ff_err *reterr);
ff_status pg_outcome_get(
	struct repository_tx *super, struct ff_arena *arena, bool *ret_found, struct outcome *ret, struct ff_err *reterr);
ff_status pg_outcome_put(struct repository_tx *super, const struct outcome *outcome, struct ff_err *reterr);
/* housekeeping.c */
ff_status pg_housekeep(struct repository *r, const struct ff_call *call, int64_t now_ms,
	struct housekeeping_counts *ret, struct ff_err *reterr);
/* document_read.c */
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
ff_status pg_restore(struct repository_tx *super, const struct document *d, const struct change *changes, uint32_t n,
	struct ff_err *reterr);
/* change_log.c */
/* `c` as it is, but for revision and item. */
FF_MUST ff_status pg_change_put(struct pg_tx *tx, const struct change *c, struct ff_err *reterr);
ff_status pg_log(struct repository_tx *super, const struct change *c, struct ff_err *reterr);
ff_status pg_changes(struct repository_tx *super, const struct change_query *query, struct ff_arena *arena,
	struct change_list *ret, struct ff_err *reterr);
ff_status pg_version_chain(struct repository_tx *super, enum document_kind kind, ff_str key, uint64_t version,
	struct ff_arena *arena, struct change_list *ret, struct ff_err *reterr);

#endif
