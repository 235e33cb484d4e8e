/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/references.h"

#include "base/json_pointer.h"
#include "usecase/snapshot_load.h"

/* A document that is named. */
struct target {
	bool there;
	const struct flag *flag; /* its shared parts, where it is one */
};

/* Targets looked up so far: a flag names the same few again and again. */
struct targets {
	struct ff_map by_key[REFERENCE_FLAG + 1];
	struct target *list;
	uint32_t n;
};

static enum document_kind
kind_of(const struct reference *r)
{
	return r->kind == REFERENCE_FLAG ? DOCUMENT_FLAG : DOCUMENT_SEGMENT;
}

void
references_to_store(struct edit *e)
{
	const struct reference_list *list = &e->references;
	struct document_ref *refs = FF_ARENA_ARRAY(e->arena, struct document_ref, list->n);
	struct ff_map seen;
	uint32_t n = 0;

	ff_map_init(&seen, e->arena, list->n);
	for (uint32_t i = 0; i < list->n; i++) {
		const struct reference *r = &list->items[i];
		/* '/' is in no key. */
		ff_str id = ff_arena_printf(e->arena, "%d/%.*s/%.*s", r->kind, FF_FMT(r->environment), FF_FMT(r->key));

		if (ff_map_put(&seen, id, n) == n)
			refs[n++] = (struct document_ref){.to_kind = kind_of(r), .to_key = r->key, .part = r->environment};
	}
	e->after.refs = refs;
	e->after.n_refs = n;
}

static ff_status
look_up(struct edit *e, const struct reference *r, struct target *ret, struct ff_err *reterr)
{
	struct document d;
	struct flag *flag = NULL;
	struct ff_err err;
	ff_status status = work_ops(e->work)->get(e->work->tx, kind_of(r), r->key, e->arena, &d, &err);

	if (status == FF_EFLAGNOTFOUND || status == FF_ESEGMENTNOTFOUND) {
		*ret = (struct target){0};
		return FF_OK;
	}
	if (status != FF_OK) {
		if (reterr)
			*reterr = err;
		return status;
	}
	if (r->kind == REFERENCE_FLAG) {
		d.n_parts = 0;
		FF_TRY(flag_from_document(&d, e->arena, &flag, reterr));
	}
	*ret = (struct target){.there = true, .flag = flag};
	return FF_OK;
}

static ff_status
find_target(struct edit *e, struct targets *t, const struct reference *r, struct target *ret, struct ff_err *reterr)
{
	uint32_t i = ff_map_put(&t->by_key[r->kind], r->key, t->n);

	if (i == t->n) {
		FF_TRY(look_up(e, r, &t->list[i], reterr));
		t->n++;
	}
	*ret = t->list[i];
	return FF_OK;
}

/* The variations that a prerequisite names, whose pointer is that of its member `flag`. */
static void
check_variations(struct edit *e, const struct reference *r, const struct flag *flag)
{
	static const ff_str last = FF_STR("/flag");
	ff_str pointer = r->pointer;

	if (ff_str_ends(pointer, last))
		pointer.n -= last.n;
	pointer = json_pointer_name(pointer, FF_STR("variations"), e->arena);
	for (uint32_t i = 0; i < r->prerequisite->n_variations; i++) {
		ff_str variation = r->prerequisite->variations[i];

		if (flag_variation(flag, variation) == VARIATION_NONE)
			ff_faults_add(&e->faults, json_pointer_index(pointer, i, e->arena),
				"flag \"%.*s\" has no variation \"%.*s\"", FF_FMT(r->key), FF_FMT(variation));
	}
}

static ff_status
check_target(struct edit *e, struct targets *t, const struct reference *r, struct ff_err *reterr)
{
	const bool archived = e->flag && e->flag->archived; /* names may point nowhere useful while nobody evaluates it */
	struct target target;

	FF_TRY(find_target(e, t, r, &target, reterr));
	if (!target.there)
		ff_faults_add(
			&e->faults, r->pointer, "there is no %s \"%.*s\"", document_kind_name(kind_of(r)), FF_FMT(r->key));
	else if (target.flag && target.flag->archived && !archived)
		ff_faults_add(&e->faults, r->pointer, "flag \"%.*s\" is archived", FF_FMT(r->key));
	if (target.flag)
		check_variations(e, r, target.flag);
	return FF_OK;
}

/* A search, in the breadth, along what documents of one kind name in one environment. */
struct search {
	struct edit *e;
	enum document_kind kind;
	ff_str part;
	struct ff_map seen; /* key → index into nodes */
	struct node {
		ff_str key;
		uint32_t from; /* the node that names it */
	} * nodes;
	uint32_t n, cap;
};

static void
search_add(struct search *s, ff_str key, uint32_t from)
{
	if (ff_map_put(&s->seen, key, s->n) != s->n)
		return;
	if (s->n == s->cap) {
		struct node *more = FF_ARENA_ARRAY(s->e->arena, struct node, s->cap * 2);

		memcpy(more, s->nodes, s->n * sizeof *more);
		s->nodes = more;
		s->cap *= 2;
	}
	s->nodes[s->n++] = (struct node){.key = key, .from = from};
}

/* "a → b → a": from the start to `last`, which names the start again. *ret_second is b. Long ways are cut. */
static ff_str
cycle_text(const struct search *s, uint32_t last, ff_str *ret_second)
{
	enum { NAMED_MAX = 12 }; /* behind the start */
	ff_str start = s->nodes[0].key, text = start;
	uint32_t length = 0;

	*ret_second = start;
	for (uint32_t i = last; i != 0; i = s->nodes[i].from)
		length++;
	for (uint32_t i = last; i != 0; i = s->nodes[i].from, length--) {
		if (length <= NAMED_MAX)
			text = ff_arena_printf(s->e->arena, "%.*s → %.*s", FF_FMT(s->nodes[i].key), FF_FMT(text));
		else if (i == last)
			text = ff_arena_printf(s->e->arena, "… → %.*s", FF_FMT(text));
		*ret_second = s->nodes[i].key;
	}
	return ff_arena_printf(s->e->arena, "%.*s → %.*s", FF_FMT(start), FF_FMT(text));
}

/* Each document is looked at once, so the search ends. *ret_cycle is empty where nothing leads back. */
static ff_status
find_cycle(struct search *s, ff_str start, ff_str *ret_cycle, ff_str *ret_second, struct ff_err *reterr)
{
	enum { NODES_MIN = 16 };
	struct work *w = s->e->work;

	*ret_cycle = (ff_str){0};
	ff_map_init(&s->seen, s->e->arena, NODES_MIN);
	s->cap = NODES_MIN;
	s->nodes = FF_ARENA_ARRAY(s->e->arena, struct node, s->cap);
	search_add(s, start, 0);
	for (uint32_t i = 0; i < s->n; i++) {
		struct document_ref *refs;
		uint32_t n;

		FF_TRY(work_ops(w)->uses(w->tx, s->kind, s->nodes[i].key, s->e->arena, &refs, &n, reterr));
		for (uint32_t j = 0; j < n; j++) {
			if (refs[j].to_kind != s->kind || !ff_str_eq(refs[j].part, s->part))
				continue;
			if (ff_str_eq(refs[j].to_key, start)) {
				*ret_cycle = cycle_text(s, i, ret_second);
				return FF_OK;
			}
			search_add(s, refs[j].to_key, i);
		}
	}
	return FF_OK;
}

/* In one environment (flags), or at all (segments). The fault stands where the document names the cycle's next one. */
static ff_status
check_cycle(struct edit *e, ff_str part, struct ff_err *reterr)
{
	struct search s = {.e = e, .kind = e->rules->kind, .part = part};
	ff_str cycle, second;

	FF_TRY(find_cycle(&s, e->after.key, &cycle, &second, reterr));
	if (!cycle.n)
		return FF_OK;
	for (uint32_t i = 0; i < e->references.n; i++) {
		const struct reference *r = &e->references.items[i];

		if (kind_of(r) == s.kind && ff_str_eq(r->environment, part) && ff_str_eq(r->key, second)) {
			ff_faults_add(&e->faults, r->pointer, "is a cycle: %.*s", FF_FMT(cycle));
			return FF_OK;
		}
	}
	ff_assert(!"a cycle that does not begin with a reference of its document");
}

ff_status
references_check(struct edit *e, struct ff_err *reterr)
{
	struct targets targets = {.list = FF_ARENA_ARRAY(e->arena, struct target, e->references.n)};
	ff_str last = {0};
	bool any = false;

	for (unsigned k = 0; k < FF_COUNT(targets.by_key); k++)
		ff_map_init(&targets.by_key[k], e->arena, e->references.n);
	for (uint32_t i = 0; i < e->references.n; i++)
		FF_TRY(check_target(e, &targets, &e->references.items[i], reterr));
	/* References come environment by environment. */
	for (uint32_t i = 0; i < e->references.n; i++) {
		const struct reference *r = &e->references.items[i];

		if (kind_of(r) != e->rules->kind || (any && ff_str_eq(last, r->environment)))
			continue;
		any = true;
		last = r->environment;
		FF_TRY(check_cycle(e, last, reterr));
	}
	return FF_OK;
}
