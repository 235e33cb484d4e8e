/* SPDX-License-Identifier: Apache-2.0 */
/* test_snapshot.c - what compiles, what is refused and how it is said, and what a snapshot tells about itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_doc.h"
#include "domain/graph.h"
#include "domain/limits.h"
#include "domain/string_set.h"
#include "support/engine.h"

#define FLAG(key, config) "{\"key\":\"" key "\",\"type\":\"boolean\",\"environments\":{\"production\":" config "}}"
#define RULE(when) "{\"rules\":[{\"id\":\"r\",\"when\":" when ",\"serve\":{\"variation\":\"on\"}}]}"
#define NEEDS(key, variation) "{\"prerequisites\":[{\"flag\":\"" key "\",\"variations\":[\"" variation "\"]}]}"
#define SEGMENT(key, when) "{\"key\":\"" key "\",\"when\":" when "}"
#define DOC(flags, segments) "{\"flags\":[" flags "],\"segments\":[" segments "]}"

static void
test_what_cannot_be_compiled_is_refused_by_name(void **state)
{
	static const struct {
		const char *doc, *detail;
	} cases[] = {
		{DOC(FLAG("a", RULE("{\"segment\":\"nope\"}")), ""), "flag a: rule r: there is no segment nope"},
		{DOC("", SEGMENT("s", "{\"segment\":\"nope\"}")), "segment s: there is no segment nope"},
		{DOC(FLAG("a", NEEDS("nope", "on")), ""), "flag a: it requires the flag nope, which does not exist"},
		{DOC(FLAG("a", NEEDS("b", "x")) "," FLAG("b", "{}"), ""),
			"flag a: it requires the variation x of b, which has none such"},
		{DOC(FLAG("a", "{}") "," FLAG("a", "{}"), ""), "there are two flags a"},
		{DOC("", SEGMENT("s", "null") "," SEGMENT("s", "null")), "there are two segments s"},
		{DOC(FLAG("a", NEEDS("b", "on")) "," FLAG("b", NEEDS("a", "off")), ""),
			"prerequisites form a cycle: a → b → a"},
		{DOC(FLAG("c", NEEDS("a", "on")) "," FLAG("a", NEEDS("b", "on")) "," FLAG("b", NEEDS("c", "on")), ""),
			"prerequisites form a cycle: a → b → c → a"},
		{DOC("", SEGMENT("s", "{\"not\":{\"segment\":\"t\"}}") "," SEGMENT("t", "{\"segment\":\"s\"}")),
			"segments form a cycle: s → t → s"},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		struct engine e;
		struct ff_err err;

		assert_int_equal(engine_try_open(&e, cases[i].doc, &err), FF_EINVALID);
		assert_string_equal(err.detail, cases[i].detail);
		assert_int_equal(engine_try_open(&e, cases[i].doc, NULL), FF_EINVALID);
	}
}

static void
test_a_long_cycle_is_told_in_part(void **state)
{
	struct ff_buf doc;
	struct engine e;
	struct ff_err err;

	(void)state;
	ff_buf_init(&doc, 1 << 16);
	ff_buf_lit(&doc, "{\"flags\":[");
	for (int i = 0; i < 20; i++)
		ff_buf_printf(&doc, "%s" FLAG("f%d", NEEDS("f%d", "on")), i ? "," : "", i, (i + 1) % 20);
	ff_buf_lit(&doc, "]}");
	ff_buf_char(&doc, '\0');
	assert_int_equal(engine_try_open(&e, doc.p, &err), FF_EINVALID);
	assert_string_equal(err.detail, "prerequisites form a cycle: f0 → f1 → f2 → f3 → f4 → f5 → f6 → f7 → … → f0");
	ff_buf_release(&doc);
}

/* Made by hand: documents are refused before. */
static void
test_sources_no_document_gives_are_refused(void **state)
{
	const struct variation variations[] = {{FF_STR("on"), FF_STR("true")}, {FF_STR("off"), FF_STR("false")}};
	const struct unit_list none[2] = {{0}};
	const struct split_part parts[] = {{0, 1000}, {1, 2000}};
	const struct operand one = {.type = OPERAND_NUMBER, .number = 1},
						 bad = {.type = OPERAND_STRING, .string = FF_STR("(")};
	struct condition conditions[LIMIT_CONDITION_DEPTH + 1];
	struct condition now = {.kind = CONDITION_LEAF,
		.attribute = FF_STR("$now"),
		.op = operator_find(FF_STR("lt")),
		.operands = &one,
		.n_operands = 1};
	const struct condition regex = {.kind = CONDITION_LEAF,
		.attribute = FF_STR("a"),
		.op = operator_find(FF_STR("matches")),
		.operands = &bad,
		.n_operands = 1};
	struct rule rule = {.id = FF_STR("r"), .serve = {.variation = 0}};
	struct flag_environment environment = {
		.key = FF_STR("production"), .enabled = true, .off_variation = 1, .allow = none, .fallback = {.variation = 1}};
	struct flag flag = {.key = FF_STR("f"),
		.variations = variations,
		.n_variations = 2,
		.environments = &environment,
		.n_environments = 1};
	const struct flag *const flags[] = {&flag};
	const struct snapshot_source source = {.environment = FF_STR("production"), .flags = flags, .n_flags = 1};
	struct snapshot *snapshot;
	struct ff_err err;

	(void)state;
	environment.fallback = (struct serve){.parts = parts, .n_parts = 2, .by = FF_STR("userID"), .hash = FF_STR("ffs1")};
	assert_int_equal(snapshot_build(&source, &snapshot, &err), FF_EINVALID);
	assert_string_equal(err.detail, "flag f: a split sums to 3000 thousandths of a percent, not 100000");
	environment.fallback.hash = FF_STR("md5");
	assert_int_equal(snapshot_build(&source, &snapshot, &err), FF_EINVALID);
	assert_string_equal(err.detail, "flag f: there is no hash md5");
	environment.fallback = (struct serve){.variation = 1};
	environment.rules = &rule;
	environment.n_rules = 1;
	rule.when = &now;
	assert_int_equal(snapshot_build(&source, &snapshot, &err), FF_EINVALID);
	assert_string_equal(err.detail, "flag f: rule r: lt cannot be asked of $now");
	rule.when = &regex;
	assert_int_equal(snapshot_build(&source, &snapshot, &err), FF_EINVALID);
	assert_non_null(strstr(err.detail, "does not compile at offset 1"));
	for (size_t i = 0; i < FF_COUNT(conditions); i++)
		conditions[i] = (struct condition){.kind = CONDITION_NOT, .children = &conditions[i + 1], .n_children = 1};
	conditions[LIMIT_CONDITION_DEPTH] = now;
	rule.when = conditions;
	assert_int_equal(snapshot_build(&source, &snapshot, &err), FF_EINVALID);
	assert_string_equal(err.detail, "flag f: rule r: conditions are more than 8 levels deep");
}

static void
test_a_snapshot_knows_its_flags(void **state)
{
	struct engine e;
	const struct compiled_flag *f;

	(void)state;
	engine_open_text(&e,
		"{\"flags\":[{\"key\":\"b\",\"type\":\"boolean\",\"clientVisible\":true},{\"key\":\"a\",\"type\":\"boolean\","
		"\"environments\":{\"production\":{\"enabled\":true,\"default\":{\"rollout\":10}}}},"
		"{\"key\":\"gone\",\"type\":\"boolean\",\"archived\":true}]}");
	assert_int_equal(snapshot_count(e.snapshot), 2);
	assert_int_equal(snapshot_revision(e.snapshot), 1);
	assert_int_equal(snapshot_head(e.snapshot), 0);
	assert_null(snapshot_at(e.snapshot, 2));
	assert_null(snapshot_find(e.snapshot, FF_STR("gone")));
	assert_null(snapshot_find(e.snapshot, FF_STR("")));
	f = snapshot_at(e.snapshot, 0);
	assert_ptr_equal(f, snapshot_find(e.snapshot, FF_STR("a")));
	assert_true(ff_str_eqz(compiled_flag_key(f), "a"));
	assert_true(ff_str_eqz(compiled_flag_key_json(f), "\"a\":"));
	assert_int_equal(compiled_flag_version(f), 0);
	assert_true(compiled_flag_has_targeting(f) && !compiled_flag_client_visible(f));
	f = snapshot_at(e.snapshot, 1);
	assert_true(!compiled_flag_has_targeting(f) && compiled_flag_client_visible(f));
	assert_true(snapshot_bytes(e.snapshot) > 2000 && snapshot_bytes(e.snapshot) < 100000);
	engine_close(&e);
	snapshot_free(NULL);
}

static void
test_an_empty_environment_compiles(void **state)
{
	struct engine e;
	uint32_t n;

	(void)state;
	engine_open_text(&e, "{}");
	assert_int_equal(snapshot_count(e.snapshot), 0);
	snapshot_boundaries(e.snapshot, &n);
	assert_int_equal(n, 0);
	engine_close(&e);
}

#define NOW(op, value) "{\"attribute\":\"$now\",\"op\":\"" op "\",\"value\":" value "}"

static void
test_boundaries_of_time_are_sorted_and_unique(void **state)
{
	static const int64_t expected[] = {-5, 1000, 1001, 2000, 2001};
	const int64_t *boundaries;
	struct engine e;
	uint32_t n;

	(void)state;
	engine_open_text(&e,
		DOC(FLAG("a",
				RULE("{\"any\":[" NOW("after", "2000") "," NOW("before", "\"1970-01-01T00:00:01Z\"") "," NOW(
					"after", "1000.5") "," NOW("before", "1e300") "]}")),
			SEGMENT("s", "{\"all\":[" NOW("before", "1000") "," NOW("before", "-5.5") "," NOW("before", "2000") "]}")));
	boundaries = snapshot_boundaries(e.snapshot, &n);
	assert_int_equal(n, FF_COUNT(expected));
	assert_memory_equal(boundaries, expected, sizeof expected);
	engine_close(&e);
}

/* A chain as long as a tenant can make one takes no stack. */
static void
test_long_chains_evaluate(void **state)
{
	enum { LENGTH = 20000 };
	struct context context;
	struct ff_buf doc;
	struct engine e;

	(void)state;
	ff_buf_init(&doc, 64 << 20);
	ff_buf_lit(&doc, "{\"flags\":[");
	for (int i = 0; i < LENGTH; i++)
		ff_buf_printf(&doc,
			"%s{\"key\":\"f%d\",\"type\":\"boolean\",\"environments\":{\"production\":{\"enabled\":true,\"default\":"
			"{\"variation\":\"on\"}%s%.*d%s}}}",
			i ? "," : "", i, i ? ",\"prerequisites\":[{\"variations\":[\"on\"],\"flag\":\"f" : "", i ? 1 : 0, i - !!i,
			i ? "\"}]" : "");
	ff_buf_lit(&doc, "],\"segments\":[");
	for (int i = 0; i < LENGTH; i++)
		ff_buf_printf(&doc, "%s{\"key\":\"s%d\",\"when\":%s%.*d%s}", i ? "," : "", i,
			i ? "{\"segment\":\"s" : "{\"attribute\":\"a\",\"op\":\"exists\"}", i ? 1 : 0, i - !!i, i ? "\"}" : "");
	ff_buf_lit(&doc, "]}");
	ff_buf_char(&doc, '\0');
	engine_open_text(&e, doc.p);
	engine_context_text(&e, "{\"attributes\":{\"a\":1}}", &context);
	assert_true(ff_str_eqz(engine_decide(&e, &context, "f19999", 0),
		"{\"value\":true,\"variation\":\"on\",\"reason\":\"DEFAULT\",\"version\":0}"));
	engine_close(&e);
	ff_buf_release(&doc);
}

static void
test_longest_chain_is_counted(void **state)
{
	/* 0 → 1 → 3, 0 → 2, 2 → 3, 4 alone */
	static const uint32_t first[] = {0, 2, 3, 4, 4, 4}, to[] = {1, 2, 3, 3}, ring[] = {0, 1, 2, 3}, back[] = {1, 2, 1};
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct graph_shape shape = graph_shape(&(struct graph){5, first, to}, &arena);

	(void)state;
	assert_null(shape.cycle);
	assert_int_equal(shape.depth, 3);
	shape = graph_shape(&(struct graph){3, ring, back}, &arena);
	assert_int_equal(shape.n_cycle, 2);
	assert_int_equal(shape.cycle[0], 1);
	assert_int_equal(shape.cycle[1], 2);
	shape = graph_shape(&(struct graph){0, first, NULL}, &arena);
	assert_int_equal(shape.depth, 0);
}

static void
test_a_string_set_keeps_the_first_value(void **state)
{
	struct block block = {0};
	struct string_set set;
	char folded[2];

	(void)state;
	string_set_init(&set, &block, 3, 3, true);
	string_set_put(&set, FF_STR("A"), 7);
	string_set_put(&set, FF_STR("a"), 8);
	string_set_put(&set, FF_STR(""), 9);
	assert_int_equal(set.n, 2);
	assert_int_equal(string_set_find(&set, FF_STR("a"), ff_map_hash(FF_STR("a"))), 7);
	assert_int_equal(string_set_find(&set, FF_STR(""), ff_map_hash(FF_STR(""))), 9);
	assert_int_equal(string_set_find(&set, FF_STR("b"), ff_map_hash(FF_STR("b"))), STRING_SET_NONE);
	assert_true(ff_str_eqz(string_fold(FF_STR("Z["), folded), "z["));
	block_release(&block);
}

static void
test_a_schema_numbers_what_is_asked_for(void **state)
{
	struct schema s;
	uint32_t slot;

	(void)state;
	schema_init(&s);
	slot = schema_slot(&s, FF_STR("device.os.name"), false);
	assert_int_equal(schema_slot(&s, FF_STR("device.os.name"), true), slot);
	assert_true(schema_find(&s, FF_STR("device.os.name"))->wants_symbols);
	assert_int_equal(schema_find(&s, FF_STR("device"))->slot, SLOT_NONE);
	assert_true(schema_find(&s, FF_STR("device"))->has_children);
	assert_true(schema_find(&s, FF_STR("device.os"))->has_children);
	assert_null(schema_find(&s, FF_STR("os")));
	assert_int_equal(schema_slot(&s, FF_STR("device"), false), slot + 1);
	schema_slot(&s, FF_STR("a.b.c.d.e"), false); /* too deep to be nested: only literal */
	assert_null(schema_find(&s, FF_STR("a")));
	for (int i = 0; i < 1000; i++) {
		ff_str name = ff_arena_printf(&s.arena, "n%d", i);

		assert_int_equal(schema_slot(&s, name, false), slot + 3 + (uint32_t)i);
		assert_true(ff_str_eq(s.slot_names[slot + 3 + (uint32_t)i], name));
		assert_int_equal(schema_symbol(&s, name), i + 1);
	}
	assert_int_equal(schema_symbol(&s, FF_STR("n7")), 8);
	assert_int_equal(schema_find_symbol(&s, FF_STR("n7")), 8);
	assert_int_equal(schema_find_symbol(&s, FF_STR("x")), 0);
	schema_release(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_cannot_be_compiled_is_refused_by_name),
		cmocka_unit_test(test_a_long_cycle_is_told_in_part),
		cmocka_unit_test(test_sources_no_document_gives_are_refused),
		cmocka_unit_test(test_a_snapshot_knows_its_flags),
		cmocka_unit_test(test_an_empty_environment_compiles),
		cmocka_unit_test(test_boundaries_of_time_are_sorted_and_unique),
		cmocka_unit_test(test_long_chains_evaluate),
		cmocka_unit_test(test_longest_chain_is_counted),
		cmocka_unit_test(test_a_string_set_keeps_the_first_value),
		cmocka_unit_test(test_a_schema_numbers_what_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
