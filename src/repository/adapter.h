/* SPDX-License-Identifier: Apache-2.0 */
/*
 * adapter.h - what the adapters share, so that they say and do the same: refusals, waiting, the first environment.
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

ff_status repository_fail_missing(enum document_kind kind, ff_str key, struct ff_err *reterr);
ff_status repository_fail_version(enum document_kind kind, ff_str key, uint64_t version, struct ff_err *reterr);
ff_status repository_fail_tenant(ff_str tenant, struct ff_err *reterr);

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
