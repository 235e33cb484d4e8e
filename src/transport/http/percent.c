/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/percent.h"

#include "transport/http/hex.h"

bool
percent_decode(ff_str s, struct ff_arena *arena, ff_str *ret)
{
	char *out;
	size_t n = 0;

	if (!s.n || !memchr(s.p, '%', s.n)) {
		*ret = s;
		return true;
	}
	out = ff_arena_alloc(arena, s.n);
	for (size_t i = 0; i < s.n; i++) {
		int high, low;

		if (s.p[i] != '%') {
			out[n++] = s.p[i];
			continue;
		}
		if (s.n - i < 3 || (high = hex_digit(s.p[i + 1])) < 0 || (low = hex_digit(s.p[i + 2])) < 0)
			return false;
		if (high == 0 && low == 0)
			return false;
		out[n++] = (char)(high << 4 | low);
		i += 2;
	}
	*ret = ff_str_of(out, n);
	return true;
}
