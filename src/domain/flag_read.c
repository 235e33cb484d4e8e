/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/flag_impl.h"

/* A flag being read. */
struct flag_document {
	struct flag flag;
	bool type_known; /* else values cannot be checked */
	const json_t *variations, *environments;
};

static void
read_type(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	struct flag_document *d = field;

	d->type_known = json_is_string(json) && flag_type_find(json_doc_str(json), &d->flag.type);
	if (!d->type_known)
		document_fault(r, at, "must be \"boolean\", \"string\", \"number\" or \"object\"");
}

static void
read_tags(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	struct flag *f = field;
	struct string_list tags = {NULL, 0};

	document_read_string_list(r, json, at, LIMIT_TAGS, &tags);
	f->tags = tags.items;
	f->n_tags = tags.n;
}

static bool
value_has_type(const json_t *json, enum flag_type type)
{
	switch (type) {
	case FLAG_BOOLEAN:
		return json_is_boolean(json);
	case FLAG_STRING:
		return json_is_string(json);
	case FLAG_NUMBER:
		return json_is_number(json);
	case FLAG_OBJECT:
		return json_is_object(json);
	}
	return false;
}

struct variation_document {
	ff_str key;
	const json_t *value;
};

static const struct member variation_members[] = {
	{FF_STR("key"), document_read_key, offsetof(struct variation_document, key), true},
	{FF_STR("value"), document_keep, offsetof(struct variation_document, value), true},
};

static void
read_variation(struct reading *r, const json_t *json, const struct json_place *at, const struct flag_document *d,
	struct variation *ret)
{
	struct json_place value_at = json_place_member(at, FF_STR("value"));
	struct variation_document v = {.value = NULL};

	document_read_members(r, json, at, variation_members, FF_COUNT(variation_members), &v);
	ret->key = v.key;
	if (!v.value)
		return;
	if (d->type_known && !value_has_type(v.value, d->flag.type))
		document_fault(r, &value_at, "must be of the flag's type, %s, not %s", flag_type_name(d->flag.type),
			json_doc_kind(v.value));
	ret->value = json_doc_dump(v.value, r->arena);
}

static void
read_variation_list(struct reading *r, const json_t *json, const struct json_place *at, struct flag_document *d)
{
	struct variation *list;
	struct ff_map keys;
	uint32_t n;

	if (!document_is_list(r, json, at, LIMIT_VARIATIONS))
		return;
	n = (uint32_t)json_array_size(json);
	if (n == 0)
		document_fault(r, at, "must not be empty");
	list = FF_ARENA_ARRAY(r->arena, struct variation, n);
	ff_map_init(&keys, &r->scratch, n);
	for (uint32_t i = 0; i < n; i++) {
		struct json_place place = json_place_item(at, i), key_at = json_place_member(&place, FF_STR("key"));

		read_variation(r, json_array_get(json, i), &place, d, &list[i]);
		if (list[i].key.n && ff_map_put(&keys, list[i].key, i) != i)
			document_fault(r, &key_at, "\"%.*s\" is the key of an earlier variation", FF_FMT(list[i].key));
	}
	d->flag.variations = list;
	d->flag.n_variations = n;
}

/* Behind the type, which decides what goes without saying. */
static void
read_variations(struct reading *r, const struct json_place *doc, struct flag_document *d)
{
	static const struct variation on_off[] = {{FF_STR("on"), FF_STR("true")}, {FF_STR("off"), FF_STR("false")}};
	struct json_place at = json_place_member(doc, FF_STR("variations"));

	if (d->variations) {
		read_variation_list(r, d->variations, &at, d);
	} else if (d->type_known && d->flag.type == FLAG_BOOLEAN) {
		d->flag.variations = on_off;
		d->flag.n_variations = FF_COUNT(on_off);
	} else if (d->type_known) {
		document_fault(r, &at, "is required for type %s", flag_type_name(d->flag.type));
	}
}

static void
read_environment_member(struct reading *r, const json_t *json, const struct json_place *at, const struct flag *f,
	struct flag_environment *ret)
{
	if (key_valid(at->name)) {
		ret->key = ff_arena_str(r->arena, at->name);
		flag_read_environment(r, json, at, f, ret);
	} else {
		document_fault(
			r, at, "is no key: 1 to %d of A-Z a-z 0-9 . _ - that start with a letter or digit", LIMIT_KEY_BYTES);
	}
}

static void
read_environments(struct reading *r, const struct json_place *doc, struct flag_document *d)
{
	struct json_place at = json_place_member(doc, FF_STR("environments"));
	struct flag_environment *list;
	uint32_t n = 0;
	size_t name_n;
	const char *name;
	json_t *value;

	if (!json_is_object(d->environments)) {
		document_fault_kind(r, &at, "an object", d->environments);
		return;
	}
	if (json_object_size(d->environments) > LIMIT_ENVIRONMENTS) {
		document_fault(
			r, &at, "has %zu environments, at most %d", json_object_size(d->environments), LIMIT_ENVIRONMENTS);
		return;
	}
	list = FF_ARENA_ARRAY(r->arena, struct flag_environment, json_object_size(d->environments));
	json_doc_each (d->environments, name, name_n, value) {
		struct json_place place = json_place_member(&at, ff_str_of(name, name_n));

		read_environment_member(r, value, &place, &d->flag, &list[n++]);
	}
	d->flag.environments = list;
	d->flag.n_environments = n;
}

static const struct member flag_members[] = {
	{FF_STR("key"), document_read_key, offsetof(struct flag_document, flag.key), true},
	{FF_STR("name"), document_read_text, offsetof(struct flag_document, flag.name), false},
	{FF_STR("description"), document_read_text, offsetof(struct flag_document, flag.description), false},
	{FF_STR("type"), read_type, 0, true},
	{FF_STR("variations"), document_keep, offsetof(struct flag_document, variations), false},
	{FF_STR("tags"), read_tags, offsetof(struct flag_document, flag), false},
	{FF_STR("owner"), document_read_text, offsetof(struct flag_document, flag.owner), false},
	{FF_STR("temporary"), document_read_bool, offsetof(struct flag_document, flag.temporary), false},
	{FF_STR("clientVisible"), document_read_bool, offsetof(struct flag_document, flag.client_visible), false},
	{FF_STR("archived"), document_read_bool, offsetof(struct flag_document, flag.archived), false},
	{FF_STR("version"), NULL, 0, false},
	{FF_STR("revision"), NULL, 0, false},
	{FF_STR("createdAt"), NULL, 0, false},
	{FF_STR("updatedAt"), NULL, 0, false},
	{FF_STR("environments"), document_keep, offsetof(struct flag_document, environments), false},
};

static struct flag_document *
read_document(struct reading *r, const json_t *doc)
{
	struct flag_document *d = FF_ARENA_NEW(r->arena, struct flag_document);
	struct json_place start = json_place_start(FF_STR(""));

	document_read_members(r, doc, &start, flag_members, FF_COUNT(flag_members), d);
	if (!json_is_object(doc))
		return d;
	read_variations(r, &start, d);
	if (d->environments)
		read_environments(r, &start, d);
	return d;
}

ff_status
flag_read(const json_t *doc, struct ff_arena *arena, struct flag **ret, struct ff_err *reterr)
{
	FF_CLEANUP(reading_release) struct reading r;
	struct flag_document *d = NULL;
	struct ff_faults faults;

	ff_faults_init(&faults, arena);
	reading_init(&r, arena, &faults);
	if (reading_start(&r, doc))
		d = read_document(&r, doc);
	FF_TRY(reading_end(&r, doc, "the flag", reterr));
	*ret = &d->flag;
	return FF_OK;
}

/* What the store holds was checked when it was written: a fault means that it was damaged since. */
static ff_status
fail_stored(const struct ff_err *why, ff_str what, struct ff_err *reterr)
{
	(void)ff_fail(reterr, FF_ESTORAGE, "a stored flag cannot be read (%.*s): %s", FF_FMT(what), why->detail);
	return FF_ESTORAGE;
}

static ff_status
read_stored_shared(struct reading *r, ff_str text, struct flag_document **ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *doc = NULL;
	struct ff_err err;

	if (json_doc_parse(text, &doc, &err) != FF_OK)
		return fail_stored(&err, FF_STR("shared part"), reterr);
	*ret = read_document(r, doc);
	if (reading_end(r, doc, "the flag", &err) != FF_OK)
		return fail_stored(&err, (*ret)->flag.key, reterr);
	return FF_OK;
}

static ff_status
read_stored_config(struct reading *r, const struct flag *f, const struct stored_config *stored,
	struct flag_environment *ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *doc = NULL;
	struct json_place start = json_place_start(FF_STR(""));
	struct ff_err err;

	if (json_doc_parse(stored->json, &doc, &err) != FF_OK)
		return fail_stored(&err, f->key, reterr);
	ret->key = ff_arena_str(r->arena, stored->environment);
	ret->version = stored->version;
	flag_read_environment(r, doc, &start, f, ret);
	if (reading_end(r, doc, "the configuration", &err) != FF_OK)
		return fail_stored(&err, f->key, reterr);
	return FF_OK;
}

ff_status
flag_read_stored(ff_str shared_json, uint64_t version, const struct stored_config *configs, uint32_t n_configs,
	struct ff_arena *arena, struct flag **ret, struct ff_err *reterr)
{
	FF_CLEANUP(reading_release) struct reading r;
	struct flag_environment *environments = FF_ARENA_ARRAY(arena, struct flag_environment, n_configs);
	struct flag_document *d = NULL;
	struct ff_faults faults;

	ff_faults_init(&faults, arena);
	reading_init(&r, arena, &faults);
	FF_TRY(read_stored_shared(&r, shared_json, &d, reterr));
	for (uint32_t i = 0; i < n_configs; i++)
		FF_TRY(read_stored_config(&r, &d->flag, &configs[i], &environments[i], reterr));
	d->flag.version = version;
	d->flag.environments = environments;
	d->flag.n_environments = n_configs;
	*ret = &d->flag;
	return FF_OK;
}
