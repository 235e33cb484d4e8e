/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_operand_cidr.c - an address is in the network made of itself, and in one of the networks of all addresses. */
#include "operand.h"

static void
check(ff_str operand, ff_str value)
{
	enum match in = operand_ask("cidr", operand, value, false);
	enum match v4 = operand_ask("cidr", FF_STR("0.0.0.0/0"), value, false);
	enum match v6 = operand_ask("cidr", FF_STR("::/0"), value, false);

	ff_assert((v4 == MATCH_WRONG_TYPE) == (v6 == MATCH_WRONG_TYPE));
	if (v4 == MATCH_WRONG_TYPE) {
		ff_assert(in == MATCH_WRONG_TYPE);
		return;
	}
	ff_assert((v4 == MATCH_YES) + (v6 == MATCH_YES) == 1);
	ff_assert(operand_ask("cidr", value, value, false) == MATCH_YES);
}

OPERAND_FUZZER(check)
