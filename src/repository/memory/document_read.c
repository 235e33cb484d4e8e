/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"
#include "repository/memory/transaction.h"

static void
read(struct repository_tx *tx, const struct document_row *row, const ff_str *part, struct ff_arena *arena,
	struct document *ret)
{
	document_row_read(row, part, arena, ret);
	if (ret->kind == DOCUMENT_KEY)
		ret->last_used_at = memory_key_last_used(memory_of(tx->repository), ret->key);
}

ff_status
memory_get(struct repository_tx *tx, enum document_kind kind, ff_str key, struct ff_arena *arena, struct document *ret,
	struct ff_err *reterr)
{
	const struct document_row *row = document_table_find(memory_tx_of(tx)->state.tables[kind], key);

	if (!row || row->deleted)
		return repository_fail_missing(kind, key, reterr);
	read(tx, row, NULL, arena, ret);
	return FF_OK;
}

ff_status
memory_list(struct repository_tx *tx, const struct document_query *query, struct ff_arena *arena,
	struct document_list *ret, struct ff_err *reterr)
{
	const struct document_table *t = memory_tx_of(tx)->state.tables[query->kind];
	uint32_t i = document_table_from(t, query->after);
	struct document_query folded = *query;

	(void)reterr;
	if (query->after.n && i < t->n && ff_str_eq(t->rows[i]->doc.key, query->after))
		i++;
	folded.q = repository_lower(arena, query->q);
	*ret = (struct document_list){.items = FF_ARENA_ARRAY(arena, struct document, query->limit)};
	for (; i < t->n && !ret->more; i++) {
		if (!document_row_matches(t->rows[i], &folded))
			continue;
		if (ret->n < query->limit)
			read(tx, t->rows[i], NULL, arena, &ret->items[ret->n++]);
		else
			ret->more = true;
	}
	return FF_OK;
}

ff_status
memory_each(struct repository_tx *tx, enum document_kind kind, ff_str part,
	bool (*visit)(void *arg, const struct document *d), void *arg, struct ff_err *reterr)
{
	struct document_table *t = document_table_ref(memory_tx_of(tx)->state.tables[kind]); /* `visit` may put */
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	bool more = true;

	(void)reterr;
	for (uint32_t i = 0; i < t->n && more; i++) {
		struct document d;

		if (t->rows[i]->deleted)
			continue;
		ff_arena_reset(&scratch);
		read(tx, t->rows[i], &part, &scratch, &d);
		d.secret_sha256 = t->rows[i]->doc.secret_sha256;
		more = visit(arg, &d);
	}
	document_table_unref(t);
	return FF_OK;
}

static bool
names(const struct document_ref *ref, enum document_kind kind, ff_str key)
{
	return ref->to_kind == kind && ff_str_eq(ref->to_key, key);
}

/* The parts of `d` that name (kind, key), by name. False when it doesn't name it at all. */
static bool
naming_parts(
	const struct document *d, enum document_kind kind, ff_str key, struct ff_arena *arena, struct document *ret)
{
	bool found = false;

	*ret = (struct document){.kind = d->kind};
	for (uint32_t i = 0; i < d->n_refs; i++) {
		if (!names(&d->refs[i], kind, key))
			continue;
		found = true;
		if (d->refs[i].part.n == 0)
			continue;
		ret->parts = repository_more(arena, ret->parts, ret->n_parts, sizeof *ret->parts);
		ret->parts[ret->n_parts++] = (struct document_part){.name = ff_arena_str(arena, d->refs[i].part)};
	}
	if (found)
		ret->key = ff_arena_str(arena, d->key);
	document_parts_sort(ret->parts, ret->n_parts);
	return found;
}

ff_status
memory_used_by(struct repository_tx *tx, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document_ref_list *ret, struct ff_err *reterr)
{
	struct memory_state *s = &memory_tx_of(tx)->state;

	(void)reterr;
	*ret = (struct document_ref_list){0};
	for (unsigned k = 0; k < DOCUMENT_KINDS; k++)
		for (uint32_t i = 0; i < s->tables[k]->n; i++) {
			struct document from;

			if (!naming_parts(&s->tables[k]->rows[i]->doc, kind, key, arena, &from))
				continue;
			ret->from = repository_more(arena, ret->from, ret->n, sizeof *ret->from);
			ret->from[ret->n++] = from;
		}
	return FF_OK;
}

ff_status
memory_uses(struct repository_tx *tx, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document_ref **ret, uint32_t *ret_n, struct ff_err *reterr)
{
	const struct document_row *row = document_table_find(memory_tx_of(tx)->state.tables[kind], key);

	(void)reterr;
	*ret_n = row ? row->doc.n_refs : 0;
	*ret = FF_ARENA_ARRAY(arena, struct document_ref, *ret_n);
	for (uint32_t i = 0; i < *ret_n; i++)
		(*ret)[i] = (struct document_ref){
			.to_kind = row->doc.refs[i].to_kind,
			.to_key = ff_arena_str(arena, row->doc.refs[i].to_key),
			.part = ff_arena_str(arena, row->doc.refs[i].part),
		};
	return FF_OK;
}
