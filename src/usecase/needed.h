/* SPDX-License-Identifier: Apache-2.0 */
/* needed.h - a snapshot of one flag and what it needs, for an evaluation apart from the service's. Internal to
 * usecase/.
 */
#ifndef FF_USECASE_NEEDED_H
#define FF_USECASE_NEEDED_H

#include "domain/snapshot.h"
#include "usecase/work.h"

/*
 * Reads the flag, the flags it requires and the segments they use, and theirs, and compiles them; the caller frees it.
 * FF_EFLAGNOTFOUND, FF_EENVIRONMENTNOTFOUND.
 */
FF_MUST ff_status needed_snapshot(
	struct work *w, ff_str flag, ff_str environment, struct snapshot **ret, struct ff_err *reterr);

#endif
