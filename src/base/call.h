/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call.h - on whose behalf and until when. The first parameter of every function that may wait.
 *
 * Borrowed for the length of the call. Whoever waits looks at ff_call_over between steps and, where the wait can be
 * bounded, waits no longer than ff_call_left_ms.
 */
#ifndef FF_BASE_CALL_H
#define FF_BASE_CALL_H

#include <stdatomic.h>

#include "base/err.h"

struct ff_call {
	uint64_t deadline_ms;      /* on the monotonic clock (sys/clock.h); UINT64_MAX = none */
	const atomic_bool *cancel; /* set when the caller has gone away; NULL = never */
	ff_str tenant;             /* key of the tenant; empty where none applies */
	ff_str actor;              /* who, for the audit: "root", "dev", "key:<id>", "cli", "system" */
	ff_str request_id;         /* empty for background work */
	ff_str comment;            /* FFS-Comment, for the audit */
	ff_str idempotency_key;    /* a write with it happens once for its tenant and actor; empty: none */
};

#endif
