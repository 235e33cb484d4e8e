/* SPDX-License-Identifier: Apache-2.0 */
/* operator_number.c - `lt`, `lte`, `gt`, `gte` on IEEE doubles. */
#include "domain/operator_impl.h"

ff_status
number_parse(const struct operand *operand, const struct operand_env *env, void *ret, struct ff_err *reterr)
{
	(void)env;
	(void)reterr;
	memcpy(ret, &operand->number, sizeof operand->number);
	return FF_OK;
}

#define NUMBER_MATCH(name, relation)                                                                \
	enum match name(const void *operands, const struct value *value, struct match_scratch *scratch) \
	{                                                                                               \
		const double *operand = ((const struct operand_array *)operands)->items;                    \
                                                                                                    \
		(void)scratch;                                                                              \
		if (value->type != VALUE_NUMBER)                                                            \
			return MATCH_WRONG_TYPE;                                                                \
		return value->number relation * operand ? MATCH_YES : MATCH_NO;                             \
	}

NUMBER_MATCH(lt_match, <)
NUMBER_MATCH(lte_match, <=)
NUMBER_MATCH(gt_match, >)
NUMBER_MATCH(gte_match, >=)
