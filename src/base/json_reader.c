/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_reader.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/json_scan.h"
#include "base/map.h"
#include "base/utf8.h"

enum {
	LINEAR_NAMES = 16,   /* an object with more members than this gets a hash table */
	POINTER_BYTES = 200, /* of a place in a message; longer ones are cut */
};

void
json_reader_init(struct json_reader *r, ff_str input, struct ff_arena *arena, unsigned max_depth)
{
	ff_assert(input.n < UINT32_MAX && max_depth <= JSON_READER_DEPTH_MAX);
	/* Not zeroed as a whole: the tables are large and begin empty. */
	r->begin = r->at = r->token = input.n ? input.p : "";
	r->end = r->begin + input.n;
	r->arena = arena;
	r->string = (ff_str){NULL, 0};
	r->hash = 0;
	r->number = 0;
	r->expect = JSON_EXPECT_VALUE;
	r->depth = 0;
	r->max_depth = max_depth;
	r->n_names = 0;
	r->names = r->own_names;
	r->names_cap = JSON_READER_NAMES;
}

/* Remembers the first fault. Always JSON_TOKEN_ERROR. */
FF_PRINTF(3, 4)
static enum json_token
fault(struct json_reader *r, const char *at, const char *what, ...)
{
	va_list args;

	va_start(args, what);
	(void)vsnprintf(r->fault, sizeof r->fault, what, args);
	va_end(args);
	r->fault_at = at;
	r->expect = JSON_EXPECT_FAILED;
	return JSON_TOKEN_ERROR;
}

static enum json_token
fault_scan(struct json_reader *r, const struct json_scan *scan)
{
	return fault(r, scan->at, "%s", scan->fault);
}

static enum json_token
fault_unexpected(struct json_reader *r, const char *expected)
{
	unsigned char c;

	if (r->at == r->end)
		return fault(r, r->at, "the document ends where %s is expected", expected);
	c = (unsigned char)*r->at;
	if (c > 0x20 && c < 0x7f)
		return fault(r, r->at, "%s is expected, not '%c'", expected, c);
	return fault(r, r->at, "%s is expected, not the byte 0x%02x", expected, c);
}

static inline void
skip_blanks(struct json_reader *r)
{
	const char *p = r->at;

	while (p < r->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	r->at = p;
}

/* ---- member names of open objects ---- */

static void
grow_names(struct json_reader *r)
{
	struct json_name *names = ff_arena_alloc(r->arena, (size_t)r->names_cap * 2 * sizeof *names);

	memcpy(names, r->names, r->n_names * sizeof *names);
	r->names = names;
	r->names_cap *= 2;
}

/* The place in the index that holds `name`, or is free for it. */
static uint32_t *
index_find(const struct json_reader *r, const struct json_level *level, const struct json_name *name)
{
	for (uint32_t i = (uint32_t)name->hash & level->mask;; i = (i + 1) & level->mask) {
		uint32_t *place = &level->index[i];

		if (*place == 0)
			return place;
		if (r->names[*place - 1].hash == name->hash && ff_str_eq(r->names[*place - 1].name, name->name))
			return place;
	}
}

/* A table of four places a name, for the names that `level` has now. */
static void
index_build(struct json_reader *r, struct json_level *level)
{
	uint32_t size = level->index ? (level->mask + 1) * 2 : 4 * LINEAR_NAMES;

	level->index = FF_ARENA_ARRAY(r->arena, uint32_t, size);
	level->mask = size - 1;
	for (uint32_t i = level->first; i < r->n_names; i++)
		*index_find(r, level, &r->names[i]) = i + 1;
}

/* Is `name` among those of the innermost object? If not, and the object has an index, it is entered there. */
static bool
is_repeated(struct json_reader *r, struct json_level *level, const struct json_name *name)
{
	uint32_t members = r->n_names - level->first;
	uint32_t *place;

	if (members < LINEAR_NAMES) {
		for (uint32_t i = level->first; i < r->n_names; i++)
			if (r->names[i].hash == name->hash && ff_str_eq(r->names[i].name, name->name))
				return true;
		return false;
	}
	if (!level->index || members > level->mask / 2)
		index_build(r, level);
	place = index_find(r, level, name);
	if (*place != 0)
		return true;
	*place = r->n_names + 1;
	return false;
}

/* Adds r->string to the names of the innermost object; false if it is there already (added all the same, so that a
 * message names it). */
static bool
add_name(struct json_reader *r)
{
	struct json_name name = {.hash = ff_map_hash(r->string), .name = r->string};
	bool repeated = is_repeated(r, &r->levels[r->depth - 1], &name);

	r->hash = name.hash;
	if (r->n_names == r->names_cap)
		grow_names(r);
	r->names[r->n_names++] = name;
	return !repeated;
}

/* ---- tokens ---- */

static enum json_token
open_level(struct json_reader *r, bool object)
{
	struct json_level *level;

	if (r->depth == r->max_depth)
		return fault(r, r->at, "more than %u levels of objects and arrays", r->max_depth);
	level = &r->levels[r->depth++];
	level->first = r->n_names;
	level->count = 0;
	level->index = NULL;
	level->object = object;
	r->at++;
	r->expect = object ? JSON_EXPECT_MEMBER_OR_END : JSON_EXPECT_ELEMENT_OR_END;
	return object ? JSON_TOKEN_OBJECT : JSON_TOKEN_ARRAY;
}

static enum json_token
close_level(struct json_reader *r)
{
	const struct json_level *level = &r->levels[--r->depth];

	r->n_names = level->first;
	r->at++;
	r->expect = r->depth ? JSON_EXPECT_MORE : JSON_EXPECT_NOTHING;
	return level->object ? JSON_TOKEN_OBJECT_END : JSON_TOKEN_ARRAY_END;
}

static __attribute__((noinline)) bool
read_any_string(struct json_reader *r)
{
	struct json_scan scan = {.at = r->at, .end = r->end, .arena = r->arena};

	if (!json_scan_string(&scan, &r->string)) {
		fault_scan(r, &scan);
		return false;
	}
	r->at = scan.at;
	return true;
}

/* A string's bytes into r->string; most are plain to their end. */
static inline bool
read_string(struct json_reader *r)
{
	const char *start = r->at + 1, *end = json_scan_plain(start, r->end);

	if (end == r->end || *end != '"')
		return read_any_string(r);
	r->string = ff_str_of(start, (size_t)(end - start));
	r->at = end + 1;
	return true;
}

static enum json_token
read_name(struct json_reader *r)
{
	if (r->at == r->end || *r->at != '"')
		return fault_unexpected(r, "a member name");
	if (!read_string(r))
		return JSON_TOKEN_ERROR;
	if (!add_name(r))
		return fault(r, r->token, "a member name for the second time");
	skip_blanks(r);
	if (r->at == r->end || *r->at != ':')
		return fault_unexpected(r, "':'");
	r->at++;
	r->expect = JSON_EXPECT_VALUE;
	return JSON_TOKEN_NAME;
}

static inline enum json_token
end_scalar(struct json_reader *r, enum json_token token)
{
	r->expect = r->depth ? JSON_EXPECT_MORE : JSON_EXPECT_NOTHING;
	return token;
}

/* Inline, so that its comparison is of a known length. */
static inline enum json_token
read_word(struct json_reader *r, ff_str word, enum json_token token)
{
	if ((size_t)(r->end - r->at) < word.n || memcmp(r->at, word.p, word.n) != 0)
		return fault(r, r->at, "an unknown word");
	r->at += word.n;
	return end_scalar(r, token);
}

static enum json_token
read_number(struct json_reader *r)
{
	struct json_scan scan = {.at = r->at, .end = r->end, .arena = r->arena};

	if (!json_scan_number(&scan, &r->number))
		return fault_scan(r, &scan);
	r->at = scan.at;
	return end_scalar(r, JSON_TOKEN_NUMBER);
}

static enum json_token
read_value(struct json_reader *r)
{
	if (r->depth)
		r->levels[r->depth - 1].count++;
	if (r->at == r->end)
		return fault_unexpected(r, "a value");
	switch (*r->at) {
	case '"':
		return read_string(r) ? end_scalar(r, JSON_TOKEN_STRING) : JSON_TOKEN_ERROR;
	case '{':
		return open_level(r, true);
	case '[':
		return open_level(r, false);
	case 't':
		return read_word(r, FF_STR("true"), JSON_TOKEN_TRUE);
	case 'f':
		return read_word(r, FF_STR("false"), JSON_TOKEN_FALSE);
	case 'n':
		return read_word(r, FF_STR("null"), JSON_TOKEN_NULL);
	case '-':
	case '0' ... '9':
		return read_number(r);
	}
	return fault_unexpected(r, "a value");
}

/* Behind a value inside an object or array: its end, or a comma and what follows it. */
static enum json_token
read_more(struct json_reader *r)
{
	bool object = r->levels[r->depth - 1].object;
	char c = '\0';

	if (r->at < r->end)
		c = *r->at;
	if (c == (object ? '}' : ']'))
		return close_level(r);
	if (c != ',')
		return fault_unexpected(r, object ? "',' or '}'" : "',' or ']'");
	r->at++;
	skip_blanks(r);
	r->token = r->at;
	return object ? read_name(r) : read_value(r);
}

enum json_token
json_reader_next(struct json_reader *r)
{
	skip_blanks(r);
	r->token = r->at;
	switch (r->expect) {
	case JSON_EXPECT_VALUE:
		return read_value(r);
	case JSON_EXPECT_MEMBER_OR_END:
		return r->at < r->end && *r->at == '}' ? close_level(r) : read_name(r);
	case JSON_EXPECT_ELEMENT_OR_END:
		return r->at < r->end && *r->at == ']' ? close_level(r) : read_value(r);
	case JSON_EXPECT_MORE:
		return read_more(r);
	case JSON_EXPECT_NOTHING:
		return r->at == r->end ? JSON_TOKEN_END : fault_unexpected(r, "the end of the document");
	case JSON_EXPECT_FAILED:
		break;
	}
	return JSON_TOKEN_ERROR;
}

bool
json_reader_skip_rest(struct json_reader *r, enum json_token first)
{
	unsigned outside = r->depth - 1;

	if (first != JSON_TOKEN_OBJECT && first != JSON_TOKEN_ARRAY)
		return first != JSON_TOKEN_ERROR;
	while (r->depth > outside)
		if (json_reader_next(r) == JSON_TOKEN_ERROR)
			return false;
	return true;
}

bool
json_reader_skip(struct json_reader *r)
{
	return json_reader_skip_rest(r, json_reader_next(r));
}

/* ---- messages ---- */

const char *
json_token_name(enum json_token t)
{
	static const char *const names[] = {
		[JSON_TOKEN_ERROR] = "a fault",
		[JSON_TOKEN_OBJECT] = "an object",
		[JSON_TOKEN_OBJECT_END] = "the end of an object",
		[JSON_TOKEN_ARRAY] = "a list",
		[JSON_TOKEN_ARRAY_END] = "the end of a list",
		[JSON_TOKEN_NAME] = "a member name",
		[JSON_TOKEN_STRING] = "a string",
		[JSON_TOKEN_NUMBER] = "a number",
		[JSON_TOKEN_TRUE] = "true",
		[JSON_TOKEN_FALSE] = "false",
		[JSON_TOKEN_NULL] = "null",
		[JSON_TOKEN_END] = "the end of the document",
	};

	return names[t];
}

/* Appends to a terminated text, as far as it fits. */
static void
append(char *text, size_t size, ff_str s)
{
	size_t n = strlen(text);

	s = utf8_cut(s, size - 1 - n);
	if (s.n)
		memcpy(text + n, s.p, s.n);
	text[n + s.n] = '\0';
}

/* The JSON Pointer (RFC 6901) of the value read last, from the names and counts of the open levels. */
static void
pointer_of(const struct json_reader *r, char *text, size_t size)
{
	text[0] = '\0';
	for (unsigned i = 0; i < r->depth; i++) {
		const struct json_level *level = &r->levels[i];
		uint32_t names_end = i + 1 < r->depth ? r->levels[i + 1].first : r->n_names;
		char number[16];
		ff_str name;

		if (!level->object) {
			if (level->count == 0)
				break;
			(void)snprintf(number, sizeof number, "/%u", level->count - 1);
			append(text, size, ff_str_z(number));
			continue;
		}
		if (names_end == level->first)
			break;
		name = r->names[names_end - 1].name;
		append(text, size, FF_STR("/"));
		for (size_t from = 0; from < name.n;) {
			size_t n = from;

			while (n < name.n && name.p[n] != '~' && name.p[n] != '/')
				n++;
			append(text, size, ff_str_of(name.p + from, n - from));
			if (n < name.n)
				append(text, size, name.p[n] == '~' ? FF_STR("~0") : FF_STR("~1"));
			from = n + 1;
		}
	}
}

ff_status
json_reader_fail(const struct json_reader *r, ff_status status, struct ff_err *reterr, const char *what, ...)
{
	char text[FF_ERR_DETAIL_MAX / 2], pointer[POINTER_BYTES];
	const char *at = r->token;
	va_list args;

	if (r->expect == JSON_EXPECT_FAILED) {
		(void)snprintf(text, sizeof text, "%s", r->fault);
		at = r->fault_at;
		status = FF_EPARSE;
	} else {
		va_start(args, what);
		(void)vsnprintf(text, sizeof text, what, args);
		va_end(args);
	}
	pointer_of(r, pointer, sizeof pointer);
	return ff_fail(
		reterr, status, "%s at byte %zu%s%s", text, (size_t)(at - r->begin), pointer[0] ? ", in " : "", pointer);
}

bool
json_number_parse(ff_str text, double *ret)
{
	struct json_scan scan = {.at = text.p, .end = text.p + text.n};
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	double number;

	scan.arena = &arena;
	if (text.n == 0 || !json_scan_number(&scan, &number) || scan.at != scan.end)
		return false;
	*ret = number;
	return true;
}
