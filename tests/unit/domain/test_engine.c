/* SPDX-License-Identifier: Apache-2.0 */
/* test_engine.c - the public interface, include/ff/engine.h. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ff/engine.h"

static const char document[] =
	"{\"flags\":["
	"{\"key\":\"b\",\"type\":\"boolean\",\"environments\":{\"production\":{\"enabled\":true,\"rules\":["
	"{\"id\":\"os\",\"when\":{\"attribute\":\"device.os\",\"op\":\"eq\",\"value\":\"ios\"},\"serve\":{\"variation\":"
	"\"on\"}},"
	"{\"id\":\"age\",\"when\":{\"attribute\":\"age\",\"op\":\"gte\",\"value\":18},\"serve\":{\"variation\":\"on\"}},"
	"{\"id\":\"beta\",\"when\":{\"attribute\":\"beta\",\"op\":\"eq\",\"value\":true},\"serve\":{\"variation\":\"on\"}},"
	"{\"id\":\"now\",\"when\":{\"all\":[{\"segment\":\"late\"},{\"attribute\":\"$now\",\"op\":\"after\",\"value\":5}]},"
	"\"serve\":{\"variation\":\"on\"}}]}}},"
	"{\"key\":\"a\",\"type\":\"string\",\"variations\":[{\"key\":\"x\",\"value\":\"h\\u00e9 \\\"q\\\"\\n\"}],"
	"\"environments\":{\"production\":{\"enabled\":true}}},"
	"{\"key\":\"n\",\"type\":\"number\",\"variations\":[{\"key\":\"x\",\"value\":1.5}],"
	"\"environments\":{\"production\":{\"enabled\":true}}},"
	"{\"key\":\"s\",\"type\":\"boolean\",\"environments\":{\"production\":{\"enabled\":true,\"default\":{\"rollout\":"
	"50}}}},"
	"{\"key\":\"off\",\"type\":\"boolean\",\"environments\":{\"production\":{\"offVariation\":null,"
	"\"default\":{\"variation\":\"on\"}}}}],"
	"\"segments\":[{\"key\":\"late\",\"when\":{\"attribute\":\"$now\",\"op\":\"after\",\"value\":1}}]}";

static int
open_engine(void **state)
{
	struct ff_engine *engine;

	if (ff_engine_open(document, strlen(document), "production", &engine, NULL, 0) != FF_ENGINE_OK)
		return -1;
	*state = engine;
	return 0;
}

static int
close_engine(void **state)
{
	ff_engine_free(*state);
	return 0;
}

static void
test_bad_documents_are_refused_with_their_place(void **state)
{
	static const struct {
		const char *json, *error;
	} cases[] = {
		{"", ""},
		{"{", "line"},
		{"[]", "the document is a list, not an object"},
		{"{\"flags\":{}}", "/flags is an object, not a list"},
		{"{\"segments\":1}", "/segments is"},
		{"{\"flags\":[{\"key\":\"a\"}]}", "/flags/0: "},
		{"{\"segments\":[{\"key\":\"a\"},{\"key\":\"!\"}]}", "/segments/1: "},
		{"{\"flags\":[{\"key\":\"a\",\"type\":\"boolean\"},{\"key\":\"a\",\"type\":\"boolean\"}]}", "two flags a"},
	};
	struct ff_engine *engine = NULL;
	char error[FF_ENGINE_ERROR_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(
			ff_engine_open(cases[i].json, strlen(cases[i].json), "production", &engine, error, sizeof error),
			FF_ENGINE_INVALID);
		if (!strstr(error, cases[i].error))
			fail_msg("%s: %s", cases[i].json, error);
		assert_null(engine);
		assert_int_equal(
			ff_engine_open(cases[i].json, strlen(cases[i].json), "production", &engine, NULL, 0), FF_ENGINE_INVALID);
	}
	ff_engine_free(NULL);
	ff_context_free(NULL);
}

static void
test_flags_are_listed_by_key(void **state)
{
	static const char *const keys[] = {"a", "b", "n", "off", "s"};

	assert_int_equal(ff_engine_count(*state), 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(ff_engine_key(*state, i), keys[i]);
	assert_null(ff_engine_key(*state, 5));
	assert_int_equal(ff_engine_version(), FF_ENGINE_VERSION);
}

static void
test_values_come_as_their_types(void **state)
{
	struct ff_context *c = ff_context_new(*state);
	const struct ff_decision *d;

	d = ff_evaluate(c, "a", 0);
	assert_string_equal(ff_decision_string(d, "fallback"), "hé \"q\"\n");
	assert_string_equal(ff_decision_json(d), "\"hé \\\"q\\\"\\n\"");
	assert_string_equal(ff_decision_variation(d), "x");
	assert_string_equal(ff_decision_reason(d), "DEFAULT");
	assert_null(ff_decision_rule_id(d));
	assert_null(ff_decision_error(d));
	assert_true(ff_decision_bool(d, true) && !ff_decision_bool(d, false));
	assert_true(ff_decision_number(d, 7) == 7);
	d = ff_evaluate(c, "n", 0);
	assert_true(ff_decision_number(d, 7) == 1.5);
	assert_string_equal(ff_decision_string(d, "fallback"), "fallback");
	d = ff_evaluate(c, "b", 0);
	assert_true(!ff_decision_bool(d, true) && !ff_decision_bool(d, false));
	d = ff_evaluate(c, "off", 0);
	assert_null(ff_decision_json(d));
	assert_null(ff_decision_variation(d));
	assert_string_equal(ff_decision_reason(d), "DISABLED");
	d = ff_evaluate(c, "nope", 0);
	assert_string_equal(ff_decision_error(d), "FLAG_NOT_FOUND");
	assert_int_equal(ff_decision_version(d), 0);
	d = ff_evaluate(c, "s", 0);
	assert_string_equal(ff_decision_error(d), "TARGETING_KEY_MISSING");
	ff_context_free(c);
}

/* The rule that decides on `b`; NULL: none. */
static void
check_rule(struct ff_context *c, int64_t now_ms, const char *rule)
{
	const char *got = ff_decision_rule_id(ff_evaluate(c, "b", now_ms));

	if (rule)
		assert_string_equal(got, rule);
	else
		assert_null(got);
	ff_context_reset(c);
}

static void
test_contexts_are_built_and_reset(void **state)
{
	struct ff_context *c = ff_context_new(*state);
	char error[FF_ENGINE_ERROR_BYTES];

	assert_int_equal(ff_context_set_string(c, "device.os", "ios"), FF_ENGINE_OK);
	check_rule(c, 0, "os");
	check_rule(c, 0, NULL);
	assert_int_equal(ff_context_set_number(c, "age", 18), FF_ENGINE_OK);
	check_rule(c, 0, "age");
	assert_int_equal(ff_context_set_bool(c, "beta", true), FF_ENGINE_OK);
	check_rule(c, 0, "beta");
	assert_int_equal(ff_context_set_json(c, "{\"device\":{\"os\":\"ios\"}}", 23, error, sizeof error), FF_ENGINE_OK);
	check_rule(c, 0, "os");
	assert_int_equal(ff_context_set_user_id(c, "u1"), FF_ENGINE_OK);
	assert_string_equal(ff_decision_reason(ff_evaluate(c, "s", 0)), "SPLIT");
	ff_context_free(c);
}

static void
test_the_time_is_not_remembered(void **state)
{
	struct ff_context *c = ff_context_new(*state);

	for (int i = 0; i < 2; i++) {
		assert_null(ff_decision_rule_id(ff_evaluate(c, "b", 1)));
		assert_string_equal(ff_decision_rule_id(ff_evaluate(c, "b", 6)), "now");
	}
	ff_context_free(c);
}

static void
test_what_a_context_does_not_take_is_refused(void **state)
{
	struct ff_context *c = ff_context_new(*state);
	char error[FF_ENGINE_ERROR_BYTES], name[16];
	char *huge = calloc(1, 2 << 20);

	memset(huge, 'x', (2 << 20) - 1);
	assert_int_equal(ff_context_set_user_id(c, huge), FF_ENGINE_LIMIT);
	assert_int_equal(ff_context_set_string(c, "a", huge), FF_ENGINE_LIMIT);
	assert_int_equal(ff_context_set_string(c, "a", "\xff"), FF_ENGINE_LIMIT);
	assert_int_equal(ff_context_set_number(c, "a", NAN), FF_ENGINE_INVALID);
	assert_int_equal(ff_context_set_json(c, huge, (2 << 20) - 1, error, sizeof error), FF_ENGINE_INVALID);
	assert_int_equal(ff_context_set_json(c, "[1]", 3, error, sizeof error), FF_ENGINE_INVALID);
	ff_context_reset(c);
	assert_int_equal(ff_context_set_json(c, "{} 1", 4, error, sizeof error), FF_ENGINE_INVALID);
	ff_context_reset(c);
	assert_int_equal(ff_context_set_json(c, "{\"a\":1,\"a\":2}", 13, error, sizeof error), FF_ENGINE_INVALID);
	assert_non_null(strstr(error, "a"));
	ff_context_reset(c);
	for (int i = 0; i < 256; i++) {
		snprintf(name, sizeof name, "a%d", i);
		assert_int_equal(ff_context_set_bool(c, name, true), FF_ENGINE_OK);
	}
	assert_int_equal(ff_context_set_bool(c, "one-more", true), FF_ENGINE_LIMIT);
	free(huge);
	ff_context_free(c);
}

static void
test_explanations_hold_decision_and_steps(void **state)
{
	struct ff_context *c = ff_context_new(*state);

	for (int i = 0; i < 2; i++)
		assert_string_equal(ff_explain(c, "n", 0),
			"{\"decision\":{\"value\":1.5,\"variation\":\"x\",\"reason\":\"DEFAULT\",\"version\":0},"
			"\"steps\":[{\"step\":\"enabled\",\"held\":true},{\"step\":\"default\",\"held\":true,\"variation\":\"x\"}]"
			"}");
	ff_context_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_documents_are_refused_with_their_place),
		cmocka_unit_test(test_flags_are_listed_by_key),
		cmocka_unit_test(test_values_come_as_their_types),
		cmocka_unit_test(test_contexts_are_built_and_reset),
		cmocka_unit_test(test_the_time_is_not_remembered),
		cmocka_unit_test(test_what_a_context_does_not_take_is_refused),
		cmocka_unit_test(test_explanations_hold_decision_and_steps),
	};

	return cmocka_run_group_tests(tests, open_engine, close_engine);
}
