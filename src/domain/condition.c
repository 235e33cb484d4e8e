/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/condition.h"

#include <math.h>

#include "domain/condition_impl.h"

/* Integers up to here are doubles without loss, and are written without a point. */
static const double integer_max = 9007199254740992.0;

static json_t *
write_operand(const struct operand *o)
{
	switch (o->type) {
	case OPERAND_STRING:
		return json_doc_new_str(o->string);
	case OPERAND_NUMBER:
		if (o->number == trunc(o->number) && fabs(o->number) <= integer_max)
			return json_integer((json_int_t)o->number);
		return json_real(o->number);
	case OPERAND_BOOLEAN:
		return json_boolean(o->boolean);
	}
	return NULL;
}

static json_t *
write_leaf(const struct condition *c)
{
	json_t *leaf = json_object();

	json_doc_set(leaf, FF_STR("attribute"), json_doc_new_str(c->attribute));
	json_doc_set(leaf, FF_STR("op"), json_doc_new_str(ff_str_z(operator_name(c->op))));
	if (c->plural) {
		json_t *values = json_array();

		for (uint32_t i = 0; i < c->n_operands; i++)
			json_doc_append(values, write_operand(&c->operands[i]));
		json_doc_set(leaf, FF_STR("values"), values);
	} else if (c->n_operands) {
		json_doc_set(leaf, FF_STR("value"), write_operand(c->operands));
	}
	if (c->negate)
		json_doc_set(leaf, FF_STR("negate"), json_true());
	if (c->ignore_case)
		json_doc_set(leaf, FF_STR("ignoreCase"), json_true());
	return leaf;
}

static json_t *
write_children(const struct condition *c)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < c->n_children; i++)
		json_doc_append(list, condition_write(&c->children[i]));
	return list;
}

static json_t *
write_single(ff_str name, json_t *inner)
{
	json_t *object = json_object();

	json_doc_set(object, name, inner);
	return object;
}

json_t *
condition_write(const struct condition *c)
{
	switch (c->kind) {
	case CONDITION_ALL:
		return write_single(FF_STR("all"), write_children(c));
	case CONDITION_ANY:
		return write_single(FF_STR("any"), write_children(c));
	case CONDITION_NOT:
		return write_single(FF_STR("not"), condition_write(c->children));
	case CONDITION_SEGMENT:
		return write_single(FF_STR("segment"), json_doc_new_str(c->segment));
	case CONDITION_LEAF:
		return write_leaf(c);
	}
	return NULL;
}

typedef void segment_visitor(void *arg, ff_str segment, const struct json_place *at);

static void
each_child(const struct condition *c, const struct json_place *at, ff_str name, segment_visitor *visit, void *arg)
{
	struct json_place list = json_place_member(at, name);

	for (uint32_t i = 0; i < c->n_children; i++) {
		struct json_place item = json_place_item(&list, i);

		condition_each_segment(&c->children[i], &item, visit, arg);
	}
}

void
condition_each_segment(const struct condition *c, const struct json_place *at, segment_visitor *visit, void *arg)
{
	struct json_place inner;

	switch (c->kind) {
	case CONDITION_ALL:
		each_child(c, at, FF_STR("all"), visit, arg);
		return;
	case CONDITION_ANY:
		each_child(c, at, FF_STR("any"), visit, arg);
		return;
	case CONDITION_NOT:
		inner = json_place_member(at, FF_STR("not"));
		condition_each_segment(c->children, &inner, visit, arg);
		return;
	case CONDITION_SEGMENT:
		inner = json_place_member(at, FF_STR("segment"));
		visit(arg, c->segment, &inner);
		return;
	case CONDITION_LEAF:
		return;
	}
}

struct plain_visitor {
	void (*visit)(void *arg, ff_str segment);
	void *arg;
};

static void
visit_plain(void *arg, ff_str segment, const struct json_place *at)
{
	const struct plain_visitor *plain = arg;

	(void)at;
	plain->visit(plain->arg, segment);
}

void
condition_segments(const struct condition *c, void (*visit)(void *arg, ff_str segment), void *arg)
{
	struct plain_visitor plain = {visit, arg};
	struct json_place start = json_place_start(FF_STR(""));

	condition_each_segment(c, &start, visit_plain, &plain);
}
