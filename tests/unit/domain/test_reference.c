/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_doc.h"
#include "base/json_pointer.h"
#include "domain/flag.h"
#include "domain/segment.h"
#include "support/documents.h"

struct expected {
	int kind;
	const char *key, *environment, *pointer;
};

static void
assert_references(struct reference_list got, const struct expected *expected, size_t n, const json_t *doc)
{
	assert_int_equal(got.n, n);
	for (size_t i = 0; i < n; i++) {
		const struct reference *r = &got.items[i];
		const json_t *name = json_pointer_get(doc, r->pointer);

		assert_int_equal(r->kind, expected[i].kind);
		assert_true(ff_str_eqz(r->key, expected[i].key));
		assert_true(ff_str_eqz(r->environment, expected[i].environment));
		assert_true(ff_str_eqz(r->pointer, expected[i].pointer));
		assert_int_equal(r->prerequisite != NULL, r->kind == REFERENCE_FLAG);
		/* the pointer leads to the name in the document */
		assert_true(name && ff_str_eq(json_doc_str(name), r->key));
	}
}

static void
test_a_flags_references_are_found_with_their_places(void **state)
{
	static const struct expected expected[] = {
		{REFERENCE_FLAG, "g", "prod", "/environments/prod/prerequisites/0/flag"},
		{REFERENCE_FLAG, "h", "prod", "/environments/prod/prerequisites/1/flag"},
		{REFERENCE_SEGMENT, "s", "prod", "/environments/prod/rules/0/when/segment"},
		{REFERENCE_SEGMENT, "t", "prod", "/environments/prod/rules/2/when/all/1/not/any/0/segment"},
		{REFERENCE_SEGMENT, "s", "staging", "/environments/staging/rules/0/when/segment"},
	};
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp)
	json_t *doc = document(
		"{'key':'f','type':'boolean','environments':{'prod':{'prerequisites':[{'flag':'g','variations':['on','x']},"
		"{'flag':'h','variations':['off']}],'rules':[{'when':{'segment':'s'},'serve':{'variation':'on'}},"
		"{'when':{'attribute':'a','op':'exists'},'serve':{'variation':'on'}},{'when':{'all':[{'any':[]},"
		"{'not':{'any':[{'segment':'t'}]}}]},'serve':{'variation':'on'}}]},"
		"'staging':{'rules':[{'when':{'segment':'s'},'serve':{'variation':'on'}}]}}}");
	struct reference_list list;
	struct flag *f = NULL;

	(void)state;
	assert_int_equal(flag_read(doc, &arena, &f, NULL), FF_OK);
	list = flag_references(f, &arena);
	assert_references(list, expected, FF_COUNT(expected), doc);
	assert_int_equal(list.items[0].prerequisite->n_variations, 2);
	assert_true(ff_str_eqz(list.items[0].prerequisite->variations[1], "x"));
}

static void
test_a_segments_references_are_found_with_their_places(void **state)
{
	static const struct expected expected[] = {
		{REFERENCE_SEGMENT, "a", "", "/when/any/0/segment"},
		{REFERENCE_SEGMENT, "a", "", "/when/any/1/not/segment"},
	};
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp)
	json_t *doc = document("{'key':'s','when':{'any':[{'segment':'a'},{'not':{'segment':'a'}}]}}");
	struct segment *s = NULL;

	(void)state;
	assert_int_equal(segment_read(doc, &arena, &s, NULL), FF_OK);
	assert_references(segment_references(s, &arena), expected, FF_COUNT(expected), doc);
}

static void
test_who_names_nothing_has_no_references(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *segment = document("{'key':'s'}");
	FF_CLEANUP(json_decrefp) json_t *flag = document("{'key':'f','type':'boolean','environments':{'prod':{}}}");
	struct segment *s = NULL;
	struct flag *f = NULL;

	(void)state;
	assert_int_equal(segment_read(segment, &arena, &s, NULL), FF_OK);
	assert_int_equal(flag_read(flag, &arena, &f, NULL), FF_OK);
	assert_int_equal(segment_references(s, &arena).n, 0);
	assert_int_equal(flag_references(f, &arena).n, 0);
}

static void
test_many_references_are_all_kept(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *doc = document("{'key':'s','when':{}}");
	struct reference_list list;
	struct segment *s = NULL;

	(void)state;
	json_doc_set(json_object_get(doc, "when"), FF_STR("any"), document_list(150, "{'segment':'s#'}"));
	assert_int_equal(segment_read(doc, &arena, &s, NULL), FF_OK);
	list = segment_references(s, &arena);
	assert_int_equal(list.n, 150);
	assert_true(ff_str_eqz(list.items[149].key, "s149"));
	assert_true(ff_str_eqz(list.items[149].pointer, "/when/any/149/segment"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_flags_references_are_found_with_their_places),
		cmocka_unit_test(test_a_segments_references_are_found_with_their_places),
		cmocka_unit_test(test_who_names_nothing_has_no_references),
		cmocka_unit_test(test_many_references_are_all_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
