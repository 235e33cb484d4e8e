/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer_service.h - a tenant as one JSON document: backup, move, samples.
 *
 *     {"format": "ffs-tenant/1", "environments": [{"key", "name"}], "segments": […], "flags": […]}
 *
 * Documents are as the Admin API returns them. On import server-set members are ignored.
 */
#ifndef FF_USECASE_TRANSFER_SERVICE_H
#define FF_USECASE_TRANSFER_SERVICE_H

#include "usecase/service.h"

/* All of the tenant, as of one revision. *ret_revision is that. */
FF_MUST ff_status transfer_export(const struct ff_call *call, const struct service *service, struct ff_arena *arena,
	ff_str *ret_json, uint64_t *ret_revision, struct ff_err *reterr);

struct transfer_counts {
	uint64_t created, updated, unchanged; /* environments, segments and flags */
	uint64_t revision;                    /* the tenant's, after it */
};

/*
 * Creates or replaces everything in `json`, in one change set: all of it or nothing. What the tenant has besides stays.
 * What is the same already is left alone, so that importing twice changes nothing. FF_EINVALID lists all faults, with
 * pointers into `json`. Documents may name each other in any order. The lists may be missing.
 */
FF_MUST ff_status transfer_import(const struct ff_call *call, const struct service *service, ff_str json,
	int64_t now_ms, struct ff_arena *arena, struct transfer_counts *ret, struct ff_err *reterr);

#endif
