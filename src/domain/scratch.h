/* SPDX-License-Identifier: Apache-2.0 */
/* scratch.h - inside struct scratch: what one thread's evaluations write to. For the evaluator only. */
#ifndef FF_DOMAIN_SCRATCH_H
#define FF_DOMAIN_SCRATCH_H

#include "domain/compiled.h"

/* A result within one request: valid while its generation is the scratch's. */
struct memo {
	uint32_t generation;
	int32_t result;
};

enum membership { MEMBER_NO, MEMBER_EXCLUDED, MEMBER_INCLUDED, MEMBER_BY_CONDITION };

/* Of a required flag, where it is not a variation: disabled, in error, or not there. */
enum { REQUIREMENT_FAILED = -2 };

/* A condition that waits for the segment it asked for. */
struct segment_frame {
	const struct step *steps;
	int32_t at;
	uint32_t segment;
};

/* A flag that waits for those it requires. */
struct requirement_frame {
	const struct compiled_flag *flag;
	struct memo *memo; /* NULL: of the flag that was asked for */
};

struct scratch {
	uint32_t generation;      /* one more for each request */
	uint32_t unit_generation; /* for which unit_hash is known */
	uint64_t unit_hash;
	struct memo *segments;                /* by number in the snapshot */
	struct memo *required;                /* by number in the snapshot */
	struct segment_frame *segment_frames; /* as many as the longest chain of segments */
	struct requirement_frame *requirement_frames;
	uint32_t segments_cap, required_cap, segment_frames_cap, requirement_frames_cap;
	struct match_scratch match;
};

#endif
