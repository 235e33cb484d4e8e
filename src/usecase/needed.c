/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/needed.h"

#include "base/map.h"
#include "usecase/snapshot_load.h"

/* Documents of one kind that are needed, in the order found. */
struct found {
	struct ff_map seen; /* key → index */
	void **models;      /* struct flag * or struct segment * */
	uint32_t n, cap;
};

struct search {
	struct work *w;
	ff_str environment;
	struct found flags, segments;
};

/* Where the model of `key` goes; NULL where it has been found before. */
static void **
add(struct search *s, struct found *f, ff_str key)
{
	if (ff_map_put(&f->seen, key, f->n) != f->n)
		return NULL;
	if (f->n == f->cap) {
		void **more = FF_ARENA_ARRAY(s->w->arena, void *, f->cap * 2);

		memcpy(more, f->models, f->n * sizeof *more);
		f->models = more;
		f->cap *= 2;
	}
	return &f->models[f->n++];
}

static void
found_init(struct found *f, struct ff_arena *arena)
{
	enum { FOUND_MIN = 8 };

	ff_map_init(&f->seen, arena, FOUND_MIN);
	f->cap = FOUND_MIN;
	f->models = FF_ARENA_ARRAY(arena, void *, f->cap);
}

/* With the configuration of the one environment. */
static ff_status
find_flag(struct search *s, ff_str key, struct ff_err *reterr)
{
	void **place = add(s, &s->flags, key);
	const struct document_part *part = NULL;
	struct document d;
	struct flag *flag;

	if (!place)
		return FF_OK;
	FF_TRY(work_ops(s->w)->get(s->w->tx, DOCUMENT_FLAG, key, s->w->arena, &d, reterr));
	for (uint32_t i = 0; i < d.n_parts && !part; i++)
		if (ff_str_eq(d.parts[i].name, s->environment))
			part = &d.parts[i];
	d.parts = (struct document_part *)part;
	d.n_parts = part ? 1 : 0;
	FF_TRY(flag_from_document(&d, s->w->arena, &flag, reterr));
	*place = flag;
	return FF_OK;
}

static ff_status
find_segment(struct search *s, ff_str key, struct ff_err *reterr)
{
	void **place = add(s, &s->segments, key);
	struct document d;
	struct segment *segment;

	if (!place)
		return FF_OK;
	FF_TRY(work_ops(s->w)->get(s->w->tx, DOCUMENT_SEGMENT, key, s->w->arena, &d, reterr));
	FF_TRY(segment_from_document(&d, s->w->arena, &segment, reterr));
	*place = segment;
	return FF_OK;
}

static ff_status
find_references(struct search *s, struct reference_list list, struct ff_err *reterr)
{
	for (uint32_t i = 0; i < list.n; i++) {
		const struct reference *r = &list.items[i];

		FF_TRY(r->kind == REFERENCE_FLAG ? find_flag(s, r->key, reterr) : find_segment(s, r->key, reterr));
	}
	return FF_OK;
}

ff_status
needed_snapshot(struct work *w, ff_str flag, ff_str environment, struct snapshot **ret, struct ff_err *reterr)
{
	struct search s = {.w = w, .environment = environment};
	struct snapshot_source source = {.tenant = w->call->tenant, .environment = environment, .revision = w->revision};
	struct document unused;

	found_init(&s.flags, w->arena);
	found_init(&s.segments, w->arena);
	FF_TRY(work_ops(w)->get(w->tx, DOCUMENT_ENVIRONMENT, environment, w->arena, &unused, reterr));
	FF_TRY(find_flag(&s, flag, reterr));
	/* The lists grow while they are walked, by what is not in them yet. */
	for (uint32_t i = 0; i < s.flags.n; i++) {
		const struct flag *f = s.flags.models[i];

		if (!f->archived) /* what an archived one names may be gone */
			FF_TRY(find_references(&s, flag_references(f, w->arena), reterr));
	}
	for (uint32_t i = 0; i < s.segments.n; i++)
		FF_TRY(find_references(&s, segment_references(s.segments.models[i], w->arena), reterr));
	source.flags = (const struct flag *const *)s.flags.models;
	source.n_flags = s.flags.n;
	source.segments = (const struct segment *const *)s.segments.models;
	source.n_segments = s.segments.n;
	return snapshot_build(&source, ret, reterr);
}
