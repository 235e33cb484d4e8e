/* SPDX-License-Identifier: Apache-2.0 */
/* segment_service.h - the listed members of a segment; all else is document_service.h with segment_rules. */
#ifndef FF_USECASE_SEGMENT_SERVICE_H
#define FF_USECASE_SEGMENT_SERVICE_H

#include "usecase/document_service.h"

/*
 * Body {"add"?: [units], "remove"?: [units], "version"?}. `add` puts units into `included`, and takes them out of
 * `excluded`, so that they are in the segment afterwards; `remove` takes them out of `included`. Units that are there
 * already, or not there, are fine; a unit in both lists is a fault. Changes of members don't depend on one another:
 * the version is checked only when it is given.
 */
FF_MUST ff_status segment_members(const struct ff_call *call, const struct service *service, ff_str segment,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr);

#endif
