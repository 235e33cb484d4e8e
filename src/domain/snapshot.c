/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/snapshot.h"

#include <stdio.h>
#include <stdlib.h>

#include "domain/compile.h"
#include "domain/graph.h"

enum { TEXT_MAX = 2 * LIMIT_DOCUMENT_BYTES };

/* Keys of a cycle in a message: the first ones say enough. */
enum { CYCLE_SHOWN = 8 };

static int
compare_flags(const void *a, const void *b)
{
	return ff_str_cmp((*(const struct flag *const *)a)->key, (*(const struct flag *const *)b)->key);
}

static void
compiler_release(struct compiler *c)
{
	ff_buf_release(&c->text);
}

/* All flags by key, archived ones too: what requires them is still compiled. */
static ff_status
index_flags(struct compiler *c, const struct snapshot_source *source, struct ff_err *reterr)
{
	const struct flag **flags = FF_ARENA_ARRAY(c->arena, const struct flag *, source->n_flags);

	if (source->n_flags)
		memcpy(flags, source->flags, source->n_flags * sizeof *flags);
	qsort(flags, source->n_flags, sizeof *flags, compare_flags);
	ff_map_init(&c->flag_index, c->arena, source->n_flags);
	c->required_number = FF_ARENA_ARRAY(c->arena, uint32_t, source->n_flags);
	for (uint32_t i = 0; i < source->n_flags; i++) {
		if (ff_map_put(&c->flag_index, flags[i]->key, i) != i)
			return ff_fail(reterr, FF_EINVALID, "there are two flags %.*s", FF_FMT(flags[i]->key));
		c->required_number[i] = REQUIRED_NONE;
	}
	c->flags = flags;
	c->n_flags = source->n_flags;
	return FF_OK;
}

static ff_status
index_segments(struct compiler *c, const struct snapshot_source *source, struct ff_err *reterr)
{
	ff_map_init(&c->segment_index, c->arena, source->n_segments);
	for (uint32_t i = 0; i < source->n_segments; i++)
		if (ff_map_put(&c->segment_index, source->segments[i]->key, i) != i)
			return ff_fail(reterr, FF_EINVALID, "there are two segments %.*s", FF_FMT(source->segments[i]->key));
	return FF_OK;
}

/* Edges of one graph, found one by one; names that are not in `index` are the compiler's to complain about. */
struct edges {
	const struct ff_map *index;
	struct ff_arena *arena;
	uint32_t *to;
	uint32_t n, cap;
};

static void
add_edge(void *arg, ff_str key)
{
	struct edges *e = arg;
	uint32_t to = ff_map_get(e->index, key);

	if (to == (uint32_t)FF_MAP_NONE)
		return;
	if (e->n == e->cap) {
		uint32_t *larger;

		e->cap = e->cap ? e->cap * 2 : 64;
		larger = FF_ARENA_ARRAY(e->arena, uint32_t, e->cap);
		if (e->n)
			memcpy(larger, e->to, e->n * sizeof *larger);
		e->to = larger;
	}
	e->to[e->n++] = to;
}

/* Refuses a cycle, spelled out: "prerequisites form a cycle: a → b → a". */
static ff_status
check_cycle(const struct graph_shape *shape, const char *what, ff_str (*key_of)(const void *arg, uint32_t i),
	const void *arg, struct ff_err *reterr)
{
	char text[FF_ERR_DETAIL_MAX];
	uint32_t shown = shape->n_cycle < CYCLE_SHOWN ? shape->n_cycle : CYCLE_SHOWN;
	int n = 0;

	if (!shape->cycle)
		return FF_OK;
	for (uint32_t i = 0; i < shown && n < (int)sizeof text; i++)
		n += snprintf(text + n, sizeof text - (size_t)n, "%.*s → ", FF_FMT(key_of(arg, shape->cycle[i])));
	return ff_fail(reterr, FF_EINVALID, "%s form a cycle: %s%s%.*s", what, text, shown < shape->n_cycle ? "… → " : "",
		FF_FMT(key_of(arg, shape->cycle[0])));
}

static ff_str
segment_key(const void *arg, uint32_t i)
{
	return ((const struct snapshot_source *)arg)->segments[i]->key;
}

static ff_status
check_segments(struct compiler *c, const struct snapshot_source *source, struct ff_err *reterr)
{
	struct edges edges = {.index = &c->segment_index, .arena = c->arena};
	uint32_t *first = FF_ARENA_ARRAY(c->arena, uint32_t, source->n_segments + 1);
	struct graph_shape shape;

	for (uint32_t i = 0; i < source->n_segments; i++) {
		if (source->segments[i]->when)
			condition_segments(source->segments[i]->when, add_edge, &edges);
		first[i + 1] = edges.n;
	}
	shape = graph_shape(&(struct graph){source->n_segments, first, edges.to}, c->arena);
	c->snapshot->segment_depth = shape.depth;
	return check_cycle(&shape, "segments", segment_key, source, reterr);
}

static ff_str
flag_key(const void *arg, uint32_t i)
{
	return ((const struct compiler *)arg)->flags[i]->key;
}

static ff_status
check_prerequisites(struct compiler *c, const struct flag_environment *const *environments, struct ff_err *reterr)
{
	struct edges edges = {.index = &c->flag_index, .arena = c->arena};
	uint32_t *first = FF_ARENA_ARRAY(c->arena, uint32_t, c->n_flags + 1);
	struct graph_shape shape;

	for (uint32_t i = 0; i < c->n_flags; i++) {
		for (uint32_t j = 0; j < environments[i]->n_prerequisites; j++)
			add_edge(&edges, environments[i]->prerequisites[j].flag);
		first[i + 1] = edges.n;
	}
	shape = graph_shape(&(struct graph){c->n_flags, first, edges.to}, c->arena);
	c->snapshot->requirement_depth = shape.depth;
	return check_cycle(&shape, "prerequisites", flag_key, c, reterr);
}

static const struct flag_environment *
environment_of(struct compiler *c, const struct flag *f, ff_str key)
{
	const struct flag_environment *e = flag_environment_of(f, key);

	return e ? e : flag_default_environment(f, key, c->arena);
}

static ff_status
compile_segments(struct compiler *c, const struct snapshot_source *source, struct ff_err *reterr)
{
	struct snapshot *s = c->snapshot;

	FF_TRY(index_segments(c, source, reterr));
	FF_TRY(check_segments(c, source, reterr));
	s->segments = FF_ARENA_ARRAY(&s->arena, struct compiled_segment *, source->n_segments);
	for (; s->n_segments < source->n_segments; s->n_segments++)
		FF_TRY(compile_segment(c, source->segments[s->n_segments], &s->segments[s->n_segments], reterr));
	return FF_OK;
}

/* Where each required flag is, by its number; archived ones are nowhere. */
static void
fill_required(struct compiler *c)
{
	struct snapshot *s = c->snapshot;

	s->required = FF_ARENA_ARRAY(&s->arena, const struct compiled_flag *, s->n_required);
	for (uint32_t i = 0; i < c->n_flags; i++)
		if (c->required_number[i] != REQUIRED_NONE)
			s->required[c->required_number[i]] = snapshot_find(s, c->flags[i]->key);
}

static ff_status
compile_flags(struct compiler *c, const struct snapshot_source *source, struct ff_err *reterr)
{
	const struct flag_environment **environments;
	struct snapshot *s = c->snapshot;

	FF_TRY(index_flags(c, source, reterr));
	environments = FF_ARENA_ARRAY(c->arena, const struct flag_environment *, c->n_flags);
	for (uint32_t i = 0; i < c->n_flags; i++)
		environments[i] = environment_of(c, c->flags[i], source->environment);
	FF_TRY(check_prerequisites(c, environments, reterr));
	s->flags = FF_ARENA_ARRAY(&s->arena, struct compiled_flag *, c->n_flags);
	ff_map_init(&s->by_key, &s->arena, c->n_flags);
	for (uint32_t i = 0; i < c->n_flags; i++) {
		if (c->flags[i]->archived)
			continue;
		FF_TRY(compile_flag(c, c->flags[i], environments[i], &s->flags[s->n_flags], reterr));
		ff_map_put(&s->by_key, s->flags[s->n_flags]->key, s->n_flags);
		s->n_flags++;
	}
	fill_required(c);
	return FF_OK;
}

static int
compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
keep_boundaries(struct compiler *c)
{
	struct snapshot *s = c->snapshot;

	if (c->n_boundaries == 0)
		return;
	qsort(c->boundaries, c->n_boundaries, sizeof *c->boundaries, compare_times);
	s->boundaries = FF_ARENA_ARRAY(&s->arena, int64_t, c->n_boundaries);
	for (uint32_t i = 0; i < c->n_boundaries; i++)
		if (i == 0 || c->boundaries[i] != c->boundaries[i - 1])
			s->boundaries[s->n_boundaries++] = c->boundaries[i];
}

static void
snapshot_freep(struct snapshot **s)
{
	snapshot_free(*s);
}

ff_status
snapshot_build(const struct snapshot_source *source, struct snapshot **ret, struct ff_err *reterr)
{
	FF_CLEANUP(snapshot_freep) struct snapshot *s = ff_xcalloc(1, sizeof *s);
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(compiler_release) struct compiler c = {.snapshot = s, .arena = &arena};

	ff_buf_init(&c.text, TEXT_MAX);
	schema_init(&s->schema);
	s->tenant = ff_arena_str(&s->arena, source->tenant);
	s->environment = ff_arena_str(&s->arena, source->environment);
	s->revision = source->revision;
	s->head = source->head;
	FF_TRY(compile_segments(&c, source, reterr));
	FF_TRY(compile_flags(&c, source, reterr));
	keep_boundaries(&c);
	*ret = FF_TAKE(s);
	return FF_OK;
}

void
snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->n_flags; i++)
		block_release(&s->flags[i]->block);
	for (uint32_t i = 0; i < s->n_segments; i++)
		block_release(&s->segments[i]->block);
	schema_release(&s->schema);
	ff_arena_release(&s->arena);
	free(s);
}

uint64_t
snapshot_revision(const struct snapshot *s)
{
	return s->revision;
}

uint64_t
snapshot_head(const struct snapshot *s)
{
	return s->head;
}

const struct schema *
snapshot_schema(const struct snapshot *s)
{
	return &s->schema;
}

size_t
snapshot_bytes(const struct snapshot *s)
{
	size_t bytes = sizeof *s + s->arena.used + s->schema.arena.used;

	for (uint32_t i = 0; i < s->n_flags; i++)
		bytes += s->flags[i]->block.bytes;
	for (uint32_t i = 0; i < s->n_segments; i++)
		bytes += s->segments[i]->block.bytes;
	return bytes;
}

uint32_t
snapshot_count(const struct snapshot *s)
{
	return s->n_flags;
}

const struct compiled_flag *
snapshot_at(const struct snapshot *s, uint32_t i)
{
	return i < s->n_flags ? s->flags[i] : NULL;
}

const struct compiled_flag *
snapshot_find(const struct snapshot *s, ff_str key)
{
	uint32_t i = ff_map_get(&s->by_key, key);

	return i == (uint32_t)FF_MAP_NONE ? NULL : s->flags[i];
}

ff_str
compiled_flag_key(const struct compiled_flag *f)
{
	return f->key;
}

ff_str
compiled_flag_key_json(const struct compiled_flag *f)
{
	return f->key_json;
}

uint64_t
compiled_flag_version(const struct compiled_flag *f)
{
	return f->version;
}

bool
compiled_flag_client_visible(const struct compiled_flag *f)
{
	return f->client_visible;
}

bool
compiled_flag_has_targeting(const struct compiled_flag *f)
{
	return f->has_targeting;
}

const int64_t *
snapshot_boundaries(const struct snapshot *s, uint32_t *ret_n)
{
	*ret_n = s->n_boundaries;
	return s->boundaries;
}
