/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/work.h"

#include <jansson.h>

#include "base/json_doc.h"
#include "domain/limits.h"
#include "observability/log.h"
#include "usecase/key_table.h"
#include "usecase/snapshot_table.h"

ff_status
work_begin(struct work *w, const struct ff_call *call, const struct service *service, enum tx_mode mode, int64_t now_ms,
	struct ff_arena *arena, struct ff_err *reterr)
{
	struct tenant_state state;

	*w = (struct work){.call = call, .service = service, .arena = arena, .now_ms = now_ms};
	FF_TRY(service->repository->ops->begin(service->repository, call, mode, now_ms, &w->tx, reterr));
	FF_TRY(work_ops(w)->state(w->tx, &state, reterr));
	w->revision = state.revision;
	return FF_OK;
}

static void
log_not_served(const struct ff_call *call, uint64_t revision, const struct ff_err *err)
{
	log_error("usecase", "a change is stored but not yet served", LOG_STR("tenant", call->tenant),
		LOG_UINT("revision", revision), LOG_STR("request_id", call->request_id), LOG_ERR(err));
}

/*
 * The write is made and cannot be taken back, so the caller must not be told that it failed: where memory cannot follow
 * now, the next poll brings it up to date.
 */
static void
refresh(const struct work *w, const struct ff_call *call, uint64_t revision)
{
	const struct service *s = w->service;
	struct ff_err err;

	if (s->keys && key_table_refresh(s->keys, call, revision, &err) != FF_OK)
		log_not_served(call, revision, &err);
	if (s->snapshots && snapshot_table_refresh(s->snapshots, call, revision, &err) != FF_OK)
		log_not_served(call, revision, &err);
}

ff_status
work_commit(struct work *w, struct ff_err *reterr)
{
	struct repository_tx *tx = FF_TAKE(w->tx);
	struct tenant_state state;

	FF_TRY(work_ops(w)->commit(tx, &state, reterr));
	w->revision = state.revision;
	refresh(w, w->call, w->revision);
	return FF_OK;
}

/* An answer as it is stored with its change. */
static ff_str
answer_write(const struct document_answer *answer, struct ff_arena *arena)
{
	FF_CLEANUP(json_decrefp) json_t *json = json_object();

	json_doc_set(json, FF_STR("json"), json_stringn(answer->json.n ? answer->json.p : "", answer->json.n));
	json_doc_set(json, FF_STR("key"), json_stringn(answer->key.p, answer->key.n));
	json_doc_set(json, FF_STR("version"), json_integer((json_int_t)answer->version));
	json_doc_set(json, FF_STR("revision"), json_integer((json_int_t)answer->revision));
	return json_doc_dump(json, arena);
}

static ff_status
answer_read(ff_str text, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *json = NULL;
	const json_t *version, *revision, *document, *key;
	ff_status status;

	status = json_doc_parse(text, &json, NULL);
	document = json_object_get(json, "json");
	key = json_object_get(json, "key");
	version = json_object_get(json, "version");
	revision = json_object_get(json, "revision");
	if (status != FF_OK || !json_is_string(document) || !json_is_string(key) || !json_is_integer(version) ||
		!json_is_integer(revision))
		return ff_fail(reterr, FF_ESTORAGE, "the stored outcome of a request cannot be read");
	*ret = (struct document_answer){
		.json = ff_arena_str(arena, json_doc_str(document)),
		.key = ff_arena_str(arena, json_doc_str(key)),
		.version = (uint64_t)json_integer_value(version),
		.revision = (uint64_t)json_integer_value(revision),
		.replayed = true,
	};
	return FF_OK;
}

/* The write was made, perhaps by another instance: this one is to show it too. */
static ff_status
replay(struct work *w, const struct outcome *outcome, struct document_answer *ret, struct ff_err *reterr)
{
	if (!ff_str_eq(outcome->fingerprint, w->fingerprint))
		return ff_fail(reterr, FF_EIDEMPOTENCYREUSED, "the idempotency key \"%.*s\" was used for another request",
			FF_FMT(w->call->idempotency_key));
	FF_TRY(answer_read(outcome->answer, w->arena, ret, reterr));
	w->replayed = true;
	work_end(w);
	refresh(w, w->call, w->revision);
	return FF_OK;
}

ff_status
work_begin_write(struct work *w, const struct ff_call *call, const struct service *service,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr)
{
	struct outcome outcome;
	bool found = false;

	FF_TRY(work_begin(w, call, service, TX_WRITE, request->now_ms, arena, reterr));
	if (!call->idempotency_key.n)
		return FF_OK;
	w->fingerprint = request->fingerprint;
	FF_TRY(work_ops(w)->outcome_get(w->tx, arena, &found, &outcome, reterr));
	return found ? replay(w, &outcome, ret, reterr) : FF_OK;
}

ff_status
work_answer(struct work *w, struct document_answer *answer, struct ff_err *reterr)
{
	answer->revision = w->revision + 1; /* a write that gets here has changed something */
	if (w->fingerprint.n) {
		const struct outcome outcome = {.fingerprint = w->fingerprint, .answer = answer_write(answer, w->arena)};

		FF_TRY(work_ops(w)->outcome_put(w->tx, &outcome, reterr));
	}
	FF_TRY(work_commit(w, reterr));
	ff_assert(answer->revision == w->revision);
	return FF_OK;
}

void
work_tenant_gone(const struct work *w, ff_str tenant)
{
	struct ff_call call = *w->call;

	call.tenant = tenant;
	refresh(w, &call, UINT64_MAX); /* which it never gets to: it is found to be gone */
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
