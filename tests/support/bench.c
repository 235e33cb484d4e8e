/* SPDX-License-Identifier: Apache-2.0 */
#include "support/bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/alloc_count.h"
#include "sys/clock.h"

enum { RUNS = 9 };

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void
bench(const char *name, unsigned n, void (*op)(void *arg), void *arg)
{
	uint64_t allocations = 0;
	double ns[RUNS];

	op(arg);
	for (unsigned run = 0; run < RUNS; run++) {
		uint64_t calls = alloc_count(), begin = clock_mono_ns();

		for (unsigned i = 0; i < n; i++)
			op(arg);
		ns[run] = (double)(clock_mono_ns() - begin) / n;
		allocations += alloc_count() - calls;
	}
	qsort(ns, RUNS, sizeof *ns, compare);
	(void)printf("{\"name\":\"%s\",\"ns\":%.1f,\"allocations\":%.3g}\n", name, ns[RUNS / 2],
		(double)allocations / ((double)RUNS * n));
	(void)fflush(stdout);
}
