/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of documents: versions, faults, references, what is returned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "fixture.h"

#define STEPS(f, ...)                                      \
	do {                                                   \
		static const struct step steps_[] = {__VA_ARGS__}; \
		fixture_steps((f), steps_, FF_COUNT(steps_));      \
	} while (0)

/* A flag `a` at version 1, on in production, never configured in staging. */
#define FLAG_A                                                                                                \
	{                                                                                                         \
		CREATE_FLAG, "", "{'key': 'a', 'type': 'boolean', 'environments': {'production': {'enabled': true}}}" \
	}

static void
test_body_that_cannot_be_understood_is_malformed(void **state)
{
	STEPS(*state, FLAG_A, {CREATE_FLAG, "", "{'key'", {0}, FF_EPARSE}, {CREATE_FLAG, "", "", {0}, FF_EPARSE},
		{CREATE_FLAG, "", "[]", {0}, FF_EMALFORMED, "must be an object, not a list"},
		{CREATE_FLAG, "", "{'key': 'x', 'key': 'y'}", {0}, FF_EPARSE},
		{PUT_FLAG, "a", "3", IF_MATCH(1), FF_EMALFORMED, "must be an object"},
		{MERGE_FLAG, "a", "[]", IF_MATCH(1), FF_EMALFORMED},
		{PATCH_FLAG, "a", "{}", IF_MATCH(1), FF_EMALFORMED, "a JSON Patch must be a list, not an object"},
		{MEMBERS, "s", "'u'", {0}, FF_EMALFORMED}, {ROLLBACK_FLAG, "a", "null", IF_MATCH(1), FF_EMALFORMED},
		{CREATE_ENVIRONMENT, "", "true", {0}, FF_EMALFORMED});
}

static void
test_version_is_required_checked_and_typed(void **state)
{
	struct fixture *f = *state;

	STEPS(f, FLAG_A, {PUT_FLAG, "a", "{'type': 'boolean'}", {0}, FF_EVERSIONREQUIRED},
		{MERGE_FLAG, "a", "{'name': 'n'}", {0}, FF_EVERSIONREQUIRED}, {PATCH_FLAG, "a", "[]", {0}, FF_EVERSIONREQUIRED},
		{DELETE_FLAG, "a", NULL, {0}, FF_EVERSIONREQUIRED}, {ROLLBACK_FLAG, "a", "{'to': 1}", {0}, FF_EVERSIONREQUIRED},
		{PUT_CONFIG, "a/staging", "{}", {0}, FF_EVERSIONREQUIRED},
		{MERGE_FLAG, "a", "{'version': '1'}", {0}, FF_EMALFORMED, "must be a whole number, not a string"},
		{MERGE_FLAG, "a", "{'version': 1.0}", {0}, FF_EMALFORMED},
		{MERGE_FLAG, "a", "{'version': null}", {0}, FF_EMALFORMED},
		{MERGE_FLAG, "a", "{'version': -1}", {0}, FF_EMALFORMED, "a negative one"},
		{MERGE_FLAG, "a", "{'version': 2}", IF_MATCH(1), FF_EMALFORMED, "the body says version 2, the request says"},
		{PUT_FLAG, "a", "{'type': 'boolean', 'version': 1}", IF_MATCH(2), FF_EMALFORMED});
	STEPS(f, {MERGE_FLAG, "a", "{'version': 9}", {0}, FF_ECONFLICT, "is at version 1, not 9"});
	assert_int_equal(1, f->err.version);
	STEPS(f, {MERGE_FLAG, "a", "{'name': 'n'}", IF_MATCH(9), FF_EPRECONDITION, "is at version 1, not 9"});
	assert_int_equal(1, f->err.version);
	STEPS(f, {DELETE_FLAG, "a", NULL, QUERY(2), FF_ECONFLICT}, {DELETE_FLAG, "a", NULL, IF_MATCH(2), FF_EPRECONDITION},
		{PUT_CONFIG, "a/production", "{}", IF_MATCH(0), FF_EPRECONDITION},
		{PUT_CONFIG, "a/staging", "{}", IF_MATCH(1), FF_EPRECONDITION, "the configuration is at version 0, not 1"},
		/* and what is right goes through, whichever way it is said */
		{MERGE_FLAG, "a", "{'name': 'n', 'version': 1}"}, {MERGE_FLAG, "a", "{'name': 'm'}", IF_MATCH(2)},
		{MERGE_FLAG, "a", "{'name': 'o', 'version': 3}", IF_MATCH(3)}, {DELETE_FLAG, "a", NULL, QUERY(4)});
	assert_int_equal(5, f->answer.version);
}

static void
test_what_is_not_there_is_not_found(void **state)
{
	STEPS(*state, FLAG_A, {GET_FLAG, "b", NULL, {0}, FF_EFLAGNOTFOUND, "'b'"},
		{PUT_FLAG, "b", "{}", IF_MATCH(1), FF_EFLAGNOTFOUND}, {MERGE_FLAG, "b", "{}", {0}, FF_EFLAGNOTFOUND},
		{DELETE_FLAG, "b", NULL, {0}, FF_EFLAGNOTFOUND},
		{ROLLBACK_FLAG, "b", "{'to': 1}", IF_MATCH(1), FF_EFLAGNOTFOUND},
		{ROLLBACK_FLAG, "a", "{'to': 7}", IF_MATCH(1), FF_EVERSIONNOTFOUND},
		{GET_SEGMENT, "a", NULL, {0}, FF_ESEGMENTNOTFOUND}, {MEMBERS, "a", "{'add': ['u']}", {0}, FF_ESEGMENTNOTFOUND},
		{GET_CONFIG, "b/production", NULL, {0}, FF_EFLAGNOTFOUND},
		{GET_CONFIG, "a/nope", NULL, {0}, FF_EENVIRONMENTNOTFOUND, "'nope'"},
		{PUT_CONFIG, "a/nope", "{}", IF_MATCH(0), FF_EENVIRONMENTNOTFOUND},
		{DELETE_ENVIRONMENT, "nope", NULL, {0}, FF_EENVIRONMENTNOTFOUND});
}

static void
test_key_that_is_taken_is_refused(void **state)
{
	STEPS(*state, FLAG_A,
		{CREATE_FLAG, "", "{'key': 'a', 'type': 'string', 'variations': [{'key': 'v', 'value': ''}]}", {0},
			FF_EFLAGEXISTS, "'a'"},
		{CREATE_SEGMENT, "", "{'key': 'a'}"}, {CREATE_SEGMENT, "", "{'key': 'a'}", {0}, FF_ESEGMENTEXISTS},
		{CREATE_ENVIRONMENT, "", "{'key': 'staging'}", {0}, FF_EENVIRONMENTEXISTS});
}

static void
test_created_flag_is_returned_whole(void **state)
{
	struct fixture *f = *state;

	STEPS(f, FLAG_A);
	assert_int_equal(1, f->answer.version);
	assert_int_equal(3, f->answer.revision);
	assert_at(f, f->json, "",
		"{'key': 'a', 'name': '', 'description': '', 'type': 'boolean', 'variations':"
		" [{'key': 'on', 'value': true}, {'key': 'off', 'value': false}], 'tags': [], 'owner': '', 'temporary': false,"
		" 'clientVisible': false, 'archived': false, 'version': 1, 'revision': 3,"
		" 'createdAt': '2026-01-02T03:04:07.000Z', 'updatedAt': '2026-01-02T03:04:07.000Z', 'environments': {"
		"'production': {'version': 1, 'enabled': true, 'offVariation': 'off', 'prerequisites': [], 'deny': [],"
		" 'allow': {}, 'rules': [], 'default': {'variation': 'off'}},"
		"'staging': {'version': 0, 'enabled': false, 'offVariation': 'off', 'prerequisites': [], 'deny': [],"
		" 'allow': {}, 'rules': [], 'default': {'variation': 'off'}}}}");
	STEPS(f, {GET_CONFIG, "a/staging", NULL});
	assert_int_equal(0, f->answer.version);
	STEPS(f, {GET_CONFIG, "a/production", NULL});
	assert_int_equal(1, f->answer.version);
	assert_at(f, f->json, "/enabled", "true");
}

static void
test_deleted_key_goes_on_counting(void **state)
{
	struct fixture *f = *state;

	STEPS(f, FLAG_A, {DELETE_FLAG, "a", NULL, IF_MATCH(1)});
	assert_int_equal(2, f->answer.version);
	assert_int_equal(0, f->json.n);
	STEPS(f, {GET_FLAG, "a", NULL, {0}, FF_EFLAGNOTFOUND}, FLAG_A);
	assert_int_equal(3, f->answer.version);
}

static void
test_every_fault_is_listed_with_its_place(void **state)
{
	struct fixture *f = *state;
	const struct ff_fault *fault;
	unsigned n = 0;

	STEPS(f, FLAG_A,
		{PUT_FLAG, "a",
			"{'key': 'b', 'type': 'string', 'variations': [{'key': 'v', 'value': ''}], 'colour': 1,"
			" 'environments': {'nope': {}}}",
			IF_MATCH(1), FF_EINVALID, "/colour"});
	for (fault = f->err.faults; fault; fault = fault->next)
		n++;
	assert_true(n >= 4); /* key, type, colour, environments/nope */
	STEPS(f, {PUT_FLAG, "a", "{'key': 'b'}", IF_MATCH(1), FF_EINVALID, "/key: must stay 'a'"},
		{PUT_FLAG, "a", "{'type': 'number'}", IF_MATCH(1), FF_EINVALID, "/type: must stay 'boolean'"},
		{MERGE_FLAG, "a", "{'key': null}", IF_MATCH(1)}, /* what never changes may be left out */
		{PATCH_FLAG, "a", "[{'op': 'replace', 'path': '/type', 'value': 'string'}]", IF_MATCH(2), FF_EINVALID, "/type"},
		{PATCH_FLAG, "a", "[{'op': 'remove', 'path': '/nope'}]", IF_MATCH(2), FF_EINVALID},
		{PATCH_FLAG, "a", "[{'op': 'test', 'path': '/name', 'value': 'x'}]", IF_MATCH(2), FF_EINVALID},
		{PATCH_FLAG, "a", "[{'op': 'replace', 'path': '', 'value': 3}]", IF_MATCH(2), FF_EINVALID},
		{PUT_FLAG, "a", "{'environments': {'nope': {}}}", IF_MATCH(2), FF_EINVALID,
			"/environments/nope: there is no environment 'nope'"},
		{PUT_CONFIG, "a/staging", "{'enabled': 1}", IF_MATCH(0), FF_EINVALID, "/enabled"},
		{PUT_CONFIG, "a/staging", "{'default': {'variation': 'blue'}}", IF_MATCH(0), FF_EINVALID,
			"/default/variation"});
	assert_memory_equal("/default", f->err.faults->pointer.p, 8); /* in the configuration, not in the flag */
	STEPS(f, {PATCH_CONFIG, "a/staging", "[{'op': 'replace', 'path': '', 'value': []}]", IF_MATCH(0), FF_EINVALID});
	assert_int_equal(0, f->err.faults->pointer.n);
}

static void
test_put_replaces_what_it_mentions_and_nothing_else(void **state)
{
	struct fixture *f = *state;

	STEPS(f, FLAG_A,
		{MERGE_FLAG, "a", "{'name': 'A', 'tags': ['t'], 'environments': {'staging': {'enabled': true}}}", IF_MATCH(1)},
		{PUT_FLAG, "a", "{'owner': 'me', 'environments': {'staging': {'deny': ['u']}}}", IF_MATCH(2)});
	assert_at(f, f->json, "/name", "''");
	assert_at(f, f->json, "/tags", "[]");
	assert_at(f, f->json, "/owner", "'me'");
	assert_at(f, f->json, "/version", "3");
	assert_at(f, f->json, "/environments/production/enabled", "true");
	assert_at(f, f->json, "/environments/production/version", "1");
	assert_at(f, f->json, "/environments/staging/enabled", "false");
	assert_at(f, f->json, "/environments/staging/deny", "['u']");
	assert_at(f, f->json, "/environments/staging/version", "2");
}

static void
test_environment_version_rises_only_when_it_differs(void **state)
{
	struct fixture *f = *state;

	STEPS(
		f, FLAG_A, {PUT_FLAG, "a", "{'environments': {'production': {'enabled': true}, 'staging': {}}}", IF_MATCH(1)});
	assert_at(f, f->json, "/version", "2");
	assert_at(f, f->json, "/environments/production/version", "1");
	assert_at(f, f->json, "/environments/staging/version", "0"); /* it is what it would be anyway */
	STEPS(f, {PUT_CONFIG, "a/production", "{'enabled': true}", IF_MATCH(1)});
	assert_int_equal(2, f->answer.version); /* asked for by name */
	STEPS(f, {PUT_CONFIG, "a/staging", "{'version': 0}"});
	assert_int_equal(1, f->answer.version);
	STEPS(f, {GET_FLAG, "a", NULL});
	assert_at(f, f->json, "/version", "4");
}

static void
test_two_environments_do_not_conflict(void **state)
{
	struct fixture *f = *state;

	STEPS(f, FLAG_A, {MERGE_CONFIG, "a/production", "{'deny': ['u']}", IF_MATCH(1)},
		{MERGE_CONFIG, "a/staging", "{'enabled': true}", IF_MATCH(0)},
		{MERGE_CONFIG, "a/production", "{'deny': []}", IF_MATCH(1), FF_EPRECONDITION},
		{PATCH_CONFIG, "a/production", "[{'op': 'add', 'path': '/deny/-', 'value': 'v'}]", IF_MATCH(2)});
	assert_at(f, f->json, "/deny", "['u', 'v']");
	assert_at(f, f->json, "/version", "3");
	STEPS(f, {GET_FLAG, "a", NULL});
	assert_at(f, f->json, "/version", "4");
	assert_at(f, f->json, "/environments/staging/enabled", "true");
}

static void
test_merge_patch_replaces_serve_when_and_default_whole(void **state)
{
	struct fixture *f = *state;

	STEPS(f, FLAG_A, {MERGE_CONFIG, "a/production", "{'default': {'rollout': 25}}", IF_MATCH(1)},
		{MERGE_CONFIG, "a/production", "{'default': {'variation': 'on'}}", IF_MATCH(2)});
	assert_at(f, f->json, "/default", "{'variation': 'on'}");
	STEPS(f, {MERGE_FLAG, "a", "{'environments': {'production': {'default': {'rollout': 5}}}}", IF_MATCH(3)},
		{MERGE_FLAG, "a", "{'environments': {'production': {'default': {'variation': 'off'}}}}", IF_MATCH(4)});
	assert_at(f, f->json, "/environments/production/default", "{'variation': 'off'}");
	STEPS(f, {CREATE_SEGMENT, "", "{'key': 's', 'when': {'attribute': 'a', 'op': 'eq', 'value': 1}}"},
		{MERGE_SEGMENT, "s", "{'when': {'attribute': 'b', 'op': 'exists'}}", IF_MATCH(1)});
	assert_at(f, f->json, "/when/value", NULL);
	assert_at(f, f->json, "/when/op", "'exists'");
}

static void
test_patch_that_removes_an_environment_resets_it(void **state)
{
	struct fixture *f = *state;

	STEPS(f, FLAG_A, {MERGE_FLAG, "a", "{'environments': {'production': null}}", IF_MATCH(1)});
	assert_at(f, f->json, "/environments/production/enabled", "false");
	assert_at(f, f->json, "/environments/production/version", "2");
}

static void
test_unwritten_environments_follow_the_shared_parts(void **state)
{
	struct fixture *f = *state;

	STEPS(f, {CREATE_FLAG, "", "{'key': 'a', 'type': 'string', 'variations': [{'key': 'x', 'value': 'X'}]}"},
		{MERGE_FLAG, "a", "{'variations': [{'key': 'y', 'value': 'Y'}]}", IF_MATCH(1)});
	assert_at(f, f->json, "/environments/staging/offVariation", "'y'");
	assert_at(f, f->json, "/environments/staging/version", "0");
	STEPS(f, {PUT_CONFIG, "a/staging", "{'enabled': true}", IF_MATCH(0)},
		{MERGE_FLAG, "a", "{'variations': [{'key': 'z', 'value': 'Z'}]}", IF_MATCH(3), FF_EINVALID,
			"/environments/staging/offVariation"});
}

static void
test_names_of_what_is_not_there_are_faults(void **state)
{
	STEPS(*state, FLAG_A,
		{PUT_CONFIG, "a/production", "{'rules': [{'when': {'segment': 's'}, 'serve': {'variation': 'on'}}]}",
			IF_MATCH(1), FF_EINVALID, "/rules/0/when/segment: there is no segment 's'"},
		{MERGE_FLAG, "a", "{'environments': {'production': {'prerequisites': [{'flag': 'b', 'variations': ['on']}]}}}",
			IF_MATCH(1), FF_EINVALID, "/environments/production/prerequisites/0/flag: there is no flag 'b'"},
		{CREATE_FLAG, "", "{'key': 'b', 'type': 'boolean'}"},
		{PUT_CONFIG, "a/production", "{'prerequisites': [{'flag': 'b', 'variations': ['on', 'blue', 'red']}]}",
			IF_MATCH(1), FF_EINVALID, "/prerequisites/0/variations/2: flag 'b' has no variation 'red'"},
		{CREATE_SEGMENT, "", "{'key': 's', 'when': {'not': {'segment': 't'}}}", {0}, FF_EINVALID, "/when/not/segment"},
		{MERGE_FLAG, "b", "{'archived': true}", IF_MATCH(1)},
		{PUT_CONFIG, "a/production", "{'prerequisites': [{'flag': 'b', 'variations': ['on']}]}", IF_MATCH(1),
			FF_EINVALID, "/prerequisites/0/flag: flag 'b' is archived"},
		/* an archived flag may require it, until it comes back */
		{MERGE_FLAG, "a",
			"{'archived': true, 'environments': {'production': {'prerequisites': [{'flag': 'b', 'variations': "
			"['on']}]}}}",
			IF_MATCH(1)},
		{MERGE_FLAG, "a", "{'archived': false}", IF_MATCH(2), FF_EINVALID, "is archived"},
		{MERGE_FLAG, "b", "{'archived': false}", IF_MATCH(2)}, {MERGE_FLAG, "a", "{'archived': false}", IF_MATCH(2)});
}

static void
test_cycles_are_spelled_out(void **state)
{
#define REQUIRES(flag) "{'prerequisites': [{'flag': '" flag "', 'variations': ['on']}]}"
	STEPS(*state, FLAG_A, {CREATE_FLAG, "", "{'key': 'b', 'type': 'boolean'}"},
		{CREATE_FLAG, "", "{'key': 'c', 'type': 'boolean'}"},
		{PUT_CONFIG, "a/production", REQUIRES("a"), IF_MATCH(1), FF_EINVALID, ""},
		{PUT_CONFIG, "a/production", REQUIRES("b"), IF_MATCH(1)},
		{PUT_CONFIG, "b/production", REQUIRES("c"), IF_MATCH(0)},
		{PUT_CONFIG, "c/staging", REQUIRES("a"), IF_MATCH(0)}, /* another environment is another graph */
		{PUT_CONFIG, "c/production", REQUIRES("a"), IF_MATCH(0), FF_EINVALID,
			"/prerequisites/0/flag: is a cycle: c → a → b → c"},
		{CREATE_SEGMENT, "", "{'key': 's'}"}, {CREATE_SEGMENT, "", "{'key': 't', 'when': {'segment': 's'}}"},
		{CREATE_SEGMENT, "", "{'key': 'u', 'when': {'segment': 'u'}}", {0}, FF_EINVALID, ""},
		{PUT_SEGMENT, "s", "{'when': {'all': [{'segment': 't'}]}}", IF_MATCH(1), FF_EINVALID,
			"/when/all/0/segment: is a cycle: s → t → s"});
}

/* Longer than a message and than the search's first room: still one fault, and the ends are named. */
static void
test_long_cycle_is_named_by_its_ends(void **state)
{
	enum { LENGTH = 40 };
	struct fixture *f = *state;
	char body[120];

	for (unsigned i = 0; i < LENGTH; i++) {
		struct step create = {.verb = CREATE_SEGMENT, .key = ""};

		snprintf(body, sizeof body, "{'key': 's%u'}", i);
		if (i > 0)
			snprintf(body, sizeof body, "{'key': 's%u', 'when': {'segment': 's%u'}}", i, i - 1);
		create.body = body;
		fixture_step(f, &create);
	}
	snprintf(body, sizeof body, "{'when': {'segment': 's%u'}}", LENGTH - 1);
	fixture_step(f,
		&(struct step){PUT_SEGMENT, "s0", body, IF_MATCH(1), FF_EINVALID, "/when/segment: is a cycle: s0 → s39 → s38"});
	assert_non_null(strstr(f->err.detail, "s28 → … → s0"));
}

static void
test_stored_document_is_limited_as_a_whole(void **state)
{
	enum { UNITS = 50000 };
	struct fixture *f = *state;
	struct step step = {.verb = PUT_CONFIG, .key = "a/production", .expected = IF_MATCH(1)};
	FF_CLEANUP(ff_buf_release) struct ff_buf body;

	ff_buf_init(&body, 8 << 20);
	ff_buf_lit(&body, "{'deny': ['u'");
	for (unsigned i = 0; i < UNITS; i++)
		ff_buf_printf(&body, ",'%0100u'", i);
	ff_buf_put(&body, "]}", 3);
	STEPS(f, FLAG_A);
	step.body = body.p;
	fixture_step(f, &step); /* half of what may be */
	step.key = "a/staging";
	step.expected.version = 0;
	step.status = FF_EINVALID;
	step.says = "is more than 8388608 bytes";
	fixture_step(f, &step);
}

static void
test_what_others_need_stays(void **state)
{
	STEPS(*state, FLAG_A, {CREATE_FLAG, "", "{'key': 'b', 'type': 'boolean'}"}, {CREATE_SEGMENT, "", "{'key': 's'}"},
		{CREATE_SEGMENT, "", "{'key': 't', 'when': {'segment': 's'}}"},
		{PUT_CONFIG, "a/production", REQUIRES("b"), IF_MATCH(1)}, {PUT_CONFIG, "a/staging", REQUIRES("b"), IF_MATCH(0)},
		{DELETE_FLAG, "b", NULL, IF_MATCH(1), FF_EFLAGINUSE, "flag 'b' is used by flag a (production, staging)"},
		{MERGE_FLAG, "b", "{'archived': true}", IF_MATCH(1), FF_EFLAGINUSE, "flag a"},
		{MERGE_FLAG, "b", "{'variations': [{'key': 'yes', 'value': true}, {'key': 'off', 'value': false}]}",
			IF_MATCH(1), FF_EFLAGINUSE,
			"variation 'on' cannot be removed: flag 'a' requires it in environment 'production'"},
		{DELETE_SEGMENT, "s", NULL, IF_MATCH(1), FF_ESEGMENTINUSE, "segment 's' is used by segment t"},
		{MERGE_CONFIG, "a/production", "{'rules': [{'when': {'segment': 's'}, 'serve': {'variation': 'on'}}]}",
			IF_MATCH(2)},
		{DELETE_SEGMENT, "s", NULL, IF_MATCH(1), FF_ESEGMENTINUSE, "used by flag a (production), segment t"},
		/* one that only archived flags require may be archived, and not deleted */
		{MERGE_FLAG, "a", "{'archived': true}", IF_MATCH(4)}, {MERGE_FLAG, "b", "{'archived': true}", IF_MATCH(1)},
		{DELETE_FLAG, "b", NULL, IF_MATCH(2), FF_EFLAGINUSE}, {DELETE_FLAG, "a", NULL, IF_MATCH(5)},
		{DELETE_FLAG, "b", NULL, IF_MATCH(2)}, {DELETE_SEGMENT, "t", NULL, IF_MATCH(1)},
		{DELETE_SEGMENT, "s", NULL, IF_MATCH(1)});
}

static void
test_failed_write_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	uint64_t revision;

	STEPS(f, FLAG_A);
	revision = f->answer.revision;
	STEPS(f, {PUT_CONFIG, "a/production", REQUIRES("nope"), IF_MATCH(1), FF_EINVALID},
		{CREATE_SEGMENT, "", "{'key': 's', 'when': {'segment': 's'}}", {0}, FF_EINVALID},
		{GET_SEGMENT, "s", NULL, {0}, FF_ESEGMENTNOTFOUND}, {GET_FLAG, "a", NULL});
	assert_int_equal(revision, f->answer.revision);
	assert_int_equal(1, f->answer.version);
}

static void
test_write_is_served_when_it_returns(void **state)
{
	struct fixture *f = *state;

	STEPS(f, FLAG_A);
	assert_at(f, fixture_decide(f, "production", "a", "u"), "/value", "false");
	STEPS(f, {MERGE_CONFIG, "a/production", "{'default': {'variation': 'on'}}", IF_MATCH(1)});
	assert_at(f, fixture_decide(f, "production", "a", "u"), "",
		"{'value': true, 'variation': 'on', 'reason': 'DEFAULT', 'version': 2}");
	STEPS(f, {DELETE_FLAG, "a", NULL, IF_MATCH(2)});
	assert_at(f, fixture_decide(f, "production", "a", "u"), "/errorCode", "'FLAG_NOT_FOUND'");
}

static void
test_members_are_added_and_removed(void **state)
{
	struct fixture *f = *state;

	STEPS(f, {CREATE_SEGMENT, "", "{'key': 's', 'included': ['a', 'b'], 'excluded': ['x', 'y']}"},
		{MEMBERS, "s", "{'add': ['c', 'a', 'x', 'c'], 'remove': ['b', 'zzz']}"});
	assert_at(f, f->json, "/included", "['a', 'c', 'x']");
	assert_at(f, f->json, "/excluded", "['y']");
	assert_at(f, f->json, "/version", "2");
	STEPS(f, {MEMBERS, "s", "{'add': ['d'], 'version': 1}", {0}, FF_ECONFLICT},
		{MEMBERS, "s", "{'add': ['d']}", IF_MATCH(1), FF_EPRECONDITION},
		{MEMBERS, "s", "{}", {0}, FF_EINVALID, "neither"},
		{MEMBERS, "s", "{'add': 'd'}", {0}, FF_EINVALID, "/add: must be a list of units, not a string"},
		{MEMBERS, "s", "{'add': ['d', 4]}", {0}, FF_EINVALID, "/add/1"},
		{MEMBERS, "s", "{'add': ['']}", {0}, FF_EINVALID, "/add/0"},
		{MEMBERS, "s", "{'add': ['d'], 'remove': ['d']}", {0}, FF_EINVALID, "/remove/0: cannot be both"},
		{MEMBERS, "s", "{'append': ['d']}", {0}, FF_EINVALID, "/append"},
		{MEMBERS, "s", "{'remove': ['a']}", IF_MATCH(2)});
	assert_at(f, f->json, "/included", "['c', 'x']");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_body_that_cannot_be_understood_is_malformed),
		TEST(test_version_is_required_checked_and_typed),
		TEST(test_what_is_not_there_is_not_found),
		TEST(test_key_that_is_taken_is_refused),
		TEST(test_created_flag_is_returned_whole),
		TEST(test_deleted_key_goes_on_counting),
		TEST(test_every_fault_is_listed_with_its_place),
		TEST(test_put_replaces_what_it_mentions_and_nothing_else),
		TEST(test_environment_version_rises_only_when_it_differs),
		TEST(test_two_environments_do_not_conflict),
		TEST(test_merge_patch_replaces_serve_when_and_default_whole),
		TEST(test_patch_that_removes_an_environment_resets_it),
		TEST(test_unwritten_environments_follow_the_shared_parts),
		TEST(test_names_of_what_is_not_there_are_faults),
		TEST(test_cycles_are_spelled_out),
		TEST(test_long_cycle_is_named_by_its_ends),
		TEST(test_stored_document_is_limited_as_a_whole),
		TEST(test_what_others_need_stays),
		TEST(test_failed_write_leaves_nothing),
		TEST(test_write_is_served_when_it_returns),
		TEST(test_members_are_added_and_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
