/* SPDX-License-Identifier: Apache-2.0 */
/* A write with an idempotency key is done once, and answered as often as it is asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fixture.h"
#include "sys/clock.h"

static const ff_str one = FF_STR("0123456789abcdef0123456789abcdef"),
					other = FF_STR("fedcba9876543210fedcba9876543210");

static uint64_t
revision(struct fixture *f)
{
	struct ff_call call = f->call;
	struct repository_tx *tx;
	struct tenant_state state;

	assert_int_equal(FF_OK, f->repository->ops->begin(f->repository, &call, TX_READ, 0, &tx, NULL));
	assert_int_equal(FF_OK, f->repository->ops->state(tx, &state, NULL));
	f->repository->ops->rollback(tx);
	return state.revision;
}

static void
use_key(struct fixture *f, ff_str key, ff_str fingerprint)
{
	f->call.idempotency_key = key;
	f->fingerprint = fingerprint;
}

static const struct step before[] = {
	{CREATE_FLAG, "", "{'key': 'a', 'type': 'boolean'}"},
	{CREATE_FLAG, "", "{'key': 'old', 'type': 'boolean'}"},
	{CREATE_SEGMENT, "", "{'key': 's', 'included': ['u', '\\u00e4\\\\']}"},
	{CREATE_SEGMENT, "", "{'key': 'gone'}"},
};

/* Every write there is. */
static const struct step writes[] = {
	{CREATE_FLAG, "", "{'key': 'b', 'type': 'boolean'}"},
	{PUT_FLAG, "a", "{'name': 'A'}", IF_MATCH(1)},
	{MERGE_FLAG, "a", "{'name': 'A', 'version': 1}"},
	{PATCH_FLAG, "a", "[{'op': 'add', 'path': '/name', 'value': 'A'}]", IF_MATCH(1)},
	{ROLLBACK_FLAG, "a", "{'to': 1}", IF_MATCH(1)},
	{DELETE_FLAG, "old", NULL, QUERY(1)},
	{PUT_CONFIG, "a/staging", "{'enabled': true}", IF_MATCH(0)},
	{MERGE_CONFIG, "a/staging", "{'enabled': true}", IF_MATCH(0)},
	{PATCH_CONFIG, "a/staging", "[{'op': 'replace', 'path': '/enabled', 'value': true}]", IF_MATCH(0)},
	{CREATE_SEGMENT, "", "{'key': 't'}"},
	{PUT_SEGMENT, "s", "{'name': 'S'}", IF_MATCH(1)},
	{MERGE_SEGMENT, "s", "{'name': 'S'}", IF_MATCH(1)},
	{ROLLBACK_SEGMENT, "s", "{'to': 1}", IF_MATCH(1)},
	{DELETE_SEGMENT, "gone", NULL, IF_MATCH(1)},
	{MEMBERS, "s", "{'add': ['v']}"},
	{CREATE_ENVIRONMENT, "", "{'key': 'dev'}"},
	{DELETE_ENVIRONMENT, "staging", NULL},
};

static void
test_each_write_is_done_once_and_answered_again(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FF_COUNT(writes); i++) {
		struct document_answer first;
		struct fixture f;
		uint64_t after;

		fixture_open(&f);
		fixture_steps(&f, before, FF_COUNT(before));
		use_key(&f, FF_STR("k-1"), one);
		fixture_step(&f, &writes[i]);
		first = f.answer;
		assert_false(first.replayed);
		after = revision(&f);
		assert_int_equal(first.revision, after);
		for (int again = 0; again < 2; again++) {
			fixture_step(&f, &writes[i]);
			assert_true(f.answer.replayed);
			assert_true(ff_str_eq(f.answer.json, first.json));
			assert_true(ff_str_eq(f.answer.key, first.key));
			assert_int_equal(f.answer.version, first.version);
			assert_int_equal(f.answer.revision, first.revision);
		}
		assert_int_equal(revision(&f), after);
		fixture_close(&f);
	}
}

static void
test_another_request_with_the_key_is_refused(void **state)
{
	struct fixture *f = *state;
	struct step refused = writes[1];

	fixture_steps(f, before, FF_COUNT(before));
	use_key(f, FF_STR("k-1"), one);
	fixture_step(f, &writes[0]);
	f->fingerprint = other;
	refused.status = FF_EIDEMPOTENCYREUSED;
	refused.says = "k-1";
	fixture_step(f, &refused);
	f->fingerprint = one;
	fixture_step(f, &writes[0]);
	assert_true(f->answer.replayed);
	use_key(f, FF_STR("k-2"), other);
	fixture_step(f, &writes[1]);
	assert_false(f->answer.replayed);
}

static void
test_what_failed_may_be_tried_again_with_the_key(void **state)
{
	static const struct step stale = {MERGE_FLAG, "a", "{'name': 'A'}", IF_MATCH(7), FF_EPRECONDITION, NULL};
	struct fixture *f = *state;

	fixture_steps(f, before, FF_COUNT(before));
	use_key(f, FF_STR("k-1"), one);
	fixture_step(f, &stale);
	fixture_step(f, &stale);
	fixture_step(f, &writes[1]);
	assert_false(f->answer.replayed);
}

static void
test_keys_of_others_are_no_concern(void **state)
{
	struct fixture *f = *state;
	struct step again = writes[0];

	use_key(f, FF_STR("k-1"), one);
	fixture_step(f, &writes[0]);
	f->call.actor = FF_STR("somebody else");
	again.status = FF_EFLAGEXISTS;
	fixture_step(f, &again);
}

static void
test_answer_is_given_again_for_a_day(void **state)
{
	struct fixture *f = *state;
	struct step again = writes[0];

	use_key(f, FF_STR("k-1"), one);
	fixture_step(f, &writes[0]);
	f->now_ms += OUTCOME_TTL_MS - 2000;
	fixture_step(f, &writes[0]);
	assert_true(f->answer.replayed);
	f->now_ms += 1000;
	again.status = FF_EFLAGEXISTS;
	fixture_step(f, &again);
}

static void
test_twin_of_a_running_write_is_told_so(void **state)
{
	struct fixture *f = *state;
	struct step twin = writes[0];
	struct ff_call running;
	struct repository_tx *tx;

	use_key(f, FF_STR("k-1"), one);
	running = f->call;
	assert_int_equal(FF_OK, f->repository->ops->begin(f->repository, &running, TX_WRITE, 0, &tx, NULL));
	twin.status = FF_EIDEMPOTENCYINPROGRESS;
	fixture_step(f, &twin);
	f->repository->ops->rollback(tx);
	fixture_step(f, &writes[0]);
	assert_false(f->answer.replayed);
}

/* An instance whose snapshots are behind answers for a write that another one took: its own show it afterwards. */
static void
test_replay_is_served_too(void **state)
{
	static const struct step enable = {
		PUT_CONFIG, "a/production", "{'enabled': true, 'default': {'variation': 'on'}}", IF_MATCH(0)};
	struct fixture *f = *state;
	struct snapshot_table *late = snapshot_table_new(f->repository, clock_mono_ms);
	struct snapshot_table *own = f->service.snapshots;
	ff_str production = FF_STR("production");

	fixture_steps(f, before, FF_COUNT(before));
	assert_int_equal(FF_OK, snapshot_table_load(late, &f->call, production, NULL));
	use_key(f, FF_STR("k-1"), one);
	fixture_step(f, &enable);
	f->service.snapshots = late;
	fixture_step(f, &enable);
	f->service.snapshots = own;
	assert_true(f->answer.replayed);
	assert_int_equal(f->answer.revision, snapshot_revision(snapshot_table_find(late, f->call.tenant, production)));
	snapshot_table_free(late);
}

static void
test_outcome_that_cannot_be_read_is_the_stores_fault(void **state)
{
	static const char *const damaged[] = {
		"", "nonsense", "[]", "{\"json\":1}", "{\"json\":\"\",\"key\":\"b\",\"version\":1,\"revision\":\"4\"}"};
	struct fixture *f = *state;
	struct step step = writes[0];

	step.status = FF_ESTORAGE;
	for (unsigned i = 0; i < FF_COUNT(damaged); i++) {
		const struct outcome outcome = {.fingerprint = one, .answer = ff_str_z(damaged[i])};
		struct repository_tx *tx;
		struct tenant_state unused;

		use_key(f, FF_STR("k-1"), one);
		assert_int_equal(FF_OK, f->repository->ops->begin(f->repository, &f->call, TX_WRITE, f->now_ms, &tx, NULL));
		assert_int_equal(FF_OK, f->repository->ops->outcome_put(tx, &outcome, NULL));
		assert_int_equal(FF_OK, f->repository->ops->commit(tx, &unused, NULL));
		fixture_step(f, &step);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_write_is_done_once_and_answered_again),
		TEST(test_another_request_with_the_key_is_refused),
		TEST(test_what_failed_may_be_tried_again_with_the_key),
		TEST(test_keys_of_others_are_no_concern),
		TEST(test_answer_is_given_again_for_a_day),
		TEST(test_twin_of_a_running_write_is_told_so),
		TEST(test_replay_is_served_too),
		TEST(test_outcome_that_cannot_be_read_is_the_stores_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
