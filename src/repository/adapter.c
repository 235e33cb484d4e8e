/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"

#include <inttypes.h>
#include <time.h>

#include "sys/clock.h"

/* How soon a waiting writer notices that its caller has gone. */
enum { WAIT_SLICE_MS = 10 };

#define FIRST_KEY "production"
#define FIRST_JSON "{\"key\":\"" FIRST_KEY "\",\"name\":\"Production\"}"

const struct document repository_first_environment = {
	.kind = DOCUMENT_ENVIRONMENT,
	.key = FF_STR(FIRST_KEY),
	.version = 1,
	.revision = 1,
	.json = FF_STR(FIRST_JSON),
	.search = FF_STR(FIRST_KEY),
};

const struct change repository_first_change = {
	.revision = 1,
	.kind = DOCUMENT_ENVIRONMENT,
	.action = CHANGE_CREATED,
	.key = FF_STR(FIRST_KEY),
	.version = 1,
	.patch = FF_STR("[{\"op\":\"replace\",\"path\":\"\",\"value\":" FIRST_JSON "}]"),
	.full = FF_STR(FIRST_JSON),
};

static const struct {
	ff_status missing, exists;
} refusals[DOCUMENT_KINDS] = {
	[DOCUMENT_FLAG] = {FF_EFLAGNOTFOUND, FF_EFLAGEXISTS},
	[DOCUMENT_SEGMENT] = {FF_ESEGMENTNOTFOUND, FF_ESEGMENTEXISTS},
	[DOCUMENT_ENVIRONMENT] = {FF_EENVIRONMENTNOTFOUND, FF_EENVIRONMENTEXISTS},
	[DOCUMENT_KEY] = {FF_EKEYNOTFOUND, FF_EKEYEXISTS},
};

void
repository_assert_putable(const struct document *d, uint64_t expected_version)
{
	ff_assert(d->json.n && (d->kind == DOCUMENT_FLAG || d->n_parts == 0));
	ff_assert(d->secret_sha256.n == (d->kind == DOCUMENT_KEY && expected_version == 0 ? SECRET_SHA256_BYTES : 0));
}

ff_status
repository_may_remove(enum document_kind kind, ff_str key, uint64_t current, uint64_t expected, struct ff_err *reterr)
{
	if (!current)
		return repository_fail_missing(kind, key, reterr);
	if (current == expected)
		return FF_OK;
	ff_fail(reterr, FF_ECONFLICT, "the %s \"%.*s\" is at version %" PRIu64 ", not %" PRIu64, document_kind_name(kind),
		FF_FMT(key), current, expected);
	if (reterr)
		reterr->version = current;
	return FF_ECONFLICT;
}

ff_status
repository_may_put(enum document_kind kind, ff_str key, uint64_t current, uint64_t expected, struct ff_err *reterr)
{
	if (expected)
		return repository_may_remove(kind, key, current, expected, reterr);
	if (!current)
		return FF_OK;
	return ff_fail(reterr, refusals[kind].exists, "there is a %s \"%.*s\" already, at version %" PRIu64,
		document_kind_name(kind), FF_FMT(key), current);
}

ff_status
repository_fail_missing(enum document_kind kind, ff_str key, struct ff_err *reterr)
{
	return ff_fail(reterr, refusals[kind].missing, "there is no %s \"%.*s\"", document_kind_name(kind), FF_FMT(key));
}

ff_status
repository_fail_version(enum document_kind kind, ff_str key, uint64_t version, struct ff_err *reterr)
{
	return ff_fail(reterr, FF_EVERSIONNOTFOUND, "the %s \"%.*s\" has no version %" PRIu64, document_kind_name(kind),
		FF_FMT(key), version);
}

ff_status
repository_fail_tenant(ff_str tenant, struct ff_err *reterr)
{
	return ff_fail(reterr, FF_ETENANTNOTFOUND, "there is no tenant \"%.*s\"", FF_FMT(tenant));
}

ff_status
repository_fail_exists(enum document_kind kind, ff_str key, struct ff_err *reterr)
{
	return ff_fail(
		reterr, refusals[kind].exists, "there is or was a %s \"%.*s\" already", document_kind_name(kind), FF_FMT(key));
}

ff_status
repository_fail_tenant_exists(ff_str tenant, struct ff_err *reterr)
{
	return ff_fail(reterr, FF_ETENANTEXISTS, "there is or was a tenant \"%.*s\" already", FF_FMT(tenant));
}

ff_status
repository_tenant_ensure(
	struct repository *r, const struct ff_call *call, ff_str tenant, ff_str name, int64_t now_ms, struct ff_err *reterr)
{
	FF_CLEANUP(repository_rollbackp) struct repository_tx *tx = NULL;
	struct ff_call over_tenants = *call;
	struct tenant_state state;
	struct ff_err err;
	ff_status status;

	over_tenants.tenant = REPOSITORY_OPERATOR;
	over_tenants.idempotency_key = (ff_str){0};
	FF_TRY(r->ops->begin(r, &over_tenants, TX_WRITE, now_ms, &tx, reterr));
	status = r->ops->tenant_create(tx, tenant, name, &err);
	if (status == FF_ETENANTEXISTS)
		return FF_OK;
	if (status != FF_OK && reterr)
		*reterr = err;
	FF_TRY(status);
	return r->ops->commit(FF_TAKE(tx), &state, reterr);
}

void
repository_claims_init(struct repository_claims *claims)
{
	*claims = (struct repository_claims){0};
	pthread_mutex_init(&claims->mutex, NULL);
}

void
repository_claims_release(struct repository_claims *claims)
{
	ff_assert(!claims->first);
	pthread_mutex_destroy(&claims->mutex);
}

static bool
is_same_request(const struct ff_call *a, const struct ff_call *b)
{
	return ff_str_eq(a->idempotency_key, b->idempotency_key) && ff_str_eq(a->actor, b->actor) &&
		ff_str_eq(a->tenant, b->tenant);
}

ff_status
repository_fail_in_progress(const struct ff_call *call, struct ff_err *reterr)
{
	return ff_fail(reterr, FF_EIDEMPOTENCYINPROGRESS, "a request with the idempotency key \"%.*s\" is still running",
		FF_FMT(call->idempotency_key));
}

ff_status
repository_claim_take(
	struct repository_claims *claims, struct repository_claim *claim, const struct ff_call *call, struct ff_err *reterr)
{
	const struct repository_claim *c;

	if (!call->idempotency_key.n)
		return FF_OK;
	pthread_mutex_lock(&claims->mutex);
	for (c = claims->first; c && !is_same_request(c->call, call); c = c->next) /* as many as there are writers */
		;
	if (!c) {
		*claim = (struct repository_claim){.call = call, .next = claims->first};
		claims->first = claim;
	}
	pthread_mutex_unlock(&claims->mutex);
	return c ? repository_fail_in_progress(call, reterr) : FF_OK;
}

void
repository_claim_drop(struct repository_claims *claims, struct repository_claim *claim)
{
	struct repository_claim **at = &claims->first;

	if (!claim->call)
		return;
	pthread_mutex_lock(&claims->mutex);
	while (*at != claim)
		at = &(*at)->next;
	*at = claim->next;
	claim->call = NULL;
	pthread_mutex_unlock(&claims->mutex);
}

void
repository_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	ff_assert(!pthread_condattr_init(&attr));
	ff_assert(!pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
	ff_assert(!pthread_cond_init(cond, &attr));
	pthread_condattr_destroy(&attr);
}

ff_status
repository_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct ff_call *call, struct ff_err *reterr)
{
	uint64_t until = clock_mono_ms() + ff_call_left_ms(call, WAIT_SLICE_MS);
	struct timespec ts = {.tv_sec = (time_t)(until / 1000), .tv_nsec = (long)(until % 1000) * 1000000};

	FF_TRY(ff_call_over(call, reterr));
	pthread_cond_timedwait(cond, mutex, &ts);
	return FF_OK;
}

ff_str
repository_lower(struct ff_arena *arena, ff_str s)
{
	char *to = ff_arena_alloc(arena, s.n);

	for (size_t i = 0; i < s.n; i++) {
		to[i] = s.p[i];
		if (to[i] >= 'A' && to[i] <= 'Z')
			to[i] |= 0x20;
	}
	return ff_str_of(to, s.n);
}

void *
repository_more(struct ff_arena *arena, void *items, uint32_t n, size_t size)
{
	void *more;

	if (n & (n - 1) || n == 1) /* full at 0, 2, 4, 8, … */
		return items;
	more = ff_arena_alloc(arena, (n ? 2 * (size_t)n : 2) * size);
	if (n)
		memcpy(more, items, n * size);
	return more;
}
