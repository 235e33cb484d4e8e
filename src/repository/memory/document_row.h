/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document_row.h - documents as the memory store keeps them: rows, and tables of rows by key.
 *
 * A row is immutable, counted, and one block of memory with all its strings. A part without json is the tombstone of
 * one. A table is counted too, and changed only while one state has it (document_table_own copies it first).
 */
#ifndef FF_REPOSITORY_MEMORY_DOCUMENT_ROW_H
#define FF_REPOSITORY_MEMORY_DOCUMENT_ROW_H

#include <stdatomic.h>

#include "repository/repository.h"

struct document_row {
	atomic_uint refs;
	bool deleted;
	struct document doc; /* all of it, its tombstoned parts and search columns too; `search` in lower case */
};

/* A copy of `d`, held once. */
struct document_row *document_row_new(const struct document *d, bool deleted);
/* For FF_CLEANUP. */
void document_row_unrefp(struct document_row **row);
/* What callers of the port see of a row: no tombstoned parts, nothing beside it; `part` NULL: all parts. */
void
document_row_read(const struct document_row *row, const ff_str *part, struct ff_arena *arena, struct document *ret);
/* With query->q in lower case. */
bool document_row_matches(const struct document_row *row, const struct document_query *query);
/* The part of that name, a tombstone too; NULL. */
const struct document_part *document_row_part(const struct document_row *row, ff_str name);

/* By name. */
void document_parts_sort(struct document_part *parts, uint32_t n);

struct document_table {
	atomic_uint refs;
	struct document_row **rows; /* by key */
	uint32_t n, cap;
};

struct document_table *document_table_new(void);
struct document_table *document_table_ref(struct document_table *t);
void document_table_unref(struct document_table *t);
/* Makes *t the caller's alone. */
void document_table_own(struct document_table **t);
/* The first row whose key is not less than `key`: t->n when there is none. */
uint32_t document_table_from(const struct document_table *t, ff_str key);
/* The row of `key`, a tombstone too; NULL. */
const struct document_row *document_table_find(const struct document_table *t, ff_str key);
/* Takes out the row at `i`. The table must be the caller's alone. */
void document_table_drop(struct document_table *t, uint32_t i);
/* Puts `row` in the place of its key, taking the caller's hold of it. The table must be the caller's alone. */
void document_table_set(struct document_table *t, struct document_row *row);

#endif
