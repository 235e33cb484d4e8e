/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/flag.h"
#include "domain/limits.h"

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool
key_valid(ff_str key)
{
	if (key.n == 0 || key.n > LIMIT_KEY_BYTES || !is_alnum(key.p[0]))
		return false;
	for (size_t i = 1; i < key.n; i++)
		if (!is_alnum(key.p[i]) && key.p[i] != '.' && key.p[i] != '_' && key.p[i] != '-')
			return false;
	return true;
}
