/* SPDX-License-Identifier: Apache-2.0 */
/* rfc3339.h - dates as text: 2026-01-02T03:04:05.678Z. Proleptic Gregorian, no leap seconds but :60 read as the next
 * second. */
#ifndef FF_BASE_RFC3339_H
#define FF_BASE_RFC3339_H

#include "base/str.h"

enum { RFC3339_BYTES = 24 }; /* "YYYY-MM-DDThh:mm:ss.sssZ" */

/* Whole string; date, time and offset (Z or ±hh:mm) required; any number of fraction digits, cut to ms. */
FF_MUST bool rfc3339_parse(ff_str s, int64_t *ret_ms);
/* Writes RFC3339_BYTES bytes, no NUL. Years 0000 to 9999; others are clamped. */
ff_str rfc3339_format(int64_t ms, char buf[static RFC3339_BYTES]);

#endif
