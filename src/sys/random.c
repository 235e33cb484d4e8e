/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/random.h"

#include <errno.h>
#include <sys/random.h>

void
random_bytes(void *p, size_t n)
{
	char *at = p;

	while (n) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		ff_assert(got > 0);
		at += got;
		n -= (size_t)got;
	}
}

uint64_t
random_u64(void)
{
	uint64_t value;

	random_bytes(&value, sizeof value);
	return value;
}
