/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot.h - one tenant environment compiled at one revision: immutable, in memory, what is evaluated.
 *
 * Holds copies of all it needs; the flags it was built from can go. Any number of threads may read it without a lock.
 * Each flag is compiled into one block of its own, so that a later version can share what did not change.
 */
#ifndef FF_DOMAIN_SNAPSHOT_H
#define FF_DOMAIN_SNAPSHOT_H

#include "domain/flag.h"
#include "domain/schema.h"
#include "domain/segment.h"

struct snapshot;
struct compiled_flag;

struct snapshot_source {
	ff_str tenant, environment;
	uint64_t revision, head;
	const struct flag *const *flags; /* archived ones may be among them; they are left out */
	uint32_t n_flags;
	const struct segment *const *segments;
	uint32_t n_segments;
};

/* FF_EINVALID when a flag or segment cannot be compiled (names something that is not there, is cyclic); says which. */
FF_MUST ff_status snapshot_build(const struct snapshot_source *source, struct snapshot **ret, struct ff_err *reterr);
void snapshot_free(struct snapshot *s);

uint64_t snapshot_revision(const struct snapshot *s);
uint64_t snapshot_head(const struct snapshot *s);
const struct schema *snapshot_schema(const struct snapshot *s);
/* Bytes of memory it holds. */
size_t snapshot_bytes(const struct snapshot *s);

/* Flags in the order of their keys, 0 … count - 1. */
uint32_t snapshot_count(const struct snapshot *s);
const struct compiled_flag *snapshot_at(const struct snapshot *s, uint32_t i);
/* NULL where there is none (or it is archived). */
const struct compiled_flag *snapshot_find(const struct snapshot *s, ff_str key);

ff_str compiled_flag_key(const struct compiled_flag *f);
/* `"key":` as JSON, ready to be copied into an answer. */
ff_str compiled_flag_key_json(const struct compiled_flag *f);
uint64_t compiled_flag_version(const struct compiled_flag *f);
bool compiled_flag_client_visible(const struct compiled_flag *f);
/* Are there targets, rules, prerequisites or a split, or would every context get the same? */
bool compiled_flag_has_targeting(const struct compiled_flag *f);

/*
 * The points in time (ms since the epoch, ascending) at which a condition on `$now` changes its answer: an answer holds
 * from one to the next.
 */
const int64_t *snapshot_boundaries(const struct snapshot *s, uint32_t *ret_n);

#endif
