/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/condition_impl.h"

/* One tree being read. */
struct tree {
	struct reading *r;
	uint32_t nodes; /* met so far, against LIMIT_CONDITION_NODES */
};

static void
read_node(struct tree *t, const json_t *json, const struct json_place *at, unsigned level, struct condition *ret);

static void
read_children(struct tree *t, const json_t *json, const struct json_place *at, unsigned level, struct condition *ret)
{
	struct condition *children;
	uint32_t n;

	if (!document_is_list(t->r, json, at, LIMIT_CONDITION_NODES))
		return;
	n = (uint32_t)json_array_size(json);
	children = FF_ARENA_ARRAY(t->r->arena, struct condition, n);
	for (uint32_t i = 0; i < n; i++) {
		struct json_place place = json_place_item(at, i);

		read_node(t, json_array_get(json, i), &place, level + 1, &children[i]);
	}
	ret->children = children;
	ret->n_children = n;
}

static void
read_child(struct tree *t, const json_t *json, const struct json_place *at, unsigned level, struct condition *ret)
{
	struct condition *child = FF_ARENA_NEW(t->r->arena, struct condition);

	read_node(t, json, at, level + 1, child);
	ret->children = child;
	ret->n_children = 1;
}

static void
read_segment(struct tree *t, const json_t *json, const struct json_place *at, unsigned level, struct condition *ret)
{
	(void)level;
	document_read_key(t->r, json, at, &ret->segment);
}

/* A leaf as it stands in the document: what its values may be depends on `op`. */
struct leaf {
	ff_str attribute;
	const json_t *op, *value, *values;
	bool negate, ignore_case;
};

static const struct member leaf_members[] = {
	{FF_STR("attribute"), document_read_nonempty, offsetof(struct leaf, attribute), true},
	{FF_STR("op"), document_keep, offsetof(struct leaf, op), true},
	{FF_STR("value"), document_keep, offsetof(struct leaf, value), false},
	{FF_STR("values"), document_keep, offsetof(struct leaf, values), false},
	{FF_STR("negate"), document_read_bool, offsetof(struct leaf, negate), false},
	{FF_STR("ignoreCase"), document_read_bool, offsetof(struct leaf, ignore_case), false},
};

static const struct operator_row *
read_operator(struct reading *r, const json_t *json, const struct json_place *leaf, ff_str attribute)
{
	struct json_place at = json_place_member(leaf, FF_STR("op"));
	const struct operator_row *op;
	ff_str name;

	if (!json_is_string(json)) {
		document_fault_kind(r, &at, "a string", json);
		return NULL;
	}
	name = json_doc_str(json);
	op = operator_find(name);
	if (op && ff_str_eq(attribute, FF_STR("$now")) && !operator_on_now(op))
		document_fault(r, &at, "\"$now\" takes only before and after, not \"%s\"", operator_name(op));
	if (op)
		return op;
	if (name.n && memchr(name.p, ':', name.n))
		document_fault(r, &at, "\"%.*s\": operators with a prefix are reserved for a later version",
			FF_FMT(document_excerpt(name)));
	else
		document_fault(r, &at, "there is no operator \"%.*s\"; there are %.*s", FF_FMT(document_excerpt(name)),
			FF_FMT(operator_names()));
	return NULL;
}

static enum operand_type
operand_type_of(const json_t *json)
{
	if (json_is_string(json))
		return OPERAND_STRING;
	if (json_is_number(json))
		return OPERAND_NUMBER;
	return json_is_boolean(json) ? OPERAND_BOOLEAN : (enum operand_type)0;
}

static void
fault_operand_type(struct reading *r, const json_t *json, const struct json_place *at, const struct operator_row *op)
{
	static const char *const names[] = {
		[OPERAND_STRING] = "a string",
		[OPERAND_NUMBER] = "a number",
		[OPERAND_BOOLEAN] = "true or false",
		[OPERAND_STRING | OPERAND_NUMBER] = "a string or a number",
		[OPERAND_STRING | OPERAND_BOOLEAN] = "a string, true or false",
		[OPERAND_NUMBER | OPERAND_BOOLEAN] = "a number, true or false",
		[OPERAND_STRING | OPERAND_NUMBER | OPERAND_BOOLEAN] = "a string, a number, true or false",
	};

	document_fault(r, at, "must be %s for \"%s\", not %s", names[operator_operand_types(op)], operator_name(op),
		json_doc_kind(json));
}

static void
read_operand(struct reading *r, const json_t *json, const struct json_place *at, const struct condition *leaf,
	struct operand *ret)
{
	struct ff_err err;

	ret->type = operand_type_of(json);
	if (!(ret->type & operator_operand_types(leaf->op))) {
		fault_operand_type(r, json, at, leaf->op);
		return;
	}
	switch (ret->type) {
	case OPERAND_STRING:
		if (!document_read_string(r, json, at, 0, LIMIT_STRING_BYTES, &ret->string))
			return;
		break;
	case OPERAND_NUMBER:
		ret->number = json_number_value(json);
		break;
	case OPERAND_BOOLEAN:
		ret->boolean = json_is_true(json);
		break;
	}
	if (operator_check(leaf->op, ret, leaf->ignore_case, &err) != FF_OK)
		document_fault(r, at, "%s", err.detail);
}

static void
read_value(struct reading *r, const struct leaf *l, const struct json_place *leaf, struct condition *ret)
{
	struct json_place at = json_place_member(leaf, FF_STR("value"));
	struct operand *operand = FF_ARENA_NEW(r->arena, struct operand);

	read_operand(r, l->value, &at, ret, operand);
	ret->operands = operand;
	ret->n_operands = 1;
}

static void
read_values(struct reading *r, const struct leaf *l, const struct json_place *leaf, struct condition *ret)
{
	struct json_place at = json_place_member(leaf, FF_STR("values"));
	struct operand *operands;
	uint32_t n;

	if (!document_is_list(r, l->values, &at, LIMIT_CONDITION_VALUES))
		return;
	n = (uint32_t)json_array_size(l->values);
	if (n == 0)
		document_fault(r, &at, "must not be empty");
	operands = FF_ARENA_ARRAY(r->arena, struct operand, n);
	for (uint32_t i = 0; i < n; i++) {
		struct json_place place = json_place_item(&at, i);

		read_operand(r, json_array_get(l->values, i), &place, ret, &operands[i]);
	}
	ret->operands = operands;
	ret->n_operands = n;
	ret->plural = true;
}

/* Which of "value" and "values" the operator takes. */
static void
read_operands(struct reading *r, const struct leaf *l, const struct json_place *leaf, struct condition *ret)
{
	enum operator_arity arity = operator_arity(ret->op);
	struct json_place value = json_place_member(leaf, FF_STR("value")),
					  values = json_place_member(leaf, FF_STR("values"));
	const char *name = operator_name(ret->op);

	if (arity == ARITY_NONE) {
		if (l->value)
			document_fault(r, &value, "\"%s\" takes no value", name);
		if (l->values)
			document_fault(r, &values, "\"%s\" takes no values", name);
	} else if (l->values && arity == ARITY_ONE) {
		document_fault(r, &values, "\"%s\" takes one \"value\"", name);
	} else if (l->value && l->values) {
		document_fault(r, &values, "does not go with \"value\"");
	} else if (l->value) {
		read_value(r, l, leaf, ret);
	} else if (l->values) {
		read_values(r, l, leaf, ret);
	} else {
		document_fault(r, &value,
			arity == ARITY_ONE ? "is required for \"%s\"" : "this or \"values\" is required for \"%s\"", name);
	}
}

static void
read_leaf(struct reading *r, const json_t *json, const struct json_place *at, struct condition *ret)
{
	struct leaf leaf = {.op = NULL};

	document_read_members(r, json, at, leaf_members, FF_COUNT(leaf_members), &leaf);
	ret->kind = CONDITION_LEAF;
	ret->attribute = leaf.attribute;
	ret->negate = leaf.negate;
	ret->ignore_case = leaf.ignore_case;
	ret->op = leaf.op ? read_operator(r, leaf.op, at, leaf.attribute) : NULL;
	if (ret->op)
		read_operands(r, &leaf, at, ret);
}

/* Conditions of one member; what is none of them is a leaf. */
static const struct {
	ff_str name;
	enum condition_kind kind;
	void (*read)(
		struct tree *t, const json_t *json, const struct json_place *at, unsigned level, struct condition *ret);
} kinds[] = {
	{FF_STR("all"), CONDITION_ALL, read_children},
	{FF_STR("any"), CONDITION_ANY, read_children},
	{FF_STR("not"), CONDITION_NOT, read_child},
	{FF_STR("segment"), CONDITION_SEGMENT, read_segment},
};

static void
fault_other_members(struct reading *r, const json_t *json, const struct json_place *at, ff_str but)
{
	size_t name_n;
	const char *name;
	json_t *value;

	json_doc_each (json, name, name_n, value) {
		struct json_place place = json_place_member(at, ff_str_of(name, name_n));

		if (!ff_str_eq(place.name, but))
			document_fault(r, &place, "does not go with \"%.*s\"", FF_FMT(but));
	}
}

static void
read_node(struct tree *t, const json_t *json, const struct json_place *at, unsigned level, struct condition *ret)
{
	/* One fault each for too many and too deep; what is past the limit is not looked at. */
	if (++t->nodes > LIMIT_CONDITION_NODES) {
		if (t->nodes == LIMIT_CONDITION_NODES + 1)
			document_fault(t->r, at, "is one condition too many, at most %d", LIMIT_CONDITION_NODES);
		return;
	}
	if (level > LIMIT_CONDITION_DEPTH) {
		document_fault(t->r, at, "is level %u of conditions, at most %d", level, LIMIT_CONDITION_DEPTH);
		return;
	}
	for (size_t i = 0; i < FF_COUNT(kinds); i++) {
		const json_t *inner = json_object_getn(json, kinds[i].name.p, kinds[i].name.n);
		struct json_place place = json_place_member(at, kinds[i].name);

		if (!inner)
			continue;
		fault_other_members(t->r, json, at, kinds[i].name);
		ret->kind = kinds[i].kind;
		kinds[i].read(t, inner, &place, level, ret);
		return;
	}
	read_leaf(t->r, json, at, ret);
}

const struct condition *
condition_read_at(struct reading *r, const json_t *json, const struct json_place *at)
{
	struct tree tree = {.r = r};
	struct condition *root = FF_ARENA_NEW(r->arena, struct condition);

	read_node(&tree, json, at, 1, root);
	return root;
}

const struct condition *
condition_read(const json_t *json, ff_str pointer, struct ff_arena *arena, struct ff_faults *faults)
{
	FF_CLEANUP(reading_release) struct reading r;
	struct json_place start = json_place_start(pointer);

	reading_init(&r, arena, faults);
	return condition_read_at(&r, json, &start);
}
