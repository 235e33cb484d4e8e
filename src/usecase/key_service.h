/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key_service.h - the keys of a tenant: {"id", "kind", "name", "role" | "environment", "origins"?, "expiresAt"?,
 * "createdBy", "version", "revision", "createdAt", "updatedAt"}, in lists also "lastUsedAt".
 *
 * A key never changes: it is made, used and revoked. To replace one, make the next, hand it out, revoke the first.
 */
#ifndef FF_USECASE_KEY_SERVICE_H
#define FF_USECASE_KEY_SERVICE_H

#include "usecase/service.h"

enum { KEY_ORIGINS_MAX = 32, KEY_ORIGIN_BYTES_MAX = 256 };

/* A page (service.h) by id. "lastUsedAt" is as of about a minute ago; null for one never used. */
FF_MUST ff_status key_list(const struct ff_call *call, const struct service *service, const struct page_request *page,
	struct ff_arena *arena, ff_str *ret_json, struct ff_err *reterr);

/*
 * Body {"kind", "name", "role" (admin) | "environment" (server, client), "origins"? (client), "expiresAt"?}. The answer
 * has the whole key in "key", which nothing else ever has. FF_EINVALID.
 */
FF_MUST ff_status key_create(const struct ff_call *call, const struct service *service,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr);

/* From its return on this process takes the key no more. No version is needed; one that is given is checked. */
FF_MUST ff_status key_revoke(const struct ff_call *call, const struct service *service, ff_str id,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr);

#endif
