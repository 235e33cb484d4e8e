/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/segment_service.h"

#include "base/json_pointer.h"
#include "base/map.h"
#include "usecase/body.h"
#include "usecase/edit.h"

static const ff_str members[] = {FF_STR("add"), FF_STR("remove"), FF_STR("version")};

/* Units named by the body: in which of its lists each is. */
enum named { NAMED_ADD, NAMED_REMOVE };

static void
read_units(const json_t *body, const char *member, enum named as, struct ff_map *units, struct ff_faults *faults)
{
	const json_t *list = json_object_get(body, member);
	ff_str pointer = json_pointer_name(FF_STR(""), ff_str_z(member), faults->arena);
	size_t i;
	json_t *item;

	if (!list)
		return;
	if (!json_is_array(list)) {
		ff_faults_add(faults, pointer, "must be a list of units, not %s", json_doc_kind(list));
		return;
	}
	json_array_foreach (list, i, item) {
		if (!json_is_string(item) || !json_string_length(item))
			ff_faults_add(faults, json_pointer_index(pointer, i, faults->arena), "must be a string that is not empty");
		else if (ff_map_put(units, json_doc_str(item), as) != as)
			ff_faults_add(faults, json_pointer_index(pointer, i, faults->arena), "cannot be both added and removed");
	}
}

/* Keys are borrowed from `body`. */
static ff_status
read_body(const json_t *body, struct ff_map *units, struct ff_arena *arena, struct ff_err *reterr)
{
	struct ff_faults faults;

	ff_faults_init(&faults, arena);
	ff_map_init(units, arena, 0);
	body_known_members(body, members, FF_COUNT(members), &faults);
	read_units(body, "add", NAMED_ADD, units, &faults);
	read_units(body, "remove", NAMED_REMOVE, units, &faults);
	if (!faults.n && !json_object_get(body, "add") && !json_object_get(body, "remove"))
		ff_faults_add(&faults, FF_STR(""), "has neither \"add\" nor \"remove\"");
	return faults.n ? ff_fail_faults(reterr, FF_EINVALID, &faults, "members") : FF_OK;
}

/* A copy of `list` without the units that are named `as`. */
static json_t *
without(const json_t *list, const struct ff_map *units, enum named as)
{
	json_t *rest = json_array();
	size_t i;
	json_t *item;

	json_array_foreach (list, i, item) {
		if (ff_map_get(units, json_doc_str(item)) != as)
			json_array_append(rest, item);
	}
	return rest;
}

/* Appends the units to be added that `included` does not have yet; each once. */
static void
append_new(json_t *included, const json_t *add, struct ff_arena *arena)
{
	struct ff_map there;
	size_t i;
	json_t *item;

	ff_map_init(&there, arena, (uint32_t)json_array_size(included));
	json_array_foreach (included, i, item)
		ff_map_put(&there, json_doc_str(item), 0);
	json_array_foreach (add, i, item) {
		uint32_t before = there.n;

		ff_map_put(&there, json_doc_str(item), 0);
		if (there.n > before)
			json_array_append(included, item);
	}
}

static json_t *
make_candidate(const struct edit *e, const json_t *body, const struct ff_map *units)
{
	json_t *candidate = json_copy(e->before_json);
	json_t *included = without(json_object_get(candidate, "included"), units, NAMED_REMOVE);
	json_t *excluded = without(json_object_get(candidate, "excluded"), units, NAMED_ADD);

	append_new(included, json_object_get(body, "add"), e->arena);
	json_doc_set(candidate, FF_STR("included"), included);
	json_doc_set(candidate, FF_STR("excluded"), excluded);
	return candidate;
}

ff_status
segment_members(const struct ff_call *call, const struct service *service, ff_str segment,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *body = NULL, *candidate = NULL;
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(edit_release) struct edit e = {0};
	struct expected_version expected = request->expected;
	struct ff_map units;

	FF_TRY(body_object(request->body, &body, reterr));
	FF_TRY(body_version(body, &expected, reterr));
	FF_TRY(read_body(body, &units, arena, reterr));
	FF_TRY(work_begin_write(&w, call, service, request, arena, ret, reterr));
	if (w.replayed)
		return FF_OK;
	FF_TRY(edit_open(&e, &w, &segment_rules, segment, arena, reterr));
	if (expected.source != EXPECT_UNSAID)
		FF_TRY(expected_check(&expected, e.before.version, segment_rules.noun, reterr));
	candidate = make_candidate(&e, body, &units);
	FF_TRY(edit_apply(&e, candidate, FF_STR(""), reterr));
	return edit_finish(&e, ret, reterr);
}
