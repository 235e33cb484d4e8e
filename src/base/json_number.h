/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_number.h - a double as JSON text: the shortest digits that read back as the same double, laid out as
 * ECMAScript's Number::toString does (ECMA-262 6.1.6.1.20), which is what RFC 8785 (JSON Canonicalization Scheme)
 * section 3.2.2.3 prescribes. 1e21, 1e-7, 0.1, 100; minus zero is 0.
 */
#ifndef FF_BASE_JSON_NUMBER_H
#define FF_BASE_JSON_NUMBER_H

#include "base/str.h"

enum { JSON_NUMBER_BYTES = 32 };

/* Writes into `buf`, no NUL. Empty when `v` is not finite: JSON has no text for it. Any locale; no allocation. */
ff_str json_number_format(double v, char buf[static JSON_NUMBER_BYTES]);

#endif
