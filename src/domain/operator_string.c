/* SPDX-License-Identifier: Apache-2.0 */
/* operator_string.c - `contains`, `starts_with`, `ends_with`. Without case, both sides are compared in small letters.
 */
#include "domain/operator_impl.h"
#include "domain/string_set.h"

ff_status
string_parse(const struct operand *operand, const struct operand_env *env, void *ret, struct ff_err *reterr)
{
	ff_str s = block_str(env->block, operand->string);

	(void)reterr;
	if (env->ignore_case && s.n)
		s = string_fold(s, (char *)s.p); /* our own copy */
	memcpy(ret, &s, sizeof s);
	return FF_OK;
}

ff_str
match_fold(struct match_scratch *scratch, ff_str s)
{
	ff_assert(s.n <= sizeof scratch->folded);
	return string_fold(s, scratch->folded);
}

typedef bool test_fn(ff_str s, ff_str operand);

static inline __attribute__((always_inline)) enum match
any(const struct operand_array *operands, const struct value *value, struct match_scratch *scratch, test_fn *test)
{
	const ff_str *items = operands->items;
	ff_str s = value_string(value);

	if (value->type != VALUE_STRING || s.n > LIMIT_CONTEXT_BYTES)
		return MATCH_WRONG_TYPE;
	if (operands->ignore_case)
		s = match_fold(scratch, s);
	for (uint32_t i = 0; i < operands->n; i++)
		if (test(s, items[i]))
			return MATCH_YES;
	return MATCH_NO;
}

enum match
contains_match(const void *operands, const struct value *value, struct match_scratch *scratch)
{
	return any(operands, value, scratch, ff_str_contains);
}

enum match
starts_with_match(const void *operands, const struct value *value, struct match_scratch *scratch)
{
	return any(operands, value, scratch, ff_str_starts);
}

enum match
ends_with_match(const void *operands, const struct value *value, struct match_scratch *scratch)
{
	return any(operands, value, scratch, ff_str_ends);
}
