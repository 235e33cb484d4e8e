/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/snapshot_load.h"

#include <stdlib.h>

#include "base/json_doc.h"
#include "sys/clock.h"

/* How often a long load looks whether anyone still waits for it. */
enum { DOCUMENTS_BETWEEN_CHECKS = 256 };

/* Pointers that grow; the models themselves live in the load's arena. */
struct list {
	void **items;
	uint32_t n, cap;
};

struct load {
	const struct ff_call *call;
	struct ff_arena arena;
	struct list flags, segments;
	ff_status status;
	struct ff_err *err;
};

static void
list_add(struct list *l, void *item)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->items = ff_xrealloc(l->items, l->cap * sizeof *l->items);
	}
	l->items[l->n++] = item;
}

static void
load_release(struct load *l)
{
	free(l->flags.items);
	free(l->segments.items);
	ff_arena_release(&l->arena);
}

ff_status
flag_from_document(const struct document *d, struct ff_arena *arena, struct flag **ret, struct ff_err *reterr)
{
	struct stored_config *configs = FF_ARENA_ARRAY(arena, struct stored_config, d->n_parts);

	for (uint32_t i = 0; i < d->n_parts; i++)
		configs[i] = (struct stored_config){d->parts[i].name, d->parts[i].version, d->parts[i].json};
	return flag_read_stored(d->json, d->version, configs, d->n_parts, arena, ret, reterr);
}

ff_status
segment_from_document(const struct document *d, struct ff_arena *arena, struct segment **ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *json = NULL;
	struct segment *segment;
	struct ff_err err;

	/* What was checked when it was written and cannot be read now is the store's fault, not a caller's. */
	if (json_doc_parse(d->json, &json, &err) != FF_OK || segment_read(json, arena, &segment, &err) != FF_OK)
		return ff_fail(
			reterr, FF_ESTORAGE, "the stored segment \"%.*s\" cannot be read: %s", FF_FMT(d->key), err.detail);
	segment->version = d->version;
	*ret = segment;
	return FF_OK;
}

/* May the walk go on? */
static bool
step(struct load *l, uint32_t n)
{
	if (l->status == FF_OK && n % DOCUMENTS_BETWEEN_CHECKS == 0)
		l->status = ff_call_over(l->call, l->err);
	return l->status == FF_OK;
}

static bool
visit_segment(void *arg, const struct document *d)
{
	struct load *l = arg;
	struct segment *segment;

	l->status = segment_from_document(d, &l->arena, &segment, l->err);
	if (l->status == FF_OK)
		list_add(&l->segments, segment);
	return step(l, l->segments.n);
}

static bool
visit_flag(void *arg, const struct document *d)
{
	struct load *l = arg;
	struct flag *flag;

	l->status = flag_from_document(d, &l->arena, &flag, l->err);
	if (l->status == FF_OK)
		list_add(&l->flags, flag);
	return step(l, l->flags.n);
}

/* Everything that the environment needs, and the state that it is of. */
static ff_status
read_documents(struct load *l, struct repository *repository, ff_str environment, struct tenant_state *ret_state,
	struct ff_err *reterr)
{
	FF_CLEANUP(repository_rollbackp) struct repository_tx *tx = NULL;
	const struct repository_ops *ops = repository->ops;
	struct document unused;

	FF_TRY(ops->begin(repository, l->call, TX_READ, 0, &tx, reterr));
	FF_TRY(ops->get(tx, DOCUMENT_ENVIRONMENT, environment, &l->arena, &unused, reterr));
	FF_TRY(ops->state(tx, ret_state, reterr));
	l->err = reterr;
	FF_TRY(ops->each(tx, DOCUMENT_SEGMENT, FF_STR(""), visit_segment, l, reterr));
	FF_TRY(l->status);
	FF_TRY(ops->each(tx, DOCUMENT_FLAG, environment, visit_flag, l, reterr));
	return l->status;
}

ff_status
snapshot_load(struct repository *repository, const struct ff_call *call, ff_str environment, struct snapshot **ret,
	struct ff_err *reterr)
{
	FF_CLEANUP(load_release) struct load l = {.call = call};
	struct snapshot_source source = {.tenant = call->tenant, .environment = environment};
	struct tenant_state state;

	FF_TRY(read_documents(&l, repository, environment, &state, reterr));
	source.revision = state.revision;
	source.head = state.head;
	source.flags = (const struct flag *const *)l.flags.items;
	source.n_flags = l.flags.n;
	source.segments = (const struct segment *const *)l.segments.items;
	source.n_segments = l.segments.n;
	return snapshot_build(&source, ret, reterr);
}
