/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_doc.h"

#include <math.h>
#include <stdlib.h>

#include "base/json_number.h"
#include "base/utf8.h"

/*
 * The byte behind the bracket that opens one level too many, or 0. What is not JSON may be miscounted here; it is
 * refused by the parser anyway, whose own limit on levels is far higher.
 */
static size_t
find_too_deep(ff_str text)
{
	unsigned depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '[' || c == '{') {
			if (++depth > JSON_DOC_DEPTH_MAX)
				return i + 1;
		} else if ((c == ']' || c == '}') && depth) {
			depth--;
		}
	}
	return 0;
}

/* Counts as jansson does: characters from 0, in a line from 1, up to and with the byte before `end`. */
static ff_status
fail_at(ff_str text, size_t end, const char *what, struct ff_err *reterr)
{
	size_t line = 1, column = 0;

	for (size_t i = 0; i < end; i++) {
		bool continues = ((unsigned char)text.p[i] & 0xC0) == 0x80;

		if (text.p[i] == '\n') {
			line++;
			column = 0;
		} else if (!continues) {
			column++;
		}
	}
	return ff_fail(reterr, FF_EPARSE, "%s at line %zu, column %zu (byte %zu)", what, line, column, end);
}

static ff_status
fail_parse(const json_error_t *error, struct ff_err *reterr)
{
	enum json_error_code code = json_error_code(error);
	bool nul = code == json_error_null_character || code == json_error_null_byte_in_key;
	ff_str text = nul ? FF_STR("NUL is not allowed") : ff_str_z(error->text);
	ff_str what, near;

	/* jansson quotes what it has read so far, which may end in the middle of a character. */
	if (!utf8_valid(text) && ff_str_cut(text, '\'', &what, &near))
		text = ff_str_ends(what, FF_STR(" near ")) ? ff_str_of(what.p, what.n - strlen(" near ")) : what;
	return ff_fail(reterr, FF_EPARSE, "%.*s at line %d, column %d (byte %d)", FF_FMT(text), error->line, error->column,
		error->position);
}

ff_status
json_doc_parse(ff_str text, json_t **ret, struct ff_err *reterr)
{
	const char *nul = text.n ? memchr(text.p, '\0', text.n) : NULL;
	json_error_t error;
	size_t too_deep;
	json_t *json;

	if (text.n > JSON_DOC_BYTES_MAX)
		return ff_fail(
			reterr, FF_ETOOLARGE, "the document is %zu bytes, at most %d are read", text.n, JSON_DOC_BYTES_MAX);
	/* jansson overlooks a NUL behind a number. */
	if (nul)
		return fail_at(text, (size_t)(nul - text.p) + 1, "NUL is not allowed", reterr);
	too_deep = find_too_deep(text);
	if (too_deep)
		return fail_at(text, too_deep, "too many levels", reterr);
	json = json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!json)
		return fail_parse(&error, reterr);
	*ret = json;
	return FF_OK;
}

static void
write_real(double value, struct ff_buf *out)
{
	char digits[JSON_NUMBER_BYTES];
	ff_str text = json_number_format(value, digits);

	if (value == 0 && signbit(value))
		ff_buf_char(out, '-');
	ff_buf_str_put(out, text);
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '.' || text.p[i] == 'e')
			return;
	ff_buf_lit(out, ".0");
}

static void
write_integer(json_int_t value, struct ff_buf *out)
{
	if (value < 0)
		ff_buf_char(out, '-');
	ff_buf_u64(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

struct member {
	ff_str name;
	const json_t *value;
};

static int
compare_members(const void *a, const void *b)
{
	return ff_str_cmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static void write_value(const json_t *json, bool sorted, struct ff_buf *out);

static void
write_member(size_t i, ff_str name, const json_t *value, bool sorted, struct ff_buf *out)
{
	if (i)
		ff_buf_char(out, ',');
	ff_buf_json_str(out, name);
	ff_buf_char(out, ':');
	write_value(value, sorted, out);
}

static void
write_sorted_members(const json_t *object, struct ff_buf *out)
{
	FF_CLEANUP(ff_freep) struct member *members = ff_xcalloc(json_object_size(object), sizeof *members);
	size_t n = 0, name_n;
	const char *name;
	json_t *value;

	json_doc_each (object, name, name_n, value)
		members[n++] = (struct member){ff_str_of(name, name_n), value};
	qsort(members, n, sizeof *members, compare_members);
	for (size_t i = 0; i < n; i++)
		write_member(i, members[i].name, members[i].value, true, out);
}

static void
write_object(const json_t *object, bool sorted, struct ff_buf *out)
{
	size_t i = 0, name_n;
	const char *name;
	json_t *value;

	ff_buf_char(out, '{');
	if (sorted) {
		write_sorted_members(object, out);
	} else {
		json_doc_each (object, name, name_n, value)
			write_member(i++, ff_str_of(name, name_n), value, false, out);
	}
	ff_buf_char(out, '}');
}

static void
write_array(const json_t *array, bool sorted, struct ff_buf *out)
{
	ff_buf_char(out, '[');
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (i)
			ff_buf_char(out, ',');
		write_value(json_array_get(array, i), sorted, out);
	}
	ff_buf_char(out, ']');
}

static void
write_value(const json_t *json, bool sorted, struct ff_buf *out)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		write_object(json, sorted, out);
		return;
	case JSON_ARRAY:
		write_array(json, sorted, out);
		return;
	case JSON_STRING:
		ff_buf_json_str(out, json_doc_str(json));
		return;
	case JSON_INTEGER:
		write_integer(json_integer_value(json), out);
		return;
	case JSON_REAL:
		write_real(json_real_value(json), out);
		return;
	case JSON_TRUE:
		ff_buf_lit(out, "true");
		return;
	case JSON_FALSE:
		ff_buf_lit(out, "false");
		return;
	case JSON_NULL:
		ff_buf_lit(out, "null");
		return;
	}
}

void
json_doc_write(const json_t *json, struct ff_buf *out)
{
	write_value(json, false, out);
}

static ff_str
dump(const json_t *json, bool sorted, struct ff_arena *arena)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf text;

	ff_buf_init(&text, SIZE_MAX);
	write_value(json, sorted, &text);
	return ff_arena_str(arena, ff_buf_str(&text));
}

ff_str
json_doc_dump(const json_t *json, struct ff_arena *arena)
{
	return dump(json, false, arena);
}

ff_str
json_doc_dump_sorted(const json_t *json, struct ff_arena *arena)
{
	return dump(json, true, arena);
}

bool
json_doc_deeper(const json_t *json, unsigned levels)
{
	const char *name;
	json_t *value;

	if (!json_is_object(json) && !json_is_array(json))
		return false;
	if (levels == 0)
		return true;
	for (size_t i = 0; i < json_array_size(json); i++)
		if (json_doc_deeper(json_array_get(json, i), levels - 1))
			return true;
	json_object_foreach ((json_t *)json, name, value)
		if (json_doc_deeper(value, levels - 1))
			return true;
	return false;
}

size_t
json_doc_weight(const json_t *json)
{
	enum { SCALAR = 2, STRING = 3, CONTAINER = 3, NAME = 4 };
	size_t weight = CONTAINER, name_n;
	const char *name;
	json_t *value;

	if (json_is_string(json))
		return json_string_length(json) + STRING;
	if (!json_is_object(json) && !json_is_array(json))
		return SCALAR;
	for (size_t i = 0; i < json_array_size(json); i++)
		weight += json_doc_weight(json_array_get(json, i));
	json_doc_each (json, name, name_n, value)
		weight += name_n + NAME + json_doc_weight(value);
	return weight;
}

const char *
json_doc_kind(const json_t *json)
{
	static const char *const kinds[] = {
		[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "a list",
		[JSON_STRING] = "a string",
		[JSON_INTEGER] = "a number",
		[JSON_REAL] = "a number",
		[JSON_TRUE] = "true",
		[JSON_FALSE] = "false",
		[JSON_NULL] = "null",
	};

	return kinds[json_typeof(json)];
}

json_t *
json_doc_copy(const json_t *json)
{
	json_t *copy = json_deep_copy(json);

	ff_assert(copy);
	return copy;
}

json_t *
json_doc_new_str(ff_str s)
{
	json_t *json = json_stringn(s.n ? s.p : "", s.n);

	ff_assert(json); /* not UTF-8, or out of memory */
	return json;
}

void
json_doc_set(json_t *object, ff_str name, json_t *value)
{
	int failed = json_object_setn_new(object, name.n ? name.p : "", name.n, value);

	ff_assert(!failed);
}

void
json_doc_append(json_t *array, json_t *value)
{
	int failed = json_array_append_new(array, value);

	ff_assert(!failed);
}
