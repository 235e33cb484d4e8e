/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

unsigned
utf8_char_bytes(const char *p, const char *end)
{
	const unsigned char *u = (const unsigned char *)p;
	unsigned char low = 0x80, high = 0xbf; /* of the second byte */
	unsigned n;

	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	n = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (end - p < (ptrdiff_t)n)
		return 0;
	if (u[0] == 0xe0)
		low = 0xa0; /* overlong */
	else if (u[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (u[0] == 0xf0)
		low = 0x90; /* overlong */
	else if (u[0] == 0xf4)
		high = 0x8f; /* past U+10FFFF */
	if (u[1] < low || u[1] > high)
		return 0;
	for (unsigned i = 2; i < n; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool
utf8_valid(ff_str s)
{
	const char *p = s.p, *end = s.n ? s.p + s.n : s.p;

	while (p < end) {
		unsigned n = (unsigned char)*p < 0x80 ? 1 : utf8_char_bytes(p, end);

		if (n == 0)
			return false;
		p += n;
	}
	return true;
}

ff_str
utf8_cut(ff_str s, size_t max)
{
	if (s.n <= max)
		return s;
	while (max && ((unsigned char)s.p[max] & 0xc0) == 0x80)
		max--;
	return ff_str_of(s.p, max);
}
