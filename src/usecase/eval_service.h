/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eval_service.h - what flags decide for a caller's user, from the snapshots in memory.
 *
 *     if (evaluation_begin(service, tenant, environment, arena, &e)) {       online (sys/epoch.h)
 *         context_set_unit(&e.context, …), context_read_attributes(&e.context, …);
 *         evaluation_write_all(&e, now_ms, out);
 *     } else
 *         eval_service_load(service, call, environment, 0, &err);            offline, on a worker; then again
 *
 * Between begin and the last decision nothing waits, locks or does I/O; memory comes from the request's arena. All
 * decisions of one evaluation come from one snapshot.
 */
#ifndef FF_USECASE_EVAL_SERVICE_H
#define FF_USECASE_EVAL_SERVICE_H

#include "domain/evaluate.h"
#include "usecase/snapshot_table.h"

struct eval_service;

/* The table is borrowed. One service serves any number of threads. */
struct eval_service *eval_service_new(struct snapshot_table *snapshots);
/* No thread may be in a call. */
void eval_service_free(struct eval_service *s);

/* On the caller's stack; good until the thread goes offline. The context is the caller's to fill before it asks. */
struct evaluation {
	const struct snapshot *snapshot;
	struct context context;
	struct scratch *scratch; /* the thread's */
	bool client;             /* only flags that are clientVisible are there; false until the caller says so */
};

/* False where the snapshot of that tenant's environment is not loaded. Online. */
FF_MUST bool evaluation_begin(
	struct eval_service *s, ff_str tenant, ff_str environment, struct ff_arena *arena, struct evaluation *ret);
/* The flag of that key that the caller may see, or NULL. */
const struct compiled_flag *evaluation_find(const struct evaluation *e, ff_str key);
/* The decision for one flag (NULL: not found). */
void evaluation_decide(struct evaluation *e, const struct compiled_flag *flag, int64_t now_ms, struct decision *ret);
/*
 * Appends the decisions as a JSON object, `{"<key>": {…}, …}`: of the flags named, in that order, each once however
 * often it is named; or of every flag that the
 * caller may see, in the order of their keys.
 */
void evaluation_write_flags(struct evaluation *e, const ff_str *keys, uint32_t n, int64_t now_ms, struct ff_buf *out);
void evaluation_write_all(struct evaluation *e, int64_t now_ms, struct ff_buf *out);

/* ms since the snapshot was last known to be current. */
uint64_t eval_service_age_ms(const struct eval_service *s, ff_str tenant, ff_str environment, uint64_t mono_ms);

/*
 * Loads the snapshot of (call->tenant, environment), where it is not loaded, and brings it to at least `min_revision`.
 * Waits, at most until the call's deadline: offline, on a worker. FF_ETENANTNOTFOUND, FF_EENVIRONMENTNOTFOUND,
 * FF_EREVISION where the store itself has not got so far, FF_ETIMEOUT, FF_ECANCELLED, the store's.
 */
FF_MUST ff_status eval_service_load(struct eval_service *s, const struct ff_call *call, ff_str environment,
	uint64_t min_revision, struct ff_err *reterr);

#endif
