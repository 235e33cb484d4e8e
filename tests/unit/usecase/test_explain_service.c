/* SPDX-License-Identifier: Apache-2.0 */
/* POST /admin/evaluate: stored flags and drafts, without a trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fixture.h"
#include "usecase/explain_service.h"

#define STEPS(f, ...)                                      \
	do {                                                   \
		static const struct step steps_[] = {__VA_ARGS__}; \
		fixture_steps((f), steps_, FF_COUNT(steps_));      \
	} while (0)

static ff_status
explain_body(struct fixture *f, const char *body)
{
	f->err = (struct ff_err){0};
	return explain_evaluate(&f->call, &f->service, quoted(f, body), f->now_ms, &f->arena, &f->json, &f->err);
}

/* `a` requires `b`, which is on for segment `t`, which takes in segment `s`. */
static void
create_flags(struct fixture *f)
{
	STEPS(f, {CREATE_SEGMENT, "", "{'key': 's', 'included': ['u']}"},
		{CREATE_SEGMENT, "", "{'key': 't', 'when': {'segment': 's'}}"},
		{CREATE_FLAG, "",
			"{'key': 'b', 'type': 'boolean', 'environments': {'production': {'enabled': true, 'rules': [{'id': 'r',"
			" 'when': {'segment': 't'}, 'serve': {'variation': 'on'}}]}}}"},
		{CREATE_FLAG, "",
			"{'key': 'a', 'type': 'boolean', 'environments': {'production': {'enabled': true, 'prerequisites':"
			" [{'flag': 'b', 'variations': ['on']}], 'default': {'variation': 'on'}}}}"},
		{CREATE_FLAG, "", "{'key': 'unrelated', 'type': 'boolean'}"});
}

static void
test_stored_flag_is_explained_with_all_it_needs(void **state)
{
	struct fixture *f = *state;

	create_flags(f);
	assert_int_equal(FF_OK, explain_body(f, "{'flagKey': 'a', 'context': {'userID': 'u'}}"));
	assert_at(f, f->json, "/decision", "{'value': true, 'variation': 'on', 'reason': 'DEFAULT', 'version': 1}");
	assert_at(f, f->json, "/environment", "'production'");
	assert_at(f, f->json, "/revision", "7");
	assert_at(f, f->json, "/steps/0/held", "true"); /* an array of steps, the first of which held */
	assert_int_equal(FF_OK, explain_body(f, "{'flagKey': 'a', 'context': {'userID': 'v'}}"));
	assert_at(f, f->json, "/decision/reason", "'PREREQUISITE_FAILED'");
	assert_int_equal(FF_OK, explain_body(f, "{'flagKey': 'a', 'environment': 'staging'}"));
	assert_at(f, f->json, "/decision/reason", "'DISABLED'");
}

static void
test_draft_is_checked_evaluated_and_forgotten(void **state)
{
	struct fixture *f = *state;

	create_flags(f);
	assert_int_equal(FF_OK,
		explain_body(f,
			"{'flag': {'key': 'a', 'type': 'boolean', 'environments': {'production': {'enabled': true, 'rules': [{'id':"
			" 'age', 'when': {'attribute': 'age', 'op': 'gte', 'value': 18}, 'serve': {'variation': 'on'}}]}}},"
			" 'context': {'attributes': {'age': 18}}}"));
	assert_at(f, f->json, "/decision/ruleId", "'age'");
	assert_int_equal(FF_OK, explain_body(f, "{'flag': {'key': 'new', 'type': 'boolean'}}"));
	assert_at(f, f->json, "/decision/reason", "'DISABLED'");
	assert_int_equal(FF_EINVALID, explain_body(f, "{'flag': {'key': 'a', 'type': 'string', 'variations': []}}"));
	assert_memory_equal("/flag/", f->err.faults->pointer.p, 6);
	assert_int_equal(FF_EINVALID,
		explain_body(f,
			"{'flag': {'key': 'b', 'type': 'boolean', 'environments': {'production': {'prerequisites': [{'flag': 'a',"
			" 'variations': ['on']}]}}}}"));
	assert_non_null(strstr(f->err.detail, "b → a → b"));
	STEPS(f, {GET_FLAG, "new", NULL, {0}, FF_EFLAGNOTFOUND}, {GET_FLAG, "a", NULL});
	assert_int_equal(1, f->answer.version);
	assert_int_equal(7, f->answer.revision);
}

static void
test_time_is_the_callers(void **state)
{
	struct fixture *f = *state;

	STEPS(f,
		{CREATE_FLAG, "",
			"{'key': 'a', 'type': 'boolean', 'environments': {'production': {'enabled': true, 'rules': [{'when':"
			" {'attribute': '$now', 'op': 'after', 'value': '2030-01-01T00:00:00Z'}, 'serve': {'variation': "
			"'on'}}]}}}"});
	assert_int_equal(FF_OK, explain_body(f, "{'flagKey': 'a'}"));
	assert_at(f, f->json, "/decision/variation", "'off'");
	assert_int_equal(FF_OK, explain_body(f, "{'flagKey': 'a', 'at': '2031-01-01T00:00:00Z'}"));
	assert_at(f, f->json, "/decision/variation", "'on'");
	assert_at(f, f->json, "/at", "'2031-01-01T00:00:00.000Z'");
	assert_int_equal(FF_OK, explain_body(f, "{'flagKey': 'a', 'at': 1925000000000}"));
	assert_at(f, f->json, "/decision/variation", "'on'");
}

static void
test_archived_flag_is_not_found_by_evaluation(void **state)
{
	struct fixture *f = *state;

	STEPS(f, {CREATE_FLAG, "", "{'key': 'a', 'type': 'boolean', 'archived': true}"});
	assert_int_equal(FF_OK, explain_body(f, "{'flagKey': 'a'}"));
	assert_at(f, f->json, "/decision", "{'reason': 'ERROR', 'errorCode': 'FLAG_NOT_FOUND'}");
}

static void
test_question_that_is_none_is_refused(void **state)
{
	static const struct {
		const char *body;
		ff_status status;
	} cases[] = {
		{"", FF_EPARSE},
		{"[]", FF_EMALFORMED},
		{"{}", FF_EINVALID},
		{"{'flagKey': 'a', 'flag': {'key': 'a', 'type': 'boolean'}}", FF_EINVALID},
		{"{'flag': 'a'}", FF_EINVALID},
		{"{'flagKey': 7}", FF_EINVALID},
		{"{'flagKey': 'nope'}", FF_EFLAGNOTFOUND},
		{"{'flagKey': 'a', 'environment': 'nope'}", FF_EENVIRONMENTNOTFOUND},
		{"{'flagKey': 'a', 'context': []}", FF_EINVALID},
		{"{'flagKey': 'a', 'context': {'userID': 7}}", FF_EINVALID},
		{"{'flagKey': 'a', 'context': {'attributes': 7}}", FF_EMALFORMED},
		{"{'flagKey': 'a', 'context': {'user': 'u'}}", FF_EINVALID},
		{"{'flagKey': 'a', 'at': 'soon'}", FF_EINVALID},
		{"{'flagKey': 'a', 'at': 1.5}", FF_EINVALID},
	};
	struct fixture *f = *state;

	STEPS(f, {CREATE_FLAG, "", "{'key': 'a', 'type': 'boolean'}"});
	for (unsigned i = 0; i < FF_COUNT(cases); i++)
		if (explain_body(f, cases[i].body) != cases[i].status)
			fail_msg("%s: %s", cases[i].body, f->err.detail);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_stored_flag_is_explained_with_all_it_needs),
		TEST(test_draft_is_checked_evaluated_and_forgotten),
		TEST(test_time_is_the_callers),
		TEST(test_archived_flag_is_not_found_by_evaluation),
		TEST(test_question_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
