/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.h - what each fuzz target defines: libFuzzer or replay.c calls it. A broken invariant aborts (ff_assert). */
#ifndef FF_TESTS_FUZZ_H
#define FF_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
