/* SPDX-License-Identifier: Apache-2.0 */
/* Readers and a writer over memory that is poisoned before it is freed. TSan and ASan watch too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "sys/epoch.h"

enum { READERS = 4, VERSIONS = 200, ALIVE = 0x600d, DEAD = 0xdead };

struct version {
	unsigned state, number;
};

static _Atomic(struct version *) current;
static atomic_bool over;
static atomic_uint online_readers;

static struct version *
version_new(unsigned number)
{
	struct version *v = ff_xcalloc(1, sizeof *v);

	*v = (struct version){ALIVE, number};
	return v;
}

static void
version_free(struct version *v)
{
	v->state = DEAD;
	free(v);
}

/* Returns how often it saw a dead or an older version. */
static void *
read_until_over(void *arg)
{
	uintptr_t wrong = 0;
	unsigned newest = 0;

	(void)arg;
	epoch_register();
	while (!atomic_load(&over)) {
		const struct version *v;

		epoch_online();
		v = atomic_load_explicit(&current, memory_order_acquire);
		wrong += v->state != ALIVE || v->number < newest;
		newest = v->number;
		epoch_online(); /* nests */
		wrong += v->state != ALIVE;
		epoch_offline();
		wrong += v->state != ALIVE;
		epoch_offline();
		sched_yield(); /* for those that wait, where there are few cores */
	}
	epoch_unregister();
	return (void *)wrong;
}

static void
test_online_readers_never_see_freed_memory(void **state)
{
	pthread_t readers[READERS];

	(void)state;
	atomic_store(&over, false);
	atomic_store(&current, version_new(1));
	for (unsigned i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_until_over, NULL), 0);
	for (unsigned number = 2; number < VERSIONS; number++) {
		struct version *old = atomic_exchange_explicit(&current, version_new(number), memory_order_acq_rel);

		epoch_synchronize();
		version_free(old);
	}
	atomic_store(&over, true);
	for (unsigned i = 0; i < READERS; i++) {
		void *wrong;

		pthread_join(readers[i], &wrong);
		assert_ptr_equal(wrong, NULL);
	}
	version_free(atomic_load(&current));
}

static void *
stay_online(void *arg)
{
	(void)arg;
	epoch_register();
	epoch_online();
	atomic_store(&online_readers, 1);
	while (!atomic_load(&over))
		sched_yield();
	/* What synchronize must not have passed yet. */
	atomic_store(&online_readers, 0);
	epoch_offline();
	epoch_unregister();
	return NULL;
}

static void *
end_soon(void *arg)
{
	(void)arg;
	atomic_store(&over, true);
	return NULL;
}

static void
test_synchronize_waits_for_a_reader_that_is_online(void **state)
{
	pthread_t reader, ender;

	(void)state;
	atomic_store(&over, false);
	atomic_store(&online_readers, 0);
	assert_int_equal(pthread_create(&reader, NULL, stay_online, NULL), 0);
	while (atomic_load(&online_readers) == 0)
		sched_yield();
	assert_int_equal(pthread_create(&ender, NULL, end_soon, NULL), 0);
	epoch_synchronize();
	assert_int_equal(atomic_load(&online_readers), 0);
	pthread_join(reader, NULL);
	pthread_join(ender, NULL);
}

static void *
register_and_leave(void *arg)
{
	(void)arg;
	epoch_register();
	epoch_online();
	epoch_offline();
	epoch_unregister();
	return NULL;
}

static void
test_slots_of_threads_that_ended_are_used_again(void **state)
{
	(void)state;
	for (unsigned i = 0; i < EPOCH_READERS_MAX + 50; i++) {
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, register_and_leave, NULL), 0);
		pthread_join(thread, NULL);
	}
	epoch_synchronize();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_online_readers_never_see_freed_memory),
		cmocka_unit_test(test_synchronize_waits_for_a_reader_that_is_online),
		cmocka_unit_test(test_slots_of_threads_that_ended_are_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
