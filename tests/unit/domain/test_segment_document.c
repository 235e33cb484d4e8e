/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_doc.h"
#include "domain/limits.h"
#include "domain/segment.h"
#include "support/documents.h"
#include "support/engine.h"

static ff_status
read_segment(const json_t *doc, struct ff_arena *arena, struct ff_err *reterr)
{
	struct segment *segment = NULL;
	ff_status status = segment_read(doc, arena, &segment, reterr);

	assert_int_equal(segment == NULL, status != FF_OK);
	return status;
}

static void
test_every_fault_is_told_with_its_place(void **state)
{
	(void)state;
	assert_fault_cases("segment_faults.json", read_segment);
}

static json_t *
with_units(unsigned included, unsigned excluded)
{
	json_t *doc = document("{'key':'s'}");

	json_doc_set(doc, FF_STR("included"), document_list(included, "'u#'"));
	json_doc_set(doc, FF_STR("excluded"), document_list(excluded, "'u#'"));
	return doc;
}

static void
test_units_end_at_the_limit(void **state)
{
	(void)state;
	assert_valid(with_units(LIMIT_UNITS, 0), read_segment);
	assert_valid(with_units(LIMIT_UNITS - 1, 1), read_segment);
	assert_fault(with_units(LIMIT_UNITS + 1, 0), read_segment, "/included", "has 100001 items, at most 100000");
	assert_fault(with_units(1, LIMIT_UNITS), read_segment, "",
		"lists 100001 units in \"included\" and \"excluded\" together, at most 100000");
}

static void
test_levels_end_at_the_limit(void **state)
{
	(void)state;
	/* Conditions end far earlier; what is no condition is not walked either. */
	for (unsigned levels = LIMIT_DOCUMENT_DEPTH; levels <= LIMIT_DOCUMENT_DEPTH + 1; levels++) {
		json_t *value = json_object(), *doc = document("{'key':'s'}");

		for (unsigned i = 2; i < levels; i++) {
			json_t *outer = json_object();

			json_doc_set(outer, FF_STR("x"), value);
			value = outer;
		}
		json_doc_set(doc, FF_STR("version"), value);
		if (levels == LIMIT_DOCUMENT_DEPTH)
			assert_valid(doc, read_segment);
		else
			assert_fault(doc, read_segment, "", "has more than 64 levels");
	}
}

static void
assert_written_as(const char *text, const char *expected)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *doc = document(text), *written = NULL;
	struct segment *s = NULL;
	struct ff_err err;

	assert_int_equal(segment_read(doc, &arena, &s, &err), FF_OK);
	written = segment_write(s);
	assert_document(written, expected);
}

static void
test_documents_are_written_in_full(void **state)
{
	(void)state;
	assert_written_as(
		"{'key':'s','version':3,'when':null}", "{'key':'s','name':'','description':'','included':[],'excluded':[]}");
	assert_written_as("{'when':{'not':{'segment':'t'}},'excluded':['b','a'],'included':['a'],'description':'d','name':"
					  "'n','key':'s'}",
		"{'key':'s','name':'n','description':'d','included':['a'],'excluded':['b','a'],'when':{'not':{'segment':'t'}}"
		"}");
}

static void
test_what_was_written_reads_back_the_same(void **state)
{
	FF_CLEANUP(json_decrefp) json_t *suites = golden_load("decisions.json");
	json_t *suite, *segment;
	size_t i, k, n = 0;

	(void)state;
	json_array_foreach (suites, i, suite) {
		json_array_foreach (json_object_get(suite, "segments"), k, segment) {
			FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
			FF_CLEANUP(json_decrefp) json_t *written = NULL, *again = NULL;
			struct segment *first = NULL, *second = NULL;

			assert_int_equal(segment_read(segment, &arena, &first, NULL), FF_OK);
			written = segment_write(first);
			assert_int_equal(segment_read(written, &arena, &second, NULL), FF_OK);
			again = segment_write(second);
			assert_true(json_equal(written, again));
			assert_true(json_equal(json_object_get(written, "when"), json_object_get(segment, "when")) ||
				!json_object_get(segment, "when"));
			n++;
		}
	}
	assert_int_equal(n, 36);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_fault_is_told_with_its_place),
		cmocka_unit_test(test_units_end_at_the_limit),
		cmocka_unit_test(test_levels_end_at_the_limit),
		cmocka_unit_test(test_documents_are_written_in_full),
		cmocka_unit_test(test_what_was_written_reads_back_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
