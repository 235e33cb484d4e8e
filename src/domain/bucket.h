/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bucket.h - the public bucketing specification `ffs1` (docs/reference/bucketing.md).
 *
 *     input  = salt ‖ 0x00 ‖ unit           (UTF-8; a salt has no NUL)
 *     hash   = XXH64(input, seed = purpose)
 *     bucket = (hash × 100000) >> 64        (128-bit product: 0 … 99999)
 */
#ifndef FF_DOMAIN_BUCKET_H
#define FF_DOMAIN_BUCKET_H

#include "base/str.h"

enum { BUCKETS = 100000 };
enum bucket_purpose { BUCKET_SPLIT = 0, BUCKET_TRAFFIC = 1, BUCKET_LAYER = 2 };

uint64_t bucket_hash(ff_str salt, ff_str unit, enum bucket_purpose purpose);
uint32_t bucket_of(ff_str salt, ff_str unit, enum bucket_purpose purpose);

/* What a split's `hash` names: its way from a unit to a bucket. */
typedef uint32_t bucket_fn(ff_str salt, ff_str unit, enum bucket_purpose purpose);
/* NULL where there is none called `name`. */
bucket_fn *bucket_function(ff_str name);

#endif
