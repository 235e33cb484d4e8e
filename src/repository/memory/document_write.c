/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "repository/adapter.h"
#include "repository/memory/transaction.h"

static bool
is_live(const struct memory_tx *tx, enum document_kind kind, ff_str key)
{
	const struct document_row *row = document_table_find(tx->state.tables[kind], key);

	return row && !row->deleted;
}

void
memory_tx_write(struct memory_tx *tx, enum memory_table table, const struct document *d, bool deleted)
{
	document_table_own(&tx->state.tables[table]);
	document_table_set(tx->state.tables[table], document_row_new(d, deleted));
	tx->touched = true;
}

static void
write_row(struct memory_tx *tx, const struct document *d, bool deleted)
{
	memory_tx_write(tx, (enum memory_table)d->kind, d, deleted);
	tx->changed = true;
}

/* The parts after the put: those that were there, with the changed ones of `d` over them; d's versions are set. */
static void
merge_parts(const struct document_row *old, struct document *d, struct ff_arena *scratch, struct document *ret)
{
	uint32_t n = 0;
	struct document_part *parts =
		FF_ARENA_ARRAY(scratch, struct document_part, d->n_parts + (old ? old->doc.n_parts : 0));

	for (uint32_t i = 0; i < d->n_parts; i++) {
		struct document_part *p = &d->parts[i];
		const struct document_part *was = old ? document_row_part(old, p->name) : NULL;

		p->version = p->changed ? (was ? was->version : 0) + 1 : was && was->json.n ? was->version : 0;
		if (p->changed)
			parts[n++] = *p;
	}
	for (uint32_t i = 0; old && i < old->doc.n_parts; i++) {
		bool replaced = false;

		for (uint32_t k = 0; k < d->n_parts && !replaced; k++)
			replaced = d->parts[k].changed && ff_str_eq(d->parts[k].name, old->doc.parts[i].name);
		if (!replaced)
			parts[n++] = old->doc.parts[i];
	}
	document_parts_sort(parts, n);
	ret->parts = parts;
	ret->n_parts = n;
}

static int
ref_cmp(const void *a, const void *b)
{
	const struct document_ref *x = a, *y = b;
	int c = ff_str_cmp(x->part, y->part);

	if (c == 0)
		c = (x->to_kind > y->to_kind) - (x->to_kind < y->to_kind);
	return c ? c : ff_str_cmp(x->to_key, y->to_key);
}

/* The refs sorted, each once. */
static void
order_refs(struct document *d, struct ff_arena *scratch)
{
	struct document_ref *refs = FF_ARENA_ARRAY(scratch, struct document_ref, d->n_refs);
	uint32_t n = 0;

	if (d->n_refs == 0)
		return;
	memcpy(refs, d->refs, d->n_refs * sizeof *refs);
	qsort(refs, d->n_refs, sizeof *refs, ref_cmp);
	for (uint32_t i = 0; i < d->n_refs; i++)
		if (n == 0 || ref_cmp(&refs[n - 1], &refs[i]))
			refs[n++] = refs[i];
	d->refs = refs;
	d->n_refs = n;
}

/*
 * What housekeeping has left of a document that was purged: its version, in the log. Flags get tombstones of parts that
 * go on from it. NULL: there never was one.
 */
static struct document_row *
purged_row(const struct memory_tx *tx, const struct document *d, struct ff_arena *scratch)
{
	const struct document_table *environments = tx->state.tables[DOCUMENT_ENVIRONMENT];
	struct document row = {
		.kind = d->kind, .key = d->key, .version = change_log_last(tx->state.changes, d->kind, d->key)};

	if (!row.version)
		return NULL;
	if (d->kind == DOCUMENT_FLAG) {
		row.n_parts = environments->n;
		row.parts = FF_ARENA_ARRAY(scratch, struct document_part, row.n_parts);
	}
	for (uint32_t i = 0; i < row.n_parts; i++)
		row.parts[i] = (struct document_part){.name = environments->rows[i]->doc.key, .version = row.version};
	return document_row_new(&row, true);
}

ff_status
memory_put(struct repository_tx *super, struct document *d, uint64_t expected_version, struct ff_err *reterr)
{
	struct memory_tx *tx = memory_writer_of(super);
	const struct document_row *old = document_table_find(tx->state.tables[d->kind], d->key);
	FF_CLEANUP(document_row_unrefp) struct document_row *purged = NULL;
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	bool live = old && !old->deleted;
	struct document row;

	repository_assert_putable(d, expected_version);
	FF_TRY(repository_may_put(d->kind, d->key, live ? old->doc.version : 0, expected_version, reterr));
	for (uint32_t i = 0; i < d->n_parts; i++)
		if (d->parts[i].changed && !is_live(tx, DOCUMENT_ENVIRONMENT, d->parts[i].name))
			return repository_fail_missing(DOCUMENT_ENVIRONMENT, d->parts[i].name, reterr);
	if (d->kind == DOCUMENT_KEY && expected_version == 0 &&
		!memory_key_id_take(memory_of(super->repository), tx, tx->tenant, d->key))
		return repository_fail_exists(DOCUMENT_KEY, d->key, reterr);
	if (!old)
		purged = purged_row(tx, d, &scratch);
	old = old ? old : purged;
	d->version = (old ? old->doc.version : 0) + 1;
	d->revision = memory_tx_revision(tx);
	d->created_at = live ? old->doc.created_at : tx->now_ms;
	d->updated_at = tx->now_ms;
	row = *d;
	row.search = repository_lower(&scratch, d->search);
	if (live)
		row.secret_sha256 = old->doc.secret_sha256;
	merge_parts(old, d, &scratch, &row);
	order_refs(&row, &scratch);
	write_row(tx, &row, false);
	return FF_OK;
}

/* `d` without what belonged to the part `name` (NULL: to any): its json and its refs. */
static void
drop_parts(struct document *d, const ff_str *name, struct ff_arena *scratch)
{
	struct document_part *parts = FF_ARENA_ARRAY(scratch, struct document_part, d->n_parts);
	struct document_ref *refs = FF_ARENA_ARRAY(scratch, struct document_ref, d->n_refs);
	uint32_t n_refs = 0;

	for (uint32_t i = 0; i < d->n_parts; i++) {
		parts[i] = d->parts[i];
		if (!name || ff_str_eq(parts[i].name, *name))
			parts[i].json = (ff_str){NULL, 0};
	}
	for (uint32_t i = 0; i < d->n_refs; i++)
		if (name && !ff_str_eq(d->refs[i].part, *name))
			refs[n_refs++] = d->refs[i];
	d->parts = parts;
	d->refs = refs;
	d->n_refs = n_refs;
}

/* Every flag loses its part of the environment `name`. */
static void
drop_environment(struct memory_tx *tx, ff_str name, struct ff_arena *scratch)
{
	struct document_table *flags = document_table_ref(tx->state.tables[DOCUMENT_FLAG]);

	for (uint32_t i = 0; i < flags->n; i++) {
		const struct document_part *part = document_row_part(flags->rows[i], name);
		struct document d = flags->rows[i]->doc;

		if (!part || part->json.n == 0)
			continue;
		ff_arena_reset(scratch);
		drop_parts(&d, &name, scratch);
		d.revision = memory_tx_revision(tx);
		write_row(tx, &d, false);
	}
	document_table_unref(flags);
}

ff_status
memory_remove(struct repository_tx *super, enum document_kind kind, ff_str key, uint64_t expected_version,
	uint64_t *ret_version, struct ff_err *reterr)
{
	struct memory_tx *tx = memory_writer_of(super);
	const struct document_row *old = document_table_find(tx->state.tables[kind], key);
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	struct document tombstone;

	FF_TRY(repository_may_remove(kind, key, old && !old->deleted ? old->doc.version : 0, expected_version, reterr));
	if (kind == DOCUMENT_ENVIRONMENT)
		drop_environment(tx, key, &scratch);
	tombstone = old->doc;
	drop_parts(&tombstone, NULL, &scratch);
	tombstone.version++;
	tombstone.revision = memory_tx_revision(tx);
	tombstone.updated_at = tx->now_ms;
	tombstone.n_tags = 0;
	tombstone.search = tombstone.json = tombstone.secret_sha256 = (ff_str){NULL, 0};
	*ret_version = tombstone.version;
	write_row(tx, &tombstone, true);
	return FF_OK;
}

ff_status
memory_restore(struct repository_tx *super, const struct document *d, const struct change *changes, uint32_t n,
	struct ff_err *reterr)
{
	struct memory_tx *tx = memory_writer_of(super);
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	struct document row = *d;

	ff_assert(d->kind != DOCUMENT_KEY && (d->kind == DOCUMENT_FLAG || d->n_parts == 0));
	if (document_table_find(tx->state.tables[d->kind], d->key) || change_log_last(tx->state.changes, d->kind, d->key))
		return repository_fail_exists(d->kind, d->key, reterr);
	for (uint32_t i = 0; i < d->n_parts; i++)
		if (!is_live(tx, DOCUMENT_ENVIRONMENT, d->parts[i].name))
			return repository_fail_missing(DOCUMENT_ENVIRONMENT, d->parts[i].name, reterr);
	row.revision = memory_tx_revision(tx);
	row.search = repository_lower(&scratch, d->search);
	row.parts = FF_ARENA_ARRAY(&scratch, struct document_part, d->n_parts);
	for (uint32_t i = 0; i < d->n_parts; i++)
		row.parts[i] = d->parts[i];
	document_parts_sort(row.parts, row.n_parts);
	order_refs(&row, &scratch);
	write_row(tx, &row, d->json.n == 0);
	for (uint32_t i = 0; i < n; i++)
		memory_change_put(tx, &changes[i]);
	return FF_OK;
}
