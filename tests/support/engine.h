/* SPDX-License-Identifier: Apache-2.0 */
/* engine.h - from JSON text to decisions, for tests and benchmarks. What cannot be read ends the program. */
#ifndef FF_TESTS_ENGINE_H
#define FF_TESTS_ENGINE_H

#include <jansson.h>

#include "domain/evaluate.h"

/* Flags and segments, compiled for the environment `production`, and what evaluating them needs. */
struct engine {
	struct ff_arena arena;   /* of the documents */
	struct ff_arena request; /* of contexts */
	struct snapshot_source source;
	struct snapshot *snapshot;
	struct scratch *scratch;
};

/* `doc` is {"flags": […], "segments"?: […]}. */
void engine_open(struct engine *e, const json_t *doc);
void engine_open_text(struct engine *e, const char *doc);
/* The same, but says why it cannot be compiled; then there is nothing to close. */
ff_status engine_try_open(struct engine *e, const char *doc, struct ff_err *reterr);
void engine_close(struct engine *e);

/*
 * A context from {"userID"?: …, "attributes"?: {…}}, for one request: the scratch is prepared for it, the one before is
 * gone.
 */
void engine_context(struct engine *e, const json_t *json, struct context *ret);
void engine_context_text(struct engine *e, const char *json, struct context *ret);

/* The decision on `flag` as decision_write has it. Borrowed from the request's arena. */
ff_str engine_decide(struct engine *e, const struct context *context, const char *flag, int64_t now_ms);

/* A file of tests/golden/. */
json_t *golden_load(const char *name);

#endif
