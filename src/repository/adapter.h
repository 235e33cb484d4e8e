/* SPDX-License-Identifier: Apache-2.0 */
/*
 * adapter.h - what the adapters share, so that they say and do the same: refusals, waiting, idempotency keys in use,
 * the first environment.
 *
 * For adapters only; callers of the port include repository.h.
 */
#ifndef FF_REPOSITORY_ADAPTER_H
#define FF_REPOSITORY_ADAPTER_H

#include <pthread.h>

#include "repository/repository.h"

/* The environment that every tenant begins with, and the change that logs it. */
extern const struct document repository_first_environment;
extern const struct change repository_first_change;

/*
 * Compare-and-set, decided: `current` is the version of what is there, 0 when nothing is. FF_OK where a put (or a
 * removal) that expects `expected` may go ahead, else the refusal.
 */
FF_MUST ff_status repository_may_put(
	enum document_kind kind, ff_str key, uint64_t current, uint64_t expected, struct ff_err *reterr);
FF_MUST ff_status repository_may_remove(
	enum document_kind kind, ff_str key, uint64_t current, uint64_t expected, struct ff_err *reterr);

/* What a put may be given: our own bugs are caught here. */
void repository_assert_putable(const struct document *d, uint64_t expected_version);

ff_status repository_fail_missing(enum document_kind kind, ff_str key, struct ff_err *reterr);
ff_status repository_fail_version(enum document_kind kind, ff_str key, uint64_t version, struct ff_err *reterr);
ff_status repository_fail_tenant(ff_str tenant, struct ff_err *reterr);
/* There was one before, of which a tombstone, a history or another tenant's key is left. */
ff_status repository_fail_exists(enum document_kind kind, ff_str key, struct ff_err *reterr);
ff_status repository_fail_tenant_exists(ff_str tenant, struct ff_err *reterr);

/* tenant_ensure by means of tenant_create. */
ff_status repository_tenant_ensure(struct repository *r, const struct ff_call *call, ff_str tenant, ff_str name,
	int64_t now_ms, struct ff_err *reterr);

/* Is an outcome stored at `at` too old to be found at now_ms? */
static inline bool
repository_outcome_is_over(int64_t at, int64_t now_ms)
{
	return at <= now_ms - OUTCOME_TTL_MS;
}

/* Tombstones of documents deleted at this time or before may go. */
static inline int64_t
repository_tombstone_horizon(int64_t now_ms)
{
	return now_ms - (int64_t)TOMBSTONE_HORIZON_DAYS * 24 * 3600 * 1000;
}

/* The idempotency keys of this process's open write transactions. Any thread. */
struct repository_claims {
	pthread_mutex_t mutex;
	struct repository_claim *first;
};

struct repository_claim {
	const struct ff_call *call; /* whose tenant, actor and key it holds; NULL: holds nothing */
	struct repository_claim *next;
};

void repository_claims_init(struct repository_claims *claims);
void repository_claims_release(struct repository_claims *claims);
/* Where the call has a key. FF_EIDEMPOTENCYINPROGRESS. `claim` (the transaction's, zeroed) holds it until it is
 * dropped. */
FF_MUST ff_status repository_claim_take(struct repository_claims *claims, struct repository_claim *claim,
	const struct ff_call *call, struct ff_err *reterr);
void repository_claim_drop(struct repository_claims *claims, struct repository_claim *claim);
ff_status repository_fail_in_progress(const struct ff_call *call, struct ff_err *reterr);

/* A condition on the monotonic clock, for repository_wait. */
void repository_cond_init(pthread_cond_t *cond);
/*
 * Waits on `cond` (with `mutex` held) until it is signalled, or for a moment: the caller looks again at what it waits
 * for. FF_ETIMEOUT, FF_ECANCELLED when the call is over.
 */
FF_MUST ff_status repository_wait(
	pthread_cond_t *cond, pthread_mutex_t *mutex, const struct ff_call *call, struct ff_err *reterr);

/* A copy of `s`, A-Z as a-z: how `search` is kept, and how `q` is compared with it. */
ff_str repository_lower(struct ff_arena *arena, ff_str s);
/* Room for one more in an array in an arena: doubles it as needed. `items` has `n` of `size` bytes. */
void *repository_more(struct ff_arena *arena, void *items, uint32_t n, size_t size);

#endif
