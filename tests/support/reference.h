/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reference.h - the evaluation of docs/reference/flag-document.md, written a second time as plainly as can be: over
 * flags as they were read and contexts as JSON, with recursion, without compiling anything.
 */
#ifndef FF_TESTS_REFERENCE_H
#define FF_TESTS_REFERENCE_H

#include "support/engine.h"

struct reference_answer {
	const char *reason;
	const char *error; /* NULL: none */
	ff_str variation, rule;
};

/* `context` as engine_context takes it. */
struct reference_answer
reference_evaluate(const struct snapshot_source *source, const char *flag, const json_t *context, int64_t now_ms);

/* The bucket, by the xxHash library. */
uint32_t reference_bucket(ff_str salt, ff_str unit);

#endif
