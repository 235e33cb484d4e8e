/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flag_service.h - one environment's configuration of a flag, with a version of its own, so that two people who work on
 * two environments don't conflict. Everything else about flags is document_service.h with flag_rules.
 */
#ifndef FF_USECASE_FLAG_SERVICE_H
#define FF_USECASE_FLAG_SERVICE_H

#include "usecase/document_service.h"

/*
 * The configuration as a document: {"version", "enabled", "offVariation", …}; ret->version is the configuration's.
 * FF_EFLAGNOTFOUND, FF_EENVIRONMENTNOTFOUND.
 */
FF_MUST ff_status flag_environment_get(const struct ff_call *call, const struct service *service, ff_str flag,
	ff_str environment, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr);

/*
 * Replaces or patches it; expects the configuration's version and raises it and the flag's. Faults have pointers into
 * the configuration.
 */
FF_MUST ff_status flag_environment_update(const struct ff_call *call, const struct service *service, ff_str flag,
	ff_str environment, const struct write_request *request, struct ff_arena *arena, struct document_answer *ret,
	struct ff_err *reterr);

#endif
