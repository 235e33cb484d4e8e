/* SPDX-License-Identifier: Apache-2.0 */
/* operator.c - the table. */
#include "domain/operator_impl.h"

enum {
	ANY_SCALAR = OPERAND_STRING | OPERAND_NUMBER | OPERAND_BOOLEAN,
	STRING = OPERAND_STRING,
	NUMBER = OPERAND_NUMBER,
	DATE = OPERAND_STRING | OPERAND_NUMBER,
};

/* OP(name, how many operands, of which types, match, …the rest of the row) */
/* clang-format off */
#define OPERATOR_TABLE(OP) \
	OP("exists",      ARITY_NONE, 0,      NULL) \
	OP("eq",          ARITY_ONE,  ANY_SCALAR, equal_match, .compile = equal_compile, .by_symbol = true) \
	OP("in",          ARITY_MANY, ANY_SCALAR, equal_match, .compile = equal_compile, .by_symbol = true) \
	OP("contains",    ARITY_MANY, STRING, contains_match,    sizeof(ff_str), string_parse) \
	OP("starts_with", ARITY_MANY, STRING, starts_with_match, sizeof(ff_str), string_parse) \
	OP("ends_with",   ARITY_MANY, STRING, ends_with_match,   sizeof(ff_str), string_parse) \
	OP("matches",     ARITY_MANY, STRING, regex_match,       REGEX_SIZE,     regex_parse) \
	OP("lt",          ARITY_ONE,  NUMBER, lt_match,          sizeof(double), number_parse) \
	OP("lte",         ARITY_ONE,  NUMBER, lte_match,         sizeof(double), number_parse) \
	OP("gt",          ARITY_ONE,  NUMBER, gt_match,          sizeof(double), number_parse) \
	OP("gte",         ARITY_ONE,  NUMBER, gte_match,         sizeof(double), number_parse) \
	OP("semver_eq",   ARITY_ONE,  STRING, semver_eq_match,   SEMVER_SIZE,    semver_parse) \
	OP("semver_lt",   ARITY_ONE,  STRING, semver_lt_match,   SEMVER_SIZE,    semver_parse) \
	OP("semver_lte",  ARITY_ONE,  STRING, semver_lte_match,  SEMVER_SIZE,    semver_parse) \
	OP("semver_gt",   ARITY_ONE,  STRING, semver_gt_match,   SEMVER_SIZE,    semver_parse) \
	OP("semver_gte",  ARITY_ONE,  STRING, semver_gte_match,  SEMVER_SIZE,    semver_parse) \
	OP("before",      ARITY_ONE,  DATE,   before_match,      sizeof(double), time_parse, .boundary = before_boundary) \
	OP("after",       ARITY_ONE,  DATE,   after_match,       sizeof(double), time_parse, .boundary = after_boundary) \
	OP("cidr",        ARITY_MANY, STRING, cidr_match,        CIDR_SIZE,      cidr_parse)
/* clang-format on */

#define OP(...) {__VA_ARGS__},
static const struct operator_row operators[] = {OPERATOR_TABLE(OP)};
#undef OP

#define OP(name, ...) ", " name
static const char names[] = OPERATOR_TABLE(OP);
#undef OP

const struct operator_row *
operator_find(ff_str name)
{
	for (size_t i = 0; i < FF_COUNT(operators); i++)
		if (ff_str_eqz(name, operators[i].name))
			return &operators[i];
	return NULL;
}

const char *
operator_name(const struct operator_row *op)
{
	return op->name;
}

enum operator_arity
operator_arity(const struct operator_row *op)
{
	return op->arity;
}

unsigned
operator_operand_types(const struct operator_row *op)
{
	return op->types;
}

bool
operator_on_now(const struct operator_row *op)
{
	return op->boundary != NULL;
}

uint8_t
operator_index(const struct operator_row *op)
{
	_Static_assert(FF_COUNT(operators) <= UINT8_MAX, "an operator's number fits a byte");
	return (uint8_t)(op - operators);
}

const struct operator_row *
operator_at(uint8_t index)
{
	return &operators[index];
}

ff_str
operator_names(void)
{
	return ff_str_of(names + strlen(", "), sizeof names - 1 - strlen(", "));
}

ff_status
operator_check(const struct operator_row *op, const struct operand *operand, bool ignore_case, struct ff_err *reterr)
{
	_Alignas(max_align_t) char parsed[OPERAND_SIZE_MAX];
	FF_CLEANUP(block_release) struct block block = {0};
	struct operand_env env = {.block = &block, .ignore_case = ignore_case};

	ff_assert(op->size <= sizeof parsed);
	return op->parse ? op->parse(operand, &env, parsed, reterr) : FF_OK;
}

ff_status
operator_compile(const struct operator_row *op, const struct operand *operands, uint32_t n,
	const struct operand_env *env, const void **ret, struct ff_err *reterr)
{
	struct operand_array *array;
	char *items;

	if (op->compile) {
		*ret = op->compile(operands, n, env);
		return FF_OK;
	}
	array = BLOCK_ARRAY(env->block, struct operand_array, 1);
	items = block_zalloc(env->block, n, op->size);
	*array = (struct operand_array){.n = n, .ignore_case = env->ignore_case, .items = items};
	for (uint32_t i = 0; i < n; i++)
		FF_TRY(op->parse(&operands[i], env, items + i * op->size, reterr));
	*ret = array;
	return FF_OK;
}
