/* SPDX-License-Identifier: Apache-2.0 */
#include "base/common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
ff_assert_failed(const char *cond, const char *file, int line)
{
	fprintf(stderr, "ffs: bug: %s does not hold at %s:%d\n", cond, file, line);
	abort();
}

static FF_NORETURN void
out_of_memory(size_t size)
{
	fprintf(stderr, "ffs: out of memory allocating %zu bytes\n", size);
	abort();
}

void *
ff_xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		out_of_memory(size);
	return p;
}

void *
ff_xcalloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		out_of_memory(count * size);
	return p;
}

void *
ff_xrealloc(void *ptr, size_t size)
{
	void *p = realloc(ptr, size ? size : 1);

	if (!p)
		out_of_memory(size);
	return p;
}

char *
ff_xstrdup(const char *z)
{
	size_t n = strlen(z) + 1;

	return memcpy(ff_xmalloc(n), z, n);
}

void
ff_freep(void *ptr_to_ptr)
{
	void *p;

	memcpy(&p, ptr_to_ptr, sizeof p);
	free(p);
}
