/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/snapshot_directory.h"

#include <stdlib.h>

#include "base/map.h"
#include "sys/epoch.h"

enum { SLOTS_MIN = 16 };

/* Open addressing, at most half full. Grown by a copy, which takes the old one's place. */
struct snapshot_slots {
	uint32_t mask;
	_Atomic(struct snapshot_entry *) at[];
};

static struct snapshot_slots *
slots_new(uint32_t n)
{
	struct snapshot_slots *s = ff_xcalloc(1, sizeof *s + n * sizeof s->at[0]);

	s->mask = n - 1;
	return s;
}

void
snapshot_directory_init(struct snapshot_directory *d)
{
	*d = (struct snapshot_directory){.entries = NULL};
	atomic_init(&d->slots, slots_new(SLOTS_MIN));
}

void
snapshot_directory_release(struct snapshot_directory *d)
{
	for (struct snapshot_entry *e = d->entries; e;) {
		struct snapshot_entry *next = e->next;

		snapshot_free(atomic_load(&e->snapshot));
		free(e);
		e = next;
	}
	free(atomic_load(&d->slots));
}

static uint64_t
hash_of(ff_str tenant, ff_str environment)
{
	enum { ROTATE = 29 }; /* so that (a, b) and (b, a) differ */
	uint64_t t = ff_map_hash(tenant);

	return (t << ROTATE | t >> (64 - ROTATE)) ^ ff_map_hash(environment);
}

/* The slot that has the entry, or the free one where it would be. */
static _Atomic(struct snapshot_entry *) *
slot_of(struct snapshot_slots *s, ff_str tenant, ff_str environment, uint64_t hash)
{
	for (uint32_t i = (uint32_t)hash & s->mask;; i = (i + 1) & s->mask) {
		const struct snapshot_entry *e = atomic_load(&s->at[i]);

		if (!e || (e->hash == hash && ff_str_eq(e->tenant, tenant) && ff_str_eq(e->environment, environment)))
			return &s->at[i];
	}
}

struct snapshot_entry *
snapshot_directory_find(const struct snapshot_directory *d, ff_str tenant, ff_str environment)
{
	return atomic_load(slot_of(atomic_load(&d->slots), tenant, environment, hash_of(tenant, environment)));
}

static struct snapshot_entry *
entry_new(ff_str tenant, ff_str environment, struct snapshot *snapshot, uint64_t known_ms)
{
	struct snapshot_entry *e = ff_xcalloc(1, sizeof *e + tenant.n + environment.n);
	char *names = (char *)(e + 1);

	memcpy(names, tenant.p, tenant.n);
	memcpy(names + tenant.n, environment.p, environment.n);
	e->hash = hash_of(tenant, environment);
	e->tenant = ff_str_of(names, tenant.n);
	e->environment = ff_str_of(names + tenant.n, environment.n);
	atomic_init(&e->snapshot, snapshot);
	atomic_init(&e->known_ms, known_ms);
	return e;
}

/* Returns the slots whose place larger ones took; NULL where there was room. */
static struct snapshot_slots *
insert(struct snapshot_directory *d, struct snapshot_entry *e)
{
	struct snapshot_slots *slots = atomic_load(&d->slots), *old = NULL;

	if ((d->n + 1) * 2 > slots->mask + 1) {
		old = slots;
		slots = slots_new((old->mask + 1) * 2);
		for (struct snapshot_entry *other = d->entries; other; other = other->next)
			atomic_init(slot_of(slots, other->tenant, other->environment, other->hash), other);
	}
	atomic_store(slot_of(slots, e->tenant, e->environment, e->hash), e);
	if (old)
		atomic_store(&d->slots, slots);
	e->next = d->entries;
	d->entries = e;
	d->n++;
	return old;
}

struct snapshot_retired
snapshot_directory_publish(
	struct snapshot_directory *d, ff_str tenant, ff_str environment, struct snapshot *snapshot, uint64_t known_ms)
{
	struct snapshot_entry *e = snapshot_directory_find(d, tenant, environment);
	struct snapshot_retired retired = {0};

	if (!e && snapshot) {
		retired.slots = insert(d, entry_new(tenant, environment, snapshot, known_ms));
	} else if (e) {
		snapshot_entry_confirm(e, known_ms);
		retired.snapshot = atomic_exchange(&e->snapshot, snapshot);
	}
	return retired;
}

void
snapshot_retire(struct snapshot_retired *r)
{
	if (!r->snapshot && !r->slots)
		return;
	epoch_synchronize();
	snapshot_free(r->snapshot);
	free(r->slots);
}

uint64_t
snapshot_entry_age_ms(const struct snapshot_entry *e, uint64_t mono_ms)
{
	uint64_t known = atomic_load_explicit(&e->known_ms, memory_order_relaxed);

	return mono_ms > known ? mono_ms - known : 0;
}

void
snapshot_entry_confirm(struct snapshot_entry *e, uint64_t mono_ms)
{
	uint_fast64_t known = atomic_load_explicit(&e->known_ms, memory_order_relaxed);

	while (known < mono_ms && !atomic_compare_exchange_weak(&e->known_ms, &known, mono_ms))
		;
}
