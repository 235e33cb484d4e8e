/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/condition_impl.h"
#include "domain/flag.h"
#include "domain/segment.h"

enum { CAP_MIN = 8 };

struct collector {
	struct ff_arena *arena;
	struct reference *items;
	uint32_t n, cap;
	ff_str environment;
};

static struct reference *
add(struct collector *c, ff_str key, const struct json_place *at)
{
	if (c->n == c->cap) {
		uint32_t cap = c->cap ? c->cap * 2 : CAP_MIN;
		struct reference *items = FF_ARENA_ARRAY(c->arena, struct reference, cap);

		if (c->n)
			memcpy(items, c->items, c->n * sizeof *items);
		c->items = items;
		c->cap = cap;
	}
	c->items[c->n] =
		(struct reference){.key = key, .environment = c->environment, .pointer = json_place_pointer(at, c->arena)};
	return &c->items[c->n++];
}

static void
add_segment(void *arg, ff_str segment, const struct json_place *at)
{
	add(arg, segment, at)->kind = REFERENCE_SEGMENT;
}

static void
add_prerequisites(struct collector *c, const struct flag_environment *e, const struct json_place *environment)
{
	struct json_place list = json_place_member(environment, FF_STR("prerequisites"));

	for (uint32_t i = 0; i < e->n_prerequisites; i++) {
		struct json_place item = json_place_item(&list, i), flag = json_place_member(&item, FF_STR("flag"));
		struct reference *reference = add(c, e->prerequisites[i].flag, &flag);

		reference->kind = REFERENCE_FLAG;
		reference->prerequisite = &e->prerequisites[i];
	}
}

static void
add_rules(struct collector *c, const struct flag_environment *e, const struct json_place *environment)
{
	struct json_place list = json_place_member(environment, FF_STR("rules"));

	for (uint32_t i = 0; i < e->n_rules; i++) {
		struct json_place item = json_place_item(&list, i), when = json_place_member(&item, FF_STR("when"));

		condition_each_segment(e->rules[i].when, &when, add_segment, c);
	}
}

struct reference_list
flag_references(const struct flag *f, struct ff_arena *arena)
{
	struct collector c = {.arena = arena};
	struct json_place start = json_place_start(FF_STR("")),
					  environments = json_place_member(&start, FF_STR("environments"));

	for (uint32_t i = 0; i < f->n_environments; i++) {
		const struct flag_environment *e = &f->environments[i];
		struct json_place environment = json_place_member(&environments, e->key);

		c.environment = e->key;
		add_prerequisites(&c, e, &environment);
		add_rules(&c, e, &environment);
	}
	return (struct reference_list){c.items, c.n};
}

struct reference_list
segment_references(const struct segment *s, struct ff_arena *arena)
{
	struct collector c = {.arena = arena};
	struct json_place start = json_place_start(FF_STR("")), when = json_place_member(&start, FF_STR("when"));

	if (s->when)
		condition_each_segment(s->when, &when, add_segment, &c);
	return (struct reference_list){c.items, c.n};
}
