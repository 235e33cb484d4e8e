/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key_rules.c - what makes a document a key: {"id", "kind", "name", "role" | "environment", "origins", "expiresAt",
 * "createdBy"}. Its secret is no part of it.
 */
#include "base/rfc3339.h"
#include "domain/limits.h"
#include "usecase/body.h"
#include "usecase/edit.h"
#include "usecase/key_entry.h"
#include "usecase/key_service.h"

/* What a caller may say. */
static const ff_str members[] = {
	FF_STR("kind"),
	FF_STR("role"),
	FF_STR("environment"),
	FF_STR("origins"),
	FF_STR("name"),
	FF_STR("expiresAt"),
};

/* A string of the document that is not empty; NULL, with a fault, for anything else. */
static const json_t *
read_text(struct edit *e, const json_t *doc, const char *name)
{
	const json_t *text = json_object_get(doc, name);
	const ff_str pointer = ff_arena_printf(e->arena, "/%s", name);

	if (!text)
		ff_faults_add(&e->faults, pointer, "is missing");
	else if (!json_is_string(text))
		ff_faults_add(&e->faults, pointer, "must be a string, not %s", json_doc_kind(text));
	else if (json_string_length(text) == 0)
		ff_faults_add(&e->faults, pointer, "must not be empty");
	else if (json_string_length(text) > LIMIT_STRING_BYTES)
		ff_faults_add(&e->faults, pointer, "is %zu bytes, at most %d", json_string_length(text), LIMIT_STRING_BYTES);
	else
		return text;
	return NULL;
}

/* A member that keys of other kinds have. */
static void
refuse_member(struct edit *e, const json_t *doc, const char *name, enum api_key_kind kind)
{
	if (json_object_get(doc, name))
		ff_faults_add(
			&e->faults, ff_arena_printf(e->arena, "/%s", name), "is not for %s keys", api_key_kind_name(kind));
}

static bool
read_kind(struct edit *e, const json_t *doc, enum api_key_kind *ret)
{
	const json_t *kind = read_text(e, doc, "kind");

	if (!kind)
		return false;
	/* There is one root key, and that is the configuration's. */
	if (api_key_kind_parse(json_doc_str(kind), ret) && *ret != API_KEY_ROOT)
		return true;
	ff_faults_add(&e->faults, FF_STR("/kind"), "must be admin, server or client");
	return false;
}

static void
read_role(struct edit *e, const json_t *doc, json_t *out)
{
	const json_t *role = read_text(e, doc, "role");
	enum key_role parsed;

	if (!role)
		return;
	if (key_role_parse(json_doc_str(role), &parsed))
		json_doc_set(out, FF_STR("role"), json_string(key_role_name(parsed)));
	else
		ff_faults_add(&e->faults, FF_STR("/role"), "must be viewer, editor or admin");
}

/* The environment is named by the key, as a flag names a segment: it cannot be deleted under it. */
static ff_status
read_environment(struct edit *e, const json_t *doc, json_t *out, struct ff_err *reterr)
{
	const json_t *environment = read_text(e, doc, "environment");
	const struct document_list *environments;
	struct document_ref *ref;

	if (!environment)
		return FF_OK;
	FF_TRY(work_environments(e->work, &environments, reterr));
	if (!work_has_environment(environments, json_doc_str(environment))) {
		ff_faults_add(&e->faults, FF_STR("/environment"), "there is no such environment");
		return FF_OK;
	}
	json_doc_set(out, FF_STR("environment"), json_deep_copy(environment));
	ref = FF_ARENA_NEW(e->arena, struct document_ref);
	*ref = (struct document_ref){
		.to_kind = DOCUMENT_ENVIRONMENT, .to_key = ff_arena_str(e->arena, json_doc_str(environment))};
	e->after.refs = ref;
	e->after.n_refs = 1;
	return FF_OK;
}

/* As browsers send it (RFC 6454): scheme://host, perhaps with a port, and nothing behind it. */
static bool
is_origin(ff_str s)
{
	ff_str host = {NULL, 0};

	if (s.n > KEY_ORIGIN_BYTES_MAX)
		return false;
	if (ff_str_starts(s, FF_STR("https://")))
		host = ff_str_from(s, sizeof "https://" - 1);
	else if (ff_str_starts(s, FF_STR("http://")))
		host = ff_str_from(s, sizeof "http://" - 1);
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr(".-:[]", c))))
			return false;
	}
	return host.n > 0;
}

static void
read_origins(struct edit *e, const json_t *doc, json_t *out)
{
	const json_t *origins = json_object_get(doc, "origins"), *origin;
	size_t i;

	if (!origins)
		return;
	if (!json_is_array(origins)) {
		ff_faults_add(&e->faults, FF_STR("/origins"), "must be a list, not %s", json_doc_kind(origins));
		return;
	}
	if (json_array_size(origins) > KEY_ORIGINS_MAX) {
		ff_faults_add(
			&e->faults, FF_STR("/origins"), "has %zu origins, at most %d", json_array_size(origins), KEY_ORIGINS_MAX);
		return;
	}
	json_array_foreach (origins, i, origin)
		if (!json_is_string(origin) || !is_origin(json_doc_str(origin)))
			ff_faults_add(&e->faults, ff_arena_printf(e->arena, "/origins/%zu", i),
				"must be an origin in lower case, such as https://app.example.com");
	json_doc_set(out, FF_STR("origins"), json_deep_copy(origins));
}

static void
read_expiry(struct edit *e, const json_t *doc, json_t *out)
{
	char text[RFC3339_BYTES];
	const json_t *expires;
	int64_t at;

	if (!json_object_get(doc, "expiresAt"))
		return;
	expires = read_text(e, doc, "expiresAt");
	if (!expires)
		return;
	if (!rfc3339_parse(json_doc_str(expires), &at))
		ff_faults_add(&e->faults, FF_STR("/expiresAt"), "must be a date such as 2026-01-02T03:04:05Z");
	else if (at <= e->work->now_ms)
		ff_faults_add(&e->faults, FF_STR("/expiresAt"), "must be in the future");
	else
		json_doc_set(out, FF_STR("expiresAt"), json_doc_new_str(rfc3339_format(at, text)));
}

static ff_status
read_what_kind_has(struct edit *e, const json_t *doc, enum api_key_kind kind, json_t *out, struct ff_err *reterr)
{
	if (kind == API_KEY_ADMIN) {
		read_role(e, doc, out);
		refuse_member(e, doc, "environment", kind);
	} else {
		refuse_member(e, doc, "role", kind);
		FF_TRY(read_environment(e, doc, out, reterr));
	}
	if (kind == API_KEY_CLIENT)
		read_origins(e, doc, out);
	else
		refuse_member(e, doc, "origins", kind);
	return FF_OK;
}

static ff_status
read_key(struct edit *e, const json_t *candidate, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *out = json_object();
	const json_t *name = read_text(e, candidate, "name");
	enum api_key_kind kind;

	body_known_members(candidate, members, FF_COUNT(members), &e->faults);
	if (!read_kind(e, candidate, &kind))
		return FF_OK;
	json_doc_set(out, FF_STR("id"), json_doc_new_str(e->secret.id));
	json_doc_set(out, FF_STR("kind"), json_string(api_key_kind_name(kind)));
	if (name)
		json_doc_set(out, FF_STR("name"), json_deep_copy(name));
	FF_TRY(read_what_kind_has(e, candidate, kind, out, reterr));
	read_expiry(e, candidate, out);
	json_doc_set(out, FF_STR("createdBy"), json_doc_new_str(e->work->call->actor));
	e->after.kind = DOCUMENT_KEY;
	e->after.key = e->secret.id;
	e->after.json = json_doc_dump(out, e->arena);
	e->after.search = name ? ff_arena_str(e->arena, json_doc_str(name)) : (ff_str){0};
	e->after.secret_sha256 = e->secret.sha256;
	return FF_OK;
}

static const char *const fixed[] = {NULL};

const struct document_rules key_rules = {
	.kind = DOCUMENT_KEY,
	.noun = "key",
	.fixed = fixed,
	.not_found = FF_EKEYNOTFOUND,
	.in_use = FF_EKEYEXISTS, /* nothing names a key */
	.read = read_key,
};
