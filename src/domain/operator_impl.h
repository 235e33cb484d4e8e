/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operator_impl.h - inside the operators: what a row of the table is made of. For operator*.c and the compiler only.
 *
 * An operator is two functions: `parse` turns one operand into what is compared with, when the flag is compiled;
 * `match` compares one scalar of a context with all the operands, when it is evaluated. Lists, missing attributes,
 * `negate` and short circuits are the evaluator's, once for all operators.
 */
#ifndef FF_DOMAIN_OPERATOR_IMPL_H
#define FF_DOMAIN_OPERATOR_IMPL_H

#include "domain/block.h"
#include "domain/limits.h"
#include "domain/operator.h"
#include "domain/schema.h"
#include "domain/value.h"

/* WRONG_TYPE: the value is none that the operator can judge; the condition is false, also with `negate`. */
enum match { MATCH_WRONG_TYPE, MATCH_NO, MATCH_YES };

struct regex_scratch;

/* What matching may write to; one thread's. */
struct match_scratch {
	struct regex_scratch *regex;
	char folded[LIMIT_CONTEXT_BYTES];
};

/* Where and how operands are compiled. */
struct operand_env {
	struct block *block;
	struct schema *schema;
	bool ignore_case;
};

/* Operands made by `parse`, in the order of the document. `items` are of operator->size bytes each. */
struct operand_array {
	uint32_t n;
	bool ignore_case;
	const void *items;
};

/* Never allocates. `operands` is a struct operand_array, or what the row's `compile` returned. */
typedef enum match match_fn(const void *operands, const struct value *value, struct match_scratch *scratch);

typedef ff_status
parse_fn(const struct operand *operand, const struct operand_env *env, void *ret, struct ff_err *reterr);

struct operator_row {
	const char *name;
	enum operator_arity arity;
	unsigned types;  /* bits of operand_type */
	match_fn *match; /* NULL with ARITY_NONE: only presence counts, which the evaluator knows */
	size_t size;     /* bytes that `parse` writes, at most OPERAND_SIZE_MAX */
	parse_fn *parse; /* FF_EINVALID says why the operand is none; what it keeps is copied to env->block */
	/* Instead of parse: for operators that look their operands up all at once, and refuse none. */
	const void *(*compile)(const struct operand *operands, uint32_t n, const struct operand_env *env);
	bool by_symbol; /* strings are compared as the schema's symbols, unless case is ignored */
	/* On `$now`: the first ms at which the answer is another one; false: never. NULL: not for `$now`. */
	bool (*boundary)(const void *operands, int64_t *ret_ms);
};

enum { OPERAND_SIZE_MAX = 64 };

/* Number of the operator in the table, to be kept in a byte; and back. */
uint8_t operator_index(const struct operator_row *op);
const struct operator_row *operator_at(uint8_t index);

/* What `match` takes. The operands were accepted by operator_check, else FF_EINVALID. */
FF_MUST ff_status operator_compile(const struct operator_row *op, const struct operand *operands, uint32_t n,
	const struct operand_env *env, const void **ret, struct ff_err *reterr);

static inline ff_str
value_string(const struct value *v)
{
	return ff_str_of(v->string, v->n);
}

/* The string with ASCII letters made small, in the scratch; it was checked to fit. */
ff_str match_fold(struct match_scratch *scratch, ff_str s);

/* A set of symbols: what `eq` and `in` compare most attributes with. Open addressing, at most half full. */
struct symbol_set {
	uint32_t shift; /* of a 32-bit product to a slot: Fibonacci hashing */
	uint32_t mask;
	uint32_t slots[]; /* 0: free */
};

static inline uint32_t
symbol_slot(const struct symbol_set *set, uint32_t symbol)
{
	return (symbol * UINT32_C(0x9E3779B1)) >> set->shift;
}

static inline bool
symbol_set_has(const struct symbol_set *set, uint32_t symbol)
{
	if (symbol == 0)
		return false;
	for (uint32_t i = symbol_slot(set, symbol); set->slots[i]; i = (i + 1) & set->mask)
		if (set->slots[i] == symbol)
			return true;
	return false;
}

/* Of the strings among the operands. */
const struct symbol_set *symbol_set_compile(const struct operand *operands, uint32_t n, const struct operand_env *env);

/* The families. */
const void *equal_compile(const struct operand *operands, uint32_t n, const struct operand_env *env);
match_fn equal_match;

parse_fn string_parse;
match_fn contains_match, starts_with_match, ends_with_match;

parse_fn number_parse;
match_fn lt_match, lte_match, gt_match, gte_match;

parse_fn semver_parse;
match_fn semver_eq_match, semver_lt_match, semver_lte_match, semver_gt_match, semver_gte_match;

parse_fn time_parse;
match_fn before_match, after_match;
bool before_boundary(const void *operands, int64_t *ret_ms);
bool after_boundary(const void *operands, int64_t *ret_ms);

parse_fn cidr_parse;
match_fn cidr_match;

parse_fn regex_parse;
match_fn regex_match;
enum { SEMVER_SIZE = 64, CIDR_SIZE = 40, REGEX_SIZE = 16 };
struct regex_scratch *regex_scratch_new(void);
void regex_scratch_free(struct regex_scratch *s);

#endif
