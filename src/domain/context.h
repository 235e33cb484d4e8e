/* SPDX-License-Identifier: Apache-2.0 */
/*
 * context.h - what a caller tells about its user, laid out for one schema.
 *
 * Values are in slots that the compiler numbered. Strings are borrowed from what was read (or from the arena, where an
 * escape had to be resolved) and live as long as both.
 */
#ifndef FF_DOMAIN_CONTEXT_H
#define FF_DOMAIN_CONTEXT_H

#include "base/json_reader.h"
#include "domain/schema.h"
#include "domain/value.h"

struct context {
	const struct schema *schema;
	struct ff_arena *arena;
	ff_str unit;           /* userID; n == 0: missing */
	struct value *values;  /* schema->n_slots of them */
	unsigned n_attributes; /* seen so far, against LIMIT_CONTEXT_ATTRIBUTES */
	size_t n_bytes;        /* of the text of the attributes read, at most LIMIT_CONTEXT_BYTES */
	bool *literal;         /* by slot: given by its dotted name, which wins over nested objects; NULL: none was */
};

/* An empty context. Allocates its slots in `arena` and nothing else. */
void context_init(struct context *c, const struct schema *schema, struct ff_arena *arena);
/* The unit; also what conditions on the attribute `userID` see. Borrowed. */
void context_set_unit(struct context *c, ff_str unit);

/*
 * Reads the JSON object (or null: an empty one) that `r` stands before into the slots. Attributes called `userID` or
 * `$now` are ignored. Nested objects are addressed by dotted names, LIMIT_ATTRIBUTE_DEPTH deep; an attribute that
 * literally bears the dotted name wins. `null` is missing. A nested name that has a dot in it cannot be addressed.
 * Everything skipped is still checked: FF_EPARSE for bad JSON, FF_EMALFORMED for no object or a limit passed, both with
 * the place.
 */
FF_MUST ff_status context_read_attributes(struct context *c, struct json_reader *r, struct ff_err *reterr);

/*
 * One attribute by its literal or dotted name; false past LIMIT_CONTEXT_ATTRIBUTES. `userID` and `$now` are ignored.
 * Borrowed.
 */
bool context_set_string(struct context *c, ff_str name, ff_str value);
bool context_set_number(struct context *c, ff_str name, double value);
bool context_set_boolean(struct context *c, ff_str name, bool value);

#endif
