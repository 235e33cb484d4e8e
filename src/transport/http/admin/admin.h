/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin.h - the Admin API: flags, segments, environments, keys, tenants, and why a flag decides as it
 * does.
 *
 * Handlers only translate: from a request to what a use case (usecase/) takes, and from its answer to fields and body.
 * They run on workers.
 */
#ifndef FF_TRANSPORT_HTTP_ADMIN_ADMIN_H
#define FF_TRANSPORT_HTTP_ADMIN_ADMIN_H

#include "transport/http/query.h"
#include "transport/http/router.h"
#include "usecase/document_service.h"

/* The rows of the route table; their service is a struct service. */
extern const struct route admin_routes[];
extern const unsigned admin_routes_n;

enum {
	ADMIN_COMMENT_MAX = 1000,       /* bytes of FFS-Comment */
	ADMIN_IDEMPOTENCY_KEY_MAX = 128 /* bytes of Idempotency-Key */
};

/*
 * What a write is told, but for its format: body, time, If-Match, and with an Idempotency-Key which request it is.
 * FF_EMALFORMED for an If-Match that is not one strong ETag of ours, for an FFS-Comment that is too long or no UTF-8,
 * and for an Idempotency-Key that is not one of 1 to ADMIN_IDEMPOTENCY_KEY_MAX printable ASCII characters.
 */
FF_MUST ff_status admin_write_request(
	const struct http_exchange *x, const struct ff_call *call, struct write_request *ret, struct ff_err *reterr);
/* The same for DELETE, where the version may also be in the query. */
FF_MUST ff_status admin_delete_request(
	const struct http_exchange *x, const struct ff_call *call, struct write_request *ret, struct ff_err *reterr);
/* How a PATCH's body is meant, by its Content-Type. */
enum write_format admin_patch_format(const struct http_exchange *x);
/* `limit` and `cursor` of the query. */
FF_MUST ff_status admin_page_request(const struct query *query, struct page_request *ret, struct ff_err *reterr);

/* Answers a read: the document and its ETag, or 304 where If-None-Match has it. */
void admin_answer_read(struct http_exchange *x, const struct document_answer *answer);
/* Answers a write: ETag (of what has a version), FFS-Revision, Idempotency-Replayed, and the document. */
void admin_answer_write(struct http_exchange *x, const struct document_answer *answer);
/* The same, as 201 with a Location: the request's path and the key. */
void admin_answer_created(struct http_exchange *x, const struct document_answer *answer);
/* 204 with FFS-Revision. */
void admin_answer_deleted(struct http_exchange *x, const struct document_answer *answer);
/* JSON that is no document. */
void admin_answer_json(struct http_exchange *x, ff_str json);

/* The handlers. documents.c: what flags and segments share. */
ff_status admin_document_list(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_document_create(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_document_get(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_document_put(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_document_patch(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_document_delete(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_document_history(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_document_version(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_document_rollback(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
/* flag_environments.c */
ff_status admin_config_get(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_config_put(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_config_patch(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
/* others.c */
ff_status admin_segment_members(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_environment_list(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_environment_create(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_environment_delete(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_evaluate(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
/* access.c */
ff_status admin_key_list(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_key_create(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_key_revoke(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_tenant_list(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_tenant_create(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);
ff_status admin_tenant_delete(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *);

#endif
