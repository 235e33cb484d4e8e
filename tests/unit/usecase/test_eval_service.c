/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <pthread.h>

#include "support/sdk.h"
#include "sys/clock.h"
#include "sys/epoch.h"
#include "usecase/eval_service.h"

enum { READERS = 3, WRITES = 40, ANSWER_MAX = 1 << 16, CALL_MS = 10000 };

/* Two flags that are always written together: both on, or both off. */
static json_t *
twins(bool on)
{
	const char *variation = on ? "on" : "off";
	json_t *flags = json_array();

	for (unsigned i = 0; i < 2; i++)
		json_array_append_new(flags,
			json_pack("{s:s,s:s,s:{s:{s:b,s:{s:s}}}}", "key", i ? "right" : "left", "type", "boolean", "environments",
				"production", "enabled", true, "default", "variation", variation));
	return json_pack("{s:o}", "flags", flags);
}

static int
setup(void **state)
{
	struct sdk *s = ff_xmalloc(sizeof *s);
	json_t *doc = twins(false);

	sdk_open(s, doc);
	json_decref(doc);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	sdk_close(*state);
	free(*state);
	return 0;
}

static struct ff_call
call(void)
{
	return (struct ff_call){.deadline_ms = clock_mono_ms() + CALL_MS, .tenant = FF_STR("default")};
}

static void
test_nothing_is_begun_where_nothing_is_loaded(void **state)
{
	struct sdk *s = *state;
	struct evaluation e;

	assert_false(evaluation_begin(s->service, FF_STR("default"), FF_STR("staging"), &s->arena, &e));
	assert_false(evaluation_begin(s->service, FF_STR("acme"), FF_STR("production"), &s->arena, &e));
	assert_true(evaluation_begin(s->service, FF_STR("default"), FF_STR("production"), &s->arena, &e));
}

static void
test_load_brings_the_revision_asked_for(void **state)
{
	struct sdk *s = *state;
	struct ff_call c = call();
	json_t *on = twins(true);
	struct evaluation e;
	struct ff_err err;

	sdk_write(s, FF_STR("default"), on);
	json_decref(on);
	epoch_offline();
	assert_int_equal(eval_service_load(s->service, &c, FF_STR("nowhere"), 0, &err), FF_EENVIRONMENTNOTFOUND);
	assert_int_equal(eval_service_load(s->service, &c, FF_STR("production"), 2, &err), FF_OK);
	epoch_online();
	assert_true(evaluation_begin(s->service, FF_STR("default"), FF_STR("production"), &s->arena, &e));
	assert_int_equal(snapshot_revision(e.snapshot), 2); /* it was there */
	epoch_offline();
	assert_int_equal(eval_service_load(s->service, &c, FF_STR("production"), 3, &err), FF_OK);
	assert_int_equal(eval_service_load(s->service, &c, FF_STR("production"), 4, &err), FF_EREVISION);
	epoch_online();
	assert_true(evaluation_begin(s->service, FF_STR("default"), FF_STR("production"), &s->arena, &e));
	assert_int_equal(snapshot_revision(e.snapshot), 3);
}

/* What one decision says, for each of the ways to ask. */
static void
test_one_many_and_all_agree(void **state)
{
	static const char left[] = "{\"left\":{\"value\":false,\"variation\":\"off\",\"reason\":\"DEFAULT\",\"version\":1}";
	static const ff_str keys[] = {{"left", 4}, {"left", 4}};
	struct sdk *s = *state;
	FF_CLEANUP(ff_buf_release) struct ff_buf out;
	struct decision decision;
	struct evaluation e;

	ff_buf_init(&out, ANSWER_MAX);
	assert_true(evaluation_begin(s->service, FF_STR("default"), FF_STR("production"), &s->arena, &e));
	evaluation_write_flags(&e, keys, 2, 0, &out);
	assert_true(ff_str_eqz(ff_str_of(out.p, out.n - 1), left));
	ff_buf_reset(&out);
	evaluation_write_all(&e, 0, &out);
	assert_true(ff_str_starts(ff_buf_str(&out), ff_str_z(left)));
	ff_buf_reset(&out);
	evaluation_decide(&e, snapshot_find(e.snapshot, keys[0]), 0, &decision);
	decision_write(&decision, &out);
	assert_true(ff_str_eq(ff_buf_str(&out), ff_str_of(left + 8, sizeof left - 1 - 8)));
	ff_buf_reset(&out);
	evaluation_write_flags(&e, NULL, 0, 0, &out);
	assert_true(ff_str_eqz(ff_buf_str(&out), "{}"));
}

/* ---- readers while snapshots are replaced under them ---- */

struct crowd {
	struct sdk *sdk;
	atomic_bool stop;
	atomic_uint torn, backwards, answers; /* counted by the readers: assertions are the main thread's */
};

static void
read_once(struct crowd *c, struct ff_arena *arena, struct ff_buf *out, uint64_t *revision)
{
	static const ff_str keys[] = {{"left", 4}, {"right", 5}};
	struct evaluation e;
	bool left, right;

	ff_arena_reset(arena);
	ff_buf_reset(out);
	epoch_online();
	if (evaluation_begin(c->sdk->service, FF_STR("default"), FF_STR("production"), arena, &e)) {
		evaluation_write_flags(&e, keys, 2, 0, out);
		left = ff_str_contains(ff_buf_str(out), FF_STR("\"left\":{\"value\":true"));
		right = ff_str_contains(ff_buf_str(out), FF_STR("\"right\":{\"value\":true"));
		atomic_fetch_add(&c->torn, left != right);
		atomic_fetch_add(&c->backwards, snapshot_revision(e.snapshot) < *revision);
		*revision = snapshot_revision(e.snapshot);
		atomic_fetch_add(&c->answers, 1);
	}
	epoch_offline();
}

static void *
reader(void *arg)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(ff_buf_release) struct ff_buf out;
	struct crowd *c = arg;
	uint64_t revision = 0;

	ff_buf_init(&out, ANSWER_MAX);
	epoch_register();
	while (!atomic_load(&c->stop))
		read_once(c, &arena, &out, &revision);
	epoch_unregister();
	return NULL;
}

static void
test_answers_are_whole_while_snapshots_are_replaced(void **state)
{
	struct crowd c = {.sdk = *state};
	pthread_t threads[READERS];
	struct ff_err err;

	epoch_offline();
	for (unsigned i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, &c), 0);
	for (unsigned i = 0; i < WRITES; i++) {
		struct ff_call ours = call();
		json_t *doc = twins(i % 2 == 0);

		sdk_write(c.sdk, FF_STR("default"), doc);
		json_decref(doc);
		assert_int_equal(eval_service_load(c.sdk->service, &ours, FF_STR("production"), i + 3, &err), FF_OK);
	}
	while (atomic_load(&c.answers) == 0)
		sched_yield();
	atomic_store(&c.stop, true);
	for (unsigned i = 0; i < READERS; i++)
		pthread_join(threads[i], NULL);
	epoch_online();
	assert_int_equal(atomic_load(&c.torn), 0);
	assert_int_equal(atomic_load(&c.backwards), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing_is_begun_where_nothing_is_loaded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_load_brings_the_revision_asked_for, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_many_and_all_agree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answers_are_whole_while_snapshots_are_replaced, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
