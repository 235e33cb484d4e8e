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
