/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_patch.h"
#include "base/json_pointer.h"

/* What is left, below the member at hand, of the places that are replaced whole. */
struct places {
	ff_str rests[JSON_PATCH_WHOLE_MAX];
	size_t n;
};

/* The places below member `name`; true when the member itself is one. */
static bool
descend(const struct places *places, ff_str name, struct places *ret, struct ff_arena *scratch)
{
	ff_str token;

	ret->n = 0;
	for (size_t i = 0; i < places->n; i++) {
		ff_str rest = places->rests[i];

		if (!json_pointer_next(&rest, &token, scratch))
			continue;
		if (!ff_str_eq(token, name) && !ff_str_eq(token, FF_STR("*")))
			continue;
		if (rest.n == 0)
			return true;
		ret->rests[ret->n++] = rest;
	}
	return false;
}

/* RFC 7396, section 2, but for `places`. What is returned shares with both inputs. */
static json_t *
merge(const json_t *target, const json_t *patch, const struct places *places, struct ff_arena *scratch)
{
	json_t *result, *value;
	const char *name;
	size_t name_n;

	if (!json_is_object(patch))
		return json_incref((json_t *)patch);
	result = json_is_object(target) ? json_copy((json_t *)target) : json_object();
	json_doc_each (patch, name, name_n, value) {
		struct places inner;

		if (json_is_null(value))
			json_object_deln(result, name, name_n);
		else if (descend(places, ff_str_of(name, name_n), &inner, scratch))
			json_doc_set(result, ff_str_of(name, name_n), json_incref(value));
		else
			json_doc_set(
				result, ff_str_of(name, name_n), merge(json_object_getn(target, name, name_n), value, &inner, scratch));
	}
	return result;
}

json_t *
json_patch_merge(const json_t *target, const json_t *patch, const ff_str *whole, size_t n_whole)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *shared = NULL;
	struct places places = {.n = n_whole};

	ff_assert(n_whole <= JSON_PATCH_WHOLE_MAX);
	for (size_t i = 0; i < n_whole; i++)
		places.rests[i] = whole[i];
	shared = merge(target, patch, &places, &scratch);
	return json_doc_copy(shared);
}
