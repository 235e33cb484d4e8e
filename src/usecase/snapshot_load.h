/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot_load.h - from the store's documents to a compiled snapshot. Internal to usecase/. */
#ifndef FF_USECASE_SNAPSHOT_LOAD_H
#define FF_USECASE_SNAPSHOT_LOAD_H

#include "domain/snapshot.h"
#include "repository/repository.h"

/*
 * All flags and segments of (call->tenant, environment), read in one transaction, compiled. FF_ETENANTNOTFOUND,
 * FF_EENVIRONMENTNOTFOUND, FF_ESTORAGE when a document cannot be read (says which), the store's, the deadline's.
 */
FF_MUST ff_status snapshot_load(struct repository *repository, const struct ff_call *call, ff_str environment,
	struct snapshot **ret, struct ff_err *reterr);

/* Stored documents as models, in `arena`. Of a flag, with the configurations that `d` has. */
FF_MUST ff_status flag_from_document(
	const struct document *d, struct ff_arena *arena, struct flag **ret, struct ff_err *reterr);
FF_MUST ff_status segment_from_document(
	const struct document *d, struct ff_arena *arena, struct segment **ret, struct ff_err *reterr);

#endif
