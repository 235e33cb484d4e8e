/* SPDX-License-Identifier: Apache-2.0 */
/* environment_service.h - the environments of a tenant: {"key", "name", "version", "revision", "createdAt",
 * "updatedAt"}. */
#ifndef FF_USECASE_ENVIRONMENT_SERVICE_H
#define FF_USECASE_ENVIRONMENT_SERVICE_H

#include "usecase/service.h"

/* All of them by key (they are few: LIMIT_ENVIRONMENTS), as a page (service.h) without a next one. */
FF_MUST ff_status environment_list(const struct ff_call *call, const struct service *service, struct ff_arena *arena,
	ff_str *ret_json, struct ff_err *reterr);

/* Body {"key", "name"?}. FF_EENVIRONMENTEXISTS; FF_EINVALID past LIMIT_ENVIRONMENTS. */
FF_MUST ff_status environment_create(const struct ff_call *call, const struct service *service,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr);

/*
 * Deletes it with the configurations that flags have for it; each of these flags gets a new version in the same change
 * set. FF_EENVIRONMENTINUSE while a flag is enabled in it (says which), and for a tenant's last one. No version is
 * needed; one that is given is checked.
 */
FF_MUST ff_status environment_delete(const struct ff_call *call, const struct service *service, ff_str key,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr);

#endif
