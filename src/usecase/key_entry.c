/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/key_entry.h"

#include <stdlib.h>

#include "base/json_doc.h"
#include "base/rfc3339.h"

enum { USE_STEP_MS = 1000 };

static const ff_str actor_prefix = {"key:", 4};

static const ff_str roles[KEY_ROLES] = {
	[KEY_ROLE_VIEWER] = {"viewer", 6},
	[KEY_ROLE_EDITOR] = {"editor", 6},
	[KEY_ROLE_ADMIN] = {"admin", 5},
};

const char *
key_role_name(enum key_role role)
{
	return roles[role].p;
}

bool
key_role_parse(ff_str name, enum key_role *ret)
{
	for (unsigned i = 0; i < KEY_ROLES; i++)
		if (ff_str_eq(name, roles[i])) {
			*ret = (enum key_role)i;
			return true;
		}
	return false;
}

static ff_str
text_of(const json_t *json, const char *name)
{
	const json_t *member = json_object_get(json, name);

	return json_is_string(member) ? json_doc_str(member) : (ff_str){NULL, 0};
}

/* Copies `s` to *at, which goes on behind it. */
static ff_str
place(char **at, ff_str s)
{
	ff_str copy = ff_str_of(*at, s.n);

	if (s.n)
		memcpy(*at, s.p, s.n);
	*at += s.n;
	return copy;
}

static size_t
origins_bytes(const json_t *origins)
{
	const json_t *origin;
	size_t i, n = 0;

	json_array_foreach (origins, i, origin)
		n += sizeof(ff_str) + json_string_length(origin);
	return n;
}

static void
place_origins(struct key_entry *e, char **at, const json_t *origins)
{
	ff_str *list = (ff_str *)(void *)*at;
	const json_t *origin;
	size_t i;

	*at += json_array_size(origins) * sizeof *list;
	json_array_foreach (origins, i, origin)
		list[i] = place(at, json_doc_str(origin));
	e->origins = list;
	e->n_origins = (unsigned)json_array_size(origins);
}

static struct key_entry *
entry_of(ff_str tenant, const struct document *d, const json_t *json)
{
	const ff_str environment = text_of(json, "environment"), expires = text_of(json, "expiresAt");
	const json_t *origins = json_object_get(json, "origins");
	struct key_entry e = {.version = d->version, .noted_at = d->last_used_at}, *ret;
	char *at;

	if (d->secret_sha256.n != SHA256_BYTES || !api_key_kind_parse(text_of(json, "kind"), &e.kind) ||
		(e.kind == API_KEY_ADMIN ? !key_role_parse(text_of(json, "role"), &e.role) : !environment.n) ||
		(expires.n && !rfc3339_parse(expires, &e.expires_at)))
		return NULL;
	memcpy(e.secret_sha256, d->secret_sha256.p, SHA256_BYTES);
	ret = ff_xmalloc(sizeof *ret + origins_bytes(origins) + tenant.n + environment.n + actor_prefix.n + d->key.n);
	*ret = e;
	atomic_init(&ret->last_used_at, d->last_used_at);
	at = (char *)(ret + 1);
	place_origins(ret, &at, origins); /* first, for its alignment */
	ret->tenant = place(&at, tenant);
	ret->environment = place(&at, environment);
	ret->actor = ff_str_of(at, actor_prefix.n + d->key.n);
	place(&at, actor_prefix);
	ret->id = place(&at, d->key);
	return ret;
}

struct key_entry *
key_entry_new(ff_str tenant, const struct document *d)
{
	FF_CLEANUP(json_decrefp) json_t *json = NULL;

	if (json_doc_parse(d->json, &json, NULL) != FF_OK)
		return NULL;
	return entry_of(tenant, d, json);
}

void
key_entry_used(struct key_entry *e, int64_t now_ms)
{
	if (now_ms - atomic_load_explicit(&e->last_used_at, memory_order_relaxed) >= USE_STEP_MS)
		atomic_store_explicit(&e->last_used_at, now_ms, memory_order_relaxed);
}
