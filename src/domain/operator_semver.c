/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operator_semver.c - Semantic Versioning 2.0.0: syntax (items 2, 9, 10) and precedence (item 11).
 *
 * Accepted besides: a leading `v`; a missing minor or patch, which is 0. Numbers may have any number of digits: without
 * leading zeros, the one with more digits is larger and equal lengths compare as text.
 */
#include "domain/operator_impl.h"

struct semver {
	ff_str number[3];  /* digits */
	ff_str prerelease; /* empty: a release */
};
_Static_assert(sizeof(struct semver) == SEMVER_SIZE, "the table says how large an operand is");

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_identifier(char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
}

static bool
is_numeric(ff_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

static bool
leading_zero(ff_str s)
{
	return s.n > 1 && s.p[0] == '0';
}

/* Identifiers separated by points, none empty; numeric ones without leading zeros where `precedence` is decided by
 * them. */
static bool
identifiers_valid(ff_str s, bool precedence)
{
	ff_str one;
	bool more;

	do {
		more = ff_str_cut(s, '.', &one, &s);
		if (one.n == 0 || (precedence && leading_zero(one) && is_numeric(one)))
			return false;
		for (size_t i = 0; i < one.n; i++)
			if (!is_identifier(one.p[i]))
				return false;
	} while (more);
	return true;
}

/* Borrows from `s`. */
static bool
read_semver(ff_str s, struct semver *ret)
{
	struct semver v = {.number = {FF_STR("0"), FF_STR("0"), FF_STR("0")}};
	ff_str core, build;
	bool more = true;

	if (s.n && s.p[0] == 'v')
		s = ff_str_from(s, 1);
	if (ff_str_cut(s, '+', &s, &build) && !identifiers_valid(build, false))
		return false;
	if (ff_str_cut(s, '-', &core, &v.prerelease) && !identifiers_valid(v.prerelease, true))
		return false;
	for (size_t i = 0; more; i++) {
		if (i == FF_COUNT(v.number))
			return false;
		more = ff_str_cut(core, '.', &v.number[i], &core);
		if (!is_numeric(v.number[i]) || leading_zero(v.number[i]))
			return false;
	}
	*ret = v;
	return true;
}

static int
compare_digits(ff_str a, ff_str b)
{
	return a.n != b.n ? (a.n > b.n) - (a.n < b.n) : ff_str_cmp(a, b);
}

/* Numeric ones are lower than others. */
static int
compare_identifiers(ff_str a, ff_str b)
{
	bool a_numeric = is_numeric(a), b_numeric = is_numeric(b);

	if (a_numeric != b_numeric)
		return a_numeric ? -1 : 1;
	return a_numeric ? compare_digits(a, b) : ff_str_cmp(a, b);
}

static int
compare_prereleases(ff_str a, ff_str b)
{
	ff_str x, y;
	bool a_more, b_more;

	if (a.n == 0 || b.n == 0)
		return (a.n == 0) - (b.n == 0);
	do {
		int c;

		a_more = ff_str_cut(a, '.', &x, &a);
		b_more = ff_str_cut(b, '.', &y, &b);
		c = compare_identifiers(x, y);
		if (c)
			return c;
	} while (a_more && b_more);
	return (int)a_more - (int)b_more;
}

static int
compare(const struct semver *a, const struct semver *b)
{
	for (size_t i = 0; i < FF_COUNT(a->number); i++) {
		int c = compare_digits(a->number[i], b->number[i]);

		if (c)
			return c;
	}
	return compare_prereleases(a->prerelease, b->prerelease);
}

ff_status
semver_parse(const struct operand *operand, const struct operand_env *env, void *ret, struct ff_err *reterr)
{
	if (!read_semver(block_str(env->block, operand->string), ret))
		return ff_fail(reterr, FF_EINVALID, "\"%.*s\" is not a semantic version such as 2.1.0 or 2.1.0-rc.1",
			FF_FMT(operand->string));
	return FF_OK;
}

#define SEMVER_MATCH(name, relation)                                                                \
	enum match name(const void *operands, const struct value *value, struct match_scratch *scratch) \
	{                                                                                               \
		const struct semver *operand = ((const struct operand_array *)operands)->items;             \
		struct semver version;                                                                      \
                                                                                                    \
		(void)scratch;                                                                              \
		if (value->type != VALUE_STRING || !read_semver(value_string(value), &version))             \
			return MATCH_WRONG_TYPE;                                                                \
		return compare(&version, operand) relation 0 ? MATCH_YES : MATCH_NO;                        \
	}

SEMVER_MATCH(semver_eq_match, ==)
SEMVER_MATCH(semver_lt_match, <)
SEMVER_MATCH(semver_lte_match, <=)
SEMVER_MATCH(semver_gt_match, >)
SEMVER_MATCH(semver_gte_match, >=)
