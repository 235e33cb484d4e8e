/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "sys/epoch.h"
#include "sys/pool.h"

enum { QUEUE = 3, SUBMITTERS = 4, EACH = 500 };

static atomic_uint begun, ended;
static atomic_bool gate;

static void
wait_at_gate(void *arg)
{
	(void)arg;
	atomic_fetch_add(&begun, 1);
	while (!atomic_load(&gate))
		usleep(1000);
	atomic_fetch_add(&ended, 1);
}

static void
count(void *arg)
{
	atomic_uint *sum = arg;

	epoch_online(); /* a worker is registered */
	atomic_fetch_add(sum, 1);
	epoch_offline();
}

static void
reset(void)
{
	atomic_store(&begun, 0);
	atomic_store(&ended, 0);
	atomic_store(&gate, false);
}

static void
test_full_queue_refuses_and_says_when_to_come_back(void **state)
{
	struct pool *p;
	struct ff_err err = {0};

	(void)state;
	reset();
	assert_int_equal(pool_open(1, QUEUE, &p, &err), FF_OK);
	assert_int_equal(pool_submit(p, wait_at_gate, NULL, &err), FF_OK);
	while (atomic_load(&begun) == 0)
		usleep(1000);
	for (unsigned i = 0; i < QUEUE; i++)
		assert_int_equal(pool_submit(p, wait_at_gate, NULL, &err), FF_OK);
	assert_int_equal(pool_depth(p), QUEUE);
	assert_int_equal(pool_submit(p, wait_at_gate, NULL, &err), FF_EBUSY);
	assert_int_equal(err.status, FF_EBUSY);
	assert_true(err.retry_after_s > 0);
	assert_int_equal(pool_submit(p, wait_at_gate, NULL, NULL), FF_EBUSY);
	atomic_store(&gate, true);
	pool_close(p);
	assert_int_equal(atomic_load(&ended), 1 + QUEUE);
}

static void *
open_gate(void *arg)
{
	(void)arg;
	usleep(20000);
	atomic_store(&gate, true);
	return NULL;
}

static void
test_close_finishes_what_is_queued(void **state)
{
	struct pool *p;
	pthread_t opener;

	(void)state;
	reset();
	assert_int_equal(pool_open(2, 10, &p, NULL), FF_OK);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(pool_submit(p, wait_at_gate, NULL, NULL), FF_OK);
	assert_int_equal(pthread_create(&opener, NULL, open_gate, NULL), 0);
	pool_close(p);
	assert_int_equal(atomic_load(&ended), 8);
	pthread_join(opener, NULL);
	pool_close(NULL);
}

struct submitter {
	pthread_t thread;
	struct pool *pool;
	atomic_uint *sum;
	unsigned accepted;
};

static void *
submit_many(void *arg)
{
	struct submitter *s = arg;

	for (unsigned i = 0; i < EACH; i++)
		s->accepted += pool_submit(s->pool, count, s->sum, NULL) == FF_OK;
	return NULL;
}

static void
test_every_accepted_job_runs_once(void **state)
{
	struct submitter submitters[SUBMITTERS];
	atomic_uint sum = 0;
	unsigned accepted = 0;
	struct pool *p;

	(void)state;
	assert_int_equal(pool_open(3, 8, &p, NULL), FF_OK);
	for (unsigned i = 0; i < SUBMITTERS; i++) {
		submitters[i] = (struct submitter){.pool = p, .sum = &sum};
		assert_int_equal(pthread_create(&submitters[i].thread, NULL, submit_many, &submitters[i]), 0);
	}
	for (unsigned i = 0; i < SUBMITTERS; i++) {
		pthread_join(submitters[i].thread, NULL);
		accepted += submitters[i].accepted;
	}
	pool_close(p);
	assert_true(accepted > 0);
	assert_int_equal(atomic_load(&sum), accepted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_queue_refuses_and_says_when_to_come_back),
		cmocka_unit_test(test_close_finishes_what_is_queued),
		cmocka_unit_test(test_every_accepted_job_runs_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
