/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_operand_semver.c - a version is below, equal to or above another, or neither can be asked. */
#include "operand.h"

static void
check(ff_str operand, ff_str value)
{
	enum match eq = operand_ask("semver_eq", operand, value, false);
	enum match lt = operand_ask("semver_lt", operand, value, false);
	enum match gt = operand_ask("semver_gt", operand, value, false);
	enum match lte = operand_ask("semver_lte", operand, value, false);
	enum match gte = operand_ask("semver_gte", operand, value, false);

	if (eq == MATCH_WRONG_TYPE) {
		ff_assert(lt == MATCH_WRONG_TYPE && gt == MATCH_WRONG_TYPE);
		return;
	}
	ff_assert((eq == MATCH_YES) + (lt == MATCH_YES) + (gt == MATCH_YES) == 1);
	ff_assert((lte == MATCH_YES) == (gt == MATCH_NO) && (gte == MATCH_YES) == (lt == MATCH_NO));
	if (operand_possible(value)) /* and the other way round */
		ff_assert(operand_ask("semver_gt", value, operand, false) == lt);
	ff_assert(operand_ask("semver_eq", operand, operand, false) == MATCH_YES);
}

OPERAND_FUZZER(check)
