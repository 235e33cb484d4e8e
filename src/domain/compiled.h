/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compiled.h - what a flag and a segment become: the compiler writes it, the evaluator walks it, nobody else looks.
 *
 * Each is one block (block.h), immutable once made. It refers to others by number, never by address: to segments and
 * required flags through the snapshot's tables, to attributes and strings by the schema's slots and symbols. So a later
 * version of the snapshot can share every block whose flag did not change.
 *
 * A condition is a run of steps, its leaves in the order written; `all`, `any` and `not` are where each step goes on:
 *
 *     all(a, any(b, not(c)))      0: a   fails → FAILED   holds → 1
 *                                 1: b   fails → 2        holds → HELD
 *                                 2: c   fails → HELD     holds → FAILED
 */
#ifndef FF_DOMAIN_COMPILED_H
#define FF_DOMAIN_COMPILED_H

#include "domain/bucket.h"
#include "domain/evaluate.h"
#include "domain/operator_impl.h"
#include "domain/string_set.h"

enum step_kind {
	STEP_ATTRIBUTE, /* match(operands, value in the slot) */
	STEP_SYMBOL,    /* the same for an operator by symbol with strings only: its operands are a symbol_set */
	STEP_PRESENT,   /* is there a value in the slot? */
	STEP_NOW,       /* match(operands, the evaluation's time) */
	STEP_SEGMENT,   /* is the context in the segment? */
};

enum { STEP_HELD = -1, STEP_FAILED = -2 };

struct step {
	int32_t next[2]; /* when it fails, when it holds: a step's index, or STEP_HELD, STEP_FAILED */
	uint32_t number; /* ATTRIBUTE, SYMBOL, PRESENT: the slot · SEGMENT: in snapshot->segments */
	uint8_t kind;    /* enum step_kind */
	uint8_t op;      /* operator_index: for explanations */
	bool negate;
	match_fn *match;
	const void *operands;
};

enum { BY_UNIT = UINT32_MAX };

/* A part of a split takes the buckets from where the one before ended up to `end`. */
struct compiled_part {
	uint32_t end;
	int32_t variation;
};

struct compiled_serve {
	int32_t variation; /* when n_parts == 0 */
	uint32_t n_parts;
	const struct compiled_part *parts;
	uint32_t by; /* slot of the attribute, or BY_UNIT */
	ff_str salt;
	bucket_fn *bucket;
};

struct compiled_rule {
	int32_t first; /* step, or STEP_HELD, STEP_FAILED */
	int32_t base;  /* the rule's steps begin here: for explanations */
	struct compiled_serve serve;
	ff_str id;
	ff_str tail; /* ,"reason":…,"ruleId":…,"version":…} */
};

struct compiled_variation {
	ff_str key, value;
	ff_str head; /* {"value":…,"variation":… */
};

struct requirement {
	uint32_t number;     /* in snapshot->required */
	uint64_t variations; /* bit i: variation i of that flag will do */
};

/* In the set of listed units: denied, or 1 + the variation it is allowed. */
enum { UNIT_DENIED = 0, UNIT_ALLOWED = 1 };
_Static_assert(UNIT_ALLOWED + LIMIT_VARIATIONS <= STRING_SET_VALUE_MAX, "a listed unit's number fits the set");
_Static_assert(LIMIT_VARIATIONS <= 64, "a set of variations fits a word");

struct compiled_flag {
	bool enabled;
	bool client_visible, has_targeting;
	int32_t off_variation;
	uint32_t n_requirements, n_rules, n_variations;
	struct string_set units; /* denied and allowed together */
	const struct requirement *requirements;
	const struct step *steps; /* of all rules */
	const struct compiled_rule *rules;
	struct compiled_serve fallback;

	const struct compiled_variation *variations;
	struct decision fixed;      /* flag == NULL: it depends on the context */
	ff_str tails[REASON_COUNT]; /* of decisions without a rule; empty where the flag cannot decide so */
	ff_str key, key_json;
	uint64_t version;
	struct block block;
};

/* In a segment's set of units. */
enum { SEGMENT_EXCLUDED, SEGMENT_INCLUDED };

struct compiled_segment {
	struct string_set units;
	const struct step *steps;
	int32_t first; /* STEP_FAILED where there is no condition */
	ff_str key;
	struct block block;
};

struct snapshot {
	struct ff_arena arena; /* of the tables below */
	struct schema schema;
	ff_str tenant, environment;
	uint64_t revision, head;
	struct ff_map by_key; /* → index into flags */
	struct compiled_flag **flags;
	uint32_t n_flags;
	struct compiled_segment **segments;
	uint32_t n_segments;
	const struct compiled_flag **required; /* flags that others require; NULL: archived */
	uint32_t n_required;
	uint32_t segment_depth, requirement_depth; /* of the longest chains: what a scratch must hold */
	int64_t *boundaries;
	uint32_t n_boundaries;
};

#endif
