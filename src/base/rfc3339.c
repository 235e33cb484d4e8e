/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rfc3339.h"

enum { MS_PER_S = 1000, S_PER_DAY = 86400, S_PER_HOUR = 3600, S_PER_MINUTE = 60 };

/* Days since 1970-01-01 of a proleptic Gregorian date; Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */
static int64_t
days_from_civil(int64_t year, int month, int day)
{
	int64_t era, year_of_era, day_of_year;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	year_of_era = year - era * 400;
	day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

struct civil {
	int year, month, day;
};

/* The inverse, for days of the years 0 to 9999. */
static struct civil
civil_from_days(int64_t days)
{
	int64_t era, day_of_era, year_of_era, day_of_year, month;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	day_of_era = days - era * 146097;
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153;
	return (struct civil){
		.year = (int)(year_of_era + era * 400 + (month >= 10)),
		.month = (int)(month < 10 ? month + 3 : month - 9),
		.day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
	};
}

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* What is left of the text; every read moves `at`. */
struct cursor {
	const char *at, *end;
};

/* Exactly `n` digits, of a value from `min` to `max`. */
static bool
read_number(struct cursor *c, int n, int min, int max, int *ret)
{
	int value = 0;

	if (c->end - c->at < n)
		return false;
	for (int i = 0; i < n; i++) {
		unsigned digit = (unsigned char)*c->at++ - (unsigned)'0';

		if (digit > 9)
			return false;
		value = value * 10 + (int)digit;
	}
	*ret = value;
	return value >= min && value <= max;
}

/* One character of `set`. */
static bool
read_char(struct cursor *c, const char *set, char *ret)
{
	if (c->at == c->end || *c->at == '\0' || !strchr(set, *c->at))
		return false;
	*ret = *c->at++;
	return true;
}

/* Nothing, or a point and digits, of which the first three count. */
static bool
read_fraction(struct cursor *c, int *ret_ms)
{
	const char *first;
	int ms = 0, scale = 100;
	char point;

	*ret_ms = 0;
	if (!read_char(c, ".", &point))
		return true;
	for (first = c->at; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, scale /= 10)
		ms += (*c->at - '0') * scale;
	*ret_ms = ms;
	return c->at > first;
}

static bool
read_offset(struct cursor *c, int *ret_s)
{
	int hours, minutes;
	char sign, colon;

	*ret_s = 0;
	if (!read_char(c, "Zz+-", &sign))
		return false;
	if (sign == 'Z' || sign == 'z')
		return true;
	if (!read_number(c, 2, 0, 23, &hours) || !read_char(c, ":", &colon) || !read_number(c, 2, 0, 59, &minutes))
		return false;
	*ret_s = (hours * S_PER_HOUR + minutes * S_PER_MINUTE) * (sign == '-' ? -1 : 1);
	return true;
}

bool
rfc3339_parse(ff_str s, int64_t *ret_ms)
{
	struct cursor c;
	int year, month, day, hour, minute, second, ms, offset;
	char sep;

	if (!s.n) /* where p may be NULL */
		return false;
	c = (struct cursor){s.p, s.p + s.n};
	if (!read_number(&c, 4, 0, 9999, &year) || !read_char(&c, "-", &sep) || !read_number(&c, 2, 1, 12, &month) ||
		!read_char(&c, "-", &sep) || !read_number(&c, 2, 1, days_in(year, month), &day) || !read_char(&c, "Tt", &sep))
		return false;
	if (!read_number(&c, 2, 0, 23, &hour) || !read_char(&c, ":", &sep) || !read_number(&c, 2, 0, 59, &minute) ||
		!read_char(&c, ":", &sep) || !read_number(&c, 2, 0, 60, &second))
		return false;
	if (!read_fraction(&c, &ms) || !read_offset(&c, &offset) || c.at != c.end)
		return false;
	*ret_ms =
		(days_from_civil(year, month, day) * S_PER_DAY + hour * S_PER_HOUR + minute * S_PER_MINUTE + second - offset) *
			MS_PER_S +
		ms;
	return true;
}

/* Writes `value` with `n` digits and returns where it ended. */
static char *
put_number(char *at, int64_t value, int n)
{
	for (int i = n - 1; i >= 0; i--, value /= 10)
		at[i] = (char)('0' + value % 10);
	return at + n;
}

static char *
put_char(char *at, char c)
{
	*at = c;
	return at + 1;
}

ff_str
rfc3339_format(int64_t ms, char buf[static RFC3339_BYTES])
{
	const int64_t min = days_from_civil(0, 1, 1) * S_PER_DAY * MS_PER_S;
	const int64_t max = days_from_civil(10000, 1, 1) * S_PER_DAY * MS_PER_S - 1;
	int64_t days, rest, s;
	struct civil date;
	char *at = buf;

	ms = ms < min ? min : ms > max ? max : ms;
	rest = ms % ((int64_t)S_PER_DAY * MS_PER_S);
	if (rest < 0)
		rest += (int64_t)S_PER_DAY * MS_PER_S;
	days = (ms - rest) / ((int64_t)S_PER_DAY * MS_PER_S);
	date = civil_from_days(days);
	s = rest / MS_PER_S;
	at = put_char(put_number(at, date.year, 4), '-');
	at = put_char(put_number(at, date.month, 2), '-');
	at = put_char(put_number(at, date.day, 2), 'T');
	at = put_char(put_number(at, s / S_PER_HOUR, 2), ':');
	at = put_char(put_number(at, s / S_PER_MINUTE % 60, 2), ':');
	at = put_char(put_number(at, s % 60, 2), '.');
	at = put_char(put_number(at, rest % MS_PER_S, 3), 'Z');
	return ff_str_of(buf, (size_t)(at - buf));
}
