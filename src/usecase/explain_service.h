/* SPDX-License-Identifier: Apache-2.0 */
/* explain_service.h - why a context gets what it gets: POST /admin/evaluate. */
#ifndef FF_USECASE_EXPLAIN_SERVICE_H
#define FF_USECASE_EXPLAIN_SERVICE_H

#include "usecase/service.h"

/*
 * Body {"flag": {draft} or "flagKey": key, "environment"?: "production", "context"?: {"userID", "attributes"},
 * "at"?: RFC 3339 or ms since the epoch} → {"decision", "steps", "flagKey", "environment", "at", "revision"}.
 *
 * Works on the stored documents: the flag, or the draft in its place, and what they need. Nothing is stored. `at` is
 * now_ms unless the body says otherwise. FF_EINVALID for a draft that could not be written; FF_EFLAGNOTFOUND,
 * FF_EENVIRONMENTNOTFOUND.
 */
FF_MUST ff_status explain_evaluate(const struct ff_call *call, const struct service *service, ff_str body,
	int64_t now_ms, struct ff_arena *arena, ff_str *ret_json, struct ff_err *reterr);

#endif
