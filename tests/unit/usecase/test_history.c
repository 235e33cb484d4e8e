/* SPDX-License-Identifier: Apache-2.0 */
/* History, versions and rollback: what was once returned can be had again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/json_patch.h"
#include "base/json_pointer.h"
#include "fixture.h"

#define STEPS(f, ...)                                      \
	do {                                                   \
		static const struct step steps_[] = {__VA_ARGS__}; \
		fixture_steps((f), steps_, FF_COUNT(steps_));      \
	} while (0)

#define FLAG_A                                                                                                \
	{                                                                                                         \
		CREATE_FLAG, "", "{'key': 'a', 'type': 'boolean', 'environments': {'production': {'enabled': true}}}" \
	}

static ff_status
version_of(struct fixture *f, const char *key, uint64_t version)
{
	f->answer = (struct document_answer){0};
	f->status =
		document_version(&f->call, &f->service, &flag_rules, ff_str_z(key), version, &f->arena, &f->answer, &f->err);
	f->json = f->answer.json;
	return f->status;
}

static ff_status
history_page(struct fixture *f, const char *key, ff_str cursor, uint32_t limit)
{
	const struct page_request page = {.cursor = cursor, .limit = limit};

	return document_history(&f->call, &f->service, &flag_rules, ff_str_z(key), &page, &f->arena, &f->json, &f->err);
}

/* xorshift64*: the same changes on every run. */
static uint64_t
next_random(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * UINT64_C(2685821657736338717);
}

/* One of many ways to change the flag `a`, whose version is `version`. */
static struct step
random_change(struct fixture *f, uint64_t *seed, uint64_t version)
{
	static const char rule[] =
		"{'environments': {'staging': {'rules': [{'id': 'r#', 'when': {'attribute': 'c', 'op': 'in',"
		" 'values': ['DE', 'AT']}, 'serve': {'rollout': 12.5}}]}}}";
	static const char *const merges[] = {
		"{'name': 'n#'}",
		"{'tags': ['x#', 'y']}",
		"{'tags': null, 'owner': 'o#'}",
		"{'environments': {'production': {'enabled': false, 'deny': ['u#', 'v']}}}",
		"{'environments': {'production': {'enabled': true, 'deny': ['w', 'u#']}}}",
		"{'environments': {'staging': {'rules': [], 'allow': {'on': ['u#']}}}}",
		"{'environments': {'staging': null}, 'description': 'd#'}",
		rule,
	};
	struct step step = {.verb = MERGE_FLAG, .key = "a", .expected = IF_MATCH(version)};
	ff_str body = ff_arena_str(&f->arena, ff_str_z(merges[next_random(seed) % FF_COUNT(merges)]));

	*strchr(body.p, '#') = (char)('0' + next_random(seed) % 5);
	step.body = body.p;
	return step;
}

/* Past two checkpoints, so that every kind of chain is walked. */
enum { VERSIONS = CHANGE_FULL_EVERY * 2 + 7 };

/* However long the history, a version is rebuilt from few changes. */
static void
assert_short_chains(struct fixture *f, uint64_t version)
{
	const struct repository_ops *ops = f->repository->ops;
	struct repository_tx *tx;
	struct change_list chain;

	assert_int_equal(FF_OK, ops->begin(f->repository, &f->call, TX_READ, 0, &tx, NULL));
	assert_int_equal(FF_OK, ops->version_chain(tx, DOCUMENT_FLAG, FF_STR("a"), version, &f->arena, &chain, NULL));
	assert_true(chain.n <= CHANGE_FULL_EVERY);
	assert_true(chain.items[0].full.n > 0);
	ops->rollback(tx);
}

static void
test_every_version_reads_as_it_was_returned(void **state)
{
	struct fixture *f = *state;
	uint64_t seed = 20260102;
	ff_str returned[VERSIONS + 1];

	STEPS(f, FLAG_A);
	returned[1] = f->json;
	for (uint64_t v = 1; v < VERSIONS; v++) {
		const struct step step = random_change(f, &seed, v);

		fixture_step(f, &step);
		assert_int_equal(v + 1, f->answer.version);
		returned[v + 1] = f->json;
	}
	for (uint64_t v = 1; v <= VERSIONS; v++) {
		assert_int_equal(FF_OK, version_of(f, "a", v));
		assert_int_equal(v, f->answer.version);
		assert_at(f, f->json, "", returned[v].p);
		assert_short_chains(f, v);
	}
	assert_int_equal(FF_EVERSIONNOTFOUND, version_of(f, "a", VERSIONS + 1));
	assert_int_equal(FF_EVERSIONNOTFOUND, version_of(f, "a", 0));
}

static void
test_patches_of_the_history_lead_from_version_to_version(void **state)
{
	struct fixture *f = *state;
	uint64_t seed = 7;
	ff_str returned[12];
	FF_CLEANUP(json_decrefp) json_t *history = NULL;

	STEPS(f, FLAG_A);
	returned[1] = f->json;
	for (uint64_t v = 1; v < 11; v++) {
		const struct step step = random_change(f, &seed, v);

		fixture_step(f, &step);
		returned[v + 1] = f->json;
	}
	assert_int_equal(FF_OK, history_page(f, "a", FF_STR(""), 500));
	assert_at(f, f->json, "/nextCursor", "null");
	assert_int_equal(FF_OK, json_doc_parse(f->json, &history, NULL));
	for (unsigned v = 2; v <= 11; v++) {
		const json_t *change = json_array_get(json_object_get(history, "items"), 11 - v);
		FF_CLEANUP(json_decrefp) json_t *before = NULL, *after = NULL;

		assert_int_equal(v, json_integer_value(json_object_get(change, "version")));
		assert_int_equal(FF_OK, json_doc_parse(returned[v - 1], &before, NULL));
		assert_int_equal(FF_OK, json_patch_apply(before, json_object_get(change, "patch"), &f->arena, &after, NULL));
		assert_at(f, json_doc_dump(after, &f->arena), "", returned[v].p);
	}
}

static void
test_history_is_newest_first_and_says_who_and_why(void **state)
{
	struct fixture *f = *state;
	FF_CLEANUP(json_decrefp) json_t *page = NULL;
	ff_str cursor;

	STEPS(f, FLAG_A, {MERGE_FLAG, "a", "{'name': 'A'}", IF_MATCH(1)}, {DELETE_FLAG, "a", NULL, IF_MATCH(2)});
	assert_int_equal(FF_OK, history_page(f, "a", FF_STR(""), 2));
	assert_at(f, f->json, "/items/0/action", "'deleted'");
	assert_at(f, f->json, "/items/0/version", "3");
	assert_at(f, f->json, "/items/1",
		"{'version': 2, 'revision': 4, 'at': '2026-01-02T03:04:08.000Z', 'actor': 'tester', 'action': 'updated',"
		" 'comment': 'why', 'requestId': '', 'patch': [{'op': 'replace', 'path': '/name', 'value': 'A'},"
		" {'op': 'replace', 'path': '/version', 'value': 2}, {'op': 'replace', 'path': '/revision', 'value': 4},"
		" {'op': 'replace', 'path': '/updatedAt', 'value': '2026-01-02T03:04:08.000Z'}]}");
	assert_at(f, f->json, "/items/2", NULL);
	assert_int_equal(FF_OK, json_doc_parse(f->json, &page, NULL));
	cursor = json_doc_str(json_object_get(page, "nextCursor"));
	assert_true(cursor.n > 0);
	assert_int_equal(FF_OK, history_page(f, "a", cursor, 2));
	assert_at(f, f->json, "/items/0/action", "'created'");
	assert_at(f, f->json, "/items/1", NULL);
	assert_at(f, f->json, "/nextCursor", "null");
	assert_int_equal(FF_EVERSIONNOTFOUND, version_of(f, "a", 3)); /* its deletion */
	assert_int_equal(FF_OK, version_of(f, "a", 2));
}

static void
test_history_refuses_what_is_no_cursor_of_its_own(void **state)
{
	static const char *const cursors[] = {"*", "YQ", "MS4", "LjE", "MA==", "MC4w", "A", "MTox"};
	struct fixture *f = *state;

	STEPS(f, FLAG_A);
	for (unsigned i = 0; i < FF_COUNT(cursors); i++)
		assert_int_equal(FF_EMALFORMED, history_page(f, "a", ff_str_z(cursors[i]), 10));
	assert_int_equal(FF_EFLAGNOTFOUND, history_page(f, "b", FF_STR(""), 10));
}

static void
test_rollback_writes_old_content_as_a_new_version(void **state)
{
	struct fixture *f = *state;

	STEPS(f, FLAG_A, {MERGE_FLAG, "a", "{'name': 'A', 'environments': {'staging': {'enabled': true}}}", IF_MATCH(1)},
		{MERGE_CONFIG, "a/production", "{'enabled': false}", IF_MATCH(1)},
		{ROLLBACK_FLAG, "a", "{'to': 1, 'version': 3}"});
	assert_at(f, f->json, "/version", "4");
	assert_at(f, f->json, "/name", "''");
	assert_at(f, f->json, "/environments/production/enabled", "true");
	assert_at(f, f->json, "/environments/production/version", "3");
	assert_at(f, f->json, "/environments/staging/enabled", "false"); /* it was not configured then */
	assert_at(f, f->json, "/environments/staging/version", "2");
	assert_int_equal(FF_OK, version_of(f, "a", 4));
	assert_at(f, f->json, "/name", "''");
}

static void
test_rollback_of_some_environments_leaves_the_rest(void **state)
{
	struct fixture *f = *state;

	STEPS(f, FLAG_A, {MERGE_FLAG, "a", "{'name': 'A', 'environments': {'staging': {'enabled': true}}}", IF_MATCH(1)},
		{MERGE_CONFIG, "a/production", "{'enabled': false}", IF_MATCH(1)},
		{ROLLBACK_FLAG, "a", "{'to': 2, 'environments': ['production']}", IF_MATCH(3)});
	assert_at(f, f->json, "/name", "'A'");
	assert_at(f, f->json, "/environments/production/enabled", "true");
	assert_at(f, f->json, "/environments/staging/version", "1");
	STEPS(f, {ROLLBACK_FLAG, "a", "{'to': 1, 'environments': ['staging']}", IF_MATCH(4)});
	assert_at(f, f->json, "/environments/staging/enabled", "false");
	assert_at(f, f->json, "/name", "'A'");
}

static void
test_rollback_to_what_is_gone_is_refused(void **state)
{
	STEPS(*state, {CREATE_SEGMENT, "", "{'key': 's'}"},
		{CREATE_FLAG, "",
			"{'key': 'a', 'type': 'boolean', 'environments': {'staging': {}, 'production': {'rules': [{'when':"
			" {'segment': 's'}, 'serve': {'variation': 'on'}}]}}}"},
		{MERGE_CONFIG, "a/production", "{'rules': []}", IF_MATCH(1)}, {DELETE_SEGMENT, "s", NULL, IF_MATCH(1)},
		{ROLLBACK_FLAG, "a", "{'to': 1}", IF_MATCH(2), FF_EINVALID, "there is no segment 's'"},
		{DELETE_ENVIRONMENT, "staging", NULL, {0}},
		{ROLLBACK_FLAG, "a", "{'to': 2}", IF_MATCH(3), FF_EINVALID, "/environments/staging: there is no environment"},
		{ROLLBACK_FLAG, "a", "{'to': 2, 'environments': ['production']}", IF_MATCH(3)},
		{ROLLBACK_FLAG, "a", "{'to': 2, 'environments': ['staging']}", IF_MATCH(4), FF_EINVALID,
			"/environments/0: there is no environment 'staging'"});
}

static void
test_rollback_checks_its_body(void **state)
{
	STEPS(*state, FLAG_A, {ROLLBACK_FLAG, "a", "{}", IF_MATCH(1), FF_EINVALID, "/to: is missing"},
		{ROLLBACK_FLAG, "a", "{'to': '1'}", IF_MATCH(1), FF_EINVALID, "/to"},
		{ROLLBACK_FLAG, "a", "{'to': 0}", IF_MATCH(1), FF_EINVALID, "/to"},
		{ROLLBACK_FLAG, "a", "{'to': 1, 'environments': []}", IF_MATCH(1), FF_EINVALID, "/environments"},
		{ROLLBACK_FLAG, "a", "{'to': 1, 'environments': 'production'}", IF_MATCH(1), FF_EINVALID, "/environments"},
		{ROLLBACK_FLAG, "a", "{'to': 1, 'environments': [1]}", IF_MATCH(1), FF_EINVALID, "/environments/0"},
		{ROLLBACK_FLAG, "a", "{'to': 1, 'from': 2}", IF_MATCH(1), FF_EINVALID, "/from"},
		{ROLLBACK_FLAG, "a", "{'to': 1}", IF_MATCH(2), FF_EPRECONDITION}, {CREATE_SEGMENT, "", "{'key': 's'}"},
		{ROLLBACK_SEGMENT, "s", "{'to': 1, 'environments': ['production']}", IF_MATCH(1), FF_EINVALID,
			"/environments: a segment has none"},
		{PUT_SEGMENT, "s", "{'included': ['u']}", IF_MATCH(1)}, {ROLLBACK_SEGMENT, "s", "{'to': 1}", IF_MATCH(2)});
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_every_version_reads_as_it_was_returned),
		TEST(test_patches_of_the_history_lead_from_version_to_version),
		TEST(test_history_is_newest_first_and_says_who_and_why),
		TEST(test_history_refuses_what_is_no_cursor_of_its_own),
		TEST(test_rollback_writes_old_content_as_a_new_version),
		TEST(test_rollback_of_some_environments_leaves_the_rest),
		TEST(test_rollback_to_what_is_gone_is_refused),
		TEST(test_rollback_checks_its_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
