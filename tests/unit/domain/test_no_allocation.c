/* SPDX-License-Identifier: Apache-2.0 */
/* test_no_allocation.c - evaluation never allocates, whatever a flag asks: this program counts every malloc there is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_doc.h"
#include "support/alloc_count.h"
#include "support/engine.h"

static void
test_the_counter_counts(void **state)
{
	uint64_t before = alloc_count();
	void *volatile p = malloc(10);

	(void)state;
	p = realloc(p, 20000);
	free(p);
	assert_true(alloc_count() > before);
}

#define LEAF(attribute, op, rest) "{\"attribute\":\"" attribute "\",\"op\":\"" op "\"," rest "}"

/* Each in a flag of its own, on the very first evaluation of a new scratch. */
static const char *const conditions[] = {
	LEAF("a", "exists", "\"negate\":true"),
	LEAF("a", "in", "\"values\":[\"x\",1,true]"),
	LEAF("a", "in", "\"values\":[\"X\",\"Y\"],\"ignoreCase\":true"),
	LEAF("a", "contains", "\"value\":\"NN\",\"ignoreCase\":true"),
	LEAF("a", "matches", "\"value\":\"^(a|aa)+$\""),
	LEAF("a", "matches", "\"value\":\"((((((((((x*)*)*)*)*)*)*)*)*)*)*b\""),
	LEAF("a", "matches", "\"value\":\"(a+)+b|((((a)*)*)*)*c\""),
	LEAF("a", "semver_gte", "\"value\":\"1.2.3-rc.1\""),
	LEAF("a", "before", "\"value\":\"2026-01-01T00:00:00Z\""),
	LEAF("a", "cidr", "\"values\":[\"10.0.0.0/8\",\"2001:db8::/32\"]"),
	LEAF("a", "gt", "\"value\":3"),
	LEAF("$now", "after", "\"value\":0"),
	"{\"segment\":\"s2\"}",
	"{\"not\":{\"any\":[{\"segment\":\"s1\"},{\"segment\":\"s2\"}]}}",
};

static const char *const values[] = {
	"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
	"\"1.2.3\"",
	"\"2025-01-01T00:00:00Z\"",
	"\"10.1.2.3\"",
	"\"2001:db8::1\"",
	"12345.678e-120",
	"true",
	"null",
	"{}",
	"[\"x\", 1, \"1.0.0\", {}, \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]",
};

static const char frame[] =
	"{\"flags\":["
	"{\"key\":\"needed\",\"type\":\"boolean\",\"environments\":{\"production\":{\"enabled\":true,\"rules\":[%s],"
	"\"default\":{\"rollout\":50}}}},"
	"{\"key\":\"f\",\"type\":\"boolean\",\"environments\":{\"production\":{\"enabled\":true,"
	"\"prerequisites\":[{\"flag\":\"needed\",\"variations\":[\"off\",\"on\"]}],\"deny\":[\"d\"],\"allow\":[\"u2\"],"
	"\"rules\":[%s],"
	"\"default\":{\"split\":[{\"variation\":\"on\",\"percent\":50},{\"variation\":\"off\",\"percent\":50}],\"by\":"
	"\"a\"}}}}"
	"],\"segments\":["
	"{\"key\":\"s1\",\"included\":[\"u1\"],\"when\":"
	"{\"attribute\":\"a\",\"op\":\"matches\",\"value\":\"z\"}"
	"},"
	"{\"key\":\"s2\",\"excluded\":[\"u3\"],\"when\":{\"segment\":\"s1\"}}]}";

static void
check(struct engine *e, const char *value)
{
	struct context context;
	char json[256];

	snprintf(json, sizeof json, "{\"userID\":\"u\",\"attributes\":{\"a\":%s}}", value);
	engine_context_text(e, json, &context);
	for (uint32_t i = 0; i < snapshot_count(e->snapshot); i++) {
		uint64_t before = alloc_count();
		struct decision d;

		evaluate(e->snapshot, snapshot_at(e->snapshot, i), &context, 1, e->scratch, &d);
		assert_int_equal(alloc_count() - before, 0);
	}
}

static void
test_evaluation_never_allocates(void **state)
{
	(void)state;
	for (size_t i = 0; i < FF_COUNT(conditions); i++) {
		struct engine e;
		char rule[512], doc[4096];

		snprintf(rule, sizeof rule, "{\"id\":\"r\",\"when\":%s,\"serve\":{\"variation\":\"on\"}}", conditions[i]);
		snprintf(doc, sizeof doc, frame, rule, rule);
		engine_open_text(&e, doc);
		for (size_t j = 0; j < FF_COUNT(values); j++)
			check(&e, values[j]);
		engine_close(&e);
	}
}

static void
test_a_request_allocates_nothing_once_its_scratch_has_room(void **state)
{
	json_t *suites = golden_load("decisions.json");
	struct context context;
	struct engine e;

	(void)state;
	engine_open(&e, json_array_get(suites, 0));
	engine_context_text(&e, "{\"userID\":\"user-7\",\"attributes\":{\"email\":\"ann@example.com\"}}", &context);
	for (unsigned request = 0; request < 3; request++) {
		uint64_t before = alloc_count();

		scratch_prepare(e.scratch, e.snapshot);
		for (uint32_t i = 0; i < snapshot_count(e.snapshot); i++) {
			struct decision d;

			evaluate(e.snapshot, snapshot_at(e.snapshot, i), &context, 0, e.scratch, &d);
		}
		assert_int_equal(alloc_count() - before, 0);
	}
	engine_close(&e);
	json_decref(suites);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_counter_counts),
		cmocka_unit_test(test_evaluation_never_allocates),
		cmocka_unit_test(test_a_request_allocates_nothing_once_its_scratch_has_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
