/* SPDX-License-Identifier: Apache-2.0 */
/* segment_rules.c - what makes a document a segment. */
#include "domain/segment.h"
#include "usecase/edit.h"
#include "usecase/references.h"

static ff_status
read_segment(struct edit *e, const json_t *candidate, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *normalised = NULL;
	struct segment *s;
	struct ff_err err;
	ff_status status = segment_read(candidate, e->arena, &s, &err);

	if (status == FF_EINVALID)
		edit_take_faults(e, &err);
	else if (status != FF_OK)
		return ff_fail(reterr, status, "%s", err.detail);
	if (e->faults.n)
		return FF_OK;
	normalised = segment_write(s);
	e->after = (struct document){
		.kind = DOCUMENT_SEGMENT,
		.key = s->key,
		.json = json_doc_dump(normalised, e->arena),
		.search =
			ff_arena_printf(e->arena, "%.*s\n%.*s\n%.*s", FF_FMT(s->key), FF_FMT(s->name), FF_FMT(s->description)),
	};
	e->references = segment_references(s, e->arena);
	references_to_store(e);
	return FF_OK;
}

static const char *const fixed[] = {"key", NULL};

const struct document_rules segment_rules = {
	.kind = DOCUMENT_SEGMENT,
	.noun = "segment",
	.fixed = fixed,
	.not_found = FF_ESEGMENTNOTFOUND,
	.in_use = FF_ESEGMENTINUSE,
	.read = read_segment,
};
