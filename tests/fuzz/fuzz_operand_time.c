/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_operand_time.c - a date is before, at or after another; what is read is written as the same instant. */
#include "base/rfc3339.h"
#include "operand.h"

static void
check(ff_str operand, ff_str value)
{
	enum match before = operand_ask("before", operand, value, false);
	enum match after = operand_ask("after", operand, value, false);
	char text[RFC3339_BYTES];
	int64_t ms, again;

	ff_assert((before == MATCH_WRONG_TYPE) == (after == MATCH_WRONG_TYPE));
	ff_assert(before != MATCH_YES || after == MATCH_NO);
	if (!rfc3339_parse(operand, &ms))
		return;
	ff_assert(rfc3339_parse(rfc3339_format(ms, text), &again));
	/* offsets reach past the years that can be written */
	ff_assert(again == ms || ms < -62167219200000 || ms > 253402300799999);
}

OPERAND_FUZZER(check)
