/* SPDX-License-Identifier: Apache-2.0 */
/* rollback.c - an old version's content as a new version. */
#include <inttypes.h>

#include "base/json_pointer.h"
#include "usecase/body.h"
#include "usecase/edit.h"
#include "usecase/history.h"

static const ff_str members[] = {FF_STR("to"), FF_STR("environments"), FF_STR("version")};

/* What the body asks for. */
struct rollback {
	uint64_t to;
	const json_t *environments; /* array of strings; NULL: everything. The body's */
};

static void
read_environments(const json_t *list, struct work *w, const struct document_list *known, struct ff_faults *faults)
{
	const ff_str pointer = FF_STR("/environments");
	size_t i;
	json_t *item;

	if (!json_is_array(list) || !json_array_size(list)) {
		ff_faults_add(faults, pointer, "must be a list of environments, not %s",
			json_is_array(list) ? "an empty one" : json_doc_kind(list));
		return;
	}
	json_array_foreach (list, i, item) {
		ff_str at = json_pointer_index(pointer, i, w->arena);

		if (!json_is_string(item))
			ff_faults_add(faults, at, "must be a string, not %s", json_doc_kind(item));
		else if (!work_has_environment(known, json_doc_str(item)))
			ff_faults_add(faults, at, "there is no environment \"%.*s\"", FF_FMT(json_doc_str(item)));
	}
}

static ff_status
read_body(
	struct work *w, const struct document_rules *rules, const json_t *body, struct rollback *ret, struct ff_err *reterr)
{
	const json_t *to = json_object_get(body, "to");
	const struct document_list *known;
	struct ff_faults faults;

	ff_faults_init(&faults, w->arena);
	FF_TRY(work_environments(w, &known, reterr));
	body_known_members(body, members, FF_COUNT(members), &faults);
	ret->environments = json_object_get(body, "environments");
	if (!to)
		ff_faults_add(&faults, FF_STR("/to"), "is missing: the version to go back to");
	else if (!json_is_integer(to) || json_integer_value(to) < 1)
		ff_faults_add(&faults, FF_STR("/to"), "must be a version, a whole number from 1");
	else
		ret->to = (uint64_t)json_integer_value(to);
	if (ret->environments && !rules->has_environments)
		ff_faults_add(&faults, FF_STR("/environments"), "a %s has none", rules->noun);
	else if (ret->environments)
		read_environments(ret->environments, w, known, &faults);
	return faults.n ? ff_fail_faults(reterr, FF_EINVALID, &faults, "rollback") : FF_OK;
}

/* The document as it is, but for the named environments, which are as they were; one that was not configured then is
 * left out, which means the defaults. */
static json_t *
mix(const json_t *is, const json_t *was, const json_t *named)
{
	json_t *mixed = json_copy((json_t *)is), *configs = json_copy(json_object_get(is, "environments"));
	const json_t *then = json_object_get(was, "environments");
	size_t i;
	json_t *name;

	json_doc_set(mixed, FF_STR("environments"), configs);
	json_array_foreach (named, i, name) {
		ff_str key = json_doc_str(name);
		json_t *config = json_object_getn(then, key.p, key.n);

		if (config)
			json_doc_set(configs, key, json_incref(config));
		else
			json_object_deln(configs, key.p, key.n);
	}
	return mixed;
}

ff_status
document_rollback(const struct ff_call *call, const struct service *service, const struct document_rules *rules,
	ff_str key, const struct write_request *request, struct ff_arena *arena, struct document_answer *ret,
	struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *body = NULL, *was = NULL, *candidate = NULL;
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(edit_release) struct edit e = {0};
	struct expected_version expected = request->expected;
	struct rollback rollback = {0};

	FF_TRY(body_object(request->body, &body, reterr));
	FF_TRY(body_version(body, &expected, reterr));
	FF_TRY(work_begin_write(&w, call, service, request, arena, ret, reterr));
	if (w.replayed)
		return FF_OK;
	FF_TRY(edit_open(&e, &w, rules, key, arena, reterr));
	FF_TRY(read_body(&w, rules, body, &rollback, reterr));
	FF_TRY(expected_check(&expected, e.before.version, rules->noun, reterr));
	FF_TRY(history_rebuild(&w, rules, key, rollback.to, &was, reterr));
	candidate = rollback.environments ? mix(e.before_json, was, rollback.environments) : json_copy(was);
	FF_TRY(edit_apply(&e, candidate, FF_STR(""), reterr));
	return edit_finish(&e, ret, reterr);
}
