/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operator_equal.c - `eq` and `in`.
 *
 * Strings compare as the schema's symbols, which the context's reader looked up once for all flags; without case, by a
 * set of folded strings. 10,000 values cost what one costs.
 */
#include <stdlib.h>

#include "base/map.h"
#include "domain/operator_impl.h"
#include "domain/string_set.h"

struct equal_set {
	unsigned types;                   /* bits of operand_type among the operands: all others are the wrong type */
	bool booleans[2];                 /* holds `false`, holds `true` */
	const struct symbol_set *symbols; /* NULL: strings are in `folded` */
	double *numbers;                  /* ascending */
	uint32_t n_numbers;
	uint32_t folded_max; /* bytes of the longest folded string */
	struct string_set folded;
};

const struct symbol_set *
symbol_set_compile(const struct operand *operands, uint32_t n, const struct operand_env *env)
{
	uint32_t size = 2, shift = 31;
	struct symbol_set *set;

	for (; size < 2 * n; size *= 2)
		shift--;
	set = block_zalloc(env->block, 1, sizeof *set + size * sizeof *set->slots);
	set->shift = shift;
	set->mask = size - 1;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t symbol, slot;

		if (operands[i].type != OPERAND_STRING)
			continue;
		symbol = schema_symbol(env->schema, operands[i].string);
		for (slot = symbol_slot(set, symbol); set->slots[slot] && set->slots[slot] != symbol;)
			slot = (slot + 1) & set->mask;
		set->slots[slot] = symbol;
	}
	return set;
}

static int
compare_numbers(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of the strings among the operands, which are `bytes` bytes together. */
static void
fold_strings(
	struct equal_set *set, const struct operand *operands, uint32_t n, size_t bytes, const struct operand_env *env)
{
	string_set_init(&set->folded, env->block, n, bytes, true);
	for (uint32_t i = 0; i < n; i++) {
		if (operands[i].type != OPERAND_STRING)
			continue;
		string_set_put(&set->folded, operands[i].string, 1);
		if (operands[i].string.n > set->folded_max)
			set->folded_max = (uint32_t)operands[i].string.n;
	}
}

const void *
equal_compile(const struct operand *operands, uint32_t n, const struct operand_env *env)
{
	struct equal_set *set = BLOCK_ARRAY(env->block, struct equal_set, 1);
	size_t bytes = 0;

	set->numbers = BLOCK_ARRAY(env->block, double, n);
	for (uint32_t i = 0; i < n; i++) {
		set->types |= operands[i].type;
		switch (operands[i].type) {
		case OPERAND_STRING:
			bytes += operands[i].string.n;
			break;
		case OPERAND_NUMBER:
			set->numbers[set->n_numbers++] = operands[i].number;
			break;
		case OPERAND_BOOLEAN:
			set->booleans[operands[i].boolean] = true;
			break;
		}
	}
	if (set->types & OPERAND_STRING && env->ignore_case)
		fold_strings(set, operands, n, bytes, env);
	else if (set->types & OPERAND_STRING)
		set->symbols = symbol_set_compile(operands, n, env);
	qsort(set->numbers, set->n_numbers, sizeof *set->numbers, compare_numbers);
	return set;
}

static bool
has_folded(const struct equal_set *set, ff_str s, struct match_scratch *scratch)
{
	if (s.n > set->folded_max)
		return false;
	s = match_fold(scratch, s);
	return string_set_find(&set->folded, s, ff_map_hash(s)) != STRING_SET_NONE;
}

static bool
has_string(const struct equal_set *set, const struct value *value, struct match_scratch *scratch)
{
	if (set->symbols)
		return symbol_set_has(set->symbols, value->symbol);
	return has_folded(set, value_string(value), scratch);
}

static bool
has_number(const struct equal_set *set, double number)
{
	return bsearch(&number, set->numbers, set->n_numbers, sizeof number, compare_numbers) != NULL;
}

static enum match
answer(const struct equal_set *set, enum operand_type type, bool held)
{
	if (!(set->types & type))
		return MATCH_WRONG_TYPE;
	return held ? MATCH_YES : MATCH_NO;
}

enum match
equal_match(const void *operands, const struct value *value, struct match_scratch *scratch)
{
	const struct equal_set *set = operands;

	switch (value->type) {
	case VALUE_STRING:
		if (!(set->types & OPERAND_STRING))
			return MATCH_WRONG_TYPE;
		return has_string(set, value, scratch) ? MATCH_YES : MATCH_NO;
	case VALUE_NUMBER:
		return answer(set, OPERAND_NUMBER, has_number(set, value->number));
	case VALUE_BOOLEAN:
		return answer(set, OPERAND_BOOLEAN, set->booleans[value->boolean]);
	case VALUE_MISSING:
	case VALUE_LIST:
	case VALUE_OBJECT:
		break;
	}
	return MATCH_WRONG_TYPE;
}
