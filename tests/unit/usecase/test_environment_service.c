/* SPDX-License-Identifier: Apache-2.0 */
/* Environments come and go with what flags have for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "domain/limits.h"
#include "fixture.h"
#include "usecase/environment_service.h"

#define STEPS(f, ...)                                      \
	do {                                                   \
		static const struct step steps_[] = {__VA_ARGS__}; \
		fixture_steps((f), steps_, FF_COUNT(steps_));      \
	} while (0)

static void
list(struct fixture *f)
{
	assert_int_equal(FF_OK, environment_list(&f->call, &f->service, &f->arena, &f->json, &f->err));
}

static void
test_environments_are_listed_by_key(void **state)
{
	struct fixture *f = *state;

	STEPS(f, {CREATE_ENVIRONMENT, "", "{'key': 'dev'}"});
	assert_at(f, f->json, "/name", "''");
	assert_at(f, f->json, "/version", "1");
	list(f);
	assert_at(f, f->json, "/items/0/key", "'dev'");
	assert_at(f, f->json, "/items/1/key", "'production'");
	assert_at(f, f->json, "/items/2/name", "'Staging'");
	assert_at(f, f->json, "/items/3", NULL);
	assert_at(f, f->json, "/nextCursor", "null");
}

static void
test_environment_that_cannot_be_is_refused(void **state)
{
	STEPS(*state, {CREATE_ENVIRONMENT, "", "{}", {0}, FF_EINVALID, "/key: is missing"},
		{CREATE_ENVIRONMENT, "", "{'key': 'a/b'}", {0}, FF_EINVALID, "/key: must be 1 to 128"},
		{CREATE_ENVIRONMENT, "", "{'key': ''}", {0}, FF_EINVALID, "/key"},
		{CREATE_ENVIRONMENT, "", "{'key': 7}", {0}, FF_EINVALID, "/key: must be a string"},
		{CREATE_ENVIRONMENT, "", "{'key': 'a', 'name': null}", {0}, FF_EINVALID, "/name: must be a string"},
		{CREATE_ENVIRONMENT, "", "{'key': 'a', 'colour': 1}", {0}, FF_EINVALID, "/colour"});
}

static void
test_environments_are_limited(void **state)
{
	struct fixture *f = *state;
	struct step step = {.verb = CREATE_ENVIRONMENT, .key = ""};
	char body[40];

	step.body = body;
	for (unsigned i = 2; i < LIMIT_ENVIRONMENTS; i++) {
		snprintf(body, sizeof body, "{'key': 'e%u'}", i);
		fixture_step(f, &step);
	}
	snprintf(body, sizeof body, "{'key': 'more'}");
	step.status = FF_EINVALID;
	step.says = "at most 64";
	fixture_step(f, &step);
}

static void
test_new_environment_shows_in_every_flag_as_unwritten(void **state)
{
	struct fixture *f = *state;

	STEPS(f, {CREATE_FLAG, "", "{'key': 'a', 'type': 'boolean'}"}, {CREATE_ENVIRONMENT, "", "{'key': 'dev'}"},
		{GET_FLAG, "a", NULL});
	assert_at(f, f->json, "/environments/dev/version", "0");
	assert_int_equal(1, f->answer.version);
}

static void
test_deleting_takes_the_configurations_along(void **state)
{
	struct fixture *f = *state;
	uint64_t revision;

	STEPS(f, {CREATE_SEGMENT, "", "{'key': 's'}"},
		{CREATE_FLAG, "",
			"{'key': 'a', 'type': 'boolean', 'environments': {'production': {'enabled': true}, 'staging': {'rules':"
			" [{'when': {'segment': 's'}, 'serve': {'variation': 'on'}}]}}}"},
		{CREATE_FLAG, "", "{'key': 'b', 'type': 'boolean'}"});
	revision = f->answer.revision;
	STEPS(f, {DELETE_ENVIRONMENT, "staging", NULL});
	assert_int_equal(revision + 1, f->answer.revision); /* one change set */
	STEPS(f, {GET_FLAG, "a", NULL});
	assert_int_equal(2, f->answer.version);
	assert_at(f, f->json, "/environments/staging", NULL);
	assert_at(f, f->json, "/environments/production/version", "1");
	STEPS(f, {GET_FLAG, "b", NULL});
	assert_int_equal(1, f->answer.version);             /* had nothing for it */
	STEPS(f, {DELETE_SEGMENT, "s", NULL, IF_MATCH(1)}); /* nobody names it any more */
	STEPS(f, {CREATE_ENVIRONMENT, "", "{'key': 'staging'}"}, {GET_CONFIG, "a/staging", NULL});
	assert_at(f, f->json, "/rules", "[]");
	STEPS(f, {MERGE_FLAG, "a", "{'name': 'A'}", IF_MATCH(2)});
	assert_int_equal(
		FF_OK, document_version(&f->call, &f->service, &flag_rules, FF_STR("a"), 3, &f->arena, &f->answer, &f->err));
	assert_at(f, f->answer.json, "/environments/staging/version", "0");
}

static void
test_environment_in_use_stays(void **state)
{
	struct fixture *f = *state;

	STEPS(f, {CREATE_FLAG, "", "{'key': 'a', 'type': 'boolean', 'environments': {'staging': {'enabled': true}}}"},
		{DELETE_ENVIRONMENT, "staging", NULL, {0}, FF_EENVIRONMENTINUSE,
			"flag 'a' is enabled in environment 'staging'"},
		{DELETE_ENVIRONMENT, "production", NULL, QUERY(7), FF_ECONFLICT},
		{DELETE_ENVIRONMENT, "production", NULL, IF_MATCH(7), FF_EPRECONDITION},
		{DELETE_ENVIRONMENT, "production", NULL},
		{MERGE_FLAG, "a", "{'archived': true}", IF_MATCH(1)}, /* what is archived does not hold it */
		{DELETE_ENVIRONMENT, "staging", NULL, {0}, FF_EENVIRONMENTINUSE, "the only environment"});
}

static void
test_deleted_environment_is_no_longer_served(void **state)
{
	struct fixture *f = *state;
	struct ff_err err;

	assert_int_equal(FF_OK, snapshot_table_load(f->snapshots, &f->call, FF_STR("staging"), &err));
	STEPS(f, {DELETE_ENVIRONMENT, "staging", NULL});
	assert_null(snapshot_table_find(f->snapshots, f->call.tenant, FF_STR("staging")));
	assert_int_equal(FF_EENVIRONMENTNOTFOUND, snapshot_table_load(f->snapshots, &f->call, FF_STR("staging"), &err));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_environments_are_listed_by_key),
		TEST(test_environment_that_cannot_be_is_refused),
		TEST(test_environments_are_limited),
		TEST(test_new_environment_shows_in_every_flag_as_unwritten),
		TEST(test_deleting_takes_the_configurations_along),
		TEST(test_environment_in_use_stays),
		TEST(test_deleted_environment_is_no_longer_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
