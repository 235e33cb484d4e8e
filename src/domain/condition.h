/* SPDX-License-Identifier: Apache-2.0 */
/* condition.h - what a rule or a segment asks of a context, as a tree. Lives in the arena of its flag or segment. */
#ifndef FF_DOMAIN_CONDITION_H
#define FF_DOMAIN_CONDITION_H

#include <jansson.h>

#include "domain/operator.h"

enum condition_kind { CONDITION_ALL, CONDITION_ANY, CONDITION_NOT, CONDITION_SEGMENT, CONDITION_LEAF };

struct condition {
	enum condition_kind kind;
	/* ALL, ANY: any number (an empty `all` holds, an empty `any` does not); NOT: one */
	const struct condition *children;
	uint32_t n_children;
	/* SEGMENT */
	ff_str segment;
	/* LEAF */
	ff_str attribute;
	const struct operator_row *op;
	const struct operand *operands;
	uint32_t n_operands;
	bool plural; /* was written as "values"; kept so that a document reads back as it was written */
	bool negate, ignore_case;
};

/*
 * Reads a condition. Adds every fault found, with `pointer` as the place of `json`; on any, what is returned is not to
 * be used. Never NULL.
 */
const struct condition *
condition_read(const json_t *json, ff_str pointer, struct ff_arena *arena, struct ff_faults *faults);
/* As condition_read took it; a new reference. */
json_t *condition_write(const struct condition *c);

/* Calls `visit` for each segment that the condition names. */
void condition_segments(const struct condition *c, void (*visit)(void *arg, ff_str segment), void *arg);

#endif
