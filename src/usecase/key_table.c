/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/key_table.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/map.h"
#include "observability/log.h"
#include "sys/epoch.h"
#include "usecase/flight.h"

enum {
	SLOTS_MIN = 16,
	UNKNOWN_SLOTS = 4096, /* ids that are remembered as unknown; a newer one takes an older one's place */
};

/* From ids to keys: open addressing, at most half full. Not changed once readers see it, but replaced. */
struct key_slots {
	uint32_t mask;
	struct key_entry *at[];
};

struct tenant_keys {
	struct tenant_keys *next;
	ff_str tenant; /* behind the struct */
	struct tenant_state state;
	struct key_entry **entries; /* by id */
	uint32_t n;
};

struct key_table {
	struct repository *repository;
	uint64_t (*mono_ms)(void);
	_Atomic(struct key_slots *) slots;
	/* By a part of the id's hash: the rest of it, and when that was learned (ms, 32 bits). 0: nothing. */
	atomic_uint_fast64_t unknown[UNKNOWN_SLOTS];
	/* Guards what follows and the change of the slots. Never held over I/O. */
	pthread_mutex_t lock;
	struct flights loads, questions; /* by tenant, by id */
	struct tenant_keys *tenants;
	uint32_t n; /* keys of all */
};

/* What changed, to be freed when its readers have left. */
struct retired {
	struct key_slots *slots;
	struct key_entry **entries;
	uint32_t n;
};

/* What a caller wants of a tenant. */
struct goal {
	ff_str id; /* this key; or else a state: */
	uint64_t revision;
	bool exact; /* it and head, and not what is merely newer */
	uint64_t head;
};

static struct key_slots *
slots_new(uint32_t n_keys)
{
	uint32_t n = SLOTS_MIN;
	struct key_slots *s;

	while (n < n_keys * 2)
		n *= 2;
	s = ff_xcalloc(1, sizeof *s + n * sizeof s->at[0]);
	s->mask = n - 1;
	return s;
}

/* Where the id is, or would be. */
static struct key_entry **
slot_of(struct key_slots *s, ff_str id)
{
	uint32_t i = (uint32_t)ff_map_hash(id) & s->mask;

	while (s->at[i] && !ff_str_eq(s->at[i]->id, id))
		i = (i + 1) & s->mask;
	return &s->at[i];
}

struct key_table *
key_table_new(struct repository *repository, uint64_t (*mono_ms)(void))
{
	struct key_table *t = ff_xcalloc(1, sizeof *t);

	t->repository = repository;
	t->mono_ms = t->loads.mono_ms = t->questions.mono_ms = mono_ms;
	atomic_init(&t->slots, slots_new(0));
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

static void
free_entries(struct key_entry **entries, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
}

void
key_table_free(struct key_table *t)
{
	if (!t)
		return;
	ff_assert(!t->loads.first && !t->questions.first);
	while (t->tenants) {
		struct tenant_keys *k = t->tenants;

		t->tenants = k->next;
		free_entries(k->entries, k->n);
		free(k);
	}
	free(atomic_load(&t->slots));
	pthread_mutex_destroy(&t->lock);
	free(t);
}

struct key_entry *
key_table_find(const struct key_table *t, ff_str id)
{
	return *slot_of(atomic_load(&t->slots), id);
}

/* What is not there */

/* The two halves of a slot's word. The hash is seeded, so that nobody can choose ids that push each other out. */
static uint64_t
unknown_word(ff_str id, uint64_t mono_ms, uint32_t *ret_slot)
{
	uint64_t hash = ff_map_hash(id);

	*ret_slot = (uint32_t)hash % UNKNOWN_SLOTS;
	return (hash & UINT64_C(0xffffffff00000000)) | (mono_ms & UINT32_MAX);
}

bool
key_table_is_unknown(const struct key_table *t, ff_str id, uint64_t mono_ms)
{
	uint32_t slot;
	uint64_t now = unknown_word(id, mono_ms, &slot);
	uint64_t then = atomic_load_explicit(&t->unknown[slot], memory_order_relaxed);

	return then && then >> 32 == now >> 32 && (uint32_t)(now - then) < KEY_UNKNOWN_MS;
}

static void
note_unknown(struct key_table *t, ff_str id)
{
	uint32_t slot;
	uint64_t word = unknown_word(id, t->mono_ms(), &slot);

	atomic_store_explicit(&t->unknown[slot], word, memory_order_relaxed);
}

/* Loading */

struct loaded {
	const struct ff_call *call;
	struct tenant_state state;
	struct key_entry **entries;
	uint32_t n, cap;
};

static void
loaded_release(struct loaded *l)
{
	free_entries(l->entries, l->n);
}

static bool
visit(void *arg, const struct document *d)
{
	struct loaded *l = arg;
	struct key_entry *e = key_entry_new(l->call->tenant, d);

	if (!e) { /* one that cannot be read keeps nobody else out */
		log_error("keys", "a stored key cannot be read", LOG_STR("tenant", l->call->tenant), LOG_STR("id", d->key));
		return true;
	}
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : SLOTS_MIN;
		l->entries = ff_xrealloc(l->entries, l->cap * sizeof(struct key_entry *));
	}
	l->entries[l->n++] = e;
	return true;
}

static ff_status
read_keys(struct repository *repository, struct loaded *l, struct ff_err *reterr)
{
	FF_CLEANUP(repository_rollbackp) struct repository_tx *tx = NULL;
	const struct repository_ops *ops = repository->ops;

	FF_TRY(ops->begin(repository, l->call, TX_READ, 0, &tx, reterr));
	FF_TRY(ops->state(tx, &l->state, reterr));
	return ops->each(tx, DOCUMENT_KEY, FF_STR(""), visit, l, reterr);
}

static struct tenant_keys **
place_of(struct key_table *t, ff_str tenant)
{
	struct tenant_keys **at = &t->tenants;

	while (*at && !ff_str_eq((*at)->tenant, tenant))
		at = &(*at)->next;
	return at;
}

static struct tenant_keys *
tenant_new(ff_str tenant)
{
	struct tenant_keys *k = ff_xcalloc(1, sizeof *k + tenant.n);

	memcpy(k + 1, tenant.p, tenant.n);
	k->tenant = ff_str_of((const char *)(k + 1), tenant.n);
	return k;
}

/* A key never changes, so those that stay are told by id and version. */
static bool
same_key(const struct key_entry *a, const struct key_entry *b)
{
	return ff_str_eq(a->id, b->id) && a->version == b->version;
}

/*
 * Of what was loaded, those that are known already go, and are kept as they are: readers have them, and they know when
 * they were used. *was keeps what is gone. Both are by id. Returns whether anything differs.
 */
static bool
merge(struct tenant_keys *k, struct loaded *l, struct retired *was)
{
	bool differs = l->n != k->n;
	uint32_t old = 0;

	was->entries = ff_xcalloc(k->n + 1, sizeof(struct key_entry *));
	for (uint32_t i = 0; i < l->n; i++) {
		while (old < k->n && ff_str_cmp(k->entries[old]->id, l->entries[i]->id) < 0)
			was->entries[was->n++] = k->entries[old++];
		if (old < k->n && same_key(k->entries[old], l->entries[i])) {
			free(l->entries[i]);
			l->entries[i] = k->entries[old++];
		} else {
			differs = true;
		}
	}
	while (old < k->n)
		was->entries[was->n++] = k->entries[old++];
	free(k->entries);
	k->entries = FF_TAKE(l->entries);
	k->n = l->n;
	l->n = 0;
	return differs || was->n;
}

static void
rebuild(struct key_table *t, struct retired *was)
{
	struct key_slots *slots = slots_new(t->n);

	for (const struct tenant_keys *k = t->tenants; k; k = k->next)
		for (uint32_t i = 0; i < k->n; i++)
			*slot_of(slots, k->entries[i]->id) = k->entries[i];
	was->slots = atomic_exchange(&t->slots, slots);
}

/* Under the lock. Readers see what was loaded from here on. */
static void
publish(struct key_table *t, ff_str tenant, struct loaded *l, struct retired *was)
{
	struct tenant_keys **at = place_of(t, tenant), *k;

	if (!*at)
		*at = tenant_new(tenant);
	k = *at;
	k->state = l->state;
	t->n = t->n - k->n + l->n;
	if (merge(k, l, was))
		rebuild(t, was);
}

static void
drop(struct key_table *t, ff_str tenant, struct retired *was)
{
	struct tenant_keys **at = place_of(t, tenant), *k = *at;

	if (!k)
		return;
	*at = k->next;
	t->n -= k->n;
	was->entries = k->entries;
	was->n = k->n;
	rebuild(t, was);
	free(k);
}

static void
retire(struct retired *was)
{
	if (was->slots || was->n)
		epoch_synchronize();
	free_entries(was->entries, was->n);
	free(was->slots);
}

/* Leads a flight: loads, publishes, wakes those who wait. Under the lock at call and return, not in between. */
static ff_status
lead(struct key_table *t, const struct ff_call *call, struct ff_err *reterr)
{
	FF_CLEANUP(loaded_release) struct loaded l = {.call = call};
	struct flight *f = flight_start(&t->loads, call->tenant, FF_STR(""));
	struct retired was = {0};
	ff_status status;

	pthread_mutex_unlock(&t->lock);
	status = read_keys(t->repository, &l, &f->err);
	pthread_mutex_lock(&t->lock);
	if (status == FF_OK)
		publish(t, call->tenant, &l, &was);
	else if (status == FF_ETENANTNOTFOUND)
		drop(t, call->tenant, &was);
	if (status != FF_OK && reterr)
		*reterr = f->err;
	f->status = status;
	flight_land(&t->loads, f);
	pthread_mutex_unlock(&t->lock);
	retire(&was);
	pthread_mutex_lock(&t->lock);
	return status;
}

static bool
reached(struct key_table *t, ff_str tenant, const struct goal *goal)
{
	const struct tenant_keys *k = *place_of(t, tenant);

	if (!k)
		return false;
	if (goal->id.n)
		return key_table_find(t, goal->id) != NULL;
	if (goal->exact)
		return k->state.revision == goal->revision && k->state.head == goal->head;
	return k->state.revision >= goal->revision;
}

static ff_status
bring_locked(struct key_table *t, const struct ff_call *call, const struct goal *goal, struct ff_err *reterr)
{
	for (unsigned i = 0; i < FLIGHTS_MAX; i++) {
		struct flight *f;
		ff_status status;
		bool again;

		if (reached(t, call->tenant, goal))
			return FF_OK;
		f = flight_find(&t->loads, call->tenant, FF_STR(""));
		if (!f) {
			FF_TRY(lead(t, call, reterr));
			/* A key that is not there now was revoked meanwhile; a state that is not is not the store's any more. */
			if (goal->id.n || goal->exact || reached(t, call->tenant, goal))
				return FF_OK;
			return ff_fail(reterr, FF_EREVISION, "the store has not got to revision %llu of tenant \"%.*s\"",
				(unsigned long long)goal->revision, FF_FMT(call->tenant));
		}
		status = flight_wait(&t->loads, f, &t->lock, call, &again, reterr);
		if (status != FF_OK && !again)
			return status;
	}
	return ff_fail(reterr, FF_EBUSY, "the keys of tenant \"%.*s\" could not be loaded", FF_FMT(call->tenant));
}

static ff_status
bring(struct key_table *t, const struct ff_call *call, const struct goal *goal, struct ff_err *reterr)
{
	ff_status status;

	pthread_mutex_lock(&t->lock);
	status = bring_locked(t, call, goal, reterr);
	pthread_mutex_unlock(&t->lock);
	return status;
}

ff_status
key_table_load(struct key_table *t, const struct ff_call *call, struct ff_err *reterr)
{
	return bring(t, call, &(struct goal){0}, reterr);
}

ff_status
key_table_refresh(struct key_table *t, const struct ff_call *call, uint64_t revision, struct ff_err *reterr)
{
	struct ff_err err;
	ff_status status = FF_OK;

	pthread_mutex_lock(&t->lock);
	if (*place_of(t, call->tenant))
		status = bring_locked(t, call, &(struct goal){.revision = revision}, &err);
	pthread_mutex_unlock(&t->lock);
	if (status == FF_ETENANTNOTFOUND)
		return FF_OK;
	if (status != FF_OK && reterr)
		*reterr = err;
	return status;
}

/* Unknown ids */

static ff_status
ask_store(struct key_table *t, const struct ff_call *call, ff_str id, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct ff_call tenant_call = *call;
	struct key_record record;
	struct ff_err err;
	ff_status status;

	status = t->repository->ops->key_find(t->repository, call, id, &arena, &record, &err);
	if (status == FF_OK && !record.revoked) {
		tenant_call.tenant = record.tenant;
		status = bring(t, &tenant_call, &(struct goal){.id = id}, &err);
		if (status == FF_OK)
			return FF_OK;
	} else if (status == FF_OK) {
		status = FF_EKEYNOTFOUND;
	}
	if (status == FF_EKEYNOTFOUND || status == FF_ETENANTNOTFOUND) {
		note_unknown(t, id);
		return FF_OK;
	}
	if (reterr)
		*reterr = err;
	return status;
}

ff_status
key_table_look_up(struct key_table *t, const struct ff_call *call, ff_str id, struct ff_err *reterr)
{
	struct flight *f;
	ff_status status = FF_OK;
	bool again = true;

	pthread_mutex_lock(&t->lock);
	for (unsigned i = 0; i < FLIGHTS_MAX && again; i++) {
		f = flight_find(&t->questions, id, FF_STR(""));
		if (f) {
			status = flight_wait(&t->questions, f, &t->lock, call, &again, reterr);
			continue;
		}
		f = flight_start(&t->questions, id, FF_STR(""));
		pthread_mutex_unlock(&t->lock);
		status = ask_store(t, call, id, &f->err);
		pthread_mutex_lock(&t->lock);
		if (status != FF_OK && reterr)
			*reterr = f->err;
		f->status = status;
		flight_land(&t->questions, f);
		again = false;
	}
	pthread_mutex_unlock(&t->lock);
	return status;
}

/* Polling */

/* The tenants whose keys are loaded, copied to `arena`. */
static ff_str *
loaded_tenants(struct key_table *t, struct ff_arena *arena, uint32_t *ret_n)
{
	uint32_t n = 0;
	ff_str *list;

	pthread_mutex_lock(&t->lock);
	for (const struct tenant_keys *k = t->tenants; k; k = k->next)
		n++;
	list = FF_ARENA_ARRAY(arena, ff_str, n);
	n = 0;
	for (const struct tenant_keys *k = t->tenants; k; k = k->next)
		list[n++] = ff_arena_str(arena, k->tenant);
	pthread_mutex_unlock(&t->lock);
	*ret_n = n;
	return list;
}

ff_status
key_table_poll(struct key_table *t, const struct ff_call *call, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct tenant_state *states;
	ff_status first = FF_OK;
	uint32_t n;
	ff_str *tenants = loaded_tenants(t, &arena, &n);

	if (n == 0)
		return FF_OK;
	states = FF_ARENA_ARRAY(&arena, struct tenant_state, n);
	FF_TRY(t->repository->ops->revisions(t->repository, call, tenants, n, states, reterr));
	for (uint32_t i = 0; i < n; i++) {
		/* One that is gone has no state to reach: to load its keys drops them. */
		const struct goal goal = {.exact = true, .revision = states[i].revision, .head = states[i].head};
		struct ff_call tenant_call = *call;
		struct ff_err err;
		ff_status status;

		tenant_call.tenant = tenants[i];
		status = bring(t, &tenant_call, &goal, &err);
		if (status == FF_OK || status == FF_ETENANTNOTFOUND || first != FF_OK)
			continue;
		first = status;
		if (reterr)
			*reterr = err;
	}
	return first;
}

/* Uses */

/* Those that the store does not know of, as if it did already, copied to `arena`. Under the lock. */
static struct key_use *
collect_uses(struct key_table *t, struct ff_arena *arena, uint32_t *ret_n)
{
	struct key_use *uses = FF_ARENA_ARRAY(arena, struct key_use, t->n);
	uint32_t n = 0;

	for (const struct tenant_keys *k = t->tenants; k; k = k->next)
		for (uint32_t i = 0; i < k->n; i++) {
			struct key_entry *e = k->entries[i];
			int64_t at = atomic_load_explicit(&e->last_used_at, memory_order_relaxed);

			if (at <= e->noted_at)
				continue;
			uses[n++] = (struct key_use){ff_arena_str(arena, k->tenant), ff_arena_str(arena, e->id), at};
			e->noted_at = at;
		}
	*ret_n = n;
	return uses;
}

/* They could not be written: so that they are again. */
static void
forget_noted(struct key_table *t, const struct key_use *uses, uint32_t n)
{
	pthread_mutex_lock(&t->lock);
	for (uint32_t i = 0; i < n; i++) {
		struct key_entry *e = key_table_find(t, uses[i].id);

		if (e)
			e->noted_at = 0;
	}
	pthread_mutex_unlock(&t->lock);
}

ff_status
key_table_note_uses(struct key_table *t, const struct ff_call *call, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct key_use *uses;
	ff_status status;
	uint32_t n;

	pthread_mutex_lock(&t->lock);
	uses = collect_uses(t, &arena, &n);
	pthread_mutex_unlock(&t->lock);
	if (n == 0)
		return FF_OK;
	status = t->repository->ops->key_used(t->repository, call, uses, n, reterr);
	if (status != FF_OK)
		forget_noted(t, uses, n);
	return status;
}
