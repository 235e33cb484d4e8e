/* SPDX-License-Identifier: Apache-2.0 */
/* Of any number of racing writers of one version exactly one wins, and each gets a revision of its own. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "fixture.h"

enum { WRITERS = 4, ROUNDS = 25 };

struct racer {
	struct fixture *f;
	unsigned number;
	pthread_barrier_t *start;
	unsigned wins, conflicts, others;
	uint64_t revisions[ROUNDS]; /* of its wins */
	pthread_t thread;
};

/* In each round all write the same version. */
static void *
race(void *arg)
{
	struct racer *r = arg;

	for (unsigned round = 1; round <= ROUNDS; round++) {
		FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
		struct write_request request = {
			.now_ms = r->f->now_ms, .expected = IF_MATCH(round), .format = WRITE_MERGE_PATCH};
		struct document_answer answer;
		struct ff_err err;
		ff_status status;

		request.body = ff_arena_printf(&arena, "{\"name\":\"writer %u\"}", r->number);
		pthread_barrier_wait(r->start);
		status =
			document_update(&r->f->call, &r->f->service, &flag_rules, FF_STR("a"), &request, &arena, &answer, &err);
		if (status == FF_OK && answer.version == round + 1)
			r->revisions[r->wins++] = answer.revision;
		else if (status == FF_EPRECONDITION && err.version == round + 1)
			r->conflicts++;
		else
			r->others++;
		pthread_barrier_wait(r->start);
	}
	return NULL;
}

static void
test_one_winner_per_version_and_no_gap_in_revisions(void **state)
{
	static const struct step create = {CREATE_FLAG, "", "{'key': 'a', 'type': 'boolean'}"};
	static const struct step get = {GET_FLAG, "a", NULL};
	struct fixture *f = *state;
	struct racer racers[WRITERS];
	bool seen[ROUNDS] = {false};
	pthread_barrier_t start;
	unsigned wins = 0;
	uint64_t first;

	fixture_step(f, &create);
	first = f->answer.revision + 1;
	assert_int_equal(FF_OK, snapshot_table_load(f->snapshots, &f->call, FF_STR("production"), NULL));
	pthread_barrier_init(&start, NULL, WRITERS);
	for (unsigned i = 0; i < WRITERS; i++) {
		racers[i] = (struct racer){.f = f, .number = i, .start = &start};
		assert_int_equal(0, pthread_create(&racers[i].thread, NULL, race, &racers[i]));
	}
	for (unsigned i = 0; i < WRITERS; i++) {
		pthread_join(racers[i].thread, NULL);
		assert_int_equal(0, racers[i].others);
		assert_int_equal(ROUNDS, racers[i].wins + racers[i].conflicts);
		for (unsigned j = 0; j < racers[i].wins; j++) {
			assert_true(racers[i].revisions[j] >= first && racers[i].revisions[j] < first + ROUNDS);
			seen[racers[i].revisions[j] - first] = true;
		}
		wins += racers[i].wins;
	}
	pthread_barrier_destroy(&start);
	assert_int_equal(ROUNDS, wins);
	for (unsigned i = 0; i < ROUNDS; i++)
		assert_true(seen[i]);
	fixture_step(f, &get);
	assert_int_equal(ROUNDS + 1, f->answer.version);
}

/* Members are changed without a version: nothing is lost then either. */
static void *
add_members(void *arg)
{
	struct racer *r = arg;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct step step = {.verb = MEMBERS, .key = "s"};
		struct fixture f = *r->f; /* outcomes of its own */
		char body[60];

		f.arena = FF_ARENA_INIT;
		snprintf(body, sizeof body, "{'add': ['u-%u-%u']}", r->number, round);
		step.body = body;
		fixture_step(&f, &step);
		ff_arena_release(&f.arena);
	}
	return NULL;
}

static void
test_members_added_at_once_are_all_there(void **state)
{
	static const struct step create = {CREATE_SEGMENT, "", "{'key': 's'}"};
	static const struct step get = {GET_SEGMENT, "s", NULL};
	struct fixture *f = *state;
	struct racer racers[WRITERS];
	FF_CLEANUP(json_decrefp) json_t *segment = NULL;

	fixture_step(f, &create);
	for (unsigned i = 0; i < WRITERS; i++) {
		racers[i] = (struct racer){.f = f, .number = i};
		assert_int_equal(0, pthread_create(&racers[i].thread, NULL, add_members, &racers[i]));
	}
	for (unsigned i = 0; i < WRITERS; i++)
		pthread_join(racers[i].thread, NULL);
	fixture_step(f, &get);
	assert_int_equal(FF_OK, json_doc_parse(f->json, &segment, NULL));
	assert_int_equal(WRITERS * ROUNDS, json_array_size(json_object_get(segment, "included")));
	assert_int_equal(WRITERS * ROUNDS + 1, f->answer.version);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_one_winner_per_version_and_no_gap_in_revisions),
		TEST(test_members_added_at_once_are_all_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
