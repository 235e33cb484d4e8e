/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/snapshot_table.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

#include "usecase/flight.h"
#include "usecase/snapshot_directory.h"
#include "usecase/snapshot_load.h"

/* What a caller wants of a tenant environment. */
struct goal {
	uint64_t revision;
	bool exact; /* it and head, and not what is merely newer */
	uint64_t head;
};

struct snapshot_table {
	struct repository *repository;
	uint64_t (*mono_ms)(void);
	struct snapshot_directory directory;
	/* Guards what follows and all changes of the directory. Never held over I/O. */
	pthread_mutex_t lock;
	struct flights flights;
};

struct snapshot_table *
snapshot_table_new(struct repository *repository, uint64_t (*mono_ms)(void))
{
	struct snapshot_table *t = ff_xcalloc(1, sizeof *t);

	t->repository = repository;
	t->mono_ms = mono_ms;
	t->flights.mono_ms = mono_ms;
	snapshot_directory_init(&t->directory);
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

void
snapshot_table_free(struct snapshot_table *t)
{
	if (!t)
		return;
	ff_assert(!t->flights.first);
	snapshot_directory_release(&t->directory);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

const struct snapshot *
snapshot_table_find(const struct snapshot_table *t, ff_str tenant, ff_str environment)
{
	const struct snapshot_entry *e = snapshot_directory_find(&t->directory, tenant, environment);

	return e ? atomic_load(&e->snapshot) : NULL;
}

uint64_t
snapshot_table_age_ms(const struct snapshot_table *t, ff_str tenant, ff_str environment, uint64_t mono_ms)
{
	const struct snapshot_entry *e = snapshot_directory_find(&t->directory, tenant, environment);

	return e ? snapshot_entry_age_ms(e, mono_ms) : 0;
}

/* Flights: at most one at a time for each tenant environment, so that what they publish is in order. */

static bool
reached(const struct snapshot_table *t, ff_str tenant, ff_str environment, const struct goal *goal)
{
	const struct snapshot *s = snapshot_table_find(t, tenant, environment);

	if (!s)
		return false;
	if (goal->exact)
		return snapshot_revision(s) == goal->revision && snapshot_head(s) == goal->head;
	return snapshot_revision(s) >= goal->revision;
}

static bool
is_gone(ff_status s)
{
	return s == FF_EENVIRONMENTNOTFOUND || s == FF_ETENANTNOTFOUND;
}

/* Leads a flight: loads, publishes, wakes those who wait. Under the lock at call and return, not in between. */
static ff_status
flight_lead(struct snapshot_table *t, const struct ff_call *call, ff_str environment, struct ff_err *reterr)
{
	struct flight *f = flight_start(&t->flights, call->tenant, environment);
	struct snapshot *snapshot = NULL;
	struct snapshot_retired retired = {0};
	uint64_t started_ms = t->mono_ms();
	ff_status status;

	pthread_mutex_unlock(&t->lock);
	status = snapshot_load(t->repository, call, environment, &snapshot, &f->err);
	pthread_mutex_lock(&t->lock);
	if (status == FF_OK || is_gone(status))
		retired = snapshot_directory_publish(&t->directory, call->tenant, environment, snapshot, started_ms);
	if (status != FF_OK && reterr)
		*reterr = f->err;
	f->status = status;
	flight_land(&t->flights, f);
	pthread_mutex_unlock(&t->lock);
	snapshot_retire(&retired);
	malloc_trim(0); /* a load takes several times what it leaves */
	pthread_mutex_lock(&t->lock);
	return status;
}

static ff_status
bring_locked(struct snapshot_table *t, const struct ff_call *call, ff_str environment, const struct goal *goal,
	struct ff_err *reterr)
{
	for (unsigned i = 0; i < FLIGHTS_MAX; i++) {
		struct flight *f;
		ff_status status;
		bool again;

		if (reached(t, call->tenant, environment, goal))
			return FF_OK;
		f = flight_find(&t->flights, call->tenant, environment);
		if (!f) {
			FF_TRY(flight_lead(t, call, environment, reterr));
			if (goal->exact || reached(t, call->tenant, environment, goal))
				return FF_OK;
			return ff_fail(reterr, FF_EREVISION, "the store has not got to revision %llu of tenant \"%.*s\"",
				(unsigned long long)goal->revision, FF_FMT(call->tenant));
		}
		status = flight_wait(&t->flights, f, &t->lock, call, &again, reterr);
		if (status != FF_OK && !again)
			return status;
	}
	return ff_fail(reterr, FF_EBUSY, "the flags of tenant \"%.*s\" could not be loaded", FF_FMT(call->tenant));
}

static ff_status
bring(struct snapshot_table *t, const struct ff_call *call, ff_str environment, const struct goal *goal,
	struct ff_err *reterr)
{
	ff_status status;

	pthread_mutex_lock(&t->lock);
	status = bring_locked(t, call, environment, goal, reterr);
	pthread_mutex_unlock(&t->lock);
	return status;
}

ff_status
snapshot_table_load(struct snapshot_table *t, const struct ff_call *call, ff_str environment, struct ff_err *reterr)
{
	return bring(t, call, environment, &(struct goal){0}, reterr);
}

/* The loaded entries, of `tenant` or of all (tenant.p == NULL). Entries don't go, so they may be kept. */
static struct snapshot_entry **
loaded_entries(struct snapshot_table *t, ff_str tenant, uint32_t *ret_n)
{
	struct snapshot_entry **list;
	uint32_t n = 0;

	pthread_mutex_lock(&t->lock);
	list = ff_xcalloc(t->directory.n + 1, sizeof(struct snapshot_entry *));
	for (struct snapshot_entry *e = t->directory.entries; e; e = e->next)
		if (atomic_load(&e->snapshot) && (!tenant.p || ff_str_eq(e->tenant, tenant)))
			list[n++] = e;
	pthread_mutex_unlock(&t->lock);
	*ret_n = n;
	return list;
}

/* Brings all of them there, whatever becomes of one; the first failure is the result. */
static ff_status
bring_all(struct snapshot_table *t, const struct ff_call *call, struct snapshot_entry *const *entries, uint32_t n,
	const struct goal *goal, struct ff_err *reterr)
{
	ff_status first = FF_OK;

	for (uint32_t i = 0; i < n; i++) {
		struct ff_err err;
		ff_status status = bring(t, call, entries[i]->environment, goal, &err);

		if (status == FF_OK || is_gone(status) || first != FF_OK)
			continue;
		first = status;
		if (reterr)
			*reterr = err;
	}
	return first;
}

ff_status
snapshot_table_refresh(struct snapshot_table *t, const struct ff_call *call, uint64_t revision, struct ff_err *reterr)
{
	FF_CLEANUP(ff_freep) struct snapshot_entry **entries = NULL;
	uint32_t n;

	ff_assert(call->tenant.p);
	entries = loaded_entries(t, call->tenant, &n);
	return bring_all(t, call, entries, n, &(struct goal){.revision = revision}, reterr);
}

/* Polling */

static int
by_tenant(const void *a, const void *b)
{
	return ff_str_cmp((*(struct snapshot_entry *const *)a)->tenant, (*(struct snapshot_entry *const *)b)->tenant);
}

static ff_status
tenant_state(struct repository *r, const struct ff_call *call, struct tenant_state *ret, struct ff_err *reterr)
{
	FF_CLEANUP(repository_rollbackp) struct repository_tx *tx = NULL;

	FF_TRY(r->ops->begin(r, call, TX_READ, 0, &tx, reterr));
	return r->ops->state(tx, ret, reterr);
}

/* `entries` are all of one tenant. */
static ff_status
poll_tenant(struct snapshot_table *t, const struct ff_call *call, struct snapshot_entry *const *entries, uint32_t n,
	struct ff_err *reterr)
{
	const uint64_t asked_ms = t->mono_ms();
	struct tenant_state state = {0};
	ff_status status = tenant_state(t->repository, call, &state, reterr);
	struct goal goal = {.exact = true};

	/* A tenant that is gone has no state to reach: loading what is in memory drops it. */
	if (status != FF_OK && !is_gone(status))
		return status;
	goal.revision = state.revision;
	goal.head = state.head;
	FF_TRY(bring_all(t, call, entries, n, &goal, reterr));
	for (uint32_t i = 0; i < n; i++)
		snapshot_entry_confirm(entries[i], asked_ms);
	return FF_OK;
}

ff_status
snapshot_table_poll(struct snapshot_table *t, const struct ff_call *call, struct ff_err *reterr)
{
	FF_CLEANUP(ff_freep) struct snapshot_entry **entries = NULL;
	ff_status first = FF_OK;
	uint32_t n, same;

	entries = loaded_entries(t, (ff_str){0}, &n);
	qsort(entries, n, sizeof(struct snapshot_entry *), by_tenant);
	for (uint32_t i = 0; i < n; i += same) {
		struct ff_call tenant_call = *call;
		struct ff_err err;
		ff_status status;

		for (same = 1; i + same < n && ff_str_eq(entries[i]->tenant, entries[i + same]->tenant);)
			same++;
		tenant_call.tenant = entries[i]->tenant;
		status = poll_tenant(t, &tenant_call, entries + i, same, &err);
		if (status != FF_OK && first == FF_OK) {
			first = status;
			if (reterr)
				*reterr = err;
		}
	}
	return first;
}

struct snapshot_table_stats
snapshot_table_stats(struct snapshot_table *t, uint64_t mono_ms)
{
	struct snapshot_table_stats stats = {0};

	/* The lock keeps the snapshots: one is freed only after another took its place under it. */
	pthread_mutex_lock(&t->lock);
	for (const struct snapshot_entry *e = t->directory.entries; e; e = e->next) {
		const struct snapshot *s = atomic_load(&e->snapshot);
		uint64_t age = snapshot_entry_age_ms(e, mono_ms);

		if (!s)
			continue;
		stats.loaded++;
		stats.bytes += snapshot_bytes(s);
		if (age > stats.oldest_age_ms)
			stats.oldest_age_ms = age;
	}
	pthread_mutex_unlock(&t->lock);
	return stats;
}
