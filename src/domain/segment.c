/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/segment.h"

#include "domain/condition_impl.h"

/* A segment as it stands in the document. */
struct segment_document {
	struct segment segment;
	const json_t *when;
	struct string_list included, excluded;
};

static void
read_units(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	document_read_string_list(r, json, at, LIMIT_UNITS, field);
}

static const struct member segment_members[] = {
	{FF_STR("key"), document_read_key, offsetof(struct segment_document, segment.key), true},
	{FF_STR("name"), document_read_text, offsetof(struct segment_document, segment.name), false},
	{FF_STR("description"), document_read_text, offsetof(struct segment_document, segment.description), false},
	{FF_STR("included"), read_units, offsetof(struct segment_document, included), false},
	{FF_STR("excluded"), read_units, offsetof(struct segment_document, excluded), false},
	{FF_STR("when"), document_keep, offsetof(struct segment_document, when), false},
	{FF_STR("version"), NULL, 0, false},
	{FF_STR("revision"), NULL, 0, false},
	{FF_STR("createdAt"), NULL, 0, false},
	{FF_STR("updatedAt"), NULL, 0, false},
};

struct own_use {
	struct reading *r;
	ff_str key;
};

static void
fault_own_use(void *arg, ff_str segment, const struct json_place *at)
{
	const struct own_use *own = arg;

	if (segment.n && ff_str_eq(segment, own->key))
		document_fault(own->r, at, "is a cycle: %.*s uses itself", FF_FMT(segment));
}

static struct segment *
read_document(struct reading *r, const json_t *doc)
{
	struct segment_document *d = FF_ARENA_NEW(r->arena, struct segment_document);
	struct json_place start = json_place_start(FF_STR("")), when_at = json_place_member(&start, FF_STR("when"));
	struct segment *s = &d->segment;

	document_read_members(r, doc, &start, segment_members, FF_COUNT(segment_members), d);
	s->included = d->included.items;
	s->n_included = d->included.n;
	s->excluded = d->excluded.items;
	s->n_excluded = d->excluded.n;
	if (s->n_included + s->n_excluded > LIMIT_UNITS)
		document_fault(r, &start, "lists %u units in \"included\" and \"excluded\" together, at most %d",
			s->n_included + s->n_excluded, LIMIT_UNITS);
	/* null: no condition, as if left out. */
	if (d->when && !json_is_null(d->when)) {
		s->when = condition_read_at(r, d->when, &when_at);
		condition_each_segment(s->when, &when_at, fault_own_use, &(struct own_use){r, s->key});
	}
	return s;
}

ff_status
segment_read(const json_t *doc, struct ff_arena *arena, struct segment **ret, struct ff_err *reterr)
{
	FF_CLEANUP(reading_release) struct reading r;
	struct segment *s = NULL;
	struct ff_faults faults;

	ff_faults_init(&faults, arena);
	reading_init(&r, arena, &faults);
	if (reading_start(&r, doc))
		s = read_document(&r, doc);
	FF_TRY(reading_end(&r, doc, "the segment", reterr));
	*ret = s;
	return FF_OK;
}

json_t *
segment_write(const struct segment *s)
{
	json_t *doc = json_object();

	json_doc_set(doc, FF_STR("key"), json_doc_new_str(s->key));
	json_doc_set(doc, FF_STR("name"), json_doc_new_str(s->name));
	json_doc_set(doc, FF_STR("description"), json_doc_new_str(s->description));
	json_doc_set(doc, FF_STR("included"), document_write_strings(s->included, s->n_included));
	json_doc_set(doc, FF_STR("excluded"), document_write_strings(s->excluded, s->n_excluded));
	if (s->when)
		json_doc_set(doc, FF_STR("when"), condition_write(s->when));
	return doc;
}
