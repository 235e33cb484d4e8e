/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"
#include "repository/postgres/transaction.h"

static ff_status
parse_kind(ff_str name, enum document_kind *ret, struct ff_err *reterr)
{
	if (!document_kind_parse(name, ret))
		return ff_fail(reterr, FF_ESTORAGE, "the database holds a kind \"%.*s\", which is none", FF_FMT(name));
	return FF_OK;
}

/* Rows of one document come together. */
static void
add_naming(struct document_ref_list *list, enum document_kind kind, ff_str key, ff_str part, struct ff_arena *arena)
{
	struct document *from = list->n ? &list->from[list->n - 1] : NULL;

	if (!from || from->kind != kind || !ff_str_eq(from->key, key)) {
		list->from = repository_more(arena, list->from, list->n, sizeof *list->from);
		from = &list->from[list->n++];
		*from = (struct document){.kind = kind, .key = ff_arena_str(arena, key)};
	}
	if (part.n == 0)
		return;
	from->parts = repository_more(arena, from->parts, from->n_parts, sizeof *from->parts);
	from->parts[from->n_parts++] = (struct document_part){.name = ff_arena_str(arena, part)};
}

ff_status
pg_used_by(struct repository_tx *super, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document_ref_list *ret, struct ff_err *reterr)
{
	struct pg_tx *tx = pg_tx_of(super);
	struct document_ref_list list = {0};
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	FF_TRY(pg_query(tx->connection, SQL_USED_BY, kind, SQL_ARGS(SQL_INT(tx->tenant), SQL_KIND(kind), SQL_TEXT(key)),
		&rows, reterr));
	while (pg_next(&rows)) {
		enum document_kind from;

		FF_TRY(parse_kind(pg_text(&rows, 0), &from, reterr));
		add_naming(&list, from, pg_text(&rows, 1), pg_text(&rows, 2), arena);
	}
	*ret = list;
	return FF_OK;
}

ff_status
pg_uses(struct repository_tx *super, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document_ref **ret, uint32_t *ret_n, struct ff_err *reterr)
{
	struct pg_tx *tx = pg_tx_of(super);
	struct document_ref *refs = NULL;
	uint32_t n = 0;
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	FF_TRY(pg_query(
		tx->connection, SQL_USES, kind, SQL_ARGS(SQL_INT(tx->tenant), SQL_KIND(kind), SQL_TEXT(key)), &rows, reterr));
	while (pg_next(&rows)) {
		refs = repository_more(arena, refs, n, sizeof *refs);
		FF_TRY(parse_kind(pg_text(&rows, 0), &refs[n].to_kind, reterr));
		refs[n].to_key = ff_arena_str(arena, pg_text(&rows, 1));
		refs[n++].part = ff_arena_str(arena, pg_text(&rows, 2));
	}
	*ret = refs;
	*ret_n = n;
	return FF_OK;
}
