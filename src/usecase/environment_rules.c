/* SPDX-License-Identifier: Apache-2.0 */
/* environment_rules.c - what makes a document an environment: {"key", "name"}. */
#include "domain/limits.h"
#include "usecase/body.h"
#include "usecase/edit.h"

static const ff_str members[] = {
	FF_STR("key"),
	FF_STR("name"),
	/* set by the server, and ignored */
	FF_STR("version"),
	FF_STR("revision"),
	FF_STR("createdAt"),
	FF_STR("updatedAt"),
};

/* A fault where `text` is no string that may be kept. */
static bool
check_text(struct edit *e, const json_t *text, const char *member)
{
	const ff_str pointer = ff_arena_printf(e->arena, "/%s", member);

	if (!json_is_string(text))
		ff_faults_add(&e->faults, pointer, "must be a string, not %s", json_doc_kind(text));
	else if (json_string_length(text) > LIMIT_STRING_BYTES)
		ff_faults_add(&e->faults, pointer, "is %zu bytes, at most %d", json_string_length(text), LIMIT_STRING_BYTES);
	else
		return true;
	return false;
}

static ff_status
read_environment(struct edit *e, const json_t *candidate, struct ff_err *reterr)
{
	const json_t *key = json_object_get(candidate, "key"), *name = json_object_get(candidate, "name");
	const struct document_list *environments;
	json_t *json;

	FF_TRY(work_environments(e->work, &environments, reterr));
	body_known_members(candidate, members, FF_COUNT(members), &e->faults);
	if (!key)
		ff_faults_add(&e->faults, FF_STR("/key"), "is missing");
	else if (check_text(e, key, "key") && !key_valid(json_doc_str(key)))
		ff_faults_add(&e->faults, FF_STR("/key"),
			"must be 1 to %d of A-Z a-z 0-9 . _ -, starting with a letter or digit", LIMIT_KEY_BYTES);
	if (name)
		check_text(e, name, "name");
	if (!e->before.version && environments->n >= LIMIT_ENVIRONMENTS)
		ff_faults_add(
			&e->faults, FF_STR(""), "would be one environment too many: a tenant has at most %d", LIMIT_ENVIRONMENTS);
	if (e->faults.n)
		return FF_OK;
	json = json_object();
	json_doc_set(json, FF_STR("key"), json_deep_copy(key));
	json_doc_set(json, FF_STR("name"), name ? json_deep_copy(name) : json_string(""));
	e->after = (struct document){
		.kind = DOCUMENT_ENVIRONMENT,
		.key = ff_arena_str(e->arena, json_doc_str(key)),
		.json = json_doc_dump(json, e->arena),
		.search = ff_arena_str(e->arena, json_doc_str(key)),
	};
	json_decref(json);
	return FF_OK;
}

static const char *const fixed[] = {"key", NULL};

const struct document_rules environment_rules = {
	.kind = DOCUMENT_ENVIRONMENT,
	.noun = "environment",
	.fixed = fixed,
	.not_found = FF_EENVIRONMENTNOTFOUND,
	.in_use = FF_EENVIRONMENTINUSE,
	.read = read_environment,
};
