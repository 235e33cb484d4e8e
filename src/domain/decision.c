/* SPDX-License-Identifier: Apache-2.0 */
/* decision.c - a decision as words and as JSON. */
#include "domain/compiled.h"

const char *
reason_name(enum reason r)
{
	static const char *const reasons[] = {
#define REASON(name) [REASON_##name] = #name,
		REASON_TABLE(REASON)
#undef REASON
	};

	ff_assert((size_t)r < FF_COUNT(reasons));
	return reasons[r];
}

const char *
decision_error_name(enum decision_error e)
{
	switch (e) {
	case DECISION_OK:
		break;
	case DECISION_FLAG_NOT_FOUND:
		return "FLAG_NOT_FOUND";
	case DECISION_TARGETING_KEY_MISSING:
		return "TARGETING_KEY_MISSING";
	}
	return NULL;
}

static const struct compiled_variation *
variation_of(const struct decision *d)
{
	static const struct compiled_variation none = {.head = {"{", 1}};

	return d->variation < 0 ? &none : &d->flag->variations[d->variation];
}

ff_str
decision_value(const struct decision *d)
{
	return variation_of(d)->value;
}

ff_str
decision_variation(const struct decision *d)
{
	return variation_of(d)->key;
}

ff_str
decision_rule_id(const struct decision *d)
{
	return d->rule < 0 ? (ff_str){NULL, 0} : d->flag->rules[d->rule].id;
}

void
decision_write(const struct decision *d, struct ff_buf *out)
{
	ff_str tail;

	if (!d->flag) {
		ff_buf_lit(out, "{\"reason\":\"ERROR\",\"errorCode\":\"FLAG_NOT_FOUND\"}");
		return;
	}
	tail = d->rule < 0 ? d->flag->tails[d->reason] : d->flag->rules[d->rule].tail;
	ff_buf_str_put(out, variation_of(d)->head);
	ff_buf_str_put(out, d->variation < 0 ? ff_str_from(tail, 1) : tail); /* no comma behind the brace */
}
