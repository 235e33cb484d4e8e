/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alloc_count.h - how often this program allocates, whoever asks: libraries too.
 *
 * The C library's malloc family is replaced by one that counts; under a sanitizer, whose own it must stay, its hooks
 * count.
 */
#ifndef FF_TESTS_ALLOC_COUNT_H
#define FF_TESTS_ALLOC_COUNT_H

#include <stdint.h>

/* Calls of malloc, calloc, realloc and free since the program began, by all threads. */
uint64_t alloc_count(void);

#endif
