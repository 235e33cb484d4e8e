/* SPDX-License-Identifier: Apache-2.0 */
/* json_pointer.h - JSON Pointer (RFC 6901): "" is the whole document, "/a/0" item 0 of member a. */
#ifndef FF_BASE_JSON_POINTER_H
#define FF_BASE_JSON_POINTER_H

#include <jansson.h>

#include "base/arena.h"

enum { JSON_POINTER_INDEX_NONE = UINT32_MAX };

/* `pointer` with one more name (escaped: ~ as ~0, / as ~1) or index; in `arena`. */
ff_str json_pointer_name(ff_str pointer, ff_str name, struct ff_arena *arena);
ff_str json_pointer_index(ff_str pointer, size_t index, struct ff_arena *arena);

/*
 * Takes the first token off *pointer and unescapes it: borrowed where nothing was escaped, else in `arena`. False where
 * *pointer does not start with a "/" or an escape is wrong.
 */
FF_MUST bool json_pointer_next(ff_str *pointer, ff_str *ret_token, struct ff_arena *arena);
/* The index that a token stands for (digits, no leading zero), or JSON_POINTER_INDEX_NONE. */
uint32_t json_pointer_index_of(ff_str token);

/* What is at `pointer`, borrowed; NULL where there is nothing. */
json_t *json_pointer_get(const json_t *doc, ff_str pointer);

/*
 * A place in a document as a chain on the stack, from the inside out: what walks a document carries one along, and only
 * where something is to be said about a place does it become a pointer.
 */
struct json_place {
	const struct json_place *up; /* NULL: the start, and `name` a pointer */
	ff_str name;
	size_t index;
	bool is_item;
};

static inline struct json_place
json_place_start(ff_str pointer)
{
	return (struct json_place){.name = pointer};
}

static inline struct json_place
json_place_member(const struct json_place *up, ff_str name)
{
	return (struct json_place){.up = up, .name = name};
}

static inline struct json_place
json_place_item(const struct json_place *up, size_t index)
{
	return (struct json_place){.up = up, .index = index, .is_item = true};
}

ff_str json_place_pointer(const struct json_place *at, struct ff_arena *arena);

#endif
