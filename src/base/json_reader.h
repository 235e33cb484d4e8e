/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_reader.h - a strict, one-pass pull reader of JSON (RFC 8259) over bytes in memory. No tree.
 *
 * Refused, each with the byte it was found at: duplicate member names (after unescaping), bad UTF-8, NUL (also \u0000),
 * lone surrogates, control characters in strings, numbers out of the range of a double, anything behind the document,
 * more than `max_depth` levels. Strings without escapes are borrowed from the input, others are unescaped into the
 * arena. Agrees with jansson (JSON_REJECT_DUPLICATES) on what is valid; fuzzed against it.
 *
 *     json_reader_init(&r, body, arena, JSON_READER_DEPTH_MAX);
 *     if (json_reader_next(&r) != JSON_TOKEN_OBJECT)
 *         return json_reader_fail(&r, FF_EMALFORMED, reterr, "the body must be an object");
 *     while ((token = json_reader_next(&r)) == JSON_TOKEN_NAME)
 *         … each name is followed by its value: read it, or json_reader_skip it …
 *     if (token == JSON_TOKEN_ERROR || json_reader_next(&r) != JSON_TOKEN_END)
 *         return json_reader_fail(&r, FF_EPARSE, reterr, "…");     (a syntax error keeps its own words)
 *
 * Time and memory are linear in the input, however it is made: names are compared by seeded hash, and by bytes where
 * hashes agree. Ordinary input allocates nothing.
 */
#ifndef FF_BASE_JSON_READER_H
#define FF_BASE_JSON_READER_H

#include "base/err.h"

enum json_token {
	JSON_TOKEN_ERROR, /* json_reader_fail says what and where; every later token is the same */
	JSON_TOKEN_OBJECT,
	JSON_TOKEN_OBJECT_END,
	JSON_TOKEN_ARRAY,
	JSON_TOKEN_ARRAY_END,
	JSON_TOKEN_NAME, /* a member's name; its value follows */
	JSON_TOKEN_STRING,
	JSON_TOKEN_NUMBER,
	JSON_TOKEN_TRUE,
	JSON_TOKEN_FALSE,
	JSON_TOKEN_NULL,
	JSON_TOKEN_END, /* the document is complete */
};

enum { JSON_READER_DEPTH_MAX = 64 };

enum { JSON_READER_NAMES = 32 }; /* held without asking the arena */

/* A member name of an object that is still open. */
struct json_name {
	uint64_t hash;
	ff_str name;
};

/* An object or array that is still open. */
struct json_level {
	uint32_t first;  /* objects: its first name in `names` */
	uint32_t count;  /* arrays: elements begun */
	uint32_t *index; /* objects of many members: hash table of places in `names`, from 1; else NULL */
	uint32_t mask;
	bool object;
};

/* On the caller's stack. Members are the reader's own; callers use the functions. */
struct json_reader {
	/* Not beside `end`: a compiler that loads the two as one waits for the store of the first (20 ns a token). */
	const char *at;
	struct ff_arena *arena;
	const char *begin, *end;
	const char *token; /* first byte of the token returned last */
	ff_str string;
	uint64_t hash;
	double number;
	enum {
		JSON_EXPECT_VALUE,
		JSON_EXPECT_MEMBER_OR_END,
		JSON_EXPECT_ELEMENT_OR_END,
		JSON_EXPECT_MORE,
		JSON_EXPECT_NOTHING,
		JSON_EXPECT_FAILED,
	} expect;
	unsigned depth, max_depth;
	uint32_t n_names, names_cap;
	struct json_name *names; /* of all open levels, innermost last */
	const char *fault_at;    /* once failed: where, and what */
	char fault[120];
	struct json_level levels[JSON_READER_DEPTH_MAX];
	struct json_name own_names[JSON_READER_NAMES];
};

/*
 * Borrows `input` (less than 4 GiB) and `arena`; both must outlive what is read. `max_depth` is at most
 * JSON_READER_DEPTH_MAX.
 */
void json_reader_init(struct json_reader *r, ff_str input, struct ff_arena *arena, unsigned max_depth);

enum json_token json_reader_next(struct json_reader *r);

/* The value that comes next, checked as strictly as if it were read, and forgotten. False on a fault. */
FF_MUST bool json_reader_skip(struct json_reader *r);
/* The same for the rest of a value whose first token, `first`, has been returned (nothing, for a scalar). */
FF_MUST bool json_reader_skip_rest(struct json_reader *r, enum json_token first);

/* Of the last NAME or STRING: UTF-8, no NUL. Lives as long as input and arena. */
static inline ff_str
json_reader_string(const struct json_reader *r)
{
	return r->string;
}

/* ff_map_hash of the last NAME, for a caller that looks it up. */
static inline uint64_t
json_reader_hash(const struct json_reader *r)
{
	return r->hash;
}

/* Of the last NUMBER: what strtod makes of its text. */
static inline double
json_reader_number(const struct json_reader *r)
{
	return r->number;
}

/* Bytes before the token returned last, and bytes read so far. */
static inline size_t
json_reader_offset(const struct json_reader *r)
{
	return (size_t)(r->token - r->begin);
}

static inline size_t
json_reader_consumed(const struct json_reader *r)
{
	return (size_t)(r->at - r->begin);
}

/*
 * What an error says about the token returned last: `what` with " (byte N, /pointer/to/it)" behind it. If the reader
 * itself has failed, its own fault and place are told instead, as FF_EPARSE.
 */
FF_PRINTF(4, 5)
ff_status json_reader_fail(const struct json_reader *r, ff_status status, struct ff_err *reterr, const char *what, ...);

/* "a string", "an object", …: a token's kind, for messages. */
const char *json_token_name(enum json_token t);

/* A JSON number that is the whole of `text`, as the reader reads it. Otherwise false. */
FF_MUST bool json_number_parse(ff_str text, double *ret);

#endif
