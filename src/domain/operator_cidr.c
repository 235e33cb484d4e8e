/* SPDX-License-Identifier: Apache-2.0 */
/* operator_cidr.c - is an address in one of some networks (base/network.h)? */
#include "base/network.h"
#include "domain/operator_impl.h"

_Static_assert(sizeof(struct network) == CIDR_SIZE, "the table says how large an operand is");

ff_status
cidr_parse(const struct operand *operand, const struct operand_env *env, void *ret, struct ff_err *reterr)
{
	(void)env;
	if (!network_parse(operand->string, ret))
		return ff_fail(reterr, FF_EINVALID, "\"%.*s\" is not a network such as 10.0.0.0/8 or 2001:db8::/32",
			FF_FMT(operand->string));
	return FF_OK;
}

enum match
cidr_match(const void *operands, const struct value *value, struct match_scratch *scratch)
{
	const struct operand_array *array = operands;
	const struct network *nets = array->items;
	struct address a;

	(void)scratch;
	if (value->type != VALUE_STRING || !address_parse(value_string(value), &a))
		return MATCH_WRONG_TYPE;
	for (uint32_t i = 0; i < array->n; i++)
		if (network_has(&nets[i], &a))
			return MATCH_YES;
	return MATCH_NO;
}
