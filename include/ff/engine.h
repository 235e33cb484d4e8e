/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ff/engine.h - FFS's evaluation engine as a library: the flags of one environment, decided in your own process.
 *
 * It decides exactly as the service does, because it is what the service runs. It opens no file and no socket, starts
 * no thread and reads no clock: documents, contexts and the time are arguments.
 *
 *     struct ff_engine *engine;
 *     char err[FF_ENGINE_ERROR_BYTES];
 *     if (ff_engine_open(json, strlen(json), "production", &engine, err, sizeof err) != FF_ENGINE_OK) …
 *     struct ff_context *context = ff_context_new(engine);
 *     ff_context_set_user_id(context, "u-1");
 *     ff_context_set_string(context, "country", "DE");
 *     if (ff_decision_bool(ff_evaluate(context, "checkout-v2", now_ms), false)) …
 *     ff_context_free(context);
 *     ff_engine_free(engine);
 *
 * Threads: an engine never changes; any number of threads may use it. A context, and the decisions it gives, belong to
 * one thread at a time. To bring in new flags, open another engine, let new contexts use it, and free the old one after
 * the last of its contexts.
 *
 * Strings: UTF-8. Those given are copied; those returned are borrowed, end with NUL, and live until the next call of
 * ff_evaluate, ff_explain, ff_context_reset or ff_context_free with the same context.
 *
 * Memory: evaluation allocates nothing once a context has been used a few times. When memory is exhausted the process
 * ends.
 */
#ifndef FF_ENGINE_H
#define FF_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The interface's version: the major changes when a caller has to, the minor when something is added. */
#define FF_ENGINE_VERSION_MAJOR 0
#define FF_ENGINE_VERSION_MINOR 1
#define FF_ENGINE_VERSION_PATCH 0
#define FF_ENGINE_VERSION (FF_ENGINE_VERSION_MAJOR * 1000000 + FF_ENGINE_VERSION_MINOR * 1000 + FF_ENGINE_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif

/* FF_ENGINE_VERSION of the library that is linked. */
int ff_engine_version(void);

enum ff_engine_status {
	FF_ENGINE_OK = 0,
	FF_ENGINE_INVALID = 1, /* the text is not what is asked for; the message says what and where */
	FF_ENGINE_LIMIT = 2    /* more attributes, or longer ones, than a context takes */
};

enum { FF_ENGINE_ERROR_BYTES = 512 };

struct ff_engine;
struct ff_context;
struct ff_decision;

/*
 * Compiles {"flags": […], "segments": […]}, documents as the Admin API takes and returns them, for one environment.
 * On failure writes one sentence and a NUL to `reterr` (may be NULL), cut at `reterr_size`, and leaves *ret alone.
 */
enum ff_engine_status ff_engine_open(const char *json, size_t json_size, const char *environment,
	struct ff_engine **ret, char *reterr, size_t reterr_size);
/* NULL is fine. Not before its contexts are freed. */
void ff_engine_free(struct ff_engine *engine);
/* Flags that are not archived, in the order of their keys; NULL past the end. The keys live as long as the engine. */
size_t ff_engine_count(const struct ff_engine *engine);
const char *ff_engine_key(const struct ff_engine *engine, size_t i);

/* What is known of one user. Empty; to be used for one user after the other, with ff_context_reset between them. */
struct ff_context *ff_context_new(const struct ff_engine *engine);
void ff_context_free(struct ff_context *context);
void ff_context_reset(struct ff_context *context);

/* The unit that splits and lists of users go by. An empty one is missing. */
enum ff_engine_status ff_context_set_user_id(struct ff_context *context, const char *user_id);
/* One attribute; a dotted name ("device.os") stands for a nested one. A number is finite. */
enum ff_engine_status ff_context_set_string(struct ff_context *context, const char *name, const char *value);
enum ff_engine_status ff_context_set_number(struct ff_context *context, const char *name, double value);
enum ff_engine_status ff_context_set_bool(struct ff_context *context, const char *name, bool value);
/*
 * Many at once: a JSON object whose members are attributes, lists and nested objects included. `userID` in it is
 * ignored. After a failure the context is to be reset. Errors as in ff_engine_open.
 */
enum ff_engine_status
ff_context_set_json(struct ff_context *context, const char *json, size_t json_size, char *reterr, size_t reterr_size);

/* What the service answers for the flag. `now_ms`, since the epoch, is what conditions on the time see. Never NULL. */
const struct ff_decision *ff_evaluate(struct ff_context *context, const char *flag, int64_t now_ms);
/* The same as JSON: {"decision": {…}, "steps": […]}, with what was tried and why it did or did not hold. */
const char *ff_explain(struct ff_context *context, const char *flag, int64_t now_ms);

/* The value as JSON text; NULL where the caller's own default applies. */
const char *ff_decision_json(const struct ff_decision *decision);
/* The value of a flag of that type; `fallback` where there is no value, or the flag is of another type. */
bool ff_decision_bool(const struct ff_decision *decision, bool fallback);
double ff_decision_number(const struct ff_decision *decision, double fallback);
const char *ff_decision_string(const struct ff_decision *decision, const char *fallback);
/* NULL where there is none. */
const char *ff_decision_variation(const struct ff_decision *decision);
const char *ff_decision_rule_id(const struct ff_decision *decision);
const char *ff_decision_error(const struct ff_decision *decision); /* "FLAG_NOT_FOUND", "TARGETING_KEY_MISSING" */
/* "RULE_MATCH", "SPLIT", …; "ERROR" with an error. */
const char *ff_decision_reason(const struct ff_decision *decision);
/* The flag's version; 0 where there is no such flag. */
uint64_t ff_decision_version(const struct ff_decision *decision);

#ifdef __cplusplus
}
#endif

#endif
