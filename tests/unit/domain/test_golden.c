/* SPDX-License-Identifier: Apache-2.0 */
/* test_golden.c - the reference data in tests/golden/, made independently of the implementation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_doc.h"
#include "base/rfc3339.h"
#include "domain/bucket.h"
#include "support/engine.h"

static void
test_buckets_are_those_of_the_specification(void **state)
{
	json_t *cases = golden_load("bucketing.json"), *one;
	size_t i;

	(void)state;
	assert_int_equal(json_array_size(cases), 39);
	json_array_foreach (cases, i, one) {
		ff_str salt = json_doc_str(json_object_get(one, "salt")), unit = json_doc_str(json_object_get(one, "unit"));
		uint64_t hash = strtoull(json_string_value(json_object_get(one, "xxh64")), NULL, 16);
		enum bucket_purpose purpose = (enum bucket_purpose)json_integer_value(json_object_get(one, "seed"));

		assert_int_equal(bucket_hash(salt, unit, purpose), hash);
		assert_int_equal(bucket_of(salt, unit, purpose), json_integer_value(json_object_get(one, "bucket")));
	}
	json_decref(cases);
}

static void
test_long_inputs_bucket_like_short_ones(void **state)
{
	/* 300 bytes are hashed in pieces; what is expected was computed from XXH64's specification by another program. */
	char unit[300];

	(void)state;
	memset(unit, 'a', sizeof unit);
	assert_int_equal(
		bucket_hash(FF_STR("x"), ff_str_of(unit, sizeof unit), BUCKET_SPLIT), UINT64_C(0xaf81f35be8fdd9ce));
}

/* What of a decision is compared: the members of the expected one and errorCode. */
static void
check_decision(ff_str answer, const json_t *expected, const char *flag, size_t suite, size_t n)
{
	static const char *const members[] = {"value", "variation", "reason", "ruleId", "errorCode"};
	struct ff_err err;
	json_t *got;

	assert_int_equal(json_doc_parse(answer, &got, &err), FF_OK);
	for (size_t i = 0; i < FF_COUNT(members); i++) {
		json_t *a = json_object_get(got, members[i]), *b = json_object_get(expected, members[i]);

		if (a == b || json_equal(a, b))
			continue;
		fail_msg("suite %zu case %zu flag %s: %.*s, expected %s", suite, n, flag, FF_FMT(answer),
			json_dumps(expected, JSON_COMPACT));
	}
	json_decref(got);
}

static unsigned
check_suite(const json_t *suite, size_t number)
{
	const json_t *cases = json_object_get(suite, "cases"), *one;
	struct engine e;
	unsigned n = 0;
	int64_t now_ms;
	size_t i;

	assert_true(rfc3339_parse(json_doc_str(json_object_get(suite, "now")), &now_ms));
	engine_open(&e, suite);
	json_array_foreach (cases, i, one) {
		const char *flag;
		json_t *expected;
		struct context context;

		engine_context(&e, json_object_get(one, "context"), &context);
		json_object_foreach (json_object_get(one, "decisions"), flag, expected) {
			check_decision(engine_decide(&e, &context, flag, now_ms), expected, flag, number, i);
			n++;
		}
	}
	engine_close(&e);
	return n;
}

static void
test_decisions_are_those_of_the_reference(void **state)
{
	json_t *suites = golden_load("decisions.json"), *suite;
	unsigned n = 0;
	size_t i;

	(void)state;
	json_array_foreach (suites, i, suite)
		n += check_suite(suite, i);
	assert_int_equal(n, 4320);
	json_decref(suites);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buckets_are_those_of_the_specification),
		cmocka_unit_test(test_long_inputs_bucket_like_short_ones),
		cmocka_unit_test(test_decisions_are_those_of_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
