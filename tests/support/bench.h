/* SPDX-License-Identifier: Apache-2.0 */
/* bench.h - how benchmarks measure and report. */
#ifndef FF_TESTS_BENCH_H
#define FF_TESTS_BENCH_H

#include <stdint.h>

/*
 * Runs `op` `n` times, several times over, after one run that is not counted. Prints, as a line of JSON, `name`, the
 * median run's nanoseconds and all runs' allocations, both for one operation.
 */
void bench(const char *name, unsigned n, void (*op)(void *arg), void *arg);

#endif
