/* SPDX-License-Identifier: Apache-2.0 */
/* json_scan.h - JSON's strings and numbers, byte by byte. json_reader.c's own; others use the reader. */
#ifndef FF_BASE_JSON_SCAN_H
#define FF_BASE_JSON_SCAN_H

#include "base/arena.h"

/* On success `at` stands behind what was read; on failure at the byte that is wrong, and `fault` says why. */
struct json_scan {
	const char *at, *end;
	struct ff_arena *arena;
	const char *fault;
};

/* Stands on the opening quote. Borrows from the input, or unescapes into the arena. */
FF_MUST bool json_scan_string(struct json_scan *s, ff_str *ret);
/* Stands on '-' or a digit. Bit for bit what strtod makes of the text. */
FF_MUST bool json_scan_number(struct json_scan *s, double *ret);

#endif
