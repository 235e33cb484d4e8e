/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_scan.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"

static bool
fault(struct json_scan *s, const char *at, const char *what)
{
	s->at = at;
	s->fault = what;
	return false;
}

/* ---- strings ---- */

/* Four hexadecimal digits at `p`; -1 if they are not that. */
static int
hex4(const char *p, const char *end)
{
	int value = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];
		int digit = c >= '0' && c <= '9'             ? c - '0'
			: (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
													 : -1;

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

static char *
put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
	} else if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
		*out++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*out++ = (char)(0xe0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*out++ = (char)(0x80 | (c & 0x3f));
	} else {
		*out++ = (char)(0xf0 | c >> 18);
		*out++ = (char)(0x80 | (c >> 12 & 0x3f));
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*out++ = (char)(0x80 | (c & 0x3f));
	}
	return out;
}

/* The \u… at `*p` (and the second of a pair) to `*out`; moves both. */
static bool
unescape_unicode(struct json_scan *s, const char **p, char **out)
{
	int high = hex4(*p + 2, s->end), low;
	uint32_t c = (uint32_t)high;

	if (high < 0)
		return fault(s, *p, "\\u without four hexadecimal digits");
	if (high == 0)
		return fault(s, *p, "\\u0000 in a string");
	if (high >= 0xdc00 && high <= 0xdfff)
		return fault(s, *p, "a low surrogate without a high one before it");
	if (high >= 0xd800 && high <= 0xdbff) {
		low = s->end - *p >= 8 && (*p)[6] == '\\' && (*p)[7] == 'u' ? hex4(*p + 8, s->end) : -1;
		if (low < 0xdc00 || low > 0xdfff)
			return fault(s, *p, "a high surrogate without a low one behind it");
		c = 0x10000 + ((c - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
		*p += 6;
	}
	*p += 6;
	*out = put_utf8(*out, c);
	return true;
}

/* The escape at `*p` to `*out`; moves both. */
static bool
unescape(struct json_scan *s, const char **p, char **out)
{
	static const char meaning[256] = {
		['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};
	unsigned char c = s->end - *p >= 2 ? (unsigned char)(*p)[1] : 0;

	if (c == 'u')
		return unescape_unicode(s, p, out);
	if (!meaning[c])
		return fault(s, *p, "an unknown escape");
	*(*out)++ = meaning[c];
	*p += 2;
	return true;
}

/* Where the string that begins at `p` (no quote) can end at most: its first quote not behind a backslash. */
static const char *
raw_end(const char *p, const char *end)
{
	while (p < end && *p != '"')
		p += *p == '\\' ? 2 : 1;
	return p < end ? p : end;
}

/* The string from `start` on has its first escape at `p`. No text gets longer by unescaping. */
static bool
scan_escaped(struct json_scan *s, const char *start, const char *p, ff_str *ret)
{
	char *text = ff_arena_alloc(s->arena, (size_t)(raw_end(p, s->end) - start)), *out = text;

	memcpy(out, start, (size_t)(p - start));
	out += p - start;
	for (;;) {
		const char *plain = p;
		unsigned length;

		p = json_scan_plain(p, s->end);
		memcpy(out, plain, (size_t)(p - plain));
		out += p - plain;
		if (p == s->end)
			return fault(s, p, "the document ends inside a string");
		if (*p == '"')
			break;
		if (*p == '\\') {
			if (!unescape(s, &p, &out))
				return false;
			continue;
		}
		if ((unsigned char)*p < 0x20)
			return fault(s, p, "a control character in a string");
		length = utf8_char_bytes(p, s->end);
		if (length == 0)
			return fault(s, p, "bad UTF-8");
		memcpy(out, p, length);
		out += length;
		p += length;
	}
	*ret = ff_str_of(text, (size_t)(out - text));
	s->at = p + 1;
	return true;
}

bool
json_scan_string(struct json_scan *s, ff_str *ret)
{
	const char *start = s->at + 1, *p = start;

	for (;;) {
		unsigned length;

		p = json_scan_plain(p, s->end);
		if (p == s->end)
			return fault(s, p, "the document ends inside a string");
		if (*p == '"')
			break;
		if (*p == '\\')
			return scan_escaped(s, start, p, ret);
		if ((unsigned char)*p < 0x20)
			return fault(s, p, "a control character in a string");
		length = utf8_char_bytes(p, s->end);
		if (length == 0)
			return fault(s, p, "bad UTF-8");
		p += length;
	}
	*ret = ff_str_of(start, (size_t)(p - start));
	s->at = p + 1;
	return true;
}

/* ---- numbers ---- */

enum {
	DIGITS_EXACT = 19,     /* so many digits always fit a uint64_t */
	EXPONENT_EXACT = 22,   /* powers of ten that a double holds exactly */
	EXPONENT_MAX = 100000, /* far past any double: counting stops here */
	NUMBER_BYTES = 128,    /* text of a number that needs no arena */
};

#define MANTISSA_EXACT (UINT64_C(1) << 53)

/* strtod with a '.' as decimal point, whatever the process's locale says. `text` is a JSON number. */
static double
slow_number(struct json_scan *s, ff_str text)
{
	char own[NUMBER_BYTES], *z = text.n < sizeof own ? own : ff_arena_alloc(s->arena, text.n + 1);
	/* glibc's C locale is static: nothing is allocated, and newlocale cannot fail for it. */
	locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	double number;

	memcpy(z, text.p, text.n);
	z[text.n] = '\0';
	number = strtod_l(z, NULL, c_locale);
	freelocale(c_locale);
	return number;
}

/* Digits from `p` on are added to *mantissa (which wraps past DIGITS_EXACT of them). */
static inline const char *
scan_digits(const char *p, const char *end, uint64_t *mantissa)
{
	uint64_t m = *mantissa;

	for (; p < end && (unsigned char)(*p - '0') <= 9; p++)
		m = m * 10 + (unsigned char)(*p - '0');
	*mantissa = m;
	return p;
}

/* The exponent whose 'e' is at `p`; NULL where there are no digits. */
static const char *
scan_exponent(const char *p, const char *end, int *exponent)
{
	bool negative = false;
	const char *digits;
	int value = 0;

	p++;
	if (p < end && (*p == '+' || *p == '-'))
		negative = *p++ == '-';
	for (digits = p; p < end && (unsigned char)(*p - '0') <= 9; p++)
		if (value < EXPONENT_MAX)
			value = value * 10 + (*p - '0');
	*exponent = negative ? -value : value;
	return p > digits ? p : NULL;
}

/*
 * Exact wherever mantissa and power of ten are both doubles: then one correctly rounded operation gives the correctly
 * rounded result (W. D. Clinger, "How to read floating point numbers accurately", 1990).
 */
static bool
fast_number(uint64_t mantissa, long digits, long exponent, double *ret)
{
	static const double powers[EXPONENT_EXACT + 1] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

	if (digits > DIGITS_EXACT || mantissa > MANTISSA_EXACT || exponent < -EXPONENT_EXACT || exponent > EXPONENT_EXACT)
		return false;
	*ret = exponent < 0 ? (double)mantissa / powers[-exponent] : (double)mantissa * powers[exponent];
	return true;
}

bool
json_scan_number(struct json_scan *s, double *ret)
{
	const char *start = s->at, *p = start, *digits;
	long n_digits, exponent = 0;
	uint64_t mantissa = 0;
	double number;

	p += *p == '-';
	digits = p;
	if (p < s->end && *p == '0')
		p++;
	else
		p = scan_digits(p, s->end, &mantissa);
	n_digits = p - digits;
	if (n_digits == 0)
		return fault(s, p, "a number without a digit");
	if (p < s->end && *p == '.') {
		const char *fraction = p + 1;

		p = scan_digits(fraction, s->end, &mantissa);
		if (p == fraction)
			return fault(s, p, "a number without a digit behind its point");
		n_digits += p - fraction;
		exponent = fraction - p;
	}
	if (p < s->end && (*p | 0x20) == 'e') {
		const char *e = p;
		int written;

		p = scan_exponent(e, s->end, &written);
		if (!p)
			return fault(s, e, "a number without a digit in its exponent");
		exponent += written;
	}
	if (fast_number(mantissa, n_digits, exponent, &number)) {
		*ret = *start == '-' ? -number : number;
	} else {
		number = slow_number(s, ff_str_of(start, (size_t)(p - start)));
		if (isinf(number))
			return fault(s, start, "a number out of the range of a double");
		*ret = number;
	}
	s->at = p;
	return true;
}
