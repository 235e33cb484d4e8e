/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_reader.h - a strict, one-pass pull reader of JSON (RFC 8259) over bytes in memory. No tree.
 *
 * Refused, each with the byte it was found at: duplicate member names (after unescaping), bad UTF-8, NUL (also \u0000),
 * lone surrogates, control characters in strings, numbers out of the range of a double, anything behind the document,
 * more than `max_depth` levels. Strings without escapes are borrowed from the input, others are unescaped into the
 * arena. Agrees with jansson (JSON_REJECT_DUPLICATES) on what is valid; fuzzed against it.
 */
#ifndef FF_BASE_JSON_READER_H
#define FF_BASE_JSON_READER_H

#include "base/err.h"

enum json_token {
	JSON_TOKEN_ERROR, /* reader->err says what and where; every later token is the same */
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

struct json_reader; /* defined below by its implementation; callers use the functions */

#endif
