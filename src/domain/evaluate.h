/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate.h - the decision for one flag and one context. Pure: no I/O, no clock, no allocation, no lock.
 *
 * Steps and reasons: the first of not found, disabled, prerequisites, deny, allow, rules, default that applies decides.
 */
#ifndef FF_DOMAIN_EVALUATE_H
#define FF_DOMAIN_EVALUATE_H

#include "base/buf.h"
#include "domain/context.h"
#include "domain/snapshot.h"

/* REASON(name): the words clients see. */
#define REASON_TABLE(REASON)    \
	REASON(ERROR)               \
	REASON(DISABLED)            \
	REASON(PREREQUISITE_FAILED) \
	REASON(DENYLIST)            \
	REASON(ALLOWLIST)           \
	REASON(RULE_MATCH)          \
	REASON(SPLIT)               \
	REASON(DEFAULT)

enum reason {
#define REASON(name) REASON_##name,
	REASON_TABLE(REASON)
#undef REASON
		REASON_COUNT
};

enum decision_error { DECISION_OK, DECISION_FLAG_NOT_FOUND, DECISION_TARGETING_KEY_MISSING };

const char *reason_name(enum reason r);
const char *decision_error_name(enum decision_error e); /* "FLAG_NOT_FOUND", …; NULL for DECISION_OK */

struct decision {
	const struct compiled_flag *flag; /* NULL with FLAG_NOT_FOUND */
	enum reason reason;
	enum decision_error error;
	int32_t variation; /* index, or VARIATION_NONE: no value, the caller's own default applies */
	int32_t rule;      /* index of the rule that decided, or -1 */
};

/* Of a decision: empty where it has none. Borrowed from the snapshot. */
ff_str decision_value(const struct decision *d); /* JSON text */
ff_str decision_variation(const struct decision *d);
ff_str decision_rule_id(const struct decision *d);
/* Appends {"value":…,"variation":…,"reason":…,"ruleId":…,"version":…} from pieces made at compile time. */
void decision_write(const struct decision *d, struct ff_buf *out);

/*
 * What an evaluation may write to: results of prerequisites and segments within one request, match data. One thread's;
 * kept from request to request. scratch_prepare is called once for each (snapshot, context) and may allocate when the
 * snapshot is larger than any before; evaluate never does.
 */
struct scratch;
struct scratch *scratch_new(void);
void scratch_free(struct scratch *s);
void scratch_prepare(struct scratch *s, const struct snapshot *snapshot);

/* `flag` may be NULL (not found). The scratch was prepared for this snapshot and this context. */
void evaluate(const struct snapshot *snapshot, const struct compiled_flag *flag, const struct context *context,
	int64_t now_ms, struct scratch *scratch, struct decision *ret);

/*
 * The same walk, with what was tried written to `steps` as a JSON array: each step {"step", "held", …} says which
 * target, rule or condition it was, what it saw and why it did or did not hold.
 */
void explain(const struct snapshot *snapshot, const struct compiled_flag *flag, const struct context *context,
	int64_t now_ms, struct scratch *scratch, struct decision *ret, struct ff_buf *steps);

#endif
