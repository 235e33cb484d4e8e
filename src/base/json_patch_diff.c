/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_patch.h"
#include "base/json_pointer.h"

/* Half of what json_patch_apply allows: its count and this one may differ a little. */
enum { SHIFTS_MAX = JSON_PATCH_SHIFTS_MAX / 2 };

/* Operations may weigh this much more than the document they lead to; else the whole document is replaced. */
enum { WEIGHT_FACTOR = 2, WEIGHT_EXTRA = 4096 };

struct difference {
	json_t *ops;
	size_t weight, weight_max; /* of the operations */
	size_t shifts;             /* that applying them takes */
};

static void diff(struct difference *d, const struct json_place *at, const json_t *from, const json_t *to);

/* Past a limit nothing more is added: the operations are thrown away, for the whole value around them. */
static bool
is_over(const struct difference *d)
{
	return d->weight > d->weight_max || json_array_size(d->ops) > JSON_PATCH_OPS_MAX;
}

/* `value` NULL: without one. */
static void
add_op(struct difference *d, const char *op, const struct json_place *at, const json_t *value)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	json_t *item;

	if (is_over(d))
		return;
	item = json_object();
	json_doc_set(item, FF_STR("op"), json_doc_new_str(ff_str_z(op)));
	json_doc_set(item, FF_STR("path"), json_doc_new_str(json_place_pointer(at, &scratch)));
	if (value)
		json_doc_set(item, FF_STR("value"), json_doc_copy(value));
	d->weight += json_doc_weight(item);
	json_doc_append(d->ops, item);
}

static void
diff_objects(struct difference *d, const struct json_place *at, const json_t *from, const json_t *to)
{
	json_t *value;
	const char *name;
	size_t name_n;

	json_doc_each (from, name, name_n, value) {
		struct json_place place = json_place_member(at, ff_str_of(name, name_n));

		if (!json_object_getn(to, name, name_n))
			add_op(d, "remove", &place, NULL);
	}
	json_doc_each (to, name, name_n, value) {
		struct json_place place = json_place_member(at, ff_str_of(name, name_n));
		const json_t *old = json_object_getn(from, name, name_n);

		if (old)
			diff(d, &place, old, value);
		else
			add_op(d, "add", &place, value);
	}
}

/* What two lists have in common at their ends, and what is between. */
struct alignment {
	size_t prefix, suffix, from_n, to_n; /* the last two: of the items between */
};

static struct alignment
align(const json_t *from, const json_t *to)
{
	size_t from_n = json_array_size(from), to_n = json_array_size(to), n = from_n < to_n ? from_n : to_n;
	struct alignment a = {0};

	while (a.prefix < n && json_equal(json_array_get(from, a.prefix), json_array_get(to, a.prefix)))
		a.prefix++;
	while (a.suffix < n - a.prefix &&
		json_equal(json_array_get(from, from_n - 1 - a.suffix), json_array_get(to, to_n - 1 - a.suffix)))
		a.suffix++;
	a.from_n = from_n - a.prefix - a.suffix;
	a.to_n = to_n - a.prefix - a.suffix;
	return a;
}

/* Item by item; then from behind what is too much, or in order what is new. */
static void
diff_items(
	struct difference *d, const struct json_place *at, const json_t *from, const json_t *to, const struct alignment *a)
{
	size_t common = a->from_n < a->to_n ? a->from_n : a->to_n;

	for (size_t i = a->prefix; i < a->prefix + common; i++) {
		struct json_place place = json_place_item(at, i);

		diff(d, &place, json_array_get(from, i), json_array_get(to, i));
	}
	for (size_t i = a->prefix + a->from_n; i > a->prefix + common; i--) {
		struct json_place place = json_place_item(at, i - 1);

		add_op(d, "remove", &place, NULL);
	}
	for (size_t i = a->prefix + common; i < a->prefix + a->to_n; i++) {
		struct json_place place = json_place_item(at, i);

		add_op(d, "add", &place, json_array_get(to, i));
	}
}

static void
diff_lists(struct difference *d, const struct json_place *at, const json_t *from, const json_t *to)
{
	const struct difference before = *d;
	size_t n_before = json_array_size(d->ops);
	struct alignment a = align(from, to);

	d->shifts += (a.from_n > a.to_n ? a.from_n - a.to_n : a.to_n - a.from_n) * (a.suffix + 1);
	if (d->shifts <= SHIFTS_MAX) {
		diff_items(d, at, from, to, &a);
		if (!is_over(d) && d->weight - before.weight <= json_doc_weight(to))
			return;
	}
	*d = before;
	while (json_array_size(d->ops) > n_before)
		json_array_remove(d->ops, json_array_size(d->ops) - 1);
	add_op(d, "replace", at, to);
}

static void
diff(struct difference *d, const struct json_place *at, const json_t *from, const json_t *to)
{
	if (json_is_object(from) && json_is_object(to))
		diff_objects(d, at, from, to);
	else if (json_is_array(from) && json_is_array(to))
		diff_lists(d, at, from, to);
	else if (!json_equal(from, to))
		add_op(d, "replace", at, to);
}

json_t *
json_patch_diff(const json_t *from, const json_t *to)
{
	struct json_place start = json_place_start(FF_STR(""));
	struct difference d = {.ops = json_array()};

	d.weight_max = json_doc_weight(to) * WEIGHT_FACTOR + WEIGHT_EXTRA;
	diff(&d, &start, from, to);
	if (is_over(&d)) {
		json_array_clear(d.ops);
		d.weight = 0;
		add_op(&d, "replace", &start, to);
	}
	return d.ops;
}
