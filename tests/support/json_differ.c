/* SPDX-License-Identifier: Apache-2.0 */
#include "support/json_differ.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/json_reader.h"

/* -0 and 0 differ. */
static uint64_t
bits(double number)
{
	uint64_t u;

	memcpy(&u, &number, sizeof u);
	return u;
}

static const char *compare(struct json_reader *r, enum json_token t, const json_t *value);

static const char *
compare_object(struct json_reader *r, const json_t *object)
{
	enum json_token t;
	size_t n = 0;

	while ((t = json_reader_next(r)) == JSON_TOKEN_NAME) {
		FF_CLEANUP(ff_freep) char *name = ff_str_dupz(json_reader_string(r));
		const json_t *member = json_object_get(object, name);
		const char *difference;

		if (!member)
			return "a member that jansson does not have";
		difference = compare(r, json_reader_next(r), member);
		if (difference)
			return difference;
		n++;
	}
	if (t != JSON_TOKEN_OBJECT_END)
		return "an object does not end";
	return n == json_object_size(object) ? NULL : "the number of members";
}

static const char *
compare_array(struct json_reader *r, const json_t *array)
{
	size_t n = 0;
	enum json_token t;

	while ((t = json_reader_next(r)) != JSON_TOKEN_ARRAY_END) {
		const json_t *element = json_array_get(array, n++);
		const char *difference = element ? compare(r, t, element) : "an element that jansson does not have";

		if (difference)
			return difference;
	}
	return n == json_array_size(array) ? NULL : "the number of elements";
}

static const char *
compare(struct json_reader *r, enum json_token t, const json_t *value)
{
	ff_str string;

	switch (t) {
	case JSON_TOKEN_OBJECT:
		return json_is_object(value) ? compare_object(r, value) : "an object";
	case JSON_TOKEN_ARRAY:
		return json_is_array(value) ? compare_array(r, value) : "an array";
	case JSON_TOKEN_STRING:
		string = ff_str_of(json_string_value(value), json_string_length(value));
		return json_is_string(value) && ff_str_eq(json_reader_string(r), string) ? NULL : "a string";
	case JSON_TOKEN_NUMBER:
		return json_is_real(value) && bits(json_reader_number(r)) == bits(json_real_value(value)) ? NULL : "a number";
	case JSON_TOKEN_TRUE:
		return json_is_true(value) ? NULL : "true";
	case JSON_TOKEN_FALSE:
		return json_is_false(value) ? NULL : "false";
	case JSON_TOKEN_NULL:
		return json_is_null(value) ? NULL : "null";
	case JSON_TOKEN_ERROR:
	case JSON_TOKEN_OBJECT_END:
	case JSON_TOKEN_ARRAY_END:
	case JSON_TOKEN_NAME:
	case JSON_TOKEN_END:
		break;
	}
	return "the reader refuses what jansson takes";
}

/* Skipping has to judge as reading does. */
static bool
skips(ff_str text, struct ff_arena *arena)
{
	struct json_reader r;

	json_reader_init(&r, text, arena, JSON_READER_DEPTH_MAX);
	return json_reader_skip(&r) && json_reader_next(&r) == JSON_TOKEN_END;
}

const char *
json_differ(ff_str text)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	/* jansson's own integers end at 64 bits; the reader has only doubles. */
	const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL;
	/* jansson 2.14 loses a NUL byte behind a number or a word: no JSON text has one anywhere. */
	bool has_nul = text.n && memchr(text.p, '\0', text.n);
	json_t *value = has_nul ? NULL : json_loadb(text.n ? text.p : "", text.n, flags, NULL);
	bool skipped = skips(text, &arena);
	const char *difference = NULL;
	struct json_reader r;
	struct ff_err err = {0};

	json_reader_init(&r, text, &arena, JSON_READER_DEPTH_MAX);
	if (value) {
		difference = compare(&r, json_reader_next(&r), value);
		if (!difference && json_reader_next(&r) != JSON_TOKEN_END)
			difference = "the end of the document";
		if (!difference && !skipped)
			difference = "skipping refuses what reading takes";
		json_reader_fail(&r, FF_EINTERNAL, &err, "no fault of its own");
		if (difference && ff_str_starts(ff_str_z(err.detail), FF_STR("more than ")))
			difference = NULL;
	} else if (skipped) {
		difference = "the reader takes what is not JSON";
	}
	json_decref(value);
	return difference;
}
