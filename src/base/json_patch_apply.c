/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_patch.h"

#include <math.h>

#include "base/json_pointer.h"
#include "base/utf8.h"

enum { EXCERPT_BYTES = 128 };

/* One patch being applied. */
struct application {
	json_t *doc; /* owned */
	struct ff_arena *arena;
	const json_t *op; /* the operation at hand, and its number */
	size_t number;
	size_t bytes, shifts; /* spent of JSON_PATCH_BYTES_MAX and JSON_PATCH_SHIFTS_MAX */
	struct ff_err *reterr;
};

/* Where a path leads. Everything is borrowed from the document, and good until it changes. */
struct target {
	ff_str path;
	json_t *parent; /* NULL: the place is the whole document */
	ff_str name;    /* in an object */
	size_t index;   /* in a list; its size: behind the last item */
	json_t *value;  /* what is there; NULL: nothing */
	unsigned level; /* of the value: 0 for the whole document */
};

/* `member` of the operation at hand is at fault; NULL: the operation as a whole. */
FF_PRINTF(3, 4)
static ff_status
fail_op(struct application *a, const char *member, const char *fmt, ...)
{
	ff_str pointer = json_pointer_index(FF_STR(""), a->number, a->arena);
	struct ff_faults faults;
	va_list args;

	if (member)
		pointer = json_pointer_name(pointer, ff_str_z(member), a->arena);
	ff_faults_init(&faults, a->arena);
	va_start(args, fmt);
	ff_faults_vadd(&faults, pointer, fmt, args);
	va_end(args);
	(void)ff_fail_faults(a->reterr, FF_EINVALID, &faults, "the patch");
	return FF_EINVALID;
}

static ff_str
excerpt(ff_str s)
{
	return utf8_cut(s, EXCERPT_BYTES);
}

/* One step from `t->value` to what `token` names in it. */
static ff_status
step(struct application *a, const char *member, ff_str token, struct target *t)
{
	json_t *parent = t->value;

	if (json_is_object(parent)) {
		t->name = token;
		t->value = json_object_getn(parent, token.p, token.n);
	} else if (json_is_array(parent)) {
		bool behind = ff_str_eq(token, FF_STR("-"));

		t->index = behind ? json_array_size(parent) : json_pointer_index_of(token);
		if (t->index > json_array_size(parent))
			return fail_op(a, member, "\"%.*s\" is no index of a list of %zu items", FF_FMT(excerpt(token)),
				json_array_size(parent));
		t->value = json_array_get(parent, t->index);
	} else {
		return fail_op(a, member, "there is no object or list that could have \"%.*s\"", FF_FMT(excerpt(token)));
	}
	t->parent = parent;
	t->level++;
	return FF_OK;
}

/* Finds the place that `member` ("path", "from") of the operation names; its last step may lead to nothing. */
static ff_status
resolve(struct application *a, const char *member, struct target *ret)
{
	const json_t *path = json_object_get(a->op, member);
	ff_str rest, token;

	*ret = (struct target){.value = a->doc};
	if (!json_is_string(path))
		return fail_op(a, member, path ? "must be a JSON Pointer" : "is required");
	ret->path = rest = json_doc_str(path);
	while (rest.n) {
		if (!json_pointer_next(&rest, &token, a->arena))
			return fail_op(a, member, "\"%.*s\" is no JSON Pointer", FF_FMT(excerpt(ret->path)));
		FF_TRY(step(a, member, token, ret));
	}
	return FF_OK;
}

static ff_status
resolve_existing(struct application *a, const char *member, struct target *ret)
{
	FF_TRY(resolve(a, member, ret));
	if (!ret->value)
		return fail_op(a, member, "there is nothing at \"%.*s\"", FF_FMT(excerpt(ret->path)));
	return FF_OK;
}

/* May `value` be put at `t`? Takes its weight off the budget. */
static ff_status
charge_value(struct application *a, const json_t *value, const struct target *t)
{
	if (t->level > JSON_DOC_DEPTH_MAX || json_doc_deeper(value, JSON_DOC_DEPTH_MAX - t->level))
		return fail_op(a, NULL, "makes more than %d levels", JSON_DOC_DEPTH_MAX);
	a->bytes += json_doc_weight(value);
	if (a->bytes > JSON_PATCH_BYTES_MAX)
		return fail_op(a, NULL, "is one too many: the patch may move and copy %d bytes", JSON_PATCH_BYTES_MAX);
	return FF_OK;
}

/* Items of the list that move when one is put in or taken out at `t`. */
static ff_status
charge_shift(struct application *a, const struct target *t)
{
	a->shifts += json_array_size(t->parent) - t->index;
	if (a->shifts > JSON_PATCH_SHIFTS_MAX)
		return fail_op(
			a, NULL, "is one too many: items of long lists would be moved over %d times", JSON_PATCH_SHIFTS_MAX);
	return FF_OK;
}

static void
set_doc(struct application *a, json_t *value)
{
	json_decref(a->doc);
	a->doc = value;
}

/* Adds at `t`, as the operation "add" means it. Takes the reference to `value`, also on failure. */
static ff_status
put(struct application *a, const struct target *t, json_t *value)
{
	FF_CLEANUP(json_decrefp) json_t *owned = value;
	int failed;

	if (!t->parent) {
		set_doc(a, FF_TAKE(owned));
	} else if (json_is_object(t->parent)) {
		json_doc_set(t->parent, t->name, FF_TAKE(owned));
	} else {
		FF_TRY(charge_shift(a, t));
		failed = json_array_insert_new(t->parent, t->index, FF_TAKE(owned));
		ff_assert(!failed);
	}
	return FF_OK;
}

static ff_status
take_out(struct application *a, const char *member, const struct target *t)
{
	int failed;

	if (!t->parent)
		return fail_op(a, member, "the whole document cannot be taken away");
	if (json_is_object(t->parent)) {
		failed = json_object_deln(t->parent, t->name.p, t->name.n);
	} else {
		FF_TRY(charge_shift(a, t));
		failed = json_array_remove(t->parent, t->index);
	}
	ff_assert(!failed);
	return FF_OK;
}

static ff_status
find_value(struct application *a, const json_t **ret)
{
	*ret = json_object_get(a->op, "value");
	return *ret ? FF_OK : fail_op(a, "value", "is required");
}

static ff_status
op_add(struct application *a)
{
	const json_t *value;
	struct target t;

	FF_TRY(resolve(a, "path", &t));
	FF_TRY(find_value(a, &value));
	FF_TRY(charge_value(a, value, &t));
	return put(a, &t, json_doc_copy(value));
}

static ff_status
op_remove(struct application *a)
{
	struct target t;

	FF_TRY(resolve_existing(a, "path", &t));
	return take_out(a, "path", &t);
}

static ff_status
op_replace(struct application *a)
{
	const json_t *value;
	struct target t;
	int failed;

	FF_TRY(resolve_existing(a, "path", &t));
	FF_TRY(find_value(a, &value));
	FF_TRY(charge_value(a, value, &t));
	if (!json_is_array(t.parent))
		return put(a, &t, json_doc_copy(value));
	failed = json_array_set_new(t.parent, t.index, json_doc_copy(value));
	ff_assert(!failed);
	return FF_OK;
}

static ff_status
op_move(struct application *a)
{
	FF_CLEANUP(json_decrefp) json_t *value = NULL;
	struct target from, to;

	FF_TRY(resolve_existing(a, "from", &from));
	FF_TRY(resolve(a, "path", &to));
	if (ff_str_eq(from.path, to.path))
		return FF_OK;
	if (ff_str_starts(to.path, from.path) && to.path.p[from.path.n] == '/')
		return fail_op(a, "path", "what is moved cannot go into itself");
	value = json_incref(from.value);
	FF_TRY(take_out(a, "from", &from));
	/* Again: taking an item out may have moved the place. */
	FF_TRY(resolve(a, "path", &to));
	FF_TRY(charge_value(a, value, &to));
	return put(a, &to, FF_TAKE(value));
}

static ff_status
op_copy(struct application *a)
{
	struct target from, to;

	FF_TRY(resolve_existing(a, "from", &from));
	FF_TRY(resolve(a, "path", &to));
	FF_TRY(charge_value(a, from.value, &to));
	return put(a, &to, json_doc_copy(from.value));
}

static bool
same_number(const json_t *x, const json_t *y)
{
	const double limit = 9223372036854775808.0; /* 2^63 */
	double real;

	if (json_is_real(x) == json_is_real(y))
		return json_equal(x, y);
	if (json_is_integer(x))
		return same_number(y, x);
	real = json_real_value(x);
	return real >= -limit && real < limit && real == trunc(real) && (json_int_t)real == json_integer_value(y);
}

/* Equality as "test" means it (RFC 6902, 4.6): numbers by value. Costs no more than `x` is large. */
static bool
same_value(const json_t *x, const json_t *y)
{
	json_t *value;
	const char *name;
	size_t name_n;

	if (json_is_number(x) && json_is_number(y))
		return same_number(x, y);
	if (json_typeof(x) != json_typeof(y) || json_object_size(x) != json_object_size(y) ||
		json_array_size(x) != json_array_size(y))
		return false;
	if (!json_is_object(x) && !json_is_array(x))
		return json_equal(x, y);
	for (size_t i = 0; i < json_array_size(x); i++)
		if (!same_value(json_array_get(x, i), json_array_get(y, i)))
			return false;
	json_doc_each (x, name, name_n, value) {
		const json_t *other = json_object_getn(y, name, name_n);

		if (!other || !same_value(value, other))
			return false;
	}
	return true;
}

static ff_status
op_test(struct application *a)
{
	const json_t *value;
	struct target t;

	FF_TRY(resolve_existing(a, "path", &t));
	FF_TRY(find_value(a, &value));
	if (!same_value(value, t.value))
		return fail_op(a, "value", "is not what is at \"%.*s\"", FF_FMT(excerpt(t.path)));
	return FF_OK;
}

static const struct {
	const char *name;
	ff_status (*apply)(struct application *a);
} ops[] = {
	{"add", op_add},
	{"remove", op_remove},
	{"replace", op_replace},
	{"move", op_move},
	{"copy", op_copy},
	{"test", op_test},
};

static ff_status
apply_op(struct application *a)
{
	const json_t *name = json_object_get(a->op, "op");

	if (!json_is_object(a->op))
		return fail_op(a, NULL, "must be an object, not %s", json_doc_kind(a->op));
	if (!json_is_string(name))
		return fail_op(a, "op", name ? "must be a string" : "is required");
	for (size_t i = 0; i < FF_COUNT(ops); i++)
		if (ff_str_eqz(json_doc_str(name), ops[i].name))
			return ops[i].apply(a);
	return fail_op(a, "op", "there is no operation \"%.*s\"; there are add, remove, replace, move, copy and test",
		FF_FMT(excerpt(json_doc_str(name))));
}

ff_status
json_patch_apply(const json_t *target, const json_t *patch, struct ff_arena *arena, json_t **ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *doc = NULL;
	struct application a = {.arena = arena, .reterr = reterr};
	ff_status status = FF_OK;

	if (!json_is_array(patch))
		return ff_fail(reterr, FF_EINVALID, "a JSON Patch must be a list of operations, not %s", json_doc_kind(patch));
	if (json_array_size(patch) > JSON_PATCH_OPS_MAX)
		return ff_fail(reterr, FF_EINVALID, "the patch has %zu operations, at most %d", json_array_size(patch),
			JSON_PATCH_OPS_MAX);
	a.doc = json_doc_copy(target);
	for (; status == FF_OK && a.number < json_array_size(patch); a.number++) {
		a.op = json_array_get(patch, a.number);
		status = apply_op(&a);
	}
	doc = a.doc;
	if (status == FF_OK)
		*ret = FF_TAKE(doc);
	return status;
}
