/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/body.h"

#include <inttypes.h>

#include "base/json_doc.h"
#include "base/json_patch.h"
#include "base/json_pointer.h"

ff_status
body_object(ff_str body, json_t **ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *json = NULL;

	FF_TRY(json_doc_parse(body, &json, reterr));
	if (!json_is_object(json))
		return ff_fail(reterr, FF_EMALFORMED, "the body must be an object, not %s", json_doc_kind(json));
	*ret = FF_TAKE(json);
	return FF_OK;
}

ff_status
body_parse(const struct write_request *request, json_t **ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *json = NULL;

	if (request->format != WRITE_JSON_PATCH)
		return body_object(request->body, ret, reterr);
	FF_TRY(json_doc_parse(request->body, &json, reterr));
	if (!json_is_array(json))
		return ff_fail(reterr, FF_EMALFORMED, "a JSON Patch must be a list, not %s", json_doc_kind(json));
	*ret = FF_TAKE(json);
	return FF_OK;
}

ff_status
body_version(const json_t *body, struct expected_version *expected, struct ff_err *reterr)
{
	const json_t *version = json_object_get(body, "version"); /* NULL for an array */
	uint64_t value;

	if (!version)
		return FF_OK;
	if (!json_is_integer(version) || json_integer_value(version) < 0)
		return ff_fail(reterr, FF_EMALFORMED, "\"version\" must be a whole number, not %s",
			json_is_integer(version) ? "a negative one" : json_doc_kind(version));
	value = (uint64_t)json_integer_value(version);
	if (expected->source == EXPECT_UNSAID)
		*expected = (struct expected_version){.source = EXPECT_BODY, .version = value};
	else if (expected->version != value)
		return ff_fail(reterr, FF_EMALFORMED, "the body says version %" PRIu64 ", the request says version %" PRIu64,
			value, expected->version);
	return FF_OK;
}

ff_status
expected_check(const struct expected_version *expected, uint64_t current, const char *what, struct ff_err *reterr)
{
	ff_status status = expected->source == EXPECT_IF_MATCH ? FF_EPRECONDITION : FF_ECONFLICT;

	if (expected->source == EXPECT_UNSAID)
		return ff_fail(reterr, FF_EVERSIONREQUIRED,
			"say which version of the %s is to be changed: its ETag as If-Match, or \"version\" in the body", what);
	if (expected->version == current)
		return FF_OK;
	ff_fail(reterr, status, "the %s is at version %" PRIu64 ", not %" PRIu64 ": read it again", what, current,
		expected->version);
	if (reterr)
		reterr->version = current;
	return status;
}

/* What would make no sense half old, half new. `serve` and a rule's `when` are inside lists, which are never merged. */
static const ff_str replaced_whole[] = {FF_STR("/environments/*/default"), FF_STR("/default"), FF_STR("/when")};

ff_status
body_apply(enum write_format format, const json_t *doc, json_t *body, struct ff_arena *arena, json_t **ret,
	struct ff_err *reterr)
{
	switch (format) {
	case WRITE_REPLACE:
		*ret = json_copy(body);
		return FF_OK;
	case WRITE_MERGE_PATCH:
		*ret = json_patch_merge(doc, body, replaced_whole, FF_COUNT(replaced_whole));
		return FF_OK;
	case WRITE_JSON_PATCH:
		return json_patch_apply(doc, body, arena, ret, reterr);
	}
	ff_assert(!"a format that write_format does not have");
}

void
body_known_members(const json_t *object, const ff_str *names, unsigned n_names, struct ff_faults *faults)
{
	const char *name;
	size_t name_n;
	json_t *value;

	json_doc_each (object, name, name_n, value) {
		bool known = false;

		for (unsigned i = 0; i < n_names && !known; i++)
			known = ff_str_eq(names[i], ff_str_of(name, name_n));
		if (!known)
			ff_faults_add(
				faults, json_pointer_name(FF_STR(""), ff_str_of(name, name_n), faults->arena), "is not known here");
	}
}
