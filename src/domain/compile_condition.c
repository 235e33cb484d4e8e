/* SPDX-License-Identifier: Apache-2.0 */
/* compile_condition.c - a tree of conditions into a run of steps with jumps. */
#include "domain/compile.h"

uint32_t
condition_leaves(const struct condition *condition)
{
	uint32_t n = condition->kind == CONDITION_LEAF || condition->kind == CONDITION_SEGMENT;

	for (uint32_t i = 0; i < condition->n_children; i++)
		n += condition_leaves(&condition->children[i]);
	return n;
}

void
step_writer_init(struct step_writer *w, struct compiler *c, struct block *block, uint32_t n_leaves)
{
	*w = (struct step_writer){.compiler = c, .block = block, .n = n_leaves, .at = n_leaves};
	w->steps = BLOCK_ARRAY(block, struct step, n_leaves);
}

static void
add_boundary(struct compiler *c, int64_t ms)
{
	int64_t *larger;

	if (c->n_boundaries == c->boundaries_cap) {
		c->boundaries_cap = c->boundaries_cap ? c->boundaries_cap * 2 : 16;
		larger = FF_ARENA_ARRAY(c->arena, int64_t, c->boundaries_cap);
		if (c->n_boundaries)
			memcpy(larger, c->boundaries, c->n_boundaries * sizeof *larger);
		c->boundaries = larger;
	}
	c->boundaries[c->n_boundaries++] = ms;
}

/* How many operands the operator compares as symbols. */
static uint32_t
count_symbols(const struct condition *leaf)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < leaf->n_operands && leaf->op->by_symbol && !leaf->ignore_case; i++)
		n += leaf->operands[i].type == OPERAND_STRING;
	return n;
}

static ff_status
compile_operands(struct step_writer *w, const struct condition *leaf, struct step *ret, struct ff_err *reterr)
{
	struct operand_env env = {
		.block = w->block, .schema = &w->compiler->snapshot->schema, .ignore_case = leaf->ignore_case};

	if (ret->kind == STEP_PRESENT)
		return FF_OK;
	if (ret->kind != STEP_SYMBOL)
		return operator_compile(leaf->op, leaf->operands, leaf->n_operands, &env, &ret->operands, reterr);
	ret->operands = symbol_set_compile(leaf->operands, leaf->n_operands, &env);
	return FF_OK;
}

static enum step_kind
kind_of(const struct condition *leaf)
{
	if (leaf->op->arity == ARITY_NONE)
		return STEP_PRESENT;
	if (ff_str_eqz(leaf->attribute, "$now"))
		return STEP_NOW;
	return count_symbols(leaf) == leaf->n_operands ? STEP_SYMBOL : STEP_ATTRIBUTE;
}

static ff_status
compile_leaf(struct step_writer *w, const struct condition *leaf, struct step *ret, struct ff_err *reterr)
{
	int64_t ms;

	ret->kind = kind_of(leaf);
	ret->op = operator_index(leaf->op);
	ret->match = leaf->op->match;
	ret->negate = leaf->negate;
	FF_TRY(compile_operands(w, leaf, ret, reterr));
	if (ret->kind != STEP_NOW) {
		ret->number = schema_slot(&w->compiler->snapshot->schema, leaf->attribute, count_symbols(leaf) > 0);
		return FF_OK;
	}
	if (!leaf->op->boundary)
		return ff_fail(reterr, FF_EINVALID, "%s cannot be asked of $now", leaf->op->name);
	if (leaf->op->boundary(ret->operands, &ms))
		add_boundary(w->compiler, ms);
	return FF_OK;
}

static ff_status
compile_segment_step(struct step_writer *w, const struct condition *c, struct step *ret, struct ff_err *reterr)
{
	uint32_t number = ff_map_get(&w->compiler->segment_index, c->segment);

	if (number == (uint32_t)FF_MAP_NONE)
		return ff_fail(reterr, FF_EINVALID, "there is no segment %.*s", FF_FMT(c->segment));
	ret->kind = STEP_SEGMENT;
	ret->number = number;
	return FF_OK;
}

/* Where evaluation goes once a condition is decided. */
struct targets {
	int32_t failed, held;
};

/* Children from the last to the first, so that each knows where the next begins. LIMIT_CONDITION_DEPTH calls deep. */
static ff_status
emit(struct step_writer *w, const struct condition *c, struct targets to, unsigned depth, int32_t *ret_first,
	struct ff_err *reterr)
{
	struct step *step;

	if (depth > LIMIT_CONDITION_DEPTH)
		return ff_fail(reterr, FF_EINVALID, "conditions are more than %d levels deep", LIMIT_CONDITION_DEPTH);
	switch (c->kind) {
	case CONDITION_ALL:
		for (uint32_t i = c->n_children; i-- > 0;)
			FF_TRY(emit(w, &c->children[i], to, depth + 1, &to.held, reterr));
		*ret_first = to.held;
		return FF_OK;
	case CONDITION_ANY:
		for (uint32_t i = c->n_children; i-- > 0;)
			FF_TRY(emit(w, &c->children[i], to, depth + 1, &to.failed, reterr));
		*ret_first = to.failed;
		return FF_OK;
	case CONDITION_NOT:
		return emit(w, c->children, (struct targets){to.held, to.failed}, depth + 1, ret_first, reterr);
	case CONDITION_SEGMENT:
	case CONDITION_LEAF:
		break;
	}
	step = &w->steps[--w->at];
	*step = (struct step){.next = {to.failed, to.held}};
	*ret_first = (int32_t)w->at;
	return c->kind == CONDITION_LEAF ? compile_leaf(w, c, step, reterr) : compile_segment_step(w, c, step, reterr);
}

ff_status
compile_condition(struct step_writer *w, const struct condition *condition, int32_t *ret_base, int32_t *ret_first,
	struct ff_err *reterr)
{
	int32_t first;

	FF_TRY(emit(w, condition, (struct targets){STEP_FAILED, STEP_HELD}, 1, &first, reterr));
	*ret_base = (int32_t)w->at;
	*ret_first = first;
	return FF_OK;
}
