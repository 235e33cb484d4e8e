/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/condition_impl.h"
#include "domain/flag_impl.h"

/* A configuration being read. */
struct configuration {
	const struct flag *flag;
	struct flag_environment *environment;
	bool has_default;
};

static void
read_enabled(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	struct configuration *c = field;

	document_read_bool(r, json, at, &c->environment->enabled);
}

static void
read_off_variation(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	struct configuration *c = field;

	c->environment->off_variation =
		json_is_null(json) ? VARIATION_NONE : flag_read_variation_name(r, json, at, c->flag);
}

struct requirement {
	ff_str flag;
	const json_t *variations;
};

static const struct member requirement_members[] = {
	{FF_STR("flag"), document_read_key, offsetof(struct requirement, flag), true},
	{FF_STR("variations"), document_keep, offsetof(struct requirement, variations), true},
};

static void
read_required_variations(struct reading *r, const json_t *json, const struct json_place *at, struct prerequisite *ret)
{
	struct string_list list = {NULL, 0};

	document_read_string_list(r, json, at, LIMIT_VARIATIONS, &list);
	if (json_is_array(json) && json_array_size(json) == 0)
		document_fault(r, at, "must not be empty");
	ret->variations = list.items;
	ret->n_variations = list.n;
}

static void
read_prerequisite(
	struct reading *r, const json_t *json, const struct json_place *at, const struct flag *f, struct prerequisite *ret)
{
	struct json_place flag_at = json_place_member(at, FF_STR("flag")),
					  variations_at = json_place_member(at, FF_STR("variations"));
	struct requirement q = {.variations = NULL};

	document_read_members(r, json, at, requirement_members, FF_COUNT(requirement_members), &q);
	ret->flag = q.flag;
	if (q.flag.n && ff_str_eq(q.flag, f->key))
		document_fault(r, &flag_at, "is a cycle: %.*s requires itself", FF_FMT(f->key));
	if (q.variations)
		read_required_variations(r, q.variations, &variations_at, ret);
}

static void
read_prerequisites(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	struct configuration *c = field;
	struct prerequisite *list;
	struct ff_map seen;
	uint32_t n;

	if (!document_is_list(r, json, at, LIMIT_PREREQUISITES))
		return;
	n = (uint32_t)json_array_size(json);
	list = FF_ARENA_ARRAY(r->arena, struct prerequisite, n);
	ff_map_init(&seen, &r->scratch, n);
	for (uint32_t i = 0; i < n; i++) {
		struct json_place place = json_place_item(at, i), flag_at = json_place_member(&place, FF_STR("flag"));

		read_prerequisite(r, json_array_get(json, i), &place, c->flag, &list[i]);
		if (list[i].flag.n && ff_map_put(&seen, list[i].flag, i) != i)
			document_fault(r, &flag_at, "\"%.*s\" is in the list already", FF_FMT(list[i].flag));
	}
	c->environment->prerequisites = list;
	c->environment->n_prerequisites = n;
}

static void
read_deny(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	struct configuration *c = field;
	struct string_list list = {NULL, 0};

	document_read_string_list(r, json, at, LIMIT_UNITS, &list);
	c->environment->deny = (struct unit_list){list.items, list.n};
}

static void
read_allow_list(struct reading *r, const json_t *json, const struct json_place *at, int32_t variation,
	struct seen_strings *seen, struct unit_list *allow)
{
	struct string_list list = {NULL, 0};

	document_read_strings(r, json, at, LIMIT_UNITS, seen, (uint32_t)variation, &list);
	allow[variation] = (struct unit_list){list.items, list.n};
}

/* ["u"] on a boolean flag: {"on": ["u"]}. */
static void
read_allow_short(struct reading *r, const json_t *json, const struct json_place *at, const struct flag *f,
	struct seen_strings *seen, struct unit_list *allow)
{
	int32_t on = flag_variation(f, FF_STR("on"));

	if (f->type == FLAG_BOOLEAN && on != VARIATION_NONE)
		read_allow_list(r, json, at, on, seen, allow);
	else if (f->n_variations)
		document_fault(r, at, "a list is for boolean flags with a variation \"on\"; others take an object of lists");
}

static void
read_allow(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	struct configuration *c = field;
	const struct flag *f = c->flag;
	struct unit_list *allow = FF_ARENA_ARRAY(r->arena, struct unit_list, f->n_variations);
	ff_str *names = FF_ARENA_ARRAY(&r->scratch, ff_str, f->n_variations);
	struct seen_strings seen;
	size_t name_n;
	const char *name;
	json_t *value;

	c->environment->allow = allow;
	for (uint32_t i = 0; i < f->n_variations; i++)
		names[i] = f->variations[i].key;
	seen_strings_init(&seen, r, names, 0);
	if (json_is_array(json)) {
		read_allow_short(r, json, at, f, &seen, allow);
		return;
	}
	if (!json_is_object(json)) {
		document_fault_kind(r, at, "an object of lists", json);
		return;
	}
	json_doc_each (json, name, name_n, value) {
		struct json_place place = json_place_member(at, ff_str_of(name, name_n));
		int32_t variation = flag_variation(f, place.name);

		if (variation != VARIATION_NONE)
			read_allow_list(r, value, &place, variation, &seen, allow);
		else if (f->n_variations)
			document_fault(r, &place, "there is no variation \"%.*s\"", FF_FMT(document_excerpt(place.name)));
	}
}

struct rule_document {
	ff_str id, description;
	const json_t *when, *serve;
};

static const struct member rule_members[] = {
	{FF_STR("id"), document_read_key, offsetof(struct rule_document, id), false},
	{FF_STR("description"), document_read_text, offsetof(struct rule_document, description), false},
	{FF_STR("when"), document_keep, offsetof(struct rule_document, when), true},
	{FF_STR("serve"), document_keep, offsetof(struct rule_document, serve), true},
};

static void
read_rule(struct reading *r, const json_t *json, const struct json_place *at, const struct flag *f, struct rule *ret)
{
	struct json_place when_at = json_place_member(at, FF_STR("when")),
					  serve_at = json_place_member(at, FF_STR("serve"));
	struct rule_document rule = {.when = NULL};

	document_read_members(r, json, at, rule_members, FF_COUNT(rule_members), &rule);
	ret->id = rule.id;
	ret->description = rule.description;
	if (rule.when)
		ret->when = condition_read_at(r, rule.when, &when_at);
	if (rule.serve)
		flag_read_serve(r, rule.serve, &serve_at, f, SERVE_RULE, &ret->serve);
}

/* Rules without an id get "rule-<n>", n being their place (from 1) or the next that is free. */
static void
name_rules(struct reading *r, struct rule *rules, uint32_t n, struct ff_map *ids)
{
	for (uint32_t i = 0; i < n; i++) {
		/* Each turn that finds its id taken passes one of at most LIMIT_RULES. */
		for (uint32_t number = i + 1; !rules[i].id.n; number++) {
			ff_str id = ff_arena_printf(r->arena, "rule-%u", number);

			if (ff_map_get(ids, id) == (uint32_t)FF_MAP_NONE) {
				rules[i].id = id;
				ff_map_put(ids, id, i);
			}
		}
	}
}

static void
read_rules(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	struct configuration *c = field;
	struct rule *rules;
	struct ff_map ids;
	uint32_t n;

	if (!document_is_list(r, json, at, LIMIT_RULES))
		return;
	n = (uint32_t)json_array_size(json);
	rules = FF_ARENA_ARRAY(r->arena, struct rule, n);
	ff_map_init(&ids, &r->scratch, n);
	for (uint32_t i = 0; i < n; i++) {
		struct json_place place = json_place_item(at, i), id_at = json_place_member(&place, FF_STR("id"));

		read_rule(r, json_array_get(json, i), &place, c->flag, &rules[i]);
		if (rules[i].id.n && ff_map_put(&ids, rules[i].id, i) != i)
			document_fault(r, &id_at, "\"%.*s\" is the id of an earlier rule", FF_FMT(rules[i].id));
	}
	name_rules(r, rules, n, &ids);
	c->environment->rules = rules;
	c->environment->n_rules = n;
}

static void
read_default(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	struct configuration *c = field;

	c->has_default = true;
	flag_read_serve(r, json, at, c->flag, SERVE_DEFAULT, &c->environment->fallback);
}

static const struct member environment_members[] = {
	{FF_STR("version"), NULL, 0, false},
	{FF_STR("enabled"), read_enabled, 0, false},
	{FF_STR("offVariation"), read_off_variation, 0, false},
	{FF_STR("prerequisites"), read_prerequisites, 0, false},
	{FF_STR("deny"), read_deny, 0, false},
	{FF_STR("allow"), read_allow, 0, false},
	{FF_STR("rules"), read_rules, 0, false},
	{FF_STR("default"), read_default, 0, false},
};

static void
check_units(struct reading *r, const struct json_place *at, const struct flag *f, const struct flag_environment *e)
{
	size_t units = e->deny.n_units;

	for (uint32_t i = 0; i < f->n_variations; i++)
		units += e->allow[i].n_units;
	if (units > LIMIT_UNITS)
		document_fault(r, at, "lists %zu units in \"deny\" and \"allow\" together, at most %d", units, LIMIT_UNITS);
}

void
flag_read_environment(struct reading *r, const json_t *json, const struct json_place *at, const struct flag *f,
	struct flag_environment *ret)
{
	struct configuration c = {.flag = f, .environment = ret};
	struct json_place default_at = json_place_member(at, FF_STR("default"));

	*ret = (struct flag_environment){.key = ret->key, .version = ret->version};
	ret->off_variation = flag_default_off_variation(f);
	document_read_members(r, json, at, environment_members, FF_COUNT(environment_members), &c);
	if (!ret->allow)
		ret->allow = FF_ARENA_ARRAY(r->arena, struct unit_list, f->n_variations);
	check_units(r, at, f, ret);
	if (c.has_default)
		return;
	ret->fallback.variation = ret->off_variation;
	if (ret->off_variation == VARIATION_NONE && json_is_null(json_object_get(json, "offVariation")))
		document_fault(r, &default_at, "is required where \"offVariation\" is null");
}
