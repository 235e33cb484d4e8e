/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant_service.h - tenants: {"key", "name", "createdAt"}. For the operator: call->tenant is not looked at.
 */
#ifndef FF_USECASE_TENANT_SERVICE_H
#define FF_USECASE_TENANT_SERVICE_H

#include "usecase/service.h"

/* A page (service.h) by key. */
FF_MUST ff_status tenant_list(const struct ff_call *call, const struct service *service,
	const struct page_request *page, struct ff_arena *arena, ff_str *ret_json, struct ff_err *reterr);

/*
 * Body {"key", "name"?}; the tenant begins with the environment `production`. FF_ETENANTEXISTS, also where there once
 * was one of that key; FF_EINVALID. The answer has no version; its revision is the operator's.
 */
FF_MUST ff_status tenant_create(const struct ff_call *call, const struct service *service,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr);

/* From its return on nothing of it is served by this process, and none of its keys taken. FF_ETENANTNOTFOUND. */
FF_MUST ff_status tenant_delete(const struct ff_call *call, const struct service *service, ff_str key,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr);

#endif
