/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_doc.h"
#include "domain/flag.h"
#include "support/documents.h"
#include "support/engine.h"

static struct flag *
read_flag(const json_t *doc, struct ff_arena *arena)
{
	struct flag *flag = NULL;
	struct ff_err err;

	if (flag_read(doc, arena, &flag, &err) != FF_OK)
		fail_msg("%s", err.detail);
	return flag;
}

/* The whole document, put together as the Admin API does. */
static json_t *
write_flag(const struct flag *f)
{
	json_t *doc = flag_write_shared(f), *environments = json_object();

	for (uint32_t i = 0; i < f->n_environments; i++)
		json_doc_set(environments, f->environments[i].key, flag_write_environment(f, &f->environments[i]));
	json_doc_set(doc, FF_STR("environments"), environments);
	return doc;
}

static void
test_documents_are_written_in_full(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *doc = document("{'key':'f','type':'boolean','environments':{'prod':{}}}");
	FF_CLEANUP(json_decrefp) json_t *written = write_flag(read_flag(doc, &arena));

	(void)state;
	assert_string_equal(json_doc_dump(written, &arena).p,
		"{\"key\":\"f\",\"name\":\"\",\"description\":\"\",\"type\":\"boolean\",\"variations\":[{\"key\":\"on\","
		"\"value\":true},{\"key\":\"off\",\"value\":false}],\"tags\":[],\"owner\":\"\",\"temporary\":false,"
		"\"clientVisible\":false,\"archived\":false,\"environments\":{\"prod\":{\"enabled\":false,\"offVariation\":"
		"\"off\",\"prerequisites\":[],\"deny\":[],\"allow\":{},\"rules\":[],\"default\":{\"variation\":\"off\"}}}}");
}

/* What each member of an environment is written as. */
static void
test_shorthands_are_written_out(void **state)
{
	static const struct {
		const char *member, *read, *written;
	} cases[] = {
		{"allow", "['u','v']", "{'on':['u','v']}"},
		{"allow", "{'off':['u'],'on':[]}", "{'off':['u']}"},
		{"default", "{'rollout':25}",
			"{'split':[{'variation':'on','percent':25},{'variation':'off','percent':75}],'by':'userID','hash':'ffs1'}"},
		{"default", "{'rollout':12.5,'by':'organizationId','salt':'x'}",
			"{'split':[{'variation':'on','percent':12.5},{'variation':'off','percent':87.5}],'by':'organizationId',"
			"'salt':'x','hash':'ffs1'}"},
		{"default", "{'rollout':0}",
			"{'split':[{'variation':'on','percent':0},{'variation':'off','percent':100}],'by':'userID','hash':'ffs1'}"},
		{"default", "{'split':[{'variation':'on','percent':99.999},{'variation':'off','percent':0.001}]}",
			"{'split':[{'variation':'on','percent':99.999},{'variation':'off','percent':0.001}],'by':'userID','hash':"
			"'ffs1'}"},
		{"default", "{'split':[{'variation':'on','percent':100.0},{'variation':'off','percent':0.0}]}",
			"{'split':[{'variation':'on','percent':100},{'variation':'off','percent':0}],'by':'userID','hash':'ffs1'}"},
		{"offVariation", "'on'", "'on'"},
		{"rules",
			"[{'when':{'all':[]},'serve':{'split':[{'variation':'on','percent':1},{'variation':null,'percent':99}]}}]",
			"[{'id':'rule-1','description':'','when':{'all':[]},'serve':{'split':[{'variation':'on','percent':1},"
			"{'variation':null,'percent':99}],'by':'userID','hash':'ffs1'}}]"},
		{"prerequisites", "[{'variations':['a','b'],'flag':'g'}]", "[{'flag':'g','variations':['a','b']}]"},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
		FF_CLEANUP(json_decrefp) json_t *doc = document("{'key':'f','type':'boolean','environments':{'prod':{}}}");
		FF_CLEANUP(json_decrefp) json_t *written = NULL;
		const struct flag *f;

		json_doc_set(json_object_get(json_object_get(doc, "environments"), "prod"), ff_str_z(cases[i].member),
			document(cases[i].read));
		f = read_flag(doc, &arena);
		written = flag_write_environment(f, f->environments);
		assert_document(json_object_get(written, cases[i].member), cases[i].written);
	}
}

static void
test_no_off_variation_is_written_as_null(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp)
	json_t *doc = document(
		"{'key':'f','type':'boolean','environments':{'prod':{'offVariation':null,'default':{'variation':'on'}}}}");
	FF_CLEANUP(json_decrefp) json_t *written = NULL;
	const struct flag *f = read_flag(doc, &arena);

	(void)state;
	assert_int_equal(f->environments[0].off_variation, VARIATION_NONE);
	written = flag_write_environment(f, f->environments);
	assert_true(json_is_null(json_object_get(written, "offVariation")));
}

static void
test_values_keep_their_kind_and_order(void **state)
{
	static const char values[] = "[{'key':'a','value':{'z':1,'a':1.0,'m':[0.1,1e21,-0.0,'\\u00e9'],'n':null}}]";
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *doc = document("{'key':'f','type':'object'}"), *written = NULL;

	(void)state;
	json_doc_set(doc, FF_STR("variations"), document(values));
	written = write_flag(read_flag(doc, &arena));
	assert_string_equal(json_doc_dump(json_object_get(written, "variations"), &arena).p,
		"[{\"key\":\"a\",\"value\":{\"z\":1,\"a\":1.0,\"m\":[0.1,1e+21,-0.0,\"\xc3\xa9\"],\"n\":null}}]");
}

/* Written, read and written again; and through the store. */
static void
assert_reads_back(const json_t *doc)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	const struct flag *first = read_flag(doc, &arena);
	FF_CLEANUP(json_decrefp) json_t *written = write_flag(first), *again = NULL, *shared = flag_write_shared(first);
	struct stored_config *configs = FF_ARENA_ARRAY(&arena, struct stored_config, first->n_environments);
	struct flag *stored = NULL;
	struct ff_err err;

	again = write_flag(read_flag(written, &arena));
	assert_string_equal(json_doc_dump(again, &arena).p, json_doc_dump(written, &arena).p);
	for (uint32_t i = 0; i < first->n_environments; i++) {
		FF_CLEANUP(json_decrefp) json_t *config = flag_write_environment(first, &first->environments[i]);

		configs[i] = (struct stored_config){first->environments[i].key, i, json_doc_dump(config, &arena)};
	}
	if (flag_read_stored(json_doc_dump(shared, &arena), 3, configs, first->n_environments, &arena, &stored, &err) !=
		FF_OK)
		fail_msg("%s", err.detail);
	json_decref(again);
	again = write_flag(stored);
	assert_string_equal(json_doc_dump(again, &arena).p, json_doc_dump(written, &arena).p);
}

static void
test_what_was_written_reads_back_the_same(void **state)
{
	FF_CLEANUP(json_decrefp) json_t *suites = golden_load("decisions.json");
	json_t *suite, *flag;
	size_t i, k, n = 0;

	(void)state;
	json_array_foreach (suites, i, suite) {
		json_array_foreach (json_object_get(suite, "flags"), k, flag) {
			assert_reads_back(flag);
			n++;
		}
	}
	assert_int_equal(n, 144);
}

/* Nothing that the author said is lost: the written document has it, apart from what is normalised. */
static void
test_conditions_are_written_as_they_were_read(void **state)
{
	FF_CLEANUP(json_decrefp) json_t *suites = golden_load("decisions.json");
	json_t *suite, *flag;
	size_t i, k, rule;

	(void)state;
	json_array_foreach (suites, i, suite) {
		json_array_foreach (json_object_get(suite, "flags"), k, flag) {
			FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
			const json_t *rules =
				json_object_get(json_object_get(json_object_get(flag, "environments"), "production"), "rules");
			const struct flag *f = read_flag(flag, &arena);

			for (rule = 0; rule < json_array_size(rules); rule++) {
				FF_CLEANUP(json_decrefp) json_t *when = condition_write(f->environments[0].rules[rule].when);

				assert_string_equal(json_doc_dump_sorted(when, &arena).p,
					json_doc_dump_sorted(json_object_get(json_array_get(rules, rule), "when"), &arena).p);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents_are_written_in_full),
		cmocka_unit_test(test_shorthands_are_written_out),
		cmocka_unit_test(test_no_off_variation_is_written_as_null),
		cmocka_unit_test(test_values_keep_their_kind_and_order),
		cmocka_unit_test(test_what_was_written_reads_back_the_same),
		cmocka_unit_test(test_conditions_are_written_as_they_were_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
