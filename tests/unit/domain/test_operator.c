/* SPDX-License-Identifier: Apache-2.0 */
/* test_operator.c - each operator on each type of value: tests/golden/operators.json, and what no document can say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json_doc.h"
#include "domain/operator_impl.h"
#include "support/engine.h"

/* A flag whose one rule asks `condition` of the attribute `a`. */
static json_t *
document_with(const json_t *condition)
{
	json_t *when = json_deep_copy(condition);

	json_object_set_new(when, "attribute", json_string("a"));
	return json_pack("{s:[{s:s, s:s, s:{s:{s:b, s:[{s:s, s:o, s:{s:s}}]}}}]}", "flags", "key", "f", "type", "boolean",
		"environments", "production", "enabled", 1, "rules", "id", "r", "when", when, "serve", "variation", "on");
}

static bool
holds(struct engine *e, const json_t *value)
{
	json_t *json = json_pack("{s:{s:O}}", "attributes", "a", value);
	struct context context;
	struct decision d;

	engine_context(e, json, &context);
	evaluate(e->snapshot, snapshot_at(e->snapshot, 0), &context, 0, e->scratch, &d);
	json_decref(json);
	assert_true(d.reason == REASON_RULE_MATCH || d.reason == REASON_DEFAULT);
	return d.reason == REASON_RULE_MATCH;
}

static void
check_values(struct engine *e, const json_t *row, const char *member, bool expected)
{
	const json_t *condition = json_object_get(row, "condition"), *value;
	size_t i;

	json_array_foreach (json_object_get(row, member), i, value) {
		if (holds(e, value) != expected)
			fail_msg("%s %s: not %s", json_dumps(condition, 0), json_dumps(value, JSON_ENCODE_ANY), member);
	}
}

static void
check_refused(const json_t *doc, const char *reason)
{
	char *text = json_dumps(doc, 0);
	struct engine e;
	struct ff_err err;

	if (engine_try_open(&e, text, &err) == FF_OK || !strstr(err.detail, reason))
		fail_msg("%s: not refused for %s", text, reason);
	free(text);
}

static void
test_operators_decide_as_the_golden_cases_say(void **state)
{
	json_t *rows = golden_load("operators.json"), *row;
	size_t i;

	(void)state;
	json_array_foreach (rows, i, row) {
		json_t *doc = document_with(json_object_get(row, "condition"));
		const char *refused = json_string_value(json_object_get(row, "refused"));
		struct engine e;

		if (refused) {
			check_refused(doc, refused);
		} else {
			engine_open(&e, doc);
			check_values(&e, row, "holds", true);
			check_values(&e, row, "fails", false);
			engine_close(&e);
		}
		json_decref(doc);
	}
	json_decref(rows);
}

static void
test_every_operator_has_golden_cases(void **state)
{
	json_t *rows = golden_load("operators.json"), *row;
	ff_str names = operator_names(), name;
	unsigned n = 0;
	bool more;

	(void)state;
	do {
		bool found = false;
		size_t i;

		more = ff_str_cut(names, ',', &name, &names);
		name = ff_str_trim(name);
		json_array_foreach (rows, i, row)
			found |= ff_str_eq(json_doc_str(json_object_get(json_object_get(row, "condition"), "op")), name);
		if (!found)
			fail_msg("%.*s has no golden cases", FF_FMT(name));
		n++;
	} while (more);
	assert_true(n > 0);
	json_decref(rows);
}

static void
test_the_table_is_found_by_name_and_by_number(void **state)
{
	const struct operator_row *op = operator_find(FF_STR("semver_gte"));

	(void)state;
	assert_null(operator_find(FF_STR("semver")));
	assert_null(operator_find(FF_STR("")));
	assert_non_null(op);
	assert_string_equal(operator_name(op), "semver_gte");
	assert_ptr_equal(operator_at(operator_index(op)), op);
	assert_int_equal(operator_arity(op), ARITY_ONE);
	assert_int_equal(operator_operand_types(op), OPERAND_STRING);
	assert_false(operator_on_now(op));
	assert_true(operator_on_now(operator_find(FF_STR("before"))));
	assert_int_equal(operator_arity(operator_find(FF_STR("exists"))), ARITY_NONE);
}

/* `n` names from "v0" on, all in one condition; every one is found, and no other. */
static void
check_large_set(const char *op, bool ignore_case)
{
	json_t *values = json_array(), *condition, *doc, *value;
	struct engine e;

	for (int i = 0; i < LIMIT_CONDITION_VALUES; i++)
		json_array_append_new(values, json_sprintf("v%d", i));
	condition = json_pack("{s:s, s:o, s:b}", "op", op, "values", values, "ignoreCase", (int)ignore_case);
	doc = document_with(condition);
	engine_open(&e, doc);
	for (int i = 0; i < 2 * LIMIT_CONDITION_VALUES; i += 499) {
		value = json_sprintf(ignore_case ? "V%d" : "v%d", i);
		assert_int_equal(holds(&e, value), i < LIMIT_CONDITION_VALUES);
		json_decref(value);
	}
	engine_close(&e);
	json_decref(doc);
	json_decref(condition);
}

static void
test_large_sets_hold_all_their_values(void **state)
{
	(void)state;
	check_large_set("in", false);
	check_large_set("in", true);
}

/* What JSON cannot bring but an embedding program might. */
static void
test_strings_past_any_context_are_the_wrong_type(void **state)
{
	static const char *const ops[] = {"contains", "matches", "starts_with"};
	static char long_string[LIMIT_CONTEXT_BYTES + 1];
	struct match_scratch *scratch = ff_xcalloc(1, sizeof *scratch);
	const struct operand operand = {.type = OPERAND_STRING, .string = FF_STR("A")};

	(void)state;
	memset(long_string, 'a', sizeof long_string);
	scratch->regex = regex_scratch_new();
	for (size_t i = 0; i < FF_COUNT(ops); i++) {
		const struct operator_row *op = operator_find(ff_str_z(ops[i]));
		FF_CLEANUP(block_release) struct block block = {0};
		const struct operand_env env = {.block = &block, .ignore_case = true};
		struct value v = {.type = VALUE_STRING, .string = long_string, .n = sizeof long_string};
		const void *operands;

		assert_int_equal(operator_compile(op, &operand, 1, &env, &operands, NULL), FF_OK);
		assert_int_equal(op->match(operands, &v, scratch), MATCH_WRONG_TYPE);
		v.n--;
		assert_int_equal(op->match(operands, &v, scratch), MATCH_YES);
	}
	regex_scratch_free(scratch->regex);
	free(scratch);
}

static void
test_bad_utf8_and_nul_are_the_wrong_type(void **state)
{
	struct match_scratch *scratch = ff_xcalloc(1, sizeof *scratch);
	const struct operand any = {.type = OPERAND_STRING, .string = FF_STR(".*")};
	const struct operand net = {.type = OPERAND_STRING, .string = FF_STR("10.0.0.0/8")};
	const struct value bad = {.type = VALUE_STRING, .string = "\xff\xfe", .n = 2};
	const struct value nul = {.type = VALUE_STRING, .string = "10.0.0.1\0x", .n = 10};
	FF_CLEANUP(block_release) struct block block = {0};
	const struct operand_env env = {.block = &block};
	const void *operands;

	(void)state;
	scratch->regex = regex_scratch_new();
	assert_int_equal(operator_compile(operator_find(FF_STR("matches")), &any, 1, &env, &operands, NULL), FF_OK);
	assert_int_equal(regex_match(operands, &bad, scratch), MATCH_WRONG_TYPE);
	assert_int_equal(operator_compile(operator_find(FF_STR("cidr")), &net, 1, &env, &operands, NULL), FF_OK);
	assert_int_equal(cidr_match(operands, &nul, scratch), MATCH_WRONG_TYPE);
	regex_scratch_free(scratch->regex);
	free(scratch);
}

/* However long the subject, a hostile pattern ends after a bounded number of steps, and the next one is not disturbed.
 */
static void
test_regex_bombs_are_bounded(void **state)
{
	static const char *const bombs[] = {"^(a+)+$", "(a|aa)+$", "^(a|a?)+$", "(a+)+$", "^(?:a?){60}a{60}$"};
	struct match_scratch *scratch = ff_xcalloc(1, sizeof *scratch);
	char subject[LIMIT_STRING_BYTES];

	(void)state;
	memset(subject, 'a', sizeof subject);
	subject[sizeof subject - 1] = '!';
	scratch->regex = regex_scratch_new();
	for (size_t i = 0; i < FF_COUNT(bombs); i++) {
		const struct operand bomb = {.type = OPERAND_STRING, .string = ff_str_z(bombs[i])};
		const struct operand plain = {.type = OPERAND_STRING, .string = FF_STR("!$")};
		FF_CLEANUP(block_release) struct block block = {0};
		const struct operand_env env = {.block = &block};
		struct value v = {.type = VALUE_STRING, .string = subject, .n = sizeof subject};
		const void *operands;

		assert_int_equal(operator_compile(operator_find(FF_STR("matches")), &bomb, 1, &env, &operands, NULL), FF_OK);
		assert_int_equal(regex_match(operands, &v, scratch), MATCH_WRONG_TYPE);
		assert_int_equal(operator_compile(operator_find(FF_STR("matches")), &plain, 1, &env, &operands, NULL), FF_OK);
		assert_int_equal(regex_match(operands, &v, scratch), MATCH_YES);
	}
	regex_scratch_free(scratch->regex);
	free(scratch);
}

/* Most of the work at one place, in a subject too long for equal shares. */
static void
test_a_long_subject_may_need_its_budget_at_one_place(void **state)
{
	const struct operand pattern = {.type = OPERAND_STRING, .string = FF_STR("é.*Chrome/\\d+.*Safari")};
	struct match_scratch *scratch = ff_xcalloc(1, sizeof *scratch);
	FF_CLEANUP(block_release) struct block block = {0};
	const struct operand_env env = {.block = &block};
	struct value v = {.type = VALUE_STRING};
	const void *operands;
	struct ff_buf subject;

	(void)state;
	ff_buf_init(&subject, LIMIT_STRING_BYTES);
	ff_buf_lit(&subject, "xxx é Chrome/119 ");
	while (subject.n < 1200)
		ff_buf_lit(&subject, "é Chrome/ ");
	v.string = subject.p;
	v.n = (uint32_t)subject.n;
	scratch->regex = regex_scratch_new();
	assert_int_equal(operator_compile(operator_find(FF_STR("matches")), &pattern, 1, &env, &operands, NULL), FF_OK);
	assert_int_equal(regex_match(operands, &v, scratch), MATCH_NO);
	ff_buf_lit(&subject, "Safari");
	v.n = (uint32_t)subject.n;
	v.string = subject.p;
	assert_int_equal(regex_match(operands, &v, scratch), MATCH_YES);
	regex_scratch_free(scratch->regex);
	ff_buf_release(&subject);
	free(scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operators_decide_as_the_golden_cases_say),
		cmocka_unit_test(test_every_operator_has_golden_cases),
		cmocka_unit_test(test_the_table_is_found_by_name_and_by_number),
		cmocka_unit_test(test_large_sets_hold_all_their_values),
		cmocka_unit_test(test_strings_past_any_context_are_the_wrong_type),
		cmocka_unit_test(test_bad_utf8_and_nul_are_the_wrong_type),
		cmocka_unit_test(test_regex_bombs_are_bounded),
		cmocka_unit_test(test_a_long_subject_may_need_its_budget_at_one_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
