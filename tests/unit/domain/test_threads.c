/* SPDX-License-Identifier: Apache-2.0 */
/* test_threads.c - one snapshot, many threads, no lock: under TSan (-Db_sanitize=thread) a race fails it. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/engine.h"

enum { THREADS = 4, ROUNDS = 40 };

struct worker {
	pthread_t thread;
	const struct engine *shared;
	const json_t *cases;
	uint64_t sum; /* of what it decided */
};

/* Results in one number, so that workers can be compared. */
static void
add(uint64_t *sum, const struct decision *d)
{
	*sum = *sum * 31 + (uint64_t)d->reason * 100 + (uint64_t)(d->variation + 1) * 10 + (uint64_t)(d->rule + 1);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct engine own = {.snapshot = w->shared->snapshot, .scratch = scratch_new()};

	for (unsigned round = 0; round < ROUNDS; round++) {
		const json_t *one = json_array_get(w->cases, round % json_array_size(w->cases));
		struct context context;

		engine_context(&own, json_object_get(one, "context"), &context);
		for (uint32_t i = 0; i < snapshot_count(own.snapshot); i++) {
			struct decision d;

			evaluate(own.snapshot, snapshot_at(own.snapshot, i), &context, 0, own.scratch, &d);
			add(&w->sum, &d);
		}
	}
	scratch_free(own.scratch);
	ff_arena_release(&own.request);
	return NULL;
}

static void
test_threads_share_a_snapshot(void **state)
{
	json_t *suites = golden_load("decisions.json");
	struct worker workers[THREADS];
	struct engine e;

	(void)state;
	json_object_seed(1);
	engine_open(&e, json_array_get(suites, 0));
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.shared = &e, .cases = json_object_get(json_array_get(suites, 0), "cases")};
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
		assert_int_equal(workers[i].sum, workers[0].sum);
	}
	assert_true(workers[0].sum != 0);
	engine_close(&e);
	json_decref(suites);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads_share_a_snapshot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
