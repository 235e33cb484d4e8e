/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/epoch.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

enum { SPINS = 64, NAP_NS = 50 * 1000 };

/* 0 offline, else the global epoch read at going online. One cache line each: readers don't disturb one another. */
static struct {
	_Alignas(64) atomic_uint_fast64_t epoch;
	atomic_bool taken;
} readers[EPOCH_READERS_MAX];

static atomic_uint_fast64_t global_epoch = 1;

static _Thread_local int my_slot = -1;
static _Thread_local unsigned my_depth;

void
epoch_register(void)
{
	ff_assert(my_slot < 0);
	for (int i = 0; i < EPOCH_READERS_MAX; i++) {
		bool free_slot = false;

		if (atomic_compare_exchange_strong(&readers[i].taken, &free_slot, true)) {
			my_slot = i;
			return;
		}
	}
	ff_assert(!"more reader threads than EPOCH_READERS_MAX");
}

void
epoch_unregister(void)
{
	ff_assert(my_slot >= 0 && my_depth == 0);
	atomic_store(&readers[my_slot].taken, false);
	my_slot = -1;
}

void
epoch_online(void)
{
	ff_assert(my_slot >= 0);
	if (my_depth++ > 0)
		return;
	/* seq_cst: the store must be visible before any pointer is loaded, or the writer could miss us. */
	atomic_store(&readers[my_slot].epoch, atomic_load_explicit(&global_epoch, memory_order_acquire));
}

void
epoch_offline(void)
{
	ff_assert(my_depth > 0);
	if (--my_depth == 0)
		atomic_store_explicit(&readers[my_slot].epoch, 0, memory_order_release);
}

void
epoch_synchronize(void)
{
	uint_fast64_t target;

	ff_assert(my_depth == 0);
	target = atomic_fetch_add(&global_epoch, 1) + 1;
	for (int i = 0; i < EPOCH_READERS_MAX; i++) {
		for (unsigned spins = 0;; spins++) {
			uint_fast64_t seen = atomic_load(&readers[i].epoch);

			if (seen == 0 || seen >= target)
				break;
			if (spins < SPINS)
				sched_yield();
			else
				nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
		}
	}
}
