/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/work.h"

#include "domain/limits.h"
#include "observability/log.h"
#include "usecase/snapshot_table.h"

ff_status
work_begin(struct work *w, const struct ff_call *call, const struct service *service, enum tx_mode mode, int64_t now_ms,
	struct ff_arena *arena, struct ff_err *reterr)
{
	struct tenant_state state;

	*w = (struct work){.call = call, .service = service, .arena = arena};
	FF_TRY(service->repository->ops->begin(service->repository, call, mode, now_ms, &w->tx, reterr));
	FF_TRY(work_ops(w)->state(w->tx, &state, reterr));
	w->revision = state.revision;
	return FF_OK;
}

/*
 * The write is made and cannot be taken back, so the caller must not be told that it failed: where the snapshots cannot
 * follow now, the next poll brings them up to date.
 */
static void
refresh(const struct work *w)
{
	struct ff_err err;

	if (!w->service->snapshots)
		return;
	if (snapshot_table_refresh(w->service->snapshots, w->call, w->revision, &err) != FF_OK)
		log_error("usecase", "a change is stored but not yet served", LOG_STR("tenant", w->call->tenant),
			LOG_UINT("revision", w->revision), LOG_STR("request_id", w->call->request_id), LOG_ERR(&err));
}

ff_status
work_commit(struct work *w, struct ff_err *reterr)
{
	struct repository_tx *tx = FF_TAKE(w->tx);
	struct tenant_state state;

	FF_TRY(work_ops(w)->commit(tx, &state, reterr));
	w->revision = state.revision;
	refresh(w);
	return FF_OK;
}

void
work_end(struct work *w)
{
	repository_rollbackp(&w->tx);
	w->tx = NULL;
}

ff_status
work_environments(struct work *w, const struct document_list **ret, struct ff_err *reterr)
{
	/* One more than may be, so that a store with too many is noticed and not cut off. */
	const struct document_query query = {.kind = DOCUMENT_ENVIRONMENT, .limit = LIMIT_ENVIRONMENTS + 1};

	if (!w->environments_known) {
		FF_TRY(work_ops(w)->list(w->tx, &query, w->arena, &w->environments, reterr));
		if (w->environments.n > LIMIT_ENVIRONMENTS)
			return ff_fail(reterr, FF_ESTORAGE, "the tenant has more than %d environments", LIMIT_ENVIRONMENTS);
		w->environments_known = true;
	}
	*ret = &w->environments;
	return FF_OK;
}

void
work_forget_environments(struct work *w)
{
	w->environments_known = false;
}

bool
work_has_environment(const struct document_list *environments, ff_str key)
{
	for (uint32_t i = 0; i < environments->n; i++)
		if (ff_str_eq(environments->items[i].key, key))
			return true;
	return false;
}
