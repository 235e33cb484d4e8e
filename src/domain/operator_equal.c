/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operator_equal.c - `eq` and `in`.
 *
 * Strings compare as the schema's numbers, which the context's reader looked up once for all flags; without case, by a
 * set of folded strings. 10,000 values cost what one costs.
 */
#include <stdlib.h>

#include "base/map.h"
#include "domain/operator_impl.h"
#include "domain/string_set.h"

struct equal_set {
	unsigned types;        /* bits of operand_type among the operands: all others are the wrong type */
	bool booleans[2];      /* holds `false`, holds `true` */
	uint32_t *symbols;     /* open addressing; 0: free */
	uint32_t symbol_shift; /* of a 32-bit product to a slot's number */
	double *numbers;       /* ascending */
	uint32_t n_numbers;
	uint32_t folded_max; /* bytes of the longest folded string */
	struct string_set folded;
};

static uint32_t
symbol_slot(const struct equal_set *set, uint32_t symbol)
{
	return (
		uint32_t)((symbol * (uint64_t)UINT32_C(0x9E3779B1) & UINT32_MAX) >> set->symbol_shift); /* Fibonacci hashing */
}

static bool
has_symbol(const struct equal_set *set, uint32_t symbol)
{
	uint32_t mask = (UINT32_C(1) << (32 - set->symbol_shift)) - 1;

	for (uint32_t i = symbol_slot(set, symbol); set->symbols[i]; i = (i + 1) & mask)
		if (set->symbols[i] == symbol)
			return true;
	return false;
}

static void
put_symbol(struct equal_set *set, uint32_t symbol)
{
	uint32_t mask = (UINT32_C(1) << (32 - set->symbol_shift)) - 1;
	uint32_t i = symbol_slot(set, symbol);

	while (set->symbols[i])
		i = (i + 1) & mask;
	set->symbols[i] = symbol;
}

static int
compare_numbers(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Room for `n` strings of `bytes` bytes together. */
static void
init_strings(struct equal_set *set, uint32_t n, size_t bytes, const struct operand_env *env)
{
	uint32_t size = 2;

	if (env->ignore_case) {
		string_set_init(&set->folded, env->block, n, bytes, true);
		return;
	}
	for (set->symbol_shift = 31; size < 2 * n; size *= 2) /* at most half full */
		set->symbol_shift--;
	set->symbols = BLOCK_ARRAY(env->block, uint32_t, size);
}

static void
put_string(struct equal_set *set, ff_str s, const struct operand_env *env)
{
	if (!env->ignore_case) {
		put_symbol(set, schema_symbol(env->schema, s));
		return;
	}
	string_set_put(&set->folded, s, 1);
	if (s.n > set->folded_max)
		set->folded_max = (uint32_t)s.n;
}

const void *
equal_compile(const struct operand *operands, uint32_t n, const struct operand_env *env)
{
	struct equal_set *set = BLOCK_ARRAY(env->block, struct equal_set, 1);
	uint32_t n_strings = 0, n_numbers = 0;
	size_t bytes = 0;

	for (uint32_t i = 0; i < n; i++) {
		set->types |= operands[i].type;
		n_strings += operands[i].type == OPERAND_STRING;
		n_numbers += operands[i].type == OPERAND_NUMBER;
		bytes += operands[i].type == OPERAND_STRING ? operands[i].string.n : 0;
	}
	if (n_strings)
		init_strings(set, n_strings, bytes, env);
	set->numbers = BLOCK_ARRAY(env->block, double, n_numbers);
	for (uint32_t i = 0; i < n; i++) {
		switch (operands[i].type) {
		case OPERAND_STRING:
			put_string(set, operands[i].string, env);
			break;
		case OPERAND_NUMBER:
			set->numbers[set->n_numbers++] = operands[i].number;
			break;
		case OPERAND_BOOLEAN:
			set->booleans[operands[i].boolean] = true;
			break;
		}
	}
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
		return value->symbol && has_symbol(set, value->symbol);
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
