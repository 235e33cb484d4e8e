/* SPDX-License-Identifier: Apache-2.0 */
/* random.h - randomness from the kernel. */
#ifndef FF_SYS_RANDOM_H
#define FF_SYS_RANDOM_H

#include "base/str.h"

/* Fills `p`; ends the process when the kernel has none to give (it never has not, past boot). */
void random_bytes(void *p, size_t n);
uint64_t random_u64(void);

#endif
