/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/slowdown.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/map.h"

enum {
	SETS = 1024,
	WAYS = 4, /* places that an address may have */
	ALLOWANCE_MS = SLOWDOWN_BURST * SLOWDOWN_STEP_MS,
	MS_PER_S = 1000,
};

/* Generic cell rate (ITU-T I.371): when the address would be through with its attempts at one every step. */
struct place {
	uint64_t hash; /* of the address */
	uint64_t due_ms;
};

struct slowdown {
	pthread_mutex_t lock;
	struct place places[SETS][WAYS];
};

struct slowdown *
slowdown_new(void)
{
	struct slowdown *s = ff_xcalloc(1, sizeof *s);

	pthread_mutex_init(&s->lock, NULL);
	return s;
}

void
slowdown_free(struct slowdown *s)
{
	if (!s)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static uint64_t
hash_of(const struct address *a)
{
	uint64_t words[] = {a->high, a->v4 ? a->low : 0};

	return ff_map_hash(ff_str_of((const char *)words, sizeof words));
}

/* The address's place; where it has none, the one whose address is through first. Under the lock. */
static struct place *
place_of(struct slowdown *s, const struct address *a)
{
	uint64_t hash = hash_of(a);
	struct place *set = s->places[hash % SETS], *best = &set[0];

	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].hash == hash)
			return &set[i];
		if (set[i].due_ms < best->due_ms)
			best = &set[i];
	}
	*best = (struct place){.hash = hash};
	return best;
}

static unsigned
wait_s(uint64_t due_ms, uint64_t mono_ms)
{
	uint64_t ahead_ms = due_ms > mono_ms ? due_ms - mono_ms : 0;

	if (ahead_ms + SLOWDOWN_STEP_MS <= ALLOWANCE_MS)
		return 0;
	return (unsigned)((ahead_ms + SLOWDOWN_STEP_MS - ALLOWANCE_MS + MS_PER_S - 1) / MS_PER_S);
}

unsigned
slowdown_failed(struct slowdown *s, const struct address *a, uint64_t mono_ms)
{
	struct place *place;
	unsigned wait;

	pthread_mutex_lock(&s->lock);
	place = place_of(s, a);
	wait = wait_s(place->due_ms, mono_ms);
	if (wait == 0)
		place->due_ms = (place->due_ms > mono_ms ? place->due_ms : mono_ms) + SLOWDOWN_STEP_MS;
	pthread_mutex_unlock(&s->lock);
	return wait;
}

unsigned
slowdown_left_s(struct slowdown *s, const struct address *a, uint64_t mono_ms)
{
	uint64_t hash = hash_of(a);
	const struct place *set = s->places[hash % SETS];
	unsigned wait = 0;

	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].hash == hash)
			wait = wait_s(set[i].due_ms, mono_ms);
	pthread_mutex_unlock(&s->lock);
	return wait;
}
