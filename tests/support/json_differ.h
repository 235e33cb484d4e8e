/* SPDX-License-Identifier: Apache-2.0 */
/* json_differ.h - do our JSON reader and jansson agree on a text? For the unit test and the fuzz target. */
#ifndef FF_TESTS_JSON_DIFFER_H
#define FF_TESTS_JSON_DIFFER_H

#include "base/str.h"

/*
 * Reads `text` with both: they have to agree on whether it is valid, and on every value, numbers bit by bit. NULL when
 * they do, else what they differ in. The one difference allowed is depth, which the reader bounds more narrowly.
 */
const char *json_differ(ff_str text);

#endif
