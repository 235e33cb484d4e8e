/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/context.h"

#include "domain/limits.h"

enum { LIST_ITEMS_MIN = 8 };

/* A dotted name that grows and shrinks while nested objects are read. */
struct path {
	char text[LIMIT_STRING_BYTES]; /* no schema has a longer name */
	size_t n;
	unsigned names;
};

void
context_init(struct context *c, const struct schema *schema, struct ff_arena *arena)
{
	*c = (struct context){
		.schema = schema, .arena = arena, .values = FF_ARENA_ARRAY(arena, struct value, schema->n_slots)};
}

static struct value
string_value(const struct context *c, const struct schema_attribute *a, ff_str s)
{
	return (struct value){.type = VALUE_STRING,
		.n = (uint32_t)s.n,
		.symbol = a->wants_symbols ? schema_find_symbol(c->schema, s) : 0,
		.string = s.p};
}

void
context_set_unit(struct context *c, ff_str unit)
{
	const struct schema_attribute *a = schema_find(c->schema, FF_STR("userID"));

	c->unit = unit;
	if (a && a->slot != SLOT_NONE)
		c->values[a->slot] = unit.n ? string_value(c, a, unit) : (struct value){.type = VALUE_MISSING};
}

/* Names that the evaluation itself gives a meaning. */
static bool
is_reserved(ff_str name)
{
	return ff_str_eq(name, FF_STR("userID")) || ff_str_eq(name, FF_STR("$now"));
}

static bool
has_dot(ff_str name)
{
	return name.n && memchr(name.p, '.', name.n);
}

/* From here on, what nested objects say about `slot` does not count. */
static void
mark_literal(struct context *c, uint32_t slot)
{
	if (!c->literal)
		c->literal = FF_ARENA_ARRAY(c->arena, bool, c->schema->n_slots);
	c->literal[slot] = true;
}

/* What the token alone says. */
static struct value
token_value(const struct context *c, const struct json_reader *r, const struct schema_attribute *a, enum json_token t)
{
	switch (t) {
	case JSON_TOKEN_STRING:
		return string_value(c, a, json_reader_string(r));
	case JSON_TOKEN_NUMBER:
		return (struct value){.type = VALUE_NUMBER, .number = json_reader_number(r)};
	case JSON_TOKEN_TRUE:
		return (struct value){.type = VALUE_BOOLEAN, .boolean = true};
	case JSON_TOKEN_FALSE:
		return (struct value){.type = VALUE_BOOLEAN, .boolean = false};
	case JSON_TOKEN_OBJECT:
	case JSON_TOKEN_ARRAY:
		return (struct value){.type = VALUE_OBJECT};
	case JSON_TOKEN_NULL:
	case JSON_TOKEN_ERROR:
	case JSON_TOKEN_OBJECT_END:
	case JSON_TOKEN_ARRAY_END:
	case JSON_TOKEN_NAME:
	case JSON_TOKEN_END:
		break;
	}
	return (struct value){.type = VALUE_MISSING};
}

/* The items of a list whose '[' has been read. Their number is bounded by the bytes of a context. */
static bool
read_list(struct context *c, struct json_reader *r, const struct schema_attribute *a, struct value *ret)
{
	struct value *items = NULL;
	uint32_t n = 0, cap = 0;
	enum json_token t;

	while ((t = json_reader_next(r)) != JSON_TOKEN_ARRAY_END) {
		if (n == cap) {
			struct value *grown = ff_arena_alloc(c->arena, (cap ? cap * 2 : LIST_ITEMS_MIN) * sizeof *grown);

			if (n)
				memcpy(grown, items, n * sizeof *grown);
			items = grown;
			cap = cap ? cap * 2 : LIST_ITEMS_MIN;
		}
		items[n++] = token_value(c, r, a, t);
		if (!json_reader_skip_rest(r, t))
			return false;
	}
	*ret = (struct value){.type = VALUE_LIST, .n = n, .items = items};
	return true;
}

/* The rest of a value that began with `t`, into the slot of `a`, or nowhere. */
static bool
read_value(struct context *c, struct json_reader *r, const struct schema_attribute *a, enum json_token t, bool store)
{
	if (store && t == JSON_TOKEN_ARRAY)
		return read_list(c, r, a, &c->values[a->slot]);
	if (store)
		c->values[a->slot] = token_value(c, r, a, t);
	return json_reader_skip_rest(r, t);
}

static bool
path_push(struct path *path, ff_str name)
{
	if (path->names == LIMIT_ATTRIBUTE_DEPTH || name.n + 1 >= sizeof path->text - path->n || has_dot(name))
		return false;
	if (path->names++)
		path->text[path->n++] = '.';
	if (name.n)
		memcpy(path->text + path->n, name.p, name.n);
	path->n += name.n;
	return true;
}

static bool read_members(struct context *c, struct json_reader *r, struct path *path);

/* One member whose name has been read, of the object that `path` leads to. */
static bool
read_member(struct context *c, struct json_reader *r, struct path *path)
{
	const struct schema_attribute *a;
	enum json_token t;
	bool store;

	if (!path_push(path, json_reader_string(r)))
		return json_reader_skip(r);
	a = schema_find(c->schema, ff_str_of(path->text, path->n));
	if (!a)
		return json_reader_skip(r);
	store = a->slot != SLOT_NONE && !(c->literal && c->literal[a->slot]);
	t = json_reader_next(r);
	if (t != JSON_TOKEN_OBJECT || !a->has_children)
		return read_value(c, r, a, t, store);
	if (store)
		c->values[a->slot] = (struct value){.type = VALUE_OBJECT};
	return read_members(c, r, path);
}

/* The members of an object that `path` leads to; its '{' has been read. LIMIT_ATTRIBUTE_DEPTH bounds the recursion. */
static bool
read_members(struct context *c, struct json_reader *r, struct path *path)
{
	const size_t n = path->n;
	const unsigned names = path->names;
	enum json_token t;

	while ((t = json_reader_next(r)) == JSON_TOKEN_NAME) {
		bool ok = read_member(c, r, path);

		path->n = n;
		path->names = names;
		if (!ok)
			return false;
	}
	return t == JSON_TOKEN_OBJECT_END;
}

/* Apart from read_top, so that a context without nested objects does not pay for the path's room on the stack. */
static __attribute__((noinline)) bool
read_nested(struct context *c, struct json_reader *r, ff_str name)
{
	struct path path;

	path.n = 0;
	path.names = 0;
	return path_push(&path, name) ? read_members(c, r, &path) : json_reader_skip_rest(r, JSON_TOKEN_OBJECT);
}

/* One member of `attributes`, whose name has been read. */
static bool
read_top(struct context *c, struct json_reader *r)
{
	const ff_str name = json_reader_string(r);
	const struct schema_attribute *a = schema_find_hashed(c->schema, name, json_reader_hash(r));
	bool store, literal;
	enum json_token t;

	if (!a || is_reserved(name))
		return json_reader_skip(r);
	literal = has_dot(name);
	store = a->slot != SLOT_NONE;
	if (store && literal)
		mark_literal(c, a->slot);
	t = json_reader_next(r);
	/* A name with a dot counts only as it stands; nothing is looked for inside. */
	if (t != JSON_TOKEN_OBJECT || !a->has_children || literal)
		return read_value(c, r, a, t, store);
	if (store)
		c->values[a->slot] = (struct value){.type = VALUE_OBJECT};
	return read_nested(c, r, name);
}

ff_status
context_read_attributes(struct context *c, struct json_reader *r, struct ff_err *reterr)
{
	enum json_token t = json_reader_next(r);
	size_t start = json_reader_offset(r);

	if (t == JSON_TOKEN_NULL)
		return FF_OK;
	if (t != JSON_TOKEN_OBJECT)
		return json_reader_fail(
			r, FF_EMALFORMED, reterr, "the attributes must be an object, not %s", json_token_name(t));
	while ((t = json_reader_next(r)) == JSON_TOKEN_NAME) {
		if (c->n_attributes++ == LIMIT_CONTEXT_ATTRIBUTES)
			return json_reader_fail(r, FF_EMALFORMED, reterr, "more than %d attributes", LIMIT_CONTEXT_ATTRIBUTES);
		if (!read_top(c, r) || json_reader_consumed(r) - start > LIMIT_CONTEXT_BYTES)
			break;
	}
	c->n_bytes = json_reader_consumed(r) - start;
	/* Not at its end, the object has a fault, which the reader tells instead, or is cut here. */
	if (t != JSON_TOKEN_OBJECT_END || c->n_bytes > LIMIT_CONTEXT_BYTES)
		return json_reader_fail(r, FF_EMALFORMED, reterr, "more than %d bytes of attributes", LIMIT_CONTEXT_BYTES);
	return FF_OK;
}

/* Counts an attribute set by name and finds it; *ret is NULL where no flag asks for it. False past the limit. */
static bool
find_to_set(struct context *c, ff_str name, const struct schema_attribute **ret)
{
	const struct schema_attribute *a = is_reserved(name) ? NULL : schema_find(c->schema, name);

	if (c->n_attributes == LIMIT_CONTEXT_ATTRIBUTES)
		return false;
	c->n_attributes++;
	*ret = a && a->slot != SLOT_NONE ? a : NULL;
	if (*ret && has_dot(name))
		mark_literal(c, a->slot);
	return true;
}

bool
context_set_string(struct context *c, ff_str name, ff_str value)
{
	const struct schema_attribute *a;

	if (!find_to_set(c, name, &a))
		return false;
	if (a)
		c->values[a->slot] = string_value(c, a, value);
	return true;
}

bool
context_set_number(struct context *c, ff_str name, double value)
{
	const struct schema_attribute *a;

	if (!find_to_set(c, name, &a))
		return false;
	if (a)
		c->values[a->slot] = (struct value){.type = VALUE_NUMBER, .number = value};
	return true;
}

bool
context_set_boolean(struct context *c, ff_str name, bool value)
{
	const struct schema_attribute *a;

	if (!find_to_set(c, name, &a))
		return false;
	if (a)
		c->values[a->slot] = (struct value){.type = VALUE_BOOLEAN, .boolean = value};
	return true;
}
