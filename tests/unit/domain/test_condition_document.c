/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_doc.h"
#include "base/utf8.h"
#include "domain/condition.h"
#include "domain/limits.h"
#include "support/documents.h"

static ff_status
read_condition(const json_t *doc, struct ff_arena *arena, struct ff_err *reterr)
{
	struct ff_faults faults;

	ff_faults_init(&faults, arena);
	assert_non_null(condition_read(doc, FF_STR("/when"), arena, &faults));
	return faults.n ? ff_fail_faults(reterr, FF_EINVALID, &faults, "the condition") : FF_OK;
}

static void
test_conditions_read_back_as_they_were_written(void **state)
{
	static const char *const cases[] = {
		"{'all':[]}",
		"{'any':[]}",
		"{'not':{'segment':'s'}}",
		"{'any':[{'all':[{'segment':'a'}]},{'not':{'any':[]}}]}",
		"{'attribute':'a','op':'exists'}",
		"{'attribute':'a','op':'exists','negate':true}",
		"{'attribute':'a','op':'eq','value':''}",
		"{'attribute':'a','op':'eq','value':'x','ignoreCase':true}",
		"{'attribute':'a','op':'eq','value':1}",
		"{'attribute':'a','op':'eq','value':-1.5}",
		"{'attribute':'a','op':'eq','value':1e300}",
		"{'attribute':'a','op':'eq','value':9007199254740992}",
		"{'attribute':'a','op':'eq','value':true}",
		"{'attribute':'a','op':'in','value':'x'}",
		"{'attribute':'a','op':'in','values':['x']}",
		"{'attribute':'a','op':'in','values':['x','x',1,false]}",
		"{'attribute':'a.b','op':'matches','values':['^a','b$'],'negate':true,'ignoreCase':true}",
		"{'attribute':'a','op':'gte','value':0}",
		"{'attribute':'a','op':'semver_lt','value':'v1.2'}",
		"{'attribute':'$now','op':'before','value':1767225600000}",
		"{'attribute':'$now','op':'after','value':'2026-01-01T00:00:00Z'}",
		"{'attribute':'a','op':'cidr','values':['10.0.0.0/8','::1/128']}",
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
		FF_CLEANUP(json_decrefp) json_t *doc = document(cases[i]), *written = NULL;
		struct ff_faults faults;
		const struct condition *c;

		ff_faults_init(&faults, &arena);
		c = condition_read(doc, FF_STR(""), &arena, &faults);
		if (faults.n)
			fail_msg("%s: %s", cases[i], faults.first->message.p);
		written = condition_write(c);
		assert_document(written, cases[i]);
	}
}

static void
test_integers_written_as_reals_are_the_same_number(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *doc = document("{'attribute':'a','op':'in','values':[5.0,-0.0,9007199254740994]}");
	FF_CLEANUP(json_decrefp) json_t *written = NULL;
	struct ff_faults faults;

	(void)state;
	ff_faults_init(&faults, &arena);
	written = condition_write(condition_read(doc, FF_STR(""), &arena, &faults));
	assert_document(written, "{'attribute':'a','op':'in','values':[5,0,9007199254740994.0]}");
}

static void
test_unknown_operators_are_told_the_known_ones(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	ff_str message =
		ff_arena_printf(&arena, "there is no operator \"equals\"; there are %.*s", FF_FMT(operator_names()));

	(void)state;
	assert_fault(document("{'attribute':'a','op':'equals','value':1}"), read_condition, "/when/op", message.p);
}

/* Names of 100 and 99 bytes of two each: what is shown ends with a whole character. */
static void
test_long_operators_are_cut_between_characters(void **state)
{
	(void)state;
	for (size_t shift = 0; shift <= 1; shift++) {
		FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
		FF_CLEANUP(json_decrefp) json_t *doc = document("{'attribute':'a','value':1}");
		struct ff_err err;
		char op[101] = "x";

		for (size_t i = shift; i + 2 < sizeof op; i += 2)
			memcpy(op + i, "\xc3\xa9", 3);
		json_doc_set(doc, FF_STR("op"), json_doc_new_str(ff_str_z(op)));
		assert_int_equal(read_condition(doc, &arena, &err), FF_EINVALID);
		assert_true(utf8_valid(err.faults->message));
		assert_null(strstr(err.faults->message.p, op));
	}
}

/* The reasons are the operators'; here it is that each is asked, and where the answer goes. */
static void
test_values_that_operators_cannot_read_are_faults(void **state)
{
	static const struct {
		const char *condition, *pointer;
	} cases[] = {
		{"{'attribute':'a','op':'matches','value':'('}", "/when/value"},
		{"{'attribute':'a','op':'matches','values':['ok','[']}", "/when/values/1"},
		{"{'attribute':'a','op':'semver_gt','value':'one'}", "/when/value"},
		{"{'attribute':'a','op':'before','value':'yesterday'}", "/when/value"},
		{"{'attribute':'a','op':'cidr','values':['10.0.0.0/33']}", "/when/values/0"},
		{"{'all':[{'not':{'attribute':'a','op':'cidr','value':'x'}}]}", "/when/all/0/not/value"},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++)
		assert_fault(document(cases[i].condition), read_condition, cases[i].pointer, NULL);
}

static json_t *
nested(unsigned levels)
{
	json_t *c = document("{'segment':'s'}");

	for (unsigned i = 1; i < levels; i++) {
		json_t *outer = json_object();

		json_doc_set(outer, FF_STR("not"), c);
		c = outer;
	}
	return c;
}

static void
test_levels_end_at_the_limit(void **state)
{
	(void)state;
	assert_valid(nested(LIMIT_CONDITION_DEPTH), read_condition);
	assert_fault(nested(LIMIT_CONDITION_DEPTH + 1), read_condition, "/when/not/not/not/not/not/not/not/not",
		"is level 9 of conditions, at most 8");
	assert_fault(
		nested(30), read_condition, "/when/not/not/not/not/not/not/not/not", "is level 9 of conditions, at most 8");
}

static json_t *
group(unsigned children)
{
	json_t *c = json_object();

	json_doc_set(c, FF_STR("any"), document_list(children, "{'segment':'s#'}"));
	return c;
}

static void
test_nodes_end_at_the_limit(void **state)
{
	json_t *two = json_object(), *list = json_array();

	(void)state;
	assert_valid(group(LIMIT_CONDITION_NODES - 1), read_condition);
	assert_fault(
		group(LIMIT_CONDITION_NODES), read_condition, "/when/any/199", "is one condition too many, at most 200");
	assert_fault(group(LIMIT_CONDITION_NODES + 1), read_condition, "/when/any", "has 201 items, at most 200");
	/* one fault, however many there are */
	json_doc_append(list, group(150));
	json_doc_append(list, group(150));
	json_doc_set(two, FF_STR("all"), list);
	assert_fault(two, read_condition, "/when/all/1/any/47", "is one condition too many, at most 200");
}

static json_t *
leaf(unsigned values)
{
	json_t *c = document("{'attribute':'a','op':'in'}");

	json_doc_set(c, FF_STR("values"), document_list(values, "'v#'"));
	return c;
}

static void
test_values_end_at_the_limit(void **state)
{
	(void)state;
	assert_valid(leaf(LIMIT_CONDITION_VALUES), read_condition);
	assert_fault(leaf(LIMIT_CONDITION_VALUES + 1), read_condition, "/when/values", "has 10001 items, at most 10000");
}

static void
test_strings_end_at_the_limit(void **state)
{
	char text[LIMIT_STRING_BYTES + 1];

	(void)state;
	memset(text, 'x', sizeof text);
	for (size_t n = LIMIT_STRING_BYTES; n <= LIMIT_STRING_BYTES + 1; n++) {
		json_t *attribute = document("{'op':'exists'}"), *value = document("{'attribute':'a','op':'eq'}");

		json_doc_set(attribute, FF_STR("attribute"), json_doc_new_str(ff_str_of(text, n)));
		json_doc_set(value, FF_STR("value"), json_doc_new_str(ff_str_of(text, n)));
		if (n == LIMIT_STRING_BYTES) {
			assert_valid(attribute, read_condition);
			assert_valid(value, read_condition);
		} else {
			assert_fault(attribute, read_condition, "/when/attribute", "is 4097 bytes, at most 4096");
			assert_fault(value, read_condition, "/when/value", "is 4097 bytes, at most 4096");
		}
	}
}

static void
collect(void *arg, ff_str segment)
{
	ff_buf_str_put(arg, segment);
	ff_buf_char(arg, ' ');
}

static void
test_segments_are_found_wherever_they_are_named(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(ff_buf_release) struct ff_buf seen;
	FF_CLEANUP(json_decrefp)
	json_t *doc = document(
		"{'all':[{'segment':'a'},{'not':{'any':[{'segment':'b'},{'segment':'a'}]}},{'attribute':'x','op':'exists'}]}");
	struct ff_faults faults;

	(void)state;
	ff_faults_init(&faults, &arena);
	ff_buf_init(&seen, 100);
	condition_segments(condition_read(doc, FF_STR(""), &arena, &faults), collect, &seen);
	assert_true(ff_str_eq(ff_buf_str(&seen), FF_STR("a b a ")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conditions_read_back_as_they_were_written),
		cmocka_unit_test(test_integers_written_as_reals_are_the_same_number),
		cmocka_unit_test(test_unknown_operators_are_told_the_known_ones),
		cmocka_unit_test(test_long_operators_are_cut_between_characters),
		cmocka_unit_test(test_values_that_operators_cannot_read_are_faults),
		cmocka_unit_test(test_levels_end_at_the_limit),
		cmocka_unit_test(test_nodes_end_at_the_limit),
		cmocka_unit_test(test_values_end_at_the_limit),
		cmocka_unit_test(test_strings_end_at_the_limit),
		cmocka_unit_test(test_segments_are_found_wherever_they_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
