/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots: loaded by one, found by all, never torn. The threads are what TSan looks at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "domain/evaluate.h"
#include "fixture.h"
#include "gate.h"
#include "repository/memory/repository_memory.h"
#include "sys/clock.h"
#include "sys/epoch.h"

#define PRODUCTION FF_STR("production")

/* The monotonic clock, set forward by hand. */
static atomic_uint_fast64_t clock_ahead_ms;

static uint64_t
test_clock(void)
{
	return clock_mono_ms() + atomic_load(&clock_ahead_ms);
}

/* A table of its own behind a gate; the fixture's writes go around both. */
struct setup {
	struct fixture f;
	struct gate gate;
	struct snapshot_table *table;
	struct ff_call call;
};

static int
setup(void **state)
{
	struct setup *s = ff_xcalloc(1, sizeof *s);

	atomic_store(&clock_ahead_ms, 0);
	fixture_open(&s->f);
	gate_init(&s->gate, s->f.repository);
	s->table = snapshot_table_new(&s->gate.super, test_clock);
	s->call = (struct ff_call){.deadline_ms = UINT64_MAX, .tenant = FF_STR("acme")};
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct setup *s = *state;

	snapshot_table_free(s->table);
	gate_release(&s->gate);
	fixture_close(&s->f);
	free(s);
	return 0;
}

static void
write_flag(struct setup *s)
{
	static const struct step create = {CREATE_FLAG, "", "{'key': 'a', 'type': 'boolean'}"};
	static const struct step get = {GET_FLAG, "a", NULL};
	struct step change = {.verb = MERGE_FLAG, .key = "a", .body = "{}"};
	struct document_answer answer;

	if (document_get(&s->call, &s->f.service, &flag_rules, FF_STR("a"), &s->f.arena, &answer, NULL) != FF_OK) {
		fixture_step(&s->f, &create);
		return;
	}
	fixture_step(&s->f, &get);
	change.expected = (struct expected_version){EXPECT_IF_MATCH, s->f.answer.version};
	fixture_step(&s->f, &change);
}

static uint64_t
served_revision(struct setup *s)
{
	const struct snapshot *found = snapshot_table_find(s->table, FF_STR("acme"), PRODUCTION);

	return found ? snapshot_revision(found) : 0; /* nobody else changes it meanwhile */
}

static void
test_unknown_places_are_not_loaded(void **state)
{
	struct setup *s = *state;
	struct ff_call other = s->call;
	struct ff_err err;

	other.tenant = FF_STR("nobody");
	assert_int_equal(FF_EENVIRONMENTNOTFOUND, snapshot_table_load(s->table, &s->call, FF_STR("nope"), &err));
	assert_int_equal(FF_ETENANTNOTFOUND, snapshot_table_load(s->table, &other, PRODUCTION, &err));
	assert_null(snapshot_table_find(s->table, FF_STR("acme"), FF_STR("nope")));
	assert_null(snapshot_table_find(s->table, FF_STR("acme"), PRODUCTION));
	assert_int_equal(0, snapshot_table_stats(s->table, test_clock()).loaded);
}

/* One of many threads that ask for the same. */
struct loader {
	struct setup *s;
	struct ff_call call;
	ff_status status;
	pthread_t thread;
};

static void *
load_one(void *arg)
{
	struct loader *l = arg;

	l->status = snapshot_table_load(l->s->table, &l->call, PRODUCTION, NULL);
	return NULL;
}

static void
loader_start(struct loader *l, struct setup *s, uint64_t deadline_ms, const atomic_bool *cancel)
{
	*l = (struct loader){.s = s, .call = s->call};
	l->call.deadline_ms = deadline_ms;
	l->call.cancel = cancel;
	assert_int_equal(0, pthread_create(&l->thread, NULL, load_one, l));
}

static ff_status
loader_join(struct loader *l)
{
	pthread_join(l->thread, NULL);
	return l->status;
}

static void
test_one_load_runs_however_many_ask(void **state)
{
	enum { THREADS = 8 };
	struct setup *s = *state;
	struct loader loaders[THREADS];

	gate_close(&s->gate);
	for (unsigned i = 0; i < THREADS; i++)
		loader_start(&loaders[i], s, UINT64_MAX, NULL);
	gate_await(&s->gate, 1);
	gate_open(&s->gate);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(FF_OK, loader_join(&loaders[i]));
	assert_int_equal(1, gate_begun(&s->gate));
	assert_int_equal(FF_OK, snapshot_table_load(s->table, &s->call, PRODUCTION, NULL));
	assert_int_equal(1, gate_begun(&s->gate));
	assert_int_equal(2, served_revision(s));
}

static void
test_who_waits_has_a_deadline_of_its_own(void **state)
{
	struct setup *s = *state;
	struct loader leader, late, gone;
	atomic_bool cancelled = false;

	gate_close(&s->gate);
	loader_start(&leader, s, UINT64_MAX, NULL);
	gate_await(&s->gate, 1);
	loader_start(&late, s, clock_mono_ms() + 30, NULL);
	loader_start(&gone, s, UINT64_MAX, &cancelled);
	assert_int_equal(FF_ETIMEOUT, loader_join(&late));
	atomic_store(&cancelled, true);
	assert_int_equal(FF_ECANCELLED, loader_join(&gone));
	gate_open(&s->gate);
	assert_int_equal(FF_OK, loader_join(&leader));
	assert_int_equal(1, gate_begun(&s->gate));
}

static void
test_leaders_own_failure_is_not_the_waiters(void **state)
{
	static const ff_status own[] = {FF_ETIMEOUT, FF_ECANCELLED};
	struct setup *s = *state;

	for (unsigned i = 0; i < FF_COUNT(own); i++) {
		struct loader leader, waiter;

		gate_close(&s->gate);
		gate_fail_next(&s->gate, 1, own[i]);
		loader_start(&leader, s, UINT64_MAX, NULL);
		gate_await(&s->gate, 1);
		loader_start(&waiter, s, UINT64_MAX, NULL);
		gate_open(&s->gate);
		assert_int_equal(own[i], loader_join(&leader));
		assert_int_equal(FF_OK, loader_join(&waiter));
		assert_int_equal(2, gate_begun(&s->gate));
		teardown(state);
		setup(state);
		s = *state;
	}
}

static void
test_failing_store_is_told_and_asked_again(void **state)
{
	struct setup *s = *state;
	struct ff_err err;

	gate_fail_next(&s->gate, 1, FF_EUNAVAILABLE);
	assert_int_equal(FF_EUNAVAILABLE, snapshot_table_load(s->table, &s->call, PRODUCTION, &err));
	assert_string_equal("injected", err.detail);
	assert_int_equal(FF_OK, snapshot_table_load(s->table, &s->call, PRODUCTION, &err));
}

static void
test_refresh_brings_the_revision_asked_for(void **state)
{
	struct setup *s = *state;
	struct ff_err err;

	assert_int_equal(FF_OK, snapshot_table_refresh(s->table, &s->call, 99, &err)); /* nothing is loaded */
	assert_int_equal(FF_OK, snapshot_table_load(s->table, &s->call, PRODUCTION, &err));
	write_flag(s);
	assert_int_equal(2, served_revision(s)); /* the write went around this table */
	assert_int_equal(FF_OK, snapshot_table_refresh(s->table, &s->call, 3, &err));
	assert_int_equal(3, served_revision(s));
	assert_int_equal(2, gate_begun(&s->gate));
	assert_int_equal(FF_OK, snapshot_table_refresh(s->table, &s->call, 2, &err));
	assert_int_equal(2, gate_begun(&s->gate)); /* it was there already */
	assert_int_equal(FF_EREVISION, snapshot_table_refresh(s->table, &s->call, 4, &err));
}

static void
test_poll_notices_what_others_wrote(void **state)
{
	struct setup *s = *state;
	struct ff_err err;

	assert_int_equal(FF_OK, snapshot_table_poll(s->table, &s->call, &err));
	assert_int_equal(0, gate_begun(&s->gate)); /* nothing is loaded, nothing is asked */
	assert_int_equal(FF_OK, snapshot_table_load(s->table, &s->call, PRODUCTION, &err));
	assert_int_equal(FF_OK, snapshot_table_load(s->table, &s->call, FF_STR("staging"), &err));
	assert_int_equal(FF_OK, snapshot_table_poll(s->table, &s->call, &err));
	assert_int_equal(3, gate_begun(&s->gate)); /* once for the tenant, and nothing had to be loaded */
	write_flag(s);
	assert_int_equal(FF_OK, snapshot_table_poll(s->table, &s->call, &err));
	assert_int_equal(6, gate_begun(&s->gate));
	assert_int_equal(3, served_revision(s));
}

static void
test_age_is_the_time_since_it_was_known_to_be_current(void **state)
{
	struct setup *s = *state;
	struct ff_err err;

	assert_int_equal(0, snapshot_table_age_ms(s->table, FF_STR("acme"), PRODUCTION, test_clock()));
	assert_int_equal(FF_OK, snapshot_table_load(s->table, &s->call, PRODUCTION, &err));
	atomic_fetch_add(&clock_ahead_ms, 3600 * 1000);
	assert_true(snapshot_table_age_ms(s->table, FF_STR("acme"), PRODUCTION, test_clock()) >= 3600 * 1000);
	gate_fail_next(&s->gate, 1, FF_EUNAVAILABLE);
	assert_int_equal(FF_EUNAVAILABLE, snapshot_table_poll(s->table, &s->call, &err));
	assert_true(snapshot_table_stats(s->table, test_clock()).oldest_age_ms >= 3600 * 1000);
	assert_int_equal(FF_OK, snapshot_table_poll(s->table, &s->call, &err));
	assert_true(snapshot_table_age_ms(s->table, FF_STR("acme"), PRODUCTION, test_clock()) < 1800 * 1000);
	assert_int_equal(1, snapshot_table_stats(s->table, test_clock()).loaded);
	assert_true(snapshot_table_stats(s->table, test_clock()).bytes > 0);
}

static void
test_restored_store_replaces_a_higher_revision(void **state)
{
	struct setup *s = *state;
	struct repository *restored = repository_memory_new(), *before = s->gate.inner;
	struct ff_err err;

	write_flag(s);
	write_flag(s);
	assert_int_equal(FF_OK, snapshot_table_load(s->table, &s->call, PRODUCTION, &err));
	assert_int_equal(4, served_revision(s));
	assert_int_equal(
		FF_OK, restored->ops->tenant_ensure(restored, &s->call, s->call.tenant, FF_STR("Acme"), s->f.now_ms, NULL));
	s->gate.inner = restored;
	assert_int_equal(FF_OK, snapshot_table_poll(s->table, &s->call, &err));
	assert_int_equal(1, served_revision(s));
	s->gate.inner = before;
	restored->ops->close(restored);
}

static void
test_tenant_that_is_gone_is_dropped(void **state)
{
	struct setup *s = *state;
	struct repository *empty = repository_memory_new(), *before = s->gate.inner;
	struct ff_err err;

	assert_int_equal(FF_OK, snapshot_table_load(s->table, &s->call, PRODUCTION, &err));
	s->gate.inner = empty;
	assert_int_equal(FF_OK, snapshot_table_poll(s->table, &s->call, &err));
	assert_null(snapshot_table_find(s->table, FF_STR("acme"), PRODUCTION));
	assert_int_equal(0, snapshot_table_stats(s->table, test_clock()).loaded);
	s->gate.inner = before;
	assert_int_equal(FF_OK, snapshot_table_load(s->table, &s->call, PRODUCTION, &err)); /* and comes back */
	assert_int_equal(2, served_revision(s));
	empty->ops->close(empty);
}

static void
test_many_tenants_are_found_while_the_directory_grows(void **state)
{
	enum { TENANTS = 200 };
	struct setup *s = *state;

	for (unsigned i = 0; i < TENANTS; i++) {
		struct ff_call call = s->call;

		call.tenant = ff_arena_printf(&s->f.arena, "tenant-%u", i);
		assert_int_equal(FF_OK,
			s->f.repository->ops->tenant_ensure(s->f.repository, &call, call.tenant, call.tenant, s->f.now_ms, NULL));
		assert_int_equal(FF_OK, snapshot_table_load(s->table, &call, PRODUCTION, NULL));
		for (unsigned j = 0; j <= i; j++)
			assert_non_null(snapshot_table_find(s->table, ff_arena_printf(&s->f.arena, "tenant-%u", j), PRODUCTION));
	}
	assert_null(snapshot_table_find(s->table, PRODUCTION, FF_STR("tenant-0"))); /* not the other way round */
	assert_int_equal(TENANTS, snapshot_table_stats(s->table, test_clock()).loaded);
}

/* Readers that look at whatever is served, writers that change it, and a poller, all at once. */
struct storm {
	struct setup *s;
	atomic_bool stop;
	atomic_uint reads;
	atomic_uint backwards; /* times that a reader saw an older revision than before */
};

static void *
storm_reader(void *arg)
{
	struct storm *storm = arg;
	struct scratch *scratch = scratch_new();
	uint64_t last = 0;

	epoch_register();
	while (!atomic_load(&storm->stop)) {
		FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
		const struct snapshot *found;
		struct context context;
		struct decision decision;

		epoch_online();
		found = snapshot_table_find(storm->s->table, FF_STR("acme"), PRODUCTION);
		if (found) {
			if (snapshot_revision(found) < last)
				atomic_fetch_add(&storm->backwards, 1);
			last = snapshot_revision(found);
			context_init(&context, snapshot_schema(found), &arena);
			context_set_unit(&context, FF_STR("u"));
			scratch_prepare(scratch, found);
			evaluate(found, snapshot_find(found, FF_STR("a")), &context, 0, scratch, &decision);
			atomic_fetch_add(&storm->reads, 1);
		}
		epoch_offline();
	}
	epoch_unregister();
	scratch_free(scratch);
	return NULL;
}

static void *
storm_poller(void *arg)
{
	struct storm *storm = arg;

	while (!atomic_load(&storm->stop)) {
		if (snapshot_table_poll(storm->s->table, &storm->s->call, NULL) != FF_OK)
			atomic_fetch_add(&storm->backwards, 1);
		snapshot_table_stats(storm->s->table, test_clock());
	}
	return NULL;
}

static void
test_readers_never_see_half_a_change(void **state)
{
	enum { READERS = 3, WRITES = 150 };
	struct setup *s = *state;
	struct storm storm = {.s = s};
	pthread_t readers[READERS], poller;
	struct ff_err err;

	write_flag(s);
	assert_int_equal(FF_OK, snapshot_table_load(s->table, &s->call, PRODUCTION, &err));
	for (unsigned i = 0; i < READERS; i++)
		assert_int_equal(0, pthread_create(&readers[i], NULL, storm_reader, &storm));
	assert_int_equal(0, pthread_create(&poller, NULL, storm_poller, &storm));
	for (unsigned i = 0; i < WRITES; i++) {
		write_flag(s);
		assert_int_equal(FF_OK, snapshot_table_refresh(s->table, &s->call, s->f.answer.revision, &err));
	}
	atomic_store(&storm.stop, true);
	for (unsigned i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	pthread_join(poller, NULL);
	assert_int_equal(0, atomic_load(&storm.backwards));
	assert_true(atomic_load(&storm.reads) > 0);
	assert_int_equal(s->f.answer.revision, served_revision(s));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_unknown_places_are_not_loaded),
		TEST(test_one_load_runs_however_many_ask),
		TEST(test_who_waits_has_a_deadline_of_its_own),
		TEST(test_leaders_own_failure_is_not_the_waiters),
		TEST(test_failing_store_is_told_and_asked_again),
		TEST(test_refresh_brings_the_revision_asked_for),
		TEST(test_poll_notices_what_others_wrote),
		TEST(test_age_is_the_time_since_it_was_known_to_be_current),
		TEST(test_restored_store_replaces_a_higher_revision),
		TEST(test_tenant_that_is_gone_is_dropped),
		TEST(test_many_tenants_are_found_while_the_directory_grows),
		TEST(test_readers_never_see_half_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
