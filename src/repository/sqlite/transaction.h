/* SPDX-License-Identifier: Apache-2.0 */
/* transaction.h - a transaction of the SQLite store, and the operations of repository.h that run in one. */
#ifndef FF_REPOSITORY_SQLITE_TRANSACTION_H
#define FF_REPOSITORY_SQLITE_TRANSACTION_H

#include "repository/adapter.h"
#include "repository/sqlite/connection.h"

enum { OPERATOR_ID = 0 /* tenants.id of REPOSITORY_OPERATOR */ };

struct sqlite_tx {
	struct repository_tx super;
	struct sqlite_connection *connection;
	const struct ff_call *call;
	struct repository_claim claim;
	int64_t tenant, now_ms; /* tenants.id */
	struct tenant_state at_begin;
	uint32_t items; /* logged so far */
	bool changed;
};

static inline struct sqlite_tx *
sqlite_tx_of(struct repository_tx *tx)
{
	return FF_CONTAINER(tx, struct sqlite_tx, super);
}

static inline struct sqlite_tx *
sqlite_writer_of(struct repository_tx *tx)
{
	ff_assert(tx->mode == TX_WRITE);
	return sqlite_tx_of(tx);
}

/* The revision that this transaction makes. */
static inline uint64_t
sqlite_tx_revision(const struct sqlite_tx *tx)
{
	return tx->at_begin.revision + 1;
}

/* A transaction of no tenant yet, ended as any other. */
FF_MUST ff_status sqlite_tx_begin(struct repository *r, const struct ff_call *call, enum tx_mode mode, int64_t now_ms,
	struct sqlite_tx **ret, struct ff_err *reterr);
/* Finds the tenant, whose row says where it stands. This first read fixes what a reader sees. */
FF_MUST ff_status sqlite_tx_find_tenant(struct sqlite_tx *tx, ff_str tenant, bool *ret_found, struct ff_err *reterr);
/* The tenant moves on to the revision that the transaction makes. */
FF_MUST ff_status sqlite_tx_advance(struct sqlite_tx *tx, struct tenant_state *ret, struct ff_err *reterr);
ff_status sqlite_commit(struct repository_tx *super, struct tenant_state *ret, struct ff_err *reterr);
void sqlite_rollback(struct repository_tx *super);
/* Commits where the work in it went well, else rolls back. */
FF_MUST ff_status sqlite_tx_end(struct sqlite_tx *tx, ff_status status, struct ff_err *reterr);

/* Each as in repository_ops. tenants.c */
ff_status sqlite_tenant_create(struct repository_tx *super, ff_str tenant, ff_str name, struct ff_err *reterr);
ff_status sqlite_tenant_list(struct repository_tx *super, ff_str after, uint32_t limit, struct ff_arena *arena,
	struct tenant_list *ret, struct ff_err *reterr);
ff_status sqlite_tenant_remove(struct repository_tx *super, ff_str tenant, struct ff_err *reterr);
ff_status sqlite_revisions(struct repository *r, const struct ff_call *call, const ff_str *tenants, uint32_t n,
	struct tenant_state *ret, struct ff_err *reterr);
/* keys.c */
ff_status sqlite_key_find(struct repository *r, const struct ff_call *call, ff_str id, struct ff_arena *arena,
	struct key_record *ret, struct ff_err *reterr);
ff_status sqlite_key_used(
	struct repository *r, const struct ff_call *call, const struct key_use *uses, uint32_t n, struct ff_err *reterr);
/* outcomes.c */
ff_status sqlite_outcome_get(
	struct repository_tx *super, struct ff_arena *arena, bool *ret_found, struct outcome *ret, struct ff_err *reterr);
ff_status sqlite_outcome_put(struct repository_tx *super, const struct outcome *outcome, struct ff_err *reterr);
/* housekeeping.c */
ff_status sqlite_housekeep(struct repository *r, const struct ff_call *call, int64_t now_ms,
	struct housekeeping_counts *ret, struct ff_err *reterr);
/* document_read.c */
ff_status sqlite_get(struct repository_tx *super, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document *ret, struct ff_err *reterr);
ff_status sqlite_list(struct repository_tx *super, const struct document_query *query, struct ff_arena *arena,
	struct document_list *ret, struct ff_err *reterr);
ff_status sqlite_each(struct repository_tx *super, enum document_kind kind, ff_str part,
	bool (*visit)(void *arg, const struct document *d), void *arg, struct ff_err *reterr);
/* document_refs.c */
ff_status sqlite_used_by(struct repository_tx *super, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document_ref_list *ret, struct ff_err *reterr);
ff_status sqlite_uses(struct repository_tx *super, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document_ref **ret, uint32_t *ret_n, struct ff_err *reterr);
/* document_write.c */
ff_status sqlite_put(struct repository_tx *super, struct document *d, uint64_t expected_version, struct ff_err *reterr);
ff_status sqlite_remove(struct repository_tx *super, enum document_kind kind, ff_str key, uint64_t expected_version,
	uint64_t *ret_version, struct ff_err *reterr);
ff_status sqlite_restore(struct repository_tx *super, const struct document *d, const struct change *changes,
	uint32_t n, struct ff_err *reterr);
/* change_log.c */
/* `c` as it is, but for revision and item. */
FF_MUST ff_status sqlite_change_put(struct sqlite_tx *tx, const struct change *c, struct ff_err *reterr);
ff_status sqlite_log(struct repository_tx *super, const struct change *c, struct ff_err *reterr);
ff_status sqlite_changes(struct repository_tx *super, const struct change_query *query, struct ff_arena *arena,
	struct change_list *ret, struct ff_err *reterr);
ff_status sqlite_version_chain(struct repository_tx *super, enum document_kind kind, ff_str key, uint64_t version,
	struct ff_arena *arena, struct change_list *ret, struct ff_err *reterr);

#endif
