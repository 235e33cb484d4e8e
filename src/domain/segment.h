/* SPDX-License-Identifier: Apache-2.0 */
/* segment.h - a reusable, named set of units: excluded wins, then included, then `when`. */
#ifndef FF_DOMAIN_SEGMENT_H
#define FF_DOMAIN_SEGMENT_H

#include "domain/condition.h"

struct segment {
	ff_str key, name, description;
	const ff_str *included, *excluded;
	uint32_t n_included, n_excluded;
	const struct condition *when; /* NULL: nobody but the included */
	uint64_t version;
};

/* As flag_read, for a segment's document. Server-set members (version, revision, createdAt, updatedAt) are ignored. */
FF_MUST ff_status segment_read(const json_t *doc, struct ff_arena *arena, struct segment **ret, struct ff_err *reterr);
/* The normalised document without server-set members; a new reference. */
json_t *segment_write(const struct segment *s);

#endif
