/* SPDX-License-Identifier: Apache-2.0 */
/* work.h - one use case at work: a transaction of its tenant and what it has learned in it. Internal to usecase/. */
#ifndef FF_USECASE_WORK_H
#define FF_USECASE_WORK_H

#include "repository/repository.h"
#include "usecase/service.h"

struct work {
	const struct ff_call *call;
	const struct service *service;
	struct ff_arena *arena; /* the answer's */
	struct repository_tx *tx;
	int64_t now_ms;    /* the transaction's time */
	uint64_t revision; /* that the transaction reads; after work_commit the one it made */
	struct document_list environments;
	bool environments_known;
	ff_str fingerprint; /* of the request, where it has an idempotency key */
	bool replayed;      /* it was done before; there is nothing left to do */
};

/* Rolled back by work_end unless committed: FF_CLEANUP(work_end) struct work w = {0}. */
FF_MUST ff_status work_begin(struct work *w, const struct ff_call *call, const struct service *service,
	enum tx_mode mode, int64_t now_ms, struct ff_arena *arena, struct ff_err *reterr);
/*
 * The same for a write that can be repeated: w->replayed where it was done before, *ret then being what it answered.
 * FF_EIDEMPOTENCYREUSED.
 */
FF_MUST ff_status work_begin_write(struct work *w, const struct ff_call *call, const struct service *service,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr);
/* Stores what it answers, but for the revision, which is set here, and commits. */
FF_MUST ff_status work_answer(struct work *w, struct document_answer *answer, struct ff_err *reterr);
/* Makes it last, and the snapshots and keys of this process show it. */
FF_MUST ff_status work_commit(struct work *w, struct ff_err *reterr);
void work_end(struct work *w);
/* After the commit that has deleted a tenant: what this process has of it goes. */
void work_tenant_gone(const struct work *w, ff_str tenant);

/* The operations of the work's repository: work_ops(w)->get(w->tx, …). */
static inline const struct repository_ops *
work_ops(const struct work *w)
{
	return w->service->repository->ops;
}

/* The tenant's environments by key, read once; they are at most LIMIT_ENVIRONMENTS. */
FF_MUST ff_status work_environments(struct work *w, const struct document_list **ret, struct ff_err *reterr);
/* To be read again, after one was added or removed. */
void work_forget_environments(struct work *w);
bool work_has_environment(const struct document_list *environments, ff_str key);

#endif
