/* SPDX-License-Identifier: Apache-2.0 */
/* test_evaluate.c - each step of an evaluation, its answer as JSON, and its explanation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_doc.h"
#include "domain/scratch.h"
#include "support/engine.h"

#define FLAG(key, config) "{\"key\":\"" key "\",\"type\":\"boolean\",\"environments\":{\"production\":" config "}}"
#define NEEDS(key, variation) "\"prerequisites\":[{\"flag\":\"" key "\",\"variations\":[\"" variation "\"]}]"
#define WHEN(attribute, value) "{\"attribute\":\"" attribute "\",\"op\":\"eq\",\"value\":\"" value "\"}"
#define SPLIT(part, percent, rest, by)                                                                      \
	"{\"split\":[{\"variation\":" part ",\"percent\":" percent "},{\"variation\":\"off\",\"percent\":" rest \
	"}],\"by\":\"" by "\"}"
#define RULE(id, when, serve) "{\"id\":\"" id "\",\"when\":" when ",\"serve\":" serve "}"
#define ALWAYS "{\"all\":[]}"
#define ON "{\"variation\":\"on\"}"

static const char document[] = "{\"flags\":[" FLAG("static", "{\"enabled\":true,\"default\":" ON "}") "," FLAG(
	"disabled", "{\"default\":" ON "}") "," FLAG("nothing",
	"{\"offVariation\":null,\"default\":" ON "}") "," FLAG("needs-static",
	"{\"enabled\":true," NEEDS("static", "on") ",\"default\":" ON "}") "," FLAG("needs-off",
	"{\"enabled\":true," NEEDS("static", "off") ",\"default\":" ON "}") "," FLAG("needs-disabled",
	"{\"enabled\":true," NEEDS("disabled", "off") ",\"default\":" ON "}") "," FLAG("needs-archived",
	"{\"enabled\":true," NEEDS("archived", "on") ",\"default\":" ON "}") "," FLAG("needs-split",
	"{\"enabled\":true," NEEDS("split", "off") ",\"default\":" ON "}") "," FLAG("needs-failed",
	"{\"enabled\":true," NEEDS("needs-off", "off") ",\"default\":" ON "}") "," FLAG("disabled-needs",
	"{\"enabled\":false," NEEDS("static", "on") ",\"default\":" ON "}") "," FLAG("listed",
	"{\"enabled\":true,\"deny\":[\"bad\",\"both\"],\"allow\":{\"on\":[\"good\",\"both\"]}}") "," FLAG("split",
	"{\"enabled\":true,\"default\":{\"rollout\":50}}") "," FLAG("split-by",
	"{\"enabled\":true,\"default\":" SPLIT("\"on\"", "100", "0", "org") "}") "," FLAG("split-none",
	"{\"enabled\":true,\"offVariation\":null,\"default\":{\"rollout\":50}}") "," FLAG("rules",
	"{\"enabled\":true,\"rules\":[" RULE("no-unit", ALWAYS, SPLIT("\"on\"", "100", "0", "org")) "," RULE("pass", ALWAYS,
		SPLIT("null", "100", "0", "userID")) "," RULE("in-seg", "{\"segment\":\"seg\"}", ON) "," RULE("never",
		"{\"any\":[]}", ON) "," RULE("later", "{\"attribute\":\"$now\",\"op\":\"after\",\"value\":1000}",
		ON) "]}") ","
				  "{\"key\":\"archived\",\"type\":\"boolean\",\"archived\":true,\"environments\":{\"production\":{"
				  "\"enabled\":true}}},"
				  "{\"key\":\"object\",\"type\":\"object\",\"version\":3,\"variations\":[{\"key\":\"o\",\"value\":{"
				  "\"a\":[1,1.0,\"\\n\"]}}],"
				  "\"environments\":{\"production\":{\"enabled\":true}}}"
				  "],\"segments\":["
				  "{\"key\":\"seg\",\"included\":[\"in\"],\"excluded\":[\"out\"],\"when\":{\"any\":[{\"segment\":"
				  "\"inner\"}," WHEN("country", "DE") "]}},"
													  "{\"key\":\"inner\",\"included\":[\"deep\"]}"
													  "]}";

#define VALUE(value, variation) "{\"value\":" value ",\"variation\":\"" variation "\","
#define V0 ",\"version\":0}"

static void
test_the_first_step_that_applies_decides(void **state)
{
	static const struct {
		const char *flag, *context, *answer;
		int64_t now_ms;
	} cases[] = {
		{"nope", "{}", "{\"reason\":\"ERROR\",\"errorCode\":\"FLAG_NOT_FOUND\"}", 0},
		{"archived", "{}", "{\"reason\":\"ERROR\",\"errorCode\":\"FLAG_NOT_FOUND\"}", 0},
		{"static", "{}", VALUE("true", "on") "\"reason\":\"DEFAULT\"" V0, 0},
		{"disabled", "{}", VALUE("false", "off") "\"reason\":\"DISABLED\"" V0, 0},
		{"disabled-needs", "{}", VALUE("false", "off") "\"reason\":\"DISABLED\"" V0, 0},
		{"nothing", "{}", "{\"reason\":\"DISABLED\"" V0, 0},
		{"object", "{}", VALUE("{\"a\":[1,1.0,\"\\n\"]}", "o") "\"reason\":\"DEFAULT\"" V0, 0},
		{"needs-static", "{}", VALUE("true", "on") "\"reason\":\"DEFAULT\"" V0, 0},
		{"needs-off", "{}", VALUE("false", "off") "\"reason\":\"PREREQUISITE_FAILED\"" V0, 0},
		{"needs-disabled", "{}", VALUE("false", "off") "\"reason\":\"PREREQUISITE_FAILED\"" V0, 0},
		{"needs-archived", "{}", VALUE("false", "off") "\"reason\":\"PREREQUISITE_FAILED\"" V0, 0},
		{"needs-split", "{}", VALUE("false", "off") "\"reason\":\"PREREQUISITE_FAILED\"" V0, 0},
		{"needs-failed", "{}", VALUE("true", "on") "\"reason\":\"DEFAULT\"" V0, 0},
		{"listed", "{\"userID\":\"bad\"}", VALUE("false", "off") "\"reason\":\"DENYLIST\"" V0, 0},
		{"listed", "{\"userID\":\"both\"}", VALUE("false", "off") "\"reason\":\"DENYLIST\"" V0, 0},
		{"listed", "{\"userID\":\"good\"}", VALUE("true", "on") "\"reason\":\"ALLOWLIST\"" V0, 0},
		{"listed", "{\"userID\":\"other\"}", VALUE("false", "off") "\"reason\":\"DEFAULT\"" V0, 0},
		{"listed", "{}", VALUE("false", "off") "\"reason\":\"DEFAULT\"" V0, 0},
		{"split", "{\"userID\":\"\"}",
			VALUE("false", "off") "\"reason\":\"ERROR\",\"errorCode\":\"TARGETING_KEY_MISSING\"" V0, 0},
		{"split-none", "{}", "{\"reason\":\"ERROR\",\"errorCode\":\"TARGETING_KEY_MISSING\"" V0, 0},
		{"split", "{\"userID\":\"u1\"}", VALUE("false", "off") "\"reason\":\"SPLIT\"" V0, 0},
		{"split-by", "{\"attributes\":{\"org\":\"x\"}}", VALUE("true", "on") "\"reason\":\"SPLIT\"" V0, 0},
		{"split-by", "{\"attributes\":{\"org\":1.5}}", VALUE("true", "on") "\"reason\":\"SPLIT\"" V0, 0},
		{"split-by", "{\"attributes\":{\"org\":false}}", VALUE("true", "on") "\"reason\":\"SPLIT\"" V0, 0},
		{"split-by", "{\"attributes\":{\"org\":[\"x\"]}}",
			VALUE("false", "off") "\"reason\":\"ERROR\",\"errorCode\":\"TARGETING_KEY_MISSING\"" V0, 0},
		{"rules", "{\"attributes\":{\"org\":\"x\"}}",
			VALUE("true", "on") "\"reason\":\"SPLIT\",\"ruleId\":\"no-unit\"" V0, 0},
		{"rules", "{}", VALUE("false", "off") "\"reason\":\"DEFAULT\"" V0, 1000},
		{"rules", "{}", VALUE("true", "on") "\"reason\":\"RULE_MATCH\",\"ruleId\":\"later\"" V0, 1001},
		{"rules", "{\"userID\":\"x\"}", VALUE("false", "off") "\"reason\":\"DEFAULT\"" V0, 0},
		{"rules", "{\"userID\":\"in\"}", VALUE("true", "on") "\"reason\":\"RULE_MATCH\",\"ruleId\":\"in-seg\"" V0, 0},
		{"rules", "{\"userID\":\"out\",\"attributes\":{\"country\":\"DE\"}}",
			VALUE("false", "off") "\"reason\":\"DEFAULT\"" V0, 0},
		{"rules", "{\"userID\":\"deep\"}", VALUE("true", "on") "\"reason\":\"RULE_MATCH\",\"ruleId\":\"in-seg\"" V0, 0},
	};
	struct engine e;

	(void)state;
	engine_open_text(&e, document);
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		struct context context;
		ff_str got;

		engine_context_text(&e, cases[i].context, &context);
		got = engine_decide(&e, &context, cases[i].flag, cases[i].now_ms);
		if (!ff_str_eqz(got, cases[i].answer))
			fail_msg("%s for %s: %.*s, expected %s", cases[i].flag, cases[i].context, FF_FMT(got), cases[i].answer);
	}
	engine_close(&e);
}

/* 64 variations: the last ones are the highest bits and numbers. */
static void
test_the_last_variation_is_as_good_as_the_first(void **state)
{
	struct context context;
	struct ff_buf doc;
	struct engine e;

	(void)state;
	ff_buf_init(&doc, 1 << 20);
	ff_buf_lit(&doc, "{\"flags\":[{\"key\":\"many\",\"type\":\"number\",\"variations\":[");
	for (int i = 0; i < 64; i++)
		ff_buf_printf(&doc, "%s{\"key\":\"v%d\",\"value\":%d}", i ? "," : "", i, i);
	ff_buf_lit(&doc,
		"],\"environments\":{\"production\":{\"enabled\":true,\"allow\":{\"v63\":[\"u\"],\"v0\":[\"w\"]},"
		"\"default\":{\"variation\":\"v5\"}}}},");
	ff_buf_lit(&doc, FLAG("needs", "{\"enabled\":true," NEEDS("many", "v63") ",\"default\":" ON "}") "]}");
	ff_buf_char(&doc, '\0');
	engine_open_text(&e, doc.p);
	engine_context_text(&e, "{\"userID\":\"u\"}", &context);
	assert_true(ff_str_eqz(engine_decide(&e, &context, "many", 0), VALUE("63", "v63") "\"reason\":\"ALLOWLIST\"" V0));
	assert_true(ff_str_eqz(engine_decide(&e, &context, "needs", 0), VALUE("true", "on") "\"reason\":\"DEFAULT\"" V0));
	engine_context_text(&e, "{\"userID\":\"w\"}", &context);
	assert_true(ff_str_eqz(
		engine_decide(&e, &context, "needs", 0), VALUE("false", "off") "\"reason\":\"PREREQUISITE_FAILED\"" V0));
	engine_close(&e);
	ff_buf_release(&doc);
}

static void
test_results_of_one_request_do_not_reach_the_next(void **state)
{
	static const char *const users[] = {"in", "out"};
	struct context context;
	struct engine e;

	(void)state;
	engine_open_text(&e, document);
	for (unsigned i = 0; i < 8; i++) {
		char json[32];

		/* also where the count of requests begins again */
		if (i == 4)
			e.scratch->generation = UINT32_MAX - 1;
		snprintf(json, sizeof json, "{\"userID\":\"%s\"}", users[i % 2]);
		engine_context_text(&e, json, &context);
		for (unsigned again = 0; again < 2; again++)
			assert_int_equal(
				ff_str_starts(engine_decide(&e, &context, "rules", 0), FF_STR("{\"value\":true")), i % 2 == 0);
	}
	scratch_free(NULL);
	engine_close(&e);
}

static void
test_reasons_and_errors_have_their_words(void **state)
{
	(void)state;
	assert_string_equal(reason_name(REASON_PREREQUISITE_FAILED), "PREREQUISITE_FAILED");
	assert_null(decision_error_name(DECISION_OK));
}

/* What explain says of `flag`; the caller frees it. */
static void
check_explanation(struct engine *e, const char *flag, const char *json, const char *expected)
{
	struct context context;
	struct decision d;
	struct ff_buf out;

	engine_context_text(e, json, &context);
	ff_buf_init(&out, 1 << 20);
	explain(e->snapshot, snapshot_find(e->snapshot, ff_str_z(flag)), &context, 0, e->scratch, &d, &out);
	if (!ff_str_eqz(ff_buf_str(&out), expected))
		fail_msg("%s for %s:\n%.*s\nexpected\n%s", flag, json, FF_FMT(ff_buf_str(&out)), expected);
	ff_buf_release(&out);
}

#define ENABLED "[{\"step\":\"enabled\",\"held\":true}"

static void
test_explanations_tell_what_was_tried(void **state)
{
	struct engine e;

	(void)state;
	engine_open_text(&e, document);
	check_explanation(&e, "nope", "{}", "[{\"step\":\"flag\",\"held\":false,\"why\":\"there is no such flag\"}]");
	check_explanation(&e, "disabled", "{}", "[{\"step\":\"enabled\",\"held\":false}]");
	check_explanation(&e, "static", "{}", ENABLED ",{\"step\":\"default\",\"held\":true,\"variation\":\"on\"}]");
	check_explanation(&e, "needs-archived", "{}",
		ENABLED ",{\"step\":\"prerequisite\",\"held\":false,\"why\":\"the flag is archived\"}]");
	check_explanation(&e, "needs-disabled", "{}",
		ENABLED ",{\"step\":\"prerequisite\",\"held\":false,\"flag\":\"disabled\",\"wanted\":[\"off\"],"
				"\"why\":\"the flag is disabled or in error\"}]");
	check_explanation(&e, "needs-off", "{}",
		ENABLED
		",{\"step\":\"prerequisite\",\"held\":false,\"flag\":\"static\",\"wanted\":[\"off\"],\"served\":\"on\"}]");
	check_explanation(
		&e, "listed", "{\"userID\":\"bad\"}", ENABLED ",{\"step\":\"deny\",\"held\":true,\"unit\":\"bad\"}]");
	check_explanation(&e, "listed", "{\"userID\":\"good\"}",
		ENABLED ",{\"step\":\"deny\",\"held\":false,\"unit\":\"good\"},"
				"{\"step\":\"allow\",\"held\":true,\"unit\":\"good\",\"variation\":\"on\"}]");
	check_explanation(&e, "split", "{}",
		ENABLED ",{\"step\":\"split\",\"held\":false,\"by\":\"userID\",\"why\":\"the context has no such unit\"},"
				"{\"step\":\"default\",\"held\":false,\"variation\":\"off\",\"why\":\"the split has no unit: the off "
				"variation is served\"}]");
	check_explanation(&e, "split-by", "{\"attributes\":{\"org\":\"x\"}}",
		ENABLED
		",{\"step\":\"split\",\"held\":true,\"by\":\"org\",\"unit\":\"x\",\"bucket\":57745,\"variation\":\"on\"},"
		"{\"step\":\"default\",\"held\":true,\"variation\":\"on\"}]");
	check_explanation(&e, "rules", "{\"userID\":\"u\",\"attributes\":{\"country\":[\"FR\",true,1,{}],\"org\":{}}}",
		ENABLED
		",{\"step\":\"split\",\"held\":false,\"rule\":\"no-unit\",\"by\":\"org\",\"why\":\"the context has no such "
		"unit\"},"
		"{\"step\":\"rule\",\"held\":false,\"rule\":\"no-unit\"},"
		"{\"step\":\"split\",\"held\":false,\"rule\":\"pass\",\"by\":\"userID\",\"unit\":\"u\",\"bucket\":2507,"
		"\"why\":\"the unit is in the part that goes on to the next rule\"},"
		"{\"step\":\"rule\",\"held\":false,\"rule\":\"pass\"},"
		"{\"step\":\"condition\",\"held\":false,\"segment\":\"seg\",\"index\":0,\"inSegment\":\"inner\","
		"\"why\":\"neither listed nor does the segment's condition hold\"},"
		"{\"step\":\"condition\",\"held\":false,\"segment\":\"seg\",\"index\":1,\"attribute\":\"country\",\"op\":"
		"\"eq\","
		"\"saw\":[\"FR\",true,1,{}]},"
		"{\"step\":\"condition\",\"held\":false,\"rule\":\"in-seg\",\"index\":0,\"inSegment\":\"seg\","
		"\"why\":\"neither listed nor does the segment's condition hold\"},"
		"{\"step\":\"rule\",\"held\":false,\"rule\":\"in-seg\"},{\"step\":\"rule\",\"held\":false,\"rule\":\"never\"},"
		"{\"step\":\"condition\",\"held\":false,\"rule\":\"later\",\"index\":0,\"attribute\":\"$now\",\"op\":\"after\","
		"\"saw\":0},{\"step\":\"rule\",\"held\":false,\"rule\":\"later\"},"
		"{\"step\":\"default\",\"held\":true,\"variation\":\"off\"}]");
	engine_close(&e);
}

static void
test_explanations_say_why_a_leaf_failed(void **state)
{
	static const struct {
		const char *context, *part;
	} cases[] = {
		{"{\"userID\":\"in\"}", "\"inSegment\":\"seg\",\"why\":\"included in the segment\""},
		{"{\"userID\":\"out\"}", "\"inSegment\":\"seg\",\"why\":\"excluded from the segment\""},
		{"{\"attributes\":{\"country\":\"DE\"}}", "\"inSegment\":\"seg\",\"why\":\"the segment's condition holds\""},
		{"{}", "\"op\":\"eq\",\"saw\":null,\"why\":\"the attribute is missing\""},
		{"{\"attributes\":{\"country\":1}}", "\"saw\":1,\"why\":\"the operator cannot judge such a value\""},
		{"{\"attributes\":{\"country\":{\"a\":1}}}", "\"saw\":{},\"why\":\"the operator cannot judge such a value\""},
	};
	struct engine e;

	(void)state;
	engine_open_text(&e, document);
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		struct context context;
		struct decision d;
		struct ff_buf out;

		engine_context_text(&e, cases[i].context, &context);
		ff_buf_init(&out, 1 << 20);
		explain(e.snapshot, snapshot_find(e.snapshot, FF_STR("rules")), &context, 0, e.scratch, &d, &out);
		if (!ff_str_contains(ff_buf_str(&out), ff_str_z(cases[i].part)))
			fail_msg("%s: %.*s", cases[i].part, FF_FMT(ff_buf_str(&out)));
		ff_buf_release(&out);
	}
	engine_close(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_step_that_applies_decides),
		cmocka_unit_test(test_the_last_variation_is_as_good_as_the_first),
		cmocka_unit_test(test_results_of_one_request_do_not_reach_the_next),
		cmocka_unit_test(test_reasons_and_errors_have_their_words),
		cmocka_unit_test(test_explanations_tell_what_was_tried),
		cmocka_unit_test(test_explanations_say_why_a_leaf_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
