/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document.h - how documents become structs: tables of members, places, and faults at them. Internal to the domain.
 *
 * An object is read by a table with a row for each member that it may have. Rows are read in the table's order, so that
 * what others depend on (a flag's variations) comes first, whatever the order in the document; faults are put into the
 * document's order at the end. Readers never stop at a fault: they note it, leave a harmless value and go on.
 */
#ifndef FF_DOMAIN_DOCUMENT_H
#define FF_DOMAIN_DOCUMENT_H

#include "base/json_doc.h"
#include "base/json_pointer.h"
#include "base/map.h"
#include "domain/limits.h"

/* One document being read. */
struct reading {
	struct ff_arena *arena;  /* where what is read lives, and the faults */
	struct ff_arena scratch; /* for what is needed only while reading */
	struct ff_faults *faults;
};

void reading_init(struct reading *r, struct ff_arena *arena, struct ff_faults *faults);
void reading_release(struct reading *r);

FF_PRINTF(3, 4) void document_fault(struct reading *r, const struct json_place *at, const char *fmt, ...);
/* "must be <expected>, not <what it is>". */
void document_fault_kind(struct reading *r, const struct json_place *at, const char *expected, const json_t *json);
/* For other people's text in messages: cut, at a border of characters, to what fits on a line. */
ff_str document_excerpt(ff_str s);

/*
 * Before and after reading a whole document. The first checks its size and depth, which the rest relies on. The last
 * gives FF_EINVALID with all faults, by their places in `doc` (what is missing behind what is there), or FF_OK.
 */
FF_MUST bool reading_start(struct reading *r, const json_t *doc);
FF_MUST ff_status reading_end(struct reading *r, const json_t *doc, const char *what, struct ff_err *reterr);

/* Reads `json` into `field`, which is `offset` bytes into the struct given to document_read_members. */
typedef void member_reader(struct reading *r, const json_t *json, const struct json_place *at, void *field);

struct member {
	ff_str name;
	member_reader *read; /* NULL: set by the server, ignored here */
	size_t offset;
	bool required;
};

enum { DOCUMENT_MEMBERS_MAX = 32 }; /* rows of one table */

/* Faults: no object; a member that is not in the table; a required one that is missing. */
void document_read_members(struct reading *r, const json_t *object, const struct json_place *at,
	const struct member *members, size_t n_members, void *ret);

/* Is `json` a list? A fault where it is not, or where it has more than `max` items. */
bool document_is_list(struct reading *r, const json_t *json, const struct json_place *at, size_t max);

/* A string of `min` to `max` bytes without NUL, copied into the arena. False, with a fault, for anything else. */
bool document_read_string(
	struct reading *r, const json_t *json, const struct json_place *at, size_t min, size_t max, ff_str *ret);

/* Readers for tables. */
member_reader document_read_text;     /* ff_str: up to LIMIT_STRING_BYTES */
member_reader document_read_nonempty; /* ff_str: 1 to LIMIT_STRING_BYTES */
member_reader document_read_key;      /* ff_str: a key (flag.h, key_valid) */
member_reader document_read_bool;     /* bool */
member_reader document_keep;          /* const json_t *: as it stands, for later */

/*
 * Lists of strings (units, tags) in which no string may be twice. One set may go over several lists: `names` has what
 * to call list number i in the message about a string that an earlier list has already; NULL where there is one list.
 */
struct seen_strings {
	struct ff_map map; /* string -> number of its list; in the scratch arena */
	const ff_str *names;
};

struct string_list {
	const ff_str *items;
	uint32_t n;
};

void seen_strings_init(struct seen_strings *set, struct reading *r, const ff_str *names, size_t expected);
/* Reads up to `max` strings of 1 to LIMIT_STRING_BYTES as list number `list` of `set`. */
void document_read_strings(struct reading *r, const json_t *json, const struct json_place *at, size_t max,
	struct seen_strings *set, uint32_t list, struct string_list *ret);
/* The same for a list on its own. */
void document_read_string_list(
	struct reading *r, const json_t *json, const struct json_place *at, size_t max, struct string_list *ret);

/* The list as JSON; a new reference. */
json_t *document_write_strings(const ff_str *items, uint32_t n);

#endif
