/* SPDX-License-Identifier: Apache-2.0 */
/* test_property.c - what holds for every flag and context: random ones, from fixed seeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_doc.h"
#include "domain/bucket.h"
#include "support/reference.h"

enum { DOCUMENTS = 150, FLAGS = 8, SEGMENTS = 5, CONTEXTS = 25, NOW_MS = 1767225600 };

static uint64_t state_of_chance;

/* splitmix64 (Steele, Lea, Flood 2014). */
static unsigned
chance(unsigned n)
{
	uint64_t z = state_of_chance += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return (unsigned)((z ^ z >> 31) % n);
}

#define PICK(array) ((array)[chance(FF_COUNT(array))])

/* Words that flags and contexts share, so that conditions hold often enough. */
static const char *const words[] = {"a", "b", "AB", "ab", "ba", "ann@x.com", "user-1", "user-2", "", "10.0.0.1"};
static const char *const versions[] = {"1.0.0", "v2.0.0", "2.1", "2.0.0-alpha", "2.0.0-beta", "3"};
static const char *const dates[] = {"1970-01-20T00:00:00Z", "1970-01-21T10:53:45.600Z", "2026-01-01T00:00:00+01:00"};
static const char *const addresses[] = {"10.0.0.1", "10.1.2.3", "192.168.0.1", "x"};
static const char *const networks[] = {"10.0.0.0/8", "10.0.0.0/31", "0.0.0.0/0", "192.168.0.0/16"};
static const char *const patterns[] = {"^a", "b$", "[ab]+@", "^.?$"};
static const char *const attributes[] = {"w", "n", "b", "v", "t", "ip", "list", "device.os", "userID", "none"};

static json_t *
random_scalar(void)
{
	switch (chance(3)) {
	case 0:
		return json_integer(chance(4));
	case 1:
		return json_boolean(chance(2));
	}
	return json_string(PICK(words));
}

struct family {
	const char *const *ops;
	unsigned n_ops;
	const char *const *values; /* NULL: scalars or numbers */
	unsigned n_values;
	bool many, numbers;
};

#define FAMILY(ops, ...)                \
	{                                   \
		ops, FF_COUNT(ops), __VA_ARGS__ \
	}

static const struct family *
random_family(void)
{
	static const char *const equal[] = {"eq"}, *const in[] = {"in"},
							 *const semver[] = {"semver_eq", "semver_lt", "semver_lte", "semver_gt", "semver_gte"};
	static const char *const text[] = {"contains", "starts_with", "ends_with"}, *const match[] = {"matches"};
	static const char *const number[] = {"lt", "lte", "gt", "gte"}, *const time[] = {"before", "after"};
	static const char *const cidr[] = {"cidr"};
	static const struct family families[] = {
		FAMILY(equal, NULL, 0, false, false),
		FAMILY(in, NULL, 0, true, false),
		FAMILY(semver, versions, FF_COUNT(versions), false, false),
		FAMILY(text, words, FF_COUNT(words), true, false),
		FAMILY(match, patterns, FF_COUNT(patterns), true, false),
		FAMILY(number, NULL, 0, false, true),
		FAMILY(time, dates, FF_COUNT(dates), false, false),
		FAMILY(cidr, networks, FF_COUNT(networks), true, false),
	};

	return &PICK(families);
}

static json_t *
random_operand(const struct family *f)
{
	if (f->values)
		return json_string(f->values[chance(f->n_values)]);
	return f->numbers ? json_integer(chance(4)) : random_scalar();
}

static json_t *
random_leaf(void)
{
	json_t *leaf = json_object(), *values;
	const struct family *f = random_family();

	if (chance(8) == 0) {
		json_object_set_new(leaf, "attribute", json_string("$now"));
		json_object_set_new(leaf, "op", json_string(chance(2) ? "before" : "after"));
		json_object_set_new(
			leaf, "value", chance(2) ? json_string(PICK(dates)) : json_integer(NOW_MS - 1 + (int)chance(3)));
		return leaf;
	}
	json_object_set_new(leaf, "attribute", json_string(PICK(attributes)));
	if (chance(2))
		json_object_set_new(leaf, "negate", json_true());
	if (chance(8) == 0) {
		json_object_set_new(leaf, "op", json_string("exists"));
		return leaf;
	}
	json_object_set_new(leaf, "op", json_string(f->ops[chance(f->n_ops)]));
	/* POSIX and PCRE2 agree on case for these patterns only without it. */
	if (chance(3) == 0 && f->values != patterns)
		json_object_set_new(leaf, "ignoreCase", json_true());
	if (!f->many) {
		json_object_set_new(leaf, "value", random_operand(f));
		return leaf;
	}
	values = json_array();
	for (unsigned n = 1 + chance(3); n; n--)
		json_array_append_new(values, random_operand(f));
	json_object_set_new(leaf, "values", values);
	return leaf;
}

/* Names segments below `n_segments` only: no cycles. */
static json_t *
random_condition(unsigned depth, unsigned n_segments)
{
	json_t *children;

	if (depth == 0 || chance(3) == 0)
		return n_segments && chance(3) == 0 ? json_pack("{s:o}", "segment", json_sprintf("s%u", chance(n_segments)))
											: random_leaf();
	if (chance(4) == 0)
		return json_pack("{s:o}", "not", random_condition(depth - 1, n_segments));
	children = json_array();
	for (unsigned n = chance(4); n; n--)
		json_array_append_new(children, random_condition(depth - 1, n_segments));
	return json_pack("{s:o}", chance(2) ? "all" : "any", children);
}

static json_t *
random_serve(bool in_rule)
{
	static const char *const units[] = {"userID", "w", "n", "b", "list", "device.os", "none"};
	json_t *first, *split;
	unsigned percent = chance(101);

	if (chance(2))
		return json_pack("{s:s}", "variation", chance(2) ? "on" : "off");
	first = in_rule && chance(3) == 0 ? json_null() : json_string("on");
	split = json_pack("{s:[{s:o, s:i}, {s:s, s:i}]}", "split", "variation", first, "percent", (int)percent, "variation",
		"off", "percent", (int)(100 - percent));
	if (chance(2))
		json_object_set_new(split, "by", json_string(PICK(units)));
	if (chance(2))
		json_object_set_new(split, "salt", json_string(chance(2) ? "s" : "соль"));
	return split;
}

static json_t *
random_config(unsigned flag)
{
	json_t *rules = json_array(), *prerequisites = json_array();
	json_t *config = json_pack("{s:b, s:o, s:o, s:o}", "enabled", (int)(chance(8) != 0), "rules", rules, "default",
		random_serve(false), "prerequisites", prerequisites);

	for (unsigned i = chance(4); i; i--)
		json_array_append_new(rules,
			json_pack("{s:o, s:o, s:o}", "id", json_sprintf("r%u", i), "when", random_condition(3, SEGMENTS), "serve",
				random_serve(true)));
	if (flag && chance(3) == 0)
		json_array_append_new(prerequisites,
			json_pack(
				"{s:o, s:[s]}", "flag", json_sprintf("f%u", chance(flag)), "variations", chance(2) ? "on" : "off"));
	if (chance(3) == 0)
		json_object_set_new(config, "deny", json_pack("[s, s]", "user-1", "user-9"));
	if (chance(3) == 0)
		json_object_set_new(config, "allow", json_pack("{s:[s, s], s:[s]}", "on", "user-1", "user-2", "off", "user-3"));
	if (chance(5) == 0)
		json_object_set_new(config, "offVariation", json_null());
	return config;
}

static json_t *
random_document(void)
{
	json_t *flags = json_array(), *segments = json_array();

	for (unsigned i = 0; i < FLAGS; i++) {
		json_t *flag = json_pack("{s:o, s:s, s:{}}", "key", json_sprintf("f%u", i), "type", "boolean", "environments");

		if (chance(10))
			json_object_set_new(json_object_get(flag, "environments"), "production", random_config(i));
		json_object_set_new(flag, "archived", json_boolean(chance(12) == 0));
		json_array_append_new(flags, flag);
	}
	for (unsigned i = 0; i < SEGMENTS; i++) {
		json_t *segment = json_pack("{s:o}", "key", json_sprintf("s%u", i));

		if (chance(4))
			json_object_set_new(segment, "when", random_condition(2, i));
		if (chance(2))
			json_object_set_new(segment, "included", json_pack("[s]", PICK(words)[0] ? "user-1" : "user-2"));
		if (chance(2))
			json_object_set_new(segment, "excluded", json_pack("[s]", chance(2) ? "user-1" : "user-2"));
		json_array_append_new(segments, segment);
	}
	return json_pack("{s:o, s:o}", "flags", flags, "segments", segments);
}

static json_t *
random_value(unsigned attribute)
{
	json_t *list;

	if (chance(8) == 0)
		return random_scalar();
	switch (attribute) {
	case 0:
		return json_string(PICK(words));
	case 1:
		return json_integer(chance(4));
	case 2:
		return json_boolean(chance(2));
	case 3:
		return json_string(PICK(versions));
	case 4:
		return chance(2) ? json_string(PICK(dates)) : json_integer(NOW_MS);
	case 5:
		return json_string(PICK(addresses));
	}
	list = json_array();
	for (unsigned n = chance(4); n; n--)
		json_array_append_new(list, chance(5) ? random_scalar() : json_object());
	return list;
}

static json_t *
random_context(void)
{
	json_t *values = json_object(), *context = json_pack("{s:o}", "attributes", values);

	if (chance(6))
		json_object_set_new(context, "userID", chance(8) ? json_sprintf("user-%u", chance(30)) : json_string(""));
	for (unsigned i = 0; i < 7; i++)
		if (chance(3))
			json_object_set_new(values, attributes[i], chance(8) ? random_value(i) : json_null());
	if (chance(2))
		json_object_set_new(values, "device", json_pack("{s:s}", "os", PICK(words)));
	if (chance(6) == 0)
		json_object_set_new(values, "device.os", json_string(PICK(words)));
	return context;
}

static void
compare(struct engine *e, const struct context *context, const json_t *json, const char *flag)
{
	struct reference_answer expected = reference_evaluate(&e->source, flag, json, NOW_MS);
	const struct compiled_flag *f = snapshot_find(e->snapshot, ff_str_z(flag));
	const char *error;
	struct ff_buf steps;
	struct decision d, explained;
	json_t *parsed;

	evaluate(e->snapshot, f, context, NOW_MS, e->scratch, &d);
	error = decision_error_name(d.error);
	if (strcmp(reason_name(d.reason), expected.reason) != 0 || !ff_str_eq(decision_variation(&d), expected.variation) ||
		!ff_str_eq(decision_rule_id(&d), expected.rule) ||
		strcmp(error ? error : "", expected.error ? expected.error : ""))
		fail_msg("%s for %s: %s %.*s %.*s, expected %s %.*s %.*s", flag, json_dumps(json, 0), reason_name(d.reason),
			FF_FMT(decision_variation(&d)), FF_FMT(decision_rule_id(&d)), expected.reason, FF_FMT(expected.variation),
			FF_FMT(expected.rule));
	ff_buf_init(&steps, 1 << 20);
	explain(e->snapshot, f, context, NOW_MS, e->scratch, &explained, &steps);
	assert_memory_equal(&explained, &d, sizeof d);
	assert_int_equal(json_doc_parse(ff_buf_str(&steps), &parsed, NULL), FF_OK);
	assert_true(json_is_array(parsed) && json_array_size(parsed) > 0);
	json_decref(parsed);
	ff_buf_release(&steps);
}

static void
test_compiled_evaluation_equals_the_reference(void **state)
{
	char flag[16];

	(void)state;
	state_of_chance = 1;
	for (unsigned i = 0; i < DOCUMENTS; i++) {
		json_t *doc = random_document();
		struct engine e;

		engine_open(&e, doc);
		for (unsigned j = 0; j < CONTEXTS; j++) {
			json_t *json = random_context();
			struct context context;

			engine_context(&e, json, &context);
			for (unsigned k = 0; k <= FLAGS; k++) {
				snprintf(flag, sizeof flag, "f%u", k);
				compare(&e, &context, json, flag);
			}
			json_decref(json);
		}
		engine_close(&e);
		json_decref(doc);
	}
}

static void
test_buckets_equal_xxhash_at_every_length(void **state)
{
	char bytes[200];

	(void)state;
	state_of_chance = 2;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)chance(256);
	for (size_t salt = 0; salt < 70; salt++)
		for (size_t unit = 0; unit < 100; unit++)
			assert_int_equal(bucket_of(ff_str_of(bytes, salt), ff_str_of(bytes + 71, unit), BUCKET_SPLIT),
				reference_bucket(ff_str_of(bytes, salt), ff_str_of(bytes + 71, unit)));
}

/* A flag whose first part has `thousandths` of a percent. */
static void
open_ramp(struct engine *e, unsigned thousandths)
{
	json_t *doc = json_pack("{s:[{s:s, s:s, s:{s:{s:b, s:{s:[{s:s, s:f}, {s:s, s:f}]}}}}]}", "flags", "key", "ramp",
		"type", "boolean", "environments", "production", "enabled", 1, "default", "split", "variation", "on", "percent",
		thousandths / 1000.0, "variation", "off", "percent", (100000 - thousandths) / 1000.0);

	engine_open(e, doc);
	json_decref(doc);
}

static void
test_rollout_keeps_units_when_share_grows(void **state)
{
	static const unsigned steps[] = {0, 1, 500, 12500, 12501, 50000, 99999, 100000};
	enum { UNITS = 4000 };
	static bool was_on[UNITS];
	unsigned on = 0;

	(void)state;
	for (size_t s = 0; s < FF_COUNT(steps); s++) {
		struct engine e;

		open_ramp(&e, steps[s]);
		on = 0;
		for (unsigned u = 0; u < UNITS; u++) {
			struct context context;
			char json[64];
			bool now_on;

			snprintf(json, sizeof json, "{\"userID\":\"unit-%u\"}", u);
			engine_context_text(&e, json, &context);
			now_on = ff_str_starts(engine_decide(&e, &context, "ramp", 0), FF_STR("{\"value\":true"));
			assert_true(now_on || !was_on[u]);
			was_on[u] = now_on;
			on += now_on;
		}
		engine_close(&e);
		/* within five standard deviations of a binomial share */
		assert_true(abs((int)on - (int)(steps[s] * UNITS / 100000)) <= 5 * 32);
	}
	assert_int_equal(on, UNITS);
}

/* χ² of counts against a uniform distribution. */
static double
chi_square(const unsigned *counts, size_t n, double expected)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (counts[i] - expected) * (counts[i] - expected) / expected;
	return sum;
}

/* 99 degrees of freedom: 1 in 10,000 uniform samples is past 161.3 (R: qchisq(0.9999, 99)). */
static const double chi_square_limit_99 = 161.3;

static void
test_buckets_are_uniform(void **state)
{
	enum { CELLS = 100, UNITS = 100000 };
	static const char *const salts[] = {"checkout-v2", "new-nav", "a", "соль"};

	(void)state;
	for (size_t s = 0; s < FF_COUNT(salts); s++) {
		unsigned counts[CELLS] = {0};

		for (unsigned u = 0; u < UNITS; u++) {
			char unit[16];
			int n = snprintf(unit, sizeof unit, "u%u", u);

			counts[bucket_of(ff_str_z(salts[s]), ff_str_of(unit, (size_t)n), BUCKET_SPLIT) / (BUCKETS / CELLS)]++;
		}
		assert_true(chi_square(counts, CELLS, UNITS / CELLS) < chi_square_limit_99);
	}
}

static void
test_buckets_of_two_flags_are_independent(void **state)
{
	enum { SIDE = 10, UNITS = 100000 };
	unsigned counts[SIDE * SIDE] = {0};

	(void)state;
	for (unsigned u = 0; u < UNITS; u++) {
		char text[16];
		ff_str unit = ff_str_of(text, (size_t)snprintf(text, sizeof text, "user-%u", u));
		uint32_t a = bucket_of(FF_STR("flag-1"), unit, BUCKET_SPLIT),
				 b = bucket_of(FF_STR("flag-2"), unit, BUCKET_SPLIT);

		counts[a / (BUCKETS / SIDE) * SIDE + b / (BUCKETS / SIDE)]++;
	}
	assert_true(chi_square(counts, FF_COUNT(counts), (double)UNITS / FF_COUNT(counts)) < chi_square_limit_99);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compiled_evaluation_equals_the_reference),
		cmocka_unit_test(test_buckets_equal_xxhash_at_every_length),
		cmocka_unit_test(test_rollout_keeps_units_when_share_grows),
		cmocka_unit_test(test_buckets_are_uniform),
		cmocka_unit_test(test_buckets_of_two_flags_are_independent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
