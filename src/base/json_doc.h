/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_doc.h - JSON documents as jansson trees: strict parsing, and text of our own.
 *
 * Trees are jansson's: json_t is reference counted, `FF_CLEANUP(json_decrefp) json_t *` drops a reference at the end
 * of a block. Functions called new or that return `json_t *` through `ret` give the caller a reference; the others
 * borrow. What a tree is made of never has NUL in a string, and what json_doc_parse returns is at most
 * JSON_DOC_DEPTH_MAX deep, so that recursion over it is bounded.
 *
 * Text is written here rather than by jansson because numbers have to keep their kind and value: an integer without a
 * point, a real as the shortest text that reads back as the same double, always with a point or an exponent.
 */
#ifndef FF_BASE_JSON_DOC_H
#define FF_BASE_JSON_DOC_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

enum {
	JSON_DOC_DEPTH_MAX = 64,       /* levels of objects and arrays */
	JSON_DOC_BYTES_MAX = 64 << 20, /* of text; an export of a whole tenant is one document */
};

/*
 * Any JSON value, the whole of `text`. FF_EPARSE for what is not JSON (RFC 8259) in UTF-8, and for duplicate member
 * names, NUL, lone surrogates, numbers out of range and too many levels; the detail says what and where (line, column,
 * byte). FF_ETOOLARGE past JSON_DOC_BYTES_MAX.
 */
FF_MUST ff_status json_doc_parse(ff_str text, json_t **ret, struct ff_err *reterr);

/* Appends compact text; members in the order in which they were added. */
void json_doc_write(const json_t *json, struct ff_buf *out);
/* The same as a string in `arena`. */
ff_str json_doc_dump(const json_t *json, struct ff_arena *arena);
/* With the members of each object sorted by name (memcmp): equal documents give equal text. */
ff_str json_doc_dump_sorted(const json_t *json, struct ff_arena *arena);

/* Has `json` more than `levels` levels of objects and arrays? A scalar has none. */
bool json_doc_deeper(const json_t *json, unsigned levels);

/* About how many bytes its text has: for comparing and for budgets. */
size_t json_doc_weight(const json_t *json);

/* "an object", "a string", …: for messages. */
const char *json_doc_kind(const json_t *json);

/* The text of a string; borrowed. */
static inline ff_str
json_doc_str(const json_t *string)
{
	return ff_str_of(json_string_value(string), json_string_length(string));
}

/* A copy that shares nothing; a new reference. */
json_t *json_doc_copy(const json_t *json);
/* A new string; `s` is UTF-8. */
json_t *json_doc_new_str(ff_str s);
/* Sets a member; takes the reference to `value`. `name` is UTF-8 without NUL. */
void json_doc_set(json_t *object, ff_str name, json_t *value);
/* Appends an item; takes the reference to `value`. */
void json_doc_append(json_t *array, json_t *value);

/* Walks the members of an object in their order: `const char *name`, `size_t name_n`, `json_t *value`. */
#define json_doc_each(object, name, name_n, value) json_object_keylen_foreach((json_t *)(object), name, name_n, value)

#endif
