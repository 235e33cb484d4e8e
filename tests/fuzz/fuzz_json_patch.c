/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_json_patch.c - two documents, parted by the first line feed: the second is a patch of the first in both formats,
 * and the difference of the two leads from one to the other.
 */
#include "base/json_patch.h"
#include "base/utf8.h"
#include "fuzz.h"

static void
check_apply(const json_t *doc, const json_t *patch)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *before = json_doc_copy(doc), *result = NULL;
	struct ff_err err;

	if (json_patch_apply(doc, patch, &arena, &result, &err) == FF_OK)
		ff_assert(!json_doc_deeper(result, JSON_DOC_DEPTH_MAX));
	else
		ff_assert(err.status == FF_EINVALID && utf8_valid(ff_str_z(err.detail)));
	ff_assert(json_equal(doc, before));
}

static void
check_merge(const json_t *doc, const json_t *patch)
{
	static const ff_str whole[] = {FF_STR("/environments/*/default"), FF_STR("/a")};
	FF_CLEANUP(json_decrefp) json_t *before = json_doc_copy(doc), *once = NULL, *twice = NULL;

	once = json_patch_merge(doc, patch, whole, FF_COUNT(whole));
	ff_assert(!json_doc_deeper(once, JSON_DOC_DEPTH_MAX));
	twice = json_patch_merge(once, patch, whole, FF_COUNT(whole));
	ff_assert(json_equal(once, twice));
	ff_assert(json_equal(doc, before));
}

static void
check_difference(const json_t *from, const json_t *to)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *patch = json_patch_diff(from, to), *result = NULL;
	ff_status status = json_patch_apply(from, patch, &arena, &result, NULL);

	ff_assert(status == FF_OK && json_equal(result, to));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FF_CLEANUP(json_decrefp) json_t *doc = NULL, *patch = NULL;
	ff_str first, second;

	ff_str_cut(ff_str_of((const char *)data, size), '\n', &first, &second);
	if (json_doc_parse(first, &doc, NULL) != FF_OK || json_doc_parse(second, &patch, NULL) != FF_OK)
		return 0;
	check_apply(doc, patch);
	check_merge(doc, patch);
	check_difference(doc, patch);
	check_difference(patch, doc);
	return 0;
}
