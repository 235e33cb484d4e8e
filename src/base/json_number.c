/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIGITS_MAX = 17, POINT_MAX = 21, POINT_MIN = -6 };

/* v = 0.d₁d₂…dₖ × 10ⁿ, no trailing zeros: `digits`, k, n of ECMA-262. */
struct decimal {
	char digits[DIGITS_MAX + 1];
	int k, n;
};

/* Digits and exponent as one integer and a power of ten: no decimal point, so no locale. */
static double
decimal_value(const struct decimal *d)
{
	char text[DIGITS_MAX + 16];

	snprintf(text, sizeof text, "%.*se%d", d->k, d->digits, d->n - d->k);
	return strtod(text, NULL);
}

/* The k-digit decimal nearest to `v` (> 0). */
static void
decimal_nearest(double v, int k, struct decimal *ret)
{
	char text[DIGITS_MAX + 16];
	const char *at = text;

	snprintf(text, sizeof text, "%.*e", k - 1, v);
	for (ret->k = 0; *at != 'e'; at++)
		if (*at >= '0' && *at <= '9') /* skips the point, whatever the locale calls it */
			ret->digits[ret->k++] = *at;
	ret->n = (int)strtol(at + 1, NULL, 10) + 1;
}

/* To the next decimal of as many digits. */
static void
decimal_up(struct decimal *d)
{
	int i = d->k - 1;

	while (i >= 0 && d->digits[i] == '9')
		d->digits[i--] = '0';
	if (i >= 0) {
		d->digits[i]++;
	} else {
		d->digits[0] = '1';
		d->n++;
	}
}

/*
 * Fifteen digits always survive a double (DBL_DIG), so a normal number with fewer shows them followed by zeros, and the
 * search starts there. Below a power of two doubles lie twice as dense as above it: there the nearest decimal may not
 * read back where the next one up does.
 */
static void
decimal_shortest(double v, struct decimal *ret)
{
	int exponent;
	bool power_of_two = frexp(v, &exponent) == 0.5;

	for (int k = v < DBL_MIN ? 1 : DBL_DIG; k <= DIGITS_MAX; k++) {
		decimal_nearest(v, k, ret);
		if (decimal_value(ret) == v)
			break;
		if (!power_of_two)
			continue;
		decimal_up(ret);
		if (decimal_value(ret) == v)
			break;
	}
	while (ret->k > 1 && ret->digits[ret->k - 1] == '0')
		ret->k--;
}

static char *
put(char *at, const char *p, int n)
{
	memcpy(at, p, (size_t)n);
	return at + n;
}

static char *
put_zeros(char *at, int n)
{
	memset(at, '0', (size_t)n);
	return at + n;
}

/* The layout rules of Number::toString, in its order. */
static char *
put_decimal(char *at, const struct decimal *d)
{
	if (d->k <= d->n && d->n <= POINT_MAX)
		return put_zeros(put(at, d->digits, d->k), d->n - d->k);
	if (d->n > 0 && d->n <= POINT_MAX) {
		at = put(put(at, d->digits, d->n), ".", 1);
		return put(at, d->digits + d->n, d->k - d->n);
	}
	if (d->n > POINT_MIN && d->n <= 0)
		return put(put_zeros(put(at, "0.", 2), -d->n), d->digits, d->k);
	at = put(at, d->digits, 1);
	if (d->k > 1)
		at = put(put(at, ".", 1), d->digits + 1, d->k - 1);
	return at + snprintf(at, 8, "e%+d", d->n - 1);
}

ff_str
json_number_format(double v, char buf[static JSON_NUMBER_BYTES])
{
	struct decimal d;
	char *at = buf;

	if (!isfinite(v))
		return (ff_str){NULL, 0};
	if (v == 0)
		return ff_str_of(buf, (size_t)(put(at, "0", 1) - buf));
	if (v < 0)
		at = put(at, "-", 1);
	decimal_shortest(fabs(v), &d);
	return ff_str_of(buf, (size_t)(put_decimal(at, &d) - buf));
}
