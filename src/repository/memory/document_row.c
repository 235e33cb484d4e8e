/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/memory/document_row.h"

#include <stdlib.h>

/* Lays a document out in one block. Run twice: without a block to measure it, then with one. */
struct packer {
	char *p; /* NULL while measuring */
	size_t n;
};

static void *
pack_room(struct packer *k, size_t size, size_t align)
{
	char *at;

	k->n = (k->n + align - 1) & ~(align - 1);
	at = k->p ? k->p + k->n : NULL;
	k->n += size;
	return at;
}

static ff_str
pack_str(struct packer *k, ff_str s)
{
	char *to = pack_room(k, s.n, 1);

	if (to && s.n)
		memcpy(to, s.p, s.n);
	return ff_str_of(to, s.n);
}

static void
pack_parts(struct packer *k, const struct document *d, struct document *to)
{
	struct document_part *parts = pack_room(k, d->n_parts * sizeof *parts, _Alignof(struct document_part));

	for (uint32_t i = 0; i < d->n_parts; i++) {
		struct document_part part = {
			.name = pack_str(k, d->parts[i].name),
			.version = d->parts[i].version,
			.json = d->parts[i].json.n ? pack_str(k, d->parts[i].json) : (ff_str){NULL, 0},
		};

		if (parts)
			parts[i] = part;
	}
	to->parts = parts;
}

static void
pack_search(struct packer *k, const struct document *d, struct document *to)
{
	ff_str *tags = pack_room(k, d->n_tags * sizeof *tags, _Alignof(ff_str));
	struct document_ref *refs = pack_room(k, d->n_refs * sizeof *refs, _Alignof(struct document_ref));

	for (uint32_t i = 0; i < d->n_tags; i++) {
		ff_str tag = pack_str(k, d->tags[i]);

		if (tags)
			tags[i] = tag;
	}
	for (uint32_t i = 0; i < d->n_refs; i++) {
		struct document_ref ref = {
			.to_kind = d->refs[i].to_kind,
			.to_key = pack_str(k, d->refs[i].to_key),
			.part = pack_str(k, d->refs[i].part),
		};

		if (refs)
			refs[i] = ref;
	}
	to->search = pack_str(k, d->search);
	to->secret_sha256 = pack_str(k, d->secret_sha256);
	to->tags = tags;
	to->refs = refs;
}

static void
pack_document(struct packer *k, const struct document *d, struct document *to)
{
	*to = *d;
	to->key = pack_str(k, d->key);
	to->json = pack_str(k, d->json);
	pack_parts(k, d, to);
	pack_search(k, d, to);
}

struct document_row *
document_row_new(const struct document *d, bool deleted)
{
	struct document measured;
	struct packer k = {.n = sizeof(struct document_row)};
	struct document_row *row;

	pack_document(&k, d, &measured);
	row = ff_xcalloc(1, k.n);
	atomic_init(&row->refs, 1);
	row->deleted = deleted;
	k = (struct packer){.p = (char *)row, .n = sizeof *row};
	pack_document(&k, d, &row->doc);
	return row;
}

void
document_row_read(const struct document_row *row, const ff_str *part, struct ff_arena *arena, struct document *ret)
{
	const struct document *d = &row->doc;

	*ret = (struct document){
		.kind = d->kind,
		.key = ff_arena_str(arena, d->key),
		.version = d->version,
		.revision = d->revision,
		.created_at = d->created_at,
		.updated_at = d->updated_at,
		.json = ff_arena_str(arena, d->json),
		.parts = FF_ARENA_ARRAY(arena, struct document_part, d->n_parts),
	};
	for (uint32_t i = 0; i < d->n_parts; i++) {
		const struct document_part *p = &d->parts[i];

		if (p->json.n == 0 || (part && !ff_str_eq(p->name, *part)))
			continue;
		ret->parts[ret->n_parts++] = (struct document_part){
			.name = ff_arena_str(arena, p->name),
			.version = p->version,
			.json = ff_arena_str(arena, p->json),
		};
	}
}

static bool
has_tag(const struct document *d, ff_str tag)
{
	for (uint32_t i = 0; i < d->n_tags; i++)
		if (ff_str_eq(d->tags[i], tag))
			return true;
	return false;
}

bool
document_row_matches(const struct document_row *row, const struct document_query *query)
{
	const struct document *d = &row->doc;

	if (row->deleted || (query->archived != ARCHIVED_ANY && d->archived != (query->archived == ARCHIVED_YES)))
		return false;
	return (query->tag.n == 0 || has_tag(d, query->tag)) && ff_str_contains(d->search, query->q);
}

const struct document_part *
document_row_part(const struct document_row *row, ff_str name)
{
	for (uint32_t i = 0; i < row->doc.n_parts; i++)
		if (ff_str_eq(row->doc.parts[i].name, name))
			return &row->doc.parts[i];
	return NULL;
}

static int
part_cmp(const void *a, const void *b)
{
	return ff_str_cmp(((const struct document_part *)a)->name, ((const struct document_part *)b)->name);
}

void
document_parts_sort(struct document_part *parts, uint32_t n)
{
	if (n)
		qsort(parts, n, sizeof *parts, part_cmp);
}

static void
row_unref(struct document_row *row)
{
	if (atomic_fetch_sub(&row->refs, 1) == 1)
		free(row);
}

void
document_row_unrefp(struct document_row **row)
{
	if (*row)
		row_unref(*row);
}

struct document_table *
document_table_new(void)
{
	struct document_table *t = ff_xcalloc(1, sizeof *t);

	atomic_init(&t->refs, 1);
	return t;
}

struct document_table *
document_table_ref(struct document_table *t)
{
	atomic_fetch_add(&t->refs, 1);
	return t;
}

void
document_table_unref(struct document_table *t)
{
	if (atomic_fetch_sub(&t->refs, 1) != 1)
		return;
	for (uint32_t i = 0; i < t->n; i++)
		row_unref(t->rows[i]);
	free(t->rows);
	free(t);
}

void
document_table_own(struct document_table **t)
{
	struct document_table *old = *t, *own;

	if (atomic_load(&old->refs) == 1)
		return;
	own = document_table_new();
	own->n = own->cap = old->n;
	own->rows = ff_xcalloc(own->cap, sizeof(struct document_row *));
	for (uint32_t i = 0; i < own->n; i++) {
		own->rows[i] = old->rows[i];
		atomic_fetch_add(&own->rows[i]->refs, 1);
	}
	document_table_unref(old);
	*t = own;
}

uint32_t
document_table_from(const struct document_table *t, ff_str key)
{
	uint32_t low = 0, high = t->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (ff_str_cmp(t->rows[mid]->doc.key, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct document_row *
document_table_find(const struct document_table *t, ff_str key)
{
	uint32_t i = document_table_from(t, key);

	return i < t->n && ff_str_eq(t->rows[i]->doc.key, key) ? t->rows[i] : NULL;
}

void
document_table_drop(struct document_table *t, uint32_t i)
{
	row_unref(t->rows[i]);
	t->n--;
	memmove(t->rows + i, t->rows + i + 1, (t->n - i) * sizeof(struct document_row *));
}

void
document_table_set(struct document_table *t, struct document_row *row)
{
	uint32_t i = document_table_from(t, row->doc.key);

	if (i < t->n && ff_str_eq(t->rows[i]->doc.key, row->doc.key)) {
		row_unref(t->rows[i]);
		t->rows[i] = row;
		return;
	}
	if (t->n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 16;
		t->rows = ff_xrealloc(t->rows, t->cap * sizeof(struct document_row *));
	}
	memmove(t->rows + i + 1, t->rows + i, (t->n - i) * sizeof(struct document_row *));
	t->rows[i] = row;
	t->n++;
}
