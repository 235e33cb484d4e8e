/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

static inline unsigned char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : (unsigned char)c;
}

bool
ff_str_caseeq(ff_str a, ff_str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

int
ff_str_cmp(ff_str a, ff_str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool
ff_str_contains(ff_str s, ff_str needle)
{
	return needle.n == 0 || (s.n >= needle.n && memmem(s.p, s.n, needle.p, needle.n) != NULL);
}

bool
ff_str_cut(ff_str s, char sep, ff_str *head, ff_str *tail)
{
	const char *at = s.n ? memchr(s.p, sep, s.n) : NULL;

	if (!at) {
		*head = s;
		*tail = (ff_str){NULL, 0};
		return false;
	}
	*head = ff_str_of(s.p, (size_t)(at - s.p));
	*tail = ff_str_of(at + 1, s.n - head->n - 1);
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

ff_str
ff_str_trim(ff_str s)
{
	while (s.n && is_blank(s.p[0]))
		s = ff_str_of(s.p + 1, s.n - 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool
ff_str_u64(ff_str s, uint64_t *ret)
{
	uint64_t value = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned char)s.p[i] - (unsigned)'0';

		if (digit > 9 || __builtin_mul_overflow(value, 10u, &value) || __builtin_add_overflow(value, digit, &value))
			return false;
	}
	*ret = value;
	return true;
}

char *
ff_str_dupz(ff_str s)
{
	char *z = ff_xmalloc(s.n + 1);

	if (s.n)
		memcpy(z, s.p, s.n);
	z[s.n] = '\0';
	return z;
}
