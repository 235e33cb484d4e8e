/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operator_time.c - `before` and `after`, on RFC 3339 dates or ms since the epoch.
 *
 * Compared as doubles, in which every ms of the years 0 to 9999 is exact.
 */
#include <math.h>

#include "base/rfc3339.h"
#include "domain/operator_impl.h"

ff_status
time_parse(const struct operand *operand, const struct operand_env *env, void *ret, struct ff_err *reterr)
{
	double ms = operand->number;
	int64_t parsed;

	(void)env;
	if (operand->type == OPERAND_STRING) {
		if (!rfc3339_parse(operand->string, &parsed))
			return ff_fail(reterr, FF_EINVALID, "\"%.*s\" is not an RFC 3339 date such as 2026-01-02T03:04:05Z",
				FF_FMT(operand->string));
		ms = (double)parsed;
	}
	memcpy(ret, &ms, sizeof ms);
	return FF_OK;
}

static double
operand_ms(const void *operands)
{
	return *(const double *)((const struct operand_array *)operands)->items;
}

static bool
value_ms(const struct value *value, double *ret)
{
	int64_t ms;

	if (value->type == VALUE_NUMBER) {
		*ret = value->number;
		return true;
	}
	if (value->type != VALUE_STRING || !rfc3339_parse(value_string(value), &ms))
		return false;
	*ret = (double)ms;
	return true;
}

enum match
before_match(const void *operands, const struct value *value, struct match_scratch *scratch)
{
	double ms;

	(void)scratch;
	if (!value_ms(value, &ms))
		return MATCH_WRONG_TYPE;
	return ms < operand_ms(operands) ? MATCH_YES : MATCH_NO;
}

enum match
after_match(const void *operands, const struct value *value, struct match_scratch *scratch)
{
	double ms;

	(void)scratch;
	if (!value_ms(value, &ms))
		return MATCH_WRONG_TYPE;
	return ms > operand_ms(operands) ? MATCH_YES : MATCH_NO;
}

/* Time goes in whole ms; past what a double counts exactly, no boundary is ever reached. */
static bool
boundary_at(double ms, int64_t *ret_ms)
{
	if (fabs(ms) > 0x1p53)
		return false;
	*ret_ms = (int64_t)ms;
	return true;
}

bool
before_boundary(const void *operands, int64_t *ret_ms)
{
	return boundary_at(ceil(operand_ms(operands)), ret_ms);
}

bool
after_boundary(const void *operands, int64_t *ret_ms)
{
	return boundary_at(floor(operand_ms(operands)) + 1, ret_ms);
}
