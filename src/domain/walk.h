/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.h - the evaluation of one flag, written once and compiled twice: evaluate.c passes no trace, and all that has to
 * do with tracing folds away; explain.c passes one.
 *
 * Nothing recurses: a condition that needs a segment, and a flag that needs others, wait in frames of the scratch, of
 * which there are as many as the snapshot's longest chain. A chain of any length takes the same stack.
 */
#ifndef FF_DOMAIN_WALK_H
#define FF_DOMAIN_WALK_H

#include "base/json_number.h"
#include "base/map.h"
#include "domain/scratch.h"

#define WALK_INLINE static inline __attribute__((always_inline))

struct walk {
	const struct snapshot *snapshot;
	const struct context *context;
	int64_t now_ms;
	struct scratch *scratch;
};

/* Of a split that assigns no variation. */
enum { SERVE_PASS = VARIATION_NONE, SERVE_NO_UNIT = -2 };

/* explain.c: each is told what was tried and how it came out. `t` is never NULL. */
struct trace;
void trace_enabled(struct trace *t, const struct compiled_flag *f);
void trace_requirement(struct trace *t, const struct walk *w, const struct requirement *r, int32_t result, bool held);
void trace_units(struct trace *t, const struct walk *w, const struct compiled_flag *f, int listed);
void trace_condition(
	struct trace *t, const struct walk *w, const struct step *s, int32_t at, const struct segment_frame *of, bool held);
void trace_split(struct trace *t, const struct walk *w, const struct compiled_serve *s, ff_str unit, uint32_t bucket,
	int32_t variation);
void trace_rule(struct trace *t, const struct compiled_rule *rule, bool held);
void trace_rule_begins(struct trace *t, const struct compiled_rule *rule);
void trace_default(struct trace *t, const struct decision *d);

/* evaluate.c: decides the flags that `f` requires, as far as that decides whether its requirements hold. */
void walk_requirements(const struct walk *w, const struct compiled_flag *f);

WALK_INLINE enum match
walk_match_scalar(const struct step *s, const struct value *v, struct scratch *scratch)
{
	if (s->kind != STEP_SYMBOL)
		return s->match(s->operands, v, &scratch->match);
	if (v->type != VALUE_STRING)
		return MATCH_WRONG_TYPE;
	return symbol_set_has(s->operands, v->symbol) ? MATCH_YES : MATCH_NO;
}

/* Of a list: any element of the right type decides; none of the right type is the wrong type. */
WALK_INLINE enum match
walk_match(const struct step *s, const struct value *v, struct scratch *scratch)
{
	enum match result = MATCH_WRONG_TYPE;

	if (__builtin_expect(v->type != VALUE_LIST, 1))
		return walk_match_scalar(s, v, scratch);
	for (uint32_t i = 0; i < v->n; i++) {
		enum match one = walk_match_scalar(s, &v->items[i], scratch);

		if (one == MATCH_YES)
			return MATCH_YES;
		if (one == MATCH_NO)
			result = MATCH_NO;
	}
	return result;
}

/* What a step asks about. */
WALK_INLINE const struct value *
walk_value(const struct walk *w, const struct step *s, struct value *now)
{
	if (s->kind != STEP_NOW)
		return &w->context->values[s->number];
	*now = (struct value){.type = VALUE_NUMBER, .number = (double)w->now_ms};
	return now;
}

WALK_INLINE bool
walk_leaf(const struct walk *w, const struct step *s)
{
	struct value now;
	const struct value *v = walk_value(w, s, &now);
	enum match result;

	if (s->kind == STEP_PRESENT)
		return (v->type != VALUE_MISSING) != s->negate;
	result = walk_match(s, v, w->scratch);
	return result != MATCH_WRONG_TYPE && (result == MATCH_YES) != s->negate;
}

/* The number of the context's unit in a set, or STRING_SET_NONE. */
WALK_INLINE int
walk_find_unit(const struct walk *w, const struct string_set *units)
{
	struct scratch *scratch = w->scratch;

	if (units->n == 0 || w->context->unit.n == 0)
		return STRING_SET_NONE;
	if (scratch->unit_generation != scratch->generation) {
		scratch->unit_hash = ff_map_hash(w->context->unit);
		scratch->unit_generation = scratch->generation;
	}
	return string_set_find(units, w->context->unit, scratch->unit_hash);
}

WALK_INLINE void
walk_remember(const struct walk *w, struct memo *memo, int32_t result)
{
	*memo = (struct memo){.generation = w->scratch->generation, .result = result};
}

/* Is it known already whether the context is in the segment, or known from its lists? */
WALK_INLINE bool
walk_membership(const struct walk *w, uint32_t number)
{
	struct memo *memo = &w->scratch->segments[number];

	if (memo->generation == w->scratch->generation)
		return true;
	switch (walk_find_unit(w, &w->snapshot->segments[number]->units)) {
	case SEGMENT_EXCLUDED:
		walk_remember(w, memo, MEMBER_EXCLUDED);
		return true;
	case SEGMENT_INCLUDED:
		walk_remember(w, memo, MEMBER_INCLUDED);
		return true;
	}
	return false;
}

WALK_INLINE bool
walk_is_member(const struct walk *w, uint32_t number)
{
	return w->scratch->segments[number].result >= MEMBER_INCLUDED;
}

/* Runs the steps from `at` on. A segment not known yet is decided first, and then its step is run again. */
WALK_INLINE bool
walk_condition(const struct walk *w, const struct step *steps, int32_t at, struct trace *t)
{
	struct segment_frame *frames = w->scratch->segment_frames;
	uint32_t depth = 0;

	for (;;) {
		while (at >= 0) {
			const struct step *s = &steps[at];
			bool held;

			if (__builtin_expect(s->kind == STEP_SEGMENT, 0)) {
				if (!walk_membership(w, s->number)) {
					frames[depth++] = (struct segment_frame){steps, at, s->number};
					steps = w->snapshot->segments[s->number]->steps;
					at = w->snapshot->segments[frames[depth - 1].segment]->first;
					continue;
				}
				held = walk_is_member(w, s->number);
			} else {
				held = walk_leaf(w, s);
			}
			if (t)
				trace_condition(t, w, s, at, depth ? &frames[depth - 1] : NULL, held);
			at = s->next[held];
		}
		if (depth == 0)
			return at == STEP_HELD;
		depth--;
		walk_remember(
			w, &w->scratch->segments[frames[depth].segment], at == STEP_HELD ? MEMBER_BY_CONDITION : MEMBER_NO);
		steps = frames[depth].steps;
		at = frames[depth].at;
	}
}

/* The value as a unit; empty: missing. Numbers are written to `text`. */
WALK_INLINE ff_str
walk_unit(const struct walk *w, const struct compiled_serve *s, char text[static JSON_NUMBER_BYTES])
{
	const struct value *v;

	if (s->by == BY_UNIT)
		return w->context->unit;
	v = &w->context->values[s->by];
	switch (v->type) {
	case VALUE_STRING:
		return ff_str_of(v->string, v->n);
	case VALUE_NUMBER:
		return json_number_format(v->number, text);
	case VALUE_BOOLEAN:
		return v->boolean ? FF_STR("true") : FF_STR("false");
	case VALUE_MISSING:
	case VALUE_LIST:
	case VALUE_OBJECT:
		break;
	}
	return (ff_str){NULL, 0};
}

/* A variation, SERVE_PASS (no value; of a rule: on to the next one) or SERVE_NO_UNIT. */
WALK_INLINE int32_t
walk_serve(const struct walk *w, const struct compiled_serve *s, struct trace *t)
{
	char text[JSON_NUMBER_BYTES];
	const struct compiled_part *part = s->parts;
	uint32_t bucket;
	ff_str unit;

	if (s->n_parts == 0)
		return s->variation;
	unit = walk_unit(w, s, text);
	if (unit.n == 0) {
		if (t)
			trace_split(t, w, s, unit, 0, SERVE_NO_UNIT);
		return SERVE_NO_UNIT;
	}
	bucket = s->bucket(s->salt, unit, BUCKET_SPLIT);
	while (part->end <= bucket) /* the last part ends past every bucket */
		part++;
	if (t)
		trace_split(t, w, s, unit, bucket, part->variation);
	return part->variation;
}

WALK_INLINE bool
walk_satisfied(const struct requirement *r, int32_t result)
{
	return result >= 0 && (r->variations >> result & 1);
}

WALK_INLINE bool
walk_requirements_hold(const struct walk *w, const struct compiled_flag *f, struct trace *t)
{
	for (uint32_t i = 0; i < f->n_requirements; i++) {
		int32_t result = w->scratch->required[f->requirements[i].number].result;
		bool held = walk_satisfied(&f->requirements[i], result);

		if (t)
			trace_requirement(t, w, &f->requirements[i], result, held);
		if (!held)
			return false;
	}
	return true;
}

WALK_INLINE bool
walk_rules(const struct walk *w, const struct compiled_flag *f, struct decision *ret, struct trace *t)
{
	for (uint32_t i = 0; i < f->n_rules; i++) {
		const struct compiled_rule *rule = &f->rules[i];
		int32_t variation;
		bool held;

		if (t)
			trace_rule_begins(t, rule);
		held = walk_condition(w, f->steps, rule->first, t);
		variation = held ? walk_serve(w, &rule->serve, t) : SERVE_PASS;
		if (t)
			trace_rule(t, rule, variation >= 0);
		if (variation >= 0) {
			ret->reason = rule->serve.n_parts ? REASON_SPLIT : REASON_RULE_MATCH;
			ret->variation = variation;
			ret->rule = (int32_t)i;
			return true;
		}
	}
	return false;
}

WALK_INLINE void
walk_default(const struct walk *w, const struct compiled_flag *f, struct decision *ret, struct trace *t)
{
	int32_t variation = walk_serve(w, &f->fallback, t);

	if (variation == SERVE_NO_UNIT) {
		ret->reason = REASON_ERROR;
		ret->error = DECISION_TARGETING_KEY_MISSING;
	} else {
		ret->reason = f->fallback.n_parts ? REASON_SPLIT : REASON_DEFAULT;
		ret->variation = variation;
	}
	if (t)
		trace_default(t, ret);
}

/* The steps of docs/reference/flag-document.md: the first that applies decides. What the flag requires is decided. */
WALK_INLINE void
walk_flag(const struct walk *w, const struct compiled_flag *f, struct decision *ret, struct trace *t)
{
	int listed;

	*ret = (struct decision){.flag = f, .reason = REASON_ERROR, .variation = VARIATION_NONE, .rule = -1};
	if (t)
		trace_enabled(t, f);
	if (!f) {
		ret->error = DECISION_FLAG_NOT_FOUND;
		return;
	}
	ret->variation = f->off_variation;
	if (!f->enabled) {
		ret->reason = REASON_DISABLED;
		return;
	}
	if (!walk_requirements_hold(w, f, t)) {
		ret->reason = REASON_PREREQUISITE_FAILED;
		return;
	}
	listed = walk_find_unit(w, &f->units);
	if (t)
		trace_units(t, w, f, listed);
	if (listed == UNIT_DENIED) {
		ret->reason = REASON_DENYLIST;
		return;
	}
	if (listed >= UNIT_ALLOWED) {
		ret->reason = REASON_ALLOWLIST;
		ret->variation = listed - UNIT_ALLOWED;
		return;
	}
	if (!walk_rules(w, f, ret, t))
		walk_default(w, f, ret, t);
}

#endif
