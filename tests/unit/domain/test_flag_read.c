/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_doc.h"
#include "base/utf8.h"
#include "domain/flag.h"
#include "domain/limits.h"
#include "support/documents.h"

static ff_status
read_flag(const json_t *doc, struct ff_arena *arena, struct ff_err *reterr)
{
	struct flag *flag = NULL;
	ff_status status = flag_read(doc, arena, &flag, reterr);

	assert_int_equal(flag == NULL, status != FF_OK);
	return status;
}

static void
test_every_fault_is_told_with_its_place(void **state)
{
	(void)state;
	assert_fault_cases("flag_faults.json", read_flag);
}

/* A flag whose environment prod has `members`. */
static json_t *
with_environment(const char *name, json_t *value)
{
	json_t *doc = document("{'key':'f','type':'boolean','environments':{'prod':{}}}");

	json_doc_set(json_object_get(json_object_get(doc, "environments"), "prod"), ff_str_z(name), value);
	return doc;
}

static json_t *
with_member(const char *name, json_t *value)
{
	json_t *doc = document("{'key':'f','type':'boolean'}");

	json_doc_set(doc, ff_str_z(name), value);
	return doc;
}

static json_t *
text_of(size_t n)
{
	FF_CLEANUP(ff_freep) char *text = ff_xmalloc(n + 1);

	memset(text, 'x', n);
	return json_doc_new_str(ff_str_of(text, n));
}

static void
test_strings_end_at_their_limits(void **state)
{
	static const struct {
		const char *name;
		size_t max;
		const char *past;
	} cases[] = {
		{"key", LIMIT_KEY_BYTES, "is 129 bytes, at most 128"},
		{"name", LIMIT_STRING_BYTES, "is 4097 bytes, at most 4096"},
		{"description", LIMIT_STRING_BYTES, "is 4097 bytes, at most 4096"},
		{"owner", LIMIT_STRING_BYTES, "is 4097 bytes, at most 4096"},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		char pointer[32];

		(void)snprintf(pointer, sizeof pointer, "/%s", cases[i].name);
		assert_valid(with_member(cases[i].name, text_of(cases[i].max)), read_flag);
		assert_fault(with_member(cases[i].name, text_of(cases[i].max + 1)), read_flag, pointer, cases[i].past);
	}
	for (size_t over = 0; over <= 1; over++) {
		json_t *units = json_array(), *tags = json_array();

		json_doc_append(units, text_of(LIMIT_STRING_BYTES + over));
		json_doc_append(tags, text_of(LIMIT_STRING_BYTES + over));
		if (over) {
			assert_fault(
				with_environment("deny", units), read_flag, "/environments/prod/deny/0", "is 4097 bytes, at most 4096");
			assert_fault(with_member("tags", tags), read_flag, "/tags/0", "is 4097 bytes, at most 4096");
		} else {
			assert_valid(with_environment("deny", units), read_flag);
			assert_valid(with_member("tags", tags), read_flag);
		}
	}
}

static void
test_lists_end_at_their_limits(void **state)
{
	static const struct {
		const char *name, *item;
		bool in_environment;
		unsigned max;
		const char *pointer, *past;
	} cases[] = {
		{"tags", "'t#'", false, LIMIT_TAGS, "/tags", "has 65 items, at most 64"},
		{"variations", "{'key':'v#','value':true}", false, LIMIT_VARIATIONS, "/variations", "has 65 items, at most 64"},
		{"rules", "{'id':'x#','when':{'any':[]},'serve':{'variation':'on'}}", true, LIMIT_RULES,
			"/environments/prod/rules", "has 101 items, at most 100"},
		{"prerequisites", "{'flag':'p#','variations':['on']}", true, LIMIT_PREREQUISITES,
			"/environments/prod/prerequisites", "has 17 items, at most 16"},
		{"deny", "'u#'", true, LIMIT_UNITS, "/environments/prod/deny", "has 100001 items, at most 100000"},
		{"allow", "'u#'", true, LIMIT_UNITS, "/environments/prod/allow", "has 100001 items, at most 100000"},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		json_t *(*with)(const char *, json_t *) = cases[i].in_environment ? with_environment : with_member;

		assert_valid(with(cases[i].name, document_list(cases[i].max, cases[i].item)), read_flag);
		assert_fault(with(cases[i].name, document_list(cases[i].max + 1, cases[i].item)), read_flag, cases[i].pointer,
			cases[i].past);
	}
}

static void
test_deny_and_allow_share_one_limit(void **state)
{
	(void)state;
	for (unsigned over = 0; over <= 1; over++) {
		json_t *doc = with_environment("deny", document_list(LIMIT_UNITS - 10 + over, "'d#'"));
		json_t *environment = json_object_get(json_object_get(doc, "environments"), "prod");
		json_t *allow = document("{}");

		json_doc_set(allow, FF_STR("on"), document_list(5, "'a#'"));
		json_doc_set(allow, FF_STR("off"), document_list(5, "'b#'"));
		json_doc_set(environment, FF_STR("allow"), allow);
		if (over)
			assert_fault(doc, read_flag, "/environments/prod",
				"lists 100001 units in \"deny\" and \"allow\" together, at most 100000");
		else
			assert_valid(doc, read_flag);
	}
}

static void
test_split_parts_end_at_the_limit(void **state)
{
	(void)state;
	for (unsigned over = 0; over <= 1; over++) {
		json_t *split = document_list(LIMIT_SPLIT_PARTS - 1 + over, "{'variation':'on','percent':0}"), *serve;

		json_doc_append(split, document("{'variation':'off','percent':100}"));
		serve = document("{}");
		json_doc_set(serve, FF_STR("split"), split);
		if (over)
			assert_fault(with_environment("default", serve), read_flag, "/environments/prod/default/split",
				"has 129 items, at most 128");
		else
			assert_valid(with_environment("default", serve), read_flag);
	}
}

static void
test_environments_end_at_the_limit(void **state)
{
	(void)state;
	for (unsigned n = LIMIT_ENVIRONMENTS; n <= LIMIT_ENVIRONMENTS + 1; n++) {
		json_t *environments = json_object();

		for (unsigned i = 0; i < n; i++) {
			char key[16];

			(void)snprintf(key, sizeof key, "e%u", i);
			json_doc_set(environments, ff_str_z(key), json_object());
		}
		if (n == LIMIT_ENVIRONMENTS)
			assert_valid(with_member("environments", environments), read_flag);
		else
			assert_fault(with_member("environments", environments), read_flag, "/environments",
				"has 65 environments, at most 64");
	}
}

/* A flag of one variation, whose value is lists in each other so that the document has `levels`. */
static json_t *
deep_flag(unsigned levels)
{
	json_t *value = json_object(), *doc;

	/* the flag, its variations and the variation are three, and so is the outermost object of the value */
	for (unsigned i = 4; i < levels; i++) {
		json_t *outer = json_object();

		json_doc_set(outer, FF_STR("x"), value);
		value = outer;
	}
	doc = document("{'key':'f','type':'object','variations':[{'key':'a'}]}");
	json_doc_set(json_array_get(json_object_get(doc, "variations"), 0), FF_STR("value"), value);
	return doc;
}

static void
test_levels_end_at_the_limit(void **state)
{
	(void)state;
	assert_valid(deep_flag(LIMIT_DOCUMENT_DEPTH), read_flag);
	assert_fault(deep_flag(LIMIT_DOCUMENT_DEPTH + 1), read_flag, "", "has more than 64 levels");
}

static json_t *
large_flag(size_t bytes)
{
	static const char around[] = "{\"key\":\"f\",\"type\":\"string\",\"variations\":[{\"key\":\"a\",\"value\":\"\"}]}";
	json_t *doc = document(around);

	json_doc_set(
		json_array_get(json_object_get(doc, "variations"), 0), FF_STR("value"), text_of(bytes - strlen(around)));
	return doc;
}

static void
test_bytes_end_at_the_limit(void **state)
{
	(void)state;
	assert_valid(large_flag(LIMIT_DOCUMENT_BYTES), read_flag);
	assert_fault(large_flag(LIMIT_DOCUMENT_BYTES + 1), read_flag, "", "is more than 8388608 bytes");
}

static void
test_nul_is_refused_where_no_parser_was(void **state)
{
	(void)state;
	assert_fault(with_member("owner", json_doc_new_str(FF_STR("a\0b"))), read_flag, "/owner", "must not contain NUL");
}

static void
assert_counted(json_t *doc, const char *detail)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct ff_err err;
	unsigned n = 0;

	assert_int_equal(read_flag(doc, &arena, &err), FF_EINVALID);
	json_decref(doc);
	assert_string_equal(err.detail, detail);
	for (const struct ff_fault *f = err.faults; f; f = f->next)
		n++;
	assert_int_equal(n, FF_FAULTS_MAX);
}

static void
test_hundreds_of_faults_are_counted_and_the_first_kept(void **state)
{
	json_t *unknown = document("{'key':'f','type':'boolean'}");

	(void)state;
	assert_counted(with_environment("deny", document_list(300, "#")),
		"the flag has 300 faults: /environments/prod/deny/0: must be a string, not a number");
	for (int i = 0; i < 300; i++) {
		char name[16];

		(void)snprintf(name, sizeof name, "x%d", i);
		json_doc_set(unknown, ff_str_z(name), json_true());
	}
	assert_counted(unknown,
		"the flag has 300 faults: /x0: is not known here; known are key, name, description, type, "
		"variations, tags, owner, temporary, clientVisible, archived, environments");
}

static void
test_long_text_is_cut_between_characters_in_messages(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *list = json_array(), *doc = NULL;
	struct ff_err err;
	char unit[101] = "x";

	(void)state;
	for (size_t i = 1; i < 99; i += 2)
		memcpy(unit + i, "\xc3\xa9", 3);
	json_doc_append(list, json_doc_new_str(ff_str_z(unit)));
	json_doc_append(list, json_doc_new_str(ff_str_z(unit)));
	doc = with_environment("deny", json_incref(list));
	assert_int_equal(read_flag(doc, &arena, &err), FF_EINVALID);
	assert_true(utf8_valid(err.faults->message));
	assert_in_range(err.faults->message.n, 64, 100);
}

static struct flag *
read_text(const char *text, struct ff_arena *arena)
{
	FF_CLEANUP(json_decrefp) json_t *doc = document(text);
	struct flag *flag = NULL;
	struct ff_err err;

	if (flag_read(doc, arena, &flag, &err) != FF_OK)
		fail_msg("%s: %s", text, err.detail);
	return flag;
}

static void
test_what_goes_without_saying_is_filled_in(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	const struct flag *f = read_text("{'key':'f','type':'boolean','environments':{'prod':{}}}", &arena);
	const struct flag_environment *e = flag_environment_of(f, FF_STR("prod"));

	(void)state;
	assert_int_equal(f->n_variations, 2);
	assert_true(ff_str_eqz(f->variations[0].key, "on") && ff_str_eqz(f->variations[0].value, "true"));
	assert_true(ff_str_eqz(f->variations[1].key, "off") && ff_str_eqz(f->variations[1].value, "false"));
	assert_false(f->temporary || f->client_visible || f->archived);
	assert_int_equal(f->version, 0);
	assert_int_equal(f->n_tags, 0);
	assert_int_equal(f->name.n + f->description.n + f->owner.n, 0);
	assert_non_null(e);
	assert_false(e->enabled);
	assert_int_equal(e->off_variation, 1);
	assert_int_equal(e->n_prerequisites + e->n_rules + e->deny.n_units, 0);
	assert_int_equal(e->allow[0].n_units + e->allow[1].n_units, 0);
	assert_int_equal(e->fallback.variation, 1);
	assert_int_equal(e->fallback.n_parts, 0);
	assert_null(flag_environment_of(f, FF_STR("staging")));
}

static void
test_the_off_variation_is_off_or_the_last(void **state)
{
	static const struct {
		const char *variations;
		int off;
	} cases[] = {
		{"[{'key':'a','value':1},{'key':'b','value':2}]", 1},
		{"[{'key':'off','value':1},{'key':'b','value':2}]", 0},
		{"[{'key':'a','value':1}]", 0},
	};
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		ff_str text = ff_arena_printf(
			&arena, "{'key':'f','type':'number','variations':%s,'environments':{'e':{}}}", cases[i].variations);
		const struct flag *f = read_text(text.p, &arena);
		const struct flag_environment *e = flag_default_environment(f, FF_STR("other"), &arena);

		assert_int_equal(f->environments[0].off_variation, cases[i].off);
		assert_int_equal(f->environments[0].fallback.variation, cases[i].off);
		assert_true(ff_str_eqz(e->key, "other"));
		assert_int_equal(e->off_variation, cases[i].off);
		assert_int_equal(e->fallback.variation, cases[i].off);
		assert_int_equal(e->version, 0);
		assert_false(e->enabled);
		assert_int_equal(e->allow[0].n_units, 0);
	}
}

static void
test_rules_without_an_id_get_one_that_is_free(void **state)
{
	static const char *const expected[] = {"rule-2", "rule-3", "rule-1", "rule-4", "rule-5"};
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	const struct flag *f = read_text("{'key':'f','type':'boolean','environments':{'prod':{'rules':["
									 "{'id':'rule-2','when':{'all':[]},'serve':{'variation':'on'}},"
									 "{'when':{'all':[]},'serve':{'variation':'on'}},"
									 "{'id':'rule-1','when':{'all':[]},'serve':{'variation':'on'}},"
									 "{'when':{'all':[]},'serve':{'variation':'on'}},"
									 "{'when':{'all':[]},'serve':{'variation':'on'}}]}}}",
		&arena);

	(void)state;
	for (size_t i = 0; i < FF_COUNT(expected); i++)
		assert_true(ff_str_eqz(f->environments[0].rules[i].id, expected[i]));
}

static void
test_percents_are_exact_thousandths(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;

	(void)state;
	/* Every one that can be written, as text and therefore as the double nearest to it. */
	for (uint32_t weight = 0; weight <= SPLIT_TOTAL; weight += 7) {
		ff_str text =
			ff_arena_printf(&arena, "{'key':'f','type':'boolean','environments':{'e':{'default':{'rollout':%u.%03u}}}}",
				weight / 1000, weight % 1000);
		const struct flag *f = read_text(text.p, &arena);
		const struct serve *s = &f->environments[0].fallback;

		assert_int_equal(s->n_parts, 2);
		assert_int_equal(s->parts[0].weight, weight);
		assert_int_equal(s->parts[1].weight, SPLIT_TOTAL - weight);
		assert_int_equal(s->parts[0].variation, 0);
		assert_int_equal(s->parts[1].variation, 1);
		ff_arena_reset(&arena);
	}
}

static void
test_keys_are_plain_names(void **state)
{
	static const struct {
		const char *key;
		bool valid;
	} cases[] = {
		{"", false},
		{"-a", false},
		{"_a", false},
		{".a", false},
		{"a b", false},
		{"a\n", false},
		{"a/b", false},
		{"\xc3\xa9", false},
		{"a:b", false},
		{"a", true},
		{"0", true},
		{"Z9._-", true},
	};
	char longest[LIMIT_KEY_BYTES + 1];

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++)
		if (key_valid(ff_str_z(cases[i].key)) != cases[i].valid)
			fail_msg("\"%s\"", cases[i].key);
	assert_false(key_valid(FF_STR("a\0")));
	memset(longest, 'k', sizeof longest);
	assert_true(key_valid(ff_str_of(longest, LIMIT_KEY_BYTES)));
	assert_false(key_valid(ff_str_of(longest, LIMIT_KEY_BYTES + 1)));
}

static void
test_a_damaged_store_is_told_apart_from_bad_input(void **state)
{
	static const char shared[] = "{\"key\":\"f\",\"type\":\"boolean\"}";
	static const struct {
		const char *shared, *config, *detail;
	} cases[] = {
		{"{", "{}",
			"a stored flag cannot be read (shared part): string or '}' expected near end of file at line 1, column 1 "
			"(byte 1)"},
		{"{\"key\":\"f\"}", "{}", "a stored flag cannot be read (f): the flag has 1 fault: /type: is required"},
		{shared, "",
			"a stored flag cannot be read (f): unexpected token near end of file at line 1, column 0 (byte 0)"},
		{shared, "{\"enabled\":1}",
			"a stored flag cannot be read (f): the configuration has 1 fault: /enabled: must be true or false, not a "
			"number"},
	};
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		struct stored_config config = {FF_STR("prod"), 1, ff_str_z(cases[i].config)};
		struct flag *flag = NULL;
		struct ff_err err;

		assert_int_equal(flag_read_stored(ff_str_z(cases[i].shared), 1, &config, 1, &arena, &flag, &err), FF_ESTORAGE);
		assert_null(flag);
		assert_string_equal(err.detail, cases[i].detail);
	}
}

static void
test_stored_parts_are_put_together(void **state)
{
	static const struct stored_config configs[] = {
		{FF_STR("prod"), 4, FF_STR("{\"enabled\":true}")}, {FF_STR("staging"), 2, FF_STR("{}")}};
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct flag *f = NULL;
	struct ff_err err;

	(void)state;
	assert_int_equal(
		flag_read_stored(FF_STR("{\"key\":\"f\",\"type\":\"boolean\"}"), 7, configs, 2, &arena, &f, &err), FF_OK);
	assert_int_equal(f->version, 7);
	assert_int_equal(f->n_environments, 2);
	assert_int_equal(flag_environment_of(f, FF_STR("prod"))->version, 4);
	assert_true(flag_environment_of(f, FF_STR("prod"))->enabled);
	assert_int_equal(flag_environment_of(f, FF_STR("staging"))->version, 2);
	assert_false(flag_environment_of(f, FF_STR("staging"))->enabled);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_fault_is_told_with_its_place),
		cmocka_unit_test(test_strings_end_at_their_limits),
		cmocka_unit_test(test_lists_end_at_their_limits),
		cmocka_unit_test(test_deny_and_allow_share_one_limit),
		cmocka_unit_test(test_split_parts_end_at_the_limit),
		cmocka_unit_test(test_environments_end_at_the_limit),
		cmocka_unit_test(test_levels_end_at_the_limit),
		cmocka_unit_test(test_bytes_end_at_the_limit),
		cmocka_unit_test(test_nul_is_refused_where_no_parser_was),
		cmocka_unit_test(test_hundreds_of_faults_are_counted_and_the_first_kept),
		cmocka_unit_test(test_long_text_is_cut_between_characters_in_messages),
		cmocka_unit_test(test_what_goes_without_saying_is_filled_in),
		cmocka_unit_test(test_the_off_variation_is_off_or_the_last),
		cmocka_unit_test(test_rules_without_an_id_get_one_that_is_free),
		cmocka_unit_test(test_percents_are_exact_thousandths),
		cmocka_unit_test(test_keys_are_plain_names),
		cmocka_unit_test(test_a_damaged_store_is_told_apart_from_bad_input),
		cmocka_unit_test(test_stored_parts_are_put_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
