/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_patch.h - changing documents: JSON Merge Patch (RFC 7396), JSON Patch (RFC 6902), and the difference of two.
 *
 * None of these touches what it is given; results are new references that share nothing with the inputs. Documents are
 * at most JSON_DOC_DEPTH_MAX deep, and so are results. The work that a patch may ask for is bounded: `copy` can double
 * a document with every operation, and an insertion moves what is behind it.
 */
#ifndef FF_BASE_JSON_PATCH_H
#define FF_BASE_JSON_PATCH_H

#include "base/json_doc.h"

enum {
	JSON_PATCH_OPS_MAX = 10000,
	JSON_PATCH_BYTES_MAX = 16 << 20,  /* of text, about, in the values added, copied and moved together */
	JSON_PATCH_SHIFTS_MAX = 64 << 20, /* items moved along in lists by insertions and removals */
	JSON_PATCH_WHOLE_MAX = 8,         /* entries of `whole` */
};

/*
 * `target` with the merge patch applied. Members at a place in `whole` are replaced whole instead of being merged: each
 * entry is a JSON Pointer in which the name "*" stands for any name.
 */
json_t *json_patch_merge(const json_t *target, const json_t *patch, const ff_str *whole, size_t n_whole);

/*
 * `target` with the operations of `patch` applied, all or none. FF_EINVALID when `patch` is no JSON Patch or an
 * operation cannot be applied (nothing at its path, a test that does not hold, a limit passed); the fault's pointer
 * is the place in the patch, in `arena`.
 */
FF_MUST ff_status json_patch_apply(
	const json_t *target, const json_t *patch, struct ff_arena *arena, json_t **ret, struct ff_err *reterr);

/*
 * A JSON Patch that makes `to` of `from`, and that json_patch_apply takes. Objects are compared member by member; in
 * lists what is equal at both ends stays and the rest is compared item by item, or replaced whole where that is
 * shorter. Equal documents give an empty patch. Numbers of another kind (1, 1.0) differ.
 */
json_t *json_patch_diff(const json_t *from, const json_t *to);

#endif
