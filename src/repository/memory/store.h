/* SPDX-License-Identifier: Apache-2.0 */
/* store.h - the memory store itself: its tenants, the ids of all keys, and what is asked of it without a transaction.
 */
#ifndef FF_REPOSITORY_MEMORY_STORE_H
#define FF_REPOSITORY_MEMORY_STORE_H

#include <pthread.h>

#include "repository/adapter.h"
#include "repository/memory/change_log.h"
#include "repository/memory/document_row.h"

/* One for each kind of document, and two that are kept in the same form. */
enum memory_table {
	MEMORY_TENANTS = DOCUMENT_KINDS, /* the operator's: the name as json */
	MEMORY_OUTCOMES,                 /* by actor, NUL, idempotency key: the answer as json, the fingerprint as search */
	MEMORY_TABLES,
};

/* All that a tenant has. */
struct memory_state {
	struct tenant_state at;
	struct document_table *tables[MEMORY_TABLES];
	struct change_entry *changes;
};

struct memory_tenant {
	struct memory_tenant *next, *next_removing;
	char *key;
	bool writing; /* a write transaction is open */
	bool deleted;
	struct memory_state *state; /* the current one */
};

struct memory_tx;

/* The id of a key, which is one tenant's for ever. */
struct memory_key_id {
	struct memory_key_id *next;
	const struct memory_tenant *tenant;
	const struct memory_tx *taken_in; /* NULL: that is committed */
	int64_t last_used_at;
	size_t n;
	char id[];
};

struct memory {
	struct repository super;
	pthread_mutex_t mutex;         /* over all below, and what tenants point to */
	pthread_cond_t written;        /* a write transaction has ended */
	struct memory_tenant *tenants; /* the operator too */
	struct memory_key_id *key_ids;
	struct repository_claims claims;
};

static inline struct memory *
memory_of(struct repository *r)
{
	return FF_CONTAINER(r, struct memory, super);
}

/* With the mutex held; deleted ones too. NULL. */
struct memory_tenant *memory_tenant_find(struct memory *m, ff_str key);
/* Adds it, with `state`. */
void memory_tenant_add(struct memory *m, ff_str key, struct memory_state *state);
/* Empty, at revision 0. */
struct memory_state *memory_state_new(void);

/* keys.c: false where the id is anyone's already; else it is, unless the transaction is rolled back. */
bool memory_key_id_take(struct memory *m, const struct memory_tx *tx, const struct memory_tenant *tenant, ff_str id);
/* With the mutex held: all that `tx` has taken is kept or forgotten. */
void memory_key_ids_end(struct memory *m, const struct memory_tx *tx, bool keep);
int64_t memory_key_last_used(struct memory *m, ff_str id);

/* Each as in repository_ops. tenants.c */
ff_status memory_revisions(struct repository *r, const struct ff_call *call, const ff_str *tenants, uint32_t n,
	struct tenant_state *ret, struct ff_err *reterr);
/* keys.c */
ff_status memory_key_find(struct repository *r, const struct ff_call *call, ff_str id, struct ff_arena *arena,
	struct key_record *ret, struct ff_err *reterr);
ff_status memory_key_used(
	struct repository *r, const struct ff_call *call, const struct key_use *uses, uint32_t n, struct ff_err *reterr);
/* housekeeping.c */
ff_status memory_housekeep(struct repository *r, const struct ff_call *call, int64_t now_ms,
	struct housekeeping_counts *ret, struct ff_err *reterr);

#endif
