/* SPDX-License-Identifier: Apache-2.0 */
/* compile.h - inside snapshot_build: from a flag or segment as written to the block that is evaluated. */
#ifndef FF_DOMAIN_COMPILE_H
#define FF_DOMAIN_COMPILE_H

#include "domain/compiled.h"
#include "domain/flag.h"
#include "domain/segment.h"

/* Everything the flags and segments of one environment share while they are compiled. */
struct compiler {
	struct snapshot *snapshot;       /* being built: its schema and `required` grow */
	const struct flag *const *flags; /* all of them, archived ones too, in the order of their keys */
	uint32_t n_flags;
	struct ff_map flag_index;    /* key → index into flags */
	struct ff_map segment_index; /* key → index into snapshot->segments */
	uint32_t *required_number;   /* by index into flags; REQUIRED_NONE: nobody requires it so far */
	struct ff_arena *arena;      /* gone after the build */
	struct ff_buf text;          /* where JSON is put together */
	int64_t *boundaries;         /* in `arena`, as found */
	uint32_t n_boundaries, boundaries_cap;
};

enum { REQUIRED_NONE = UINT32_MAX };

/* Both fail with FF_EINVALID and name the flag or segment. */
FF_MUST ff_status compile_flag(struct compiler *c, const struct flag *f, const struct flag_environment *environment,
	struct compiled_flag **ret, struct ff_err *reterr);
FF_MUST ff_status compile_segment(
	struct compiler *c, const struct segment *s, struct compiled_segment **ret, struct ff_err *reterr);

/*
 * Several conditions into one array of steps: begin with the number of leaves of all, then compile each. The steps of
 * one lie together, from *ret_base on; evaluation begins at *ret_first.
 */
struct step_writer {
	struct compiler *compiler;
	struct block *block;
	struct step *steps;
	uint32_t n, at; /* steps at … n - 1 are written: from the back, so that a step knows where others begin */
};
uint32_t condition_leaves(const struct condition *condition);
void step_writer_init(struct step_writer *w, struct compiler *c, struct block *block, uint32_t n_leaves);
FF_MUST ff_status compile_condition(struct step_writer *w, const struct condition *condition, int32_t *ret_base,
	int32_t *ret_first, struct ff_err *reterr);

#endif
