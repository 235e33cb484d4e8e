/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_doc.h"
#include "support/documents.h"
#include "support/engine.h"

json_t *
document(const char *text)
{
	FF_CLEANUP(ff_freep) char *json = ff_xstrdup(text);
	json_t *doc = NULL;
	struct ff_err err;

	for (char *p = json; *p; p++)
		if (*p == '\'')
			*p = '"';
	if (json_doc_parse(ff_str_z(json), &doc, &err) != FF_OK)
		fail_msg("%s: %s", json, err.detail);
	return doc;
}

json_t *
document_list(unsigned n, const char *item)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf text;
	json_t *list = json_array();

	ff_buf_init(&text, SIZE_MAX);
	for (unsigned i = 0; i < n; i++) {
		ff_buf_reset(&text);
		for (const char *p = item; *p; p++) {
			if (*p == '#')
				ff_buf_u64(&text, i);
			else
				ff_buf_char(&text, *p);
		}
		ff_buf_char(&text, '\0');
		json_doc_append(list, document(text.p));
	}
	return list;
}

void
assert_document(const json_t *got, const char *expected)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *other = document(expected);

	if (!json_equal(got, other))
		fail_msg("got %s, expected %s", json_doc_dump(got, &arena).p, json_doc_dump(other, &arena).p);
}

static void
assert_faults(const char *name, const struct ff_fault *got, const json_t *expected)
{
	json_t *fault;
	size_t i;

	json_array_foreach (expected, i, fault) {
		const char *pointer = json_string_value(json_object_get(fault, "pointer"));
		const char *message = json_string_value(json_object_get(fault, "message"));

		if (!got) {
			fail_msg("%s: no fault \"%s: %s\"", name, pointer, message);
			return;
		}
		if (!ff_str_eqz(got->pointer, pointer) || !ff_str_eqz(got->message, message))
			fail_msg("%s: got \"%.*s: %.*s\", expected \"%s: %s\"", name, FF_FMT(got->pointer), FF_FMT(got->message),
				pointer, message);
		got = got->next;
	}
	if (got)
		fail_msg("%s: unexpected \"%.*s: %.*s\"", name, FF_FMT(got->pointer), FF_FMT(got->message));
}

void
assert_fault_cases(const char *golden, document_reader *read)
{
	FF_CLEANUP(json_decrefp) json_t *cases = golden_load(golden);
	json_t *one;
	size_t i;

	json_array_foreach (cases, i, one) {
		FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
		const char *name = json_string_value(json_object_get(one, "name"));
		const json_t *expected = json_object_get(one, "faults");
		struct ff_err err = {.faults = NULL};
		ff_status status = read(json_object_get(one, "document"), &arena, &err);

		assert_faults(name, err.faults, expected);
		assert_int_equal(status, json_array_size(expected) ? FF_EINVALID : FF_OK);
	}
}

void
assert_fault(json_t *doc, document_reader *read, const char *pointer, const char *message)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct ff_err err = {.faults = NULL};
	ff_status status = read(doc, &arena, &err);

	json_decref(doc);
	if (status != FF_EINVALID || !err.faults)
		fail_msg("no fault at %s", pointer);
	if (!ff_str_eqz(err.faults->pointer, pointer) || (message && !ff_str_eqz(err.faults->message, message)))
		fail_msg("got \"%.*s: %.*s\", expected \"%s: %s\"", FF_FMT(err.faults->pointer), FF_FMT(err.faults->message),
			pointer, message ? message : "…");
	if (err.faults->next)
		fail_msg("another: \"%.*s: %.*s\"", FF_FMT(err.faults->next->pointer), FF_FMT(err.faults->next->message));
}

void
assert_valid(json_t *doc, document_reader *read)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct ff_err err;
	ff_status status = read(doc, &arena, &err);

	json_decref(doc);
	if (status != FF_OK)
		fail_msg("%s", err.detail);
}
