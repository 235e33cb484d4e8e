/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_operand_regex.c - a pattern is refused or judges any string, within its limits, the same way each time. */
#include "operand.h"

static void
check(ff_str operand, ff_str value)
{
	enum match first = operand_ask("matches", operand, value, false);

	ff_assert(operand_ask("matches", operand, value, false) == first);
	ff_assert(operand_ask("matches", FF_STR(""), FF_STR(""), true) == MATCH_YES);
	operand_ask("matches", operand, value, true);
	if (!utf8_valid(value))
		ff_assert(first == MATCH_WRONG_TYPE);
}

OPERAND_FUZZER(check)
