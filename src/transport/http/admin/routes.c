/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/limits.h"
#include "transport/http/admin/admin.h"

/* Who may, from which role on; where it runs, the largest body, its types. */
#define READS ACCESS_VIEWER, RUN_WORKER, 0, 0
#define TAKES(role, types) role, RUN_WORKER, LIMIT_DOCUMENT_BYTES, types
#define DOCUMENT TAKES(ACCESS_EDITOR, BODY_JSON)
#define PATCHES TAKES(ACCESS_EDITOR, BODY_JSON | BODY_MERGE_PATCH | BODY_JSON_PATCH)
#define DELETES ACCESS_EDITOR, RUN_WORKER, 0, 0

const struct route admin_routes[] = {
	{METHOD_GET, "/admin/flags", READS, admin_document_list},
	{METHOD_POST, "/admin/flags", DOCUMENT, admin_document_create},
	{METHOD_GET, "/admin/flags/{key}", READS, admin_document_get},
	{METHOD_PUT, "/admin/flags/{key}", DOCUMENT, admin_document_put},
	{METHOD_PATCH, "/admin/flags/{key}", PATCHES, admin_document_patch},
	{METHOD_DELETE, "/admin/flags/{key}", DELETES, admin_document_delete},
	{METHOD_GET, "/admin/flags/{key}/history", READS, admin_document_history},
	{METHOD_GET, "/admin/flags/{key}/versions/{version}", READS, admin_document_version},
	{METHOD_POST, "/admin/flags/{key}/rollback", DOCUMENT, admin_document_rollback},
	{METHOD_GET, "/admin/flags/{key}/environments/{environment}", READS, admin_config_get},
	{METHOD_PUT, "/admin/flags/{key}/environments/{environment}", DOCUMENT, admin_config_put},
	{METHOD_PATCH, "/admin/flags/{key}/environments/{environment}", PATCHES, admin_config_patch},

	{METHOD_GET, "/admin/segments", READS, admin_document_list},
	{METHOD_POST, "/admin/segments", DOCUMENT, admin_document_create},
	{METHOD_GET, "/admin/segments/{key}", READS, admin_document_get},
	{METHOD_PUT, "/admin/segments/{key}", DOCUMENT, admin_document_put},
	{METHOD_PATCH, "/admin/segments/{key}", PATCHES, admin_document_patch},
	{METHOD_DELETE, "/admin/segments/{key}", DELETES, admin_document_delete},
	{METHOD_GET, "/admin/segments/{key}/history", READS, admin_document_history},
	{METHOD_GET, "/admin/segments/{key}/versions/{version}", READS, admin_document_version},
	{METHOD_POST, "/admin/segments/{key}/rollback", DOCUMENT, admin_document_rollback},
	{METHOD_POST, "/admin/segments/{key}/members", DOCUMENT, admin_segment_members},

	{METHOD_GET, "/admin/environments", READS, admin_environment_list},
	{METHOD_POST, "/admin/environments", TAKES(ACCESS_ADMIN, BODY_JSON), admin_environment_create},
	{METHOD_DELETE, "/admin/environments/{key}", ACCESS_ADMIN, RUN_WORKER, 0, 0, admin_environment_delete},

	{METHOD_GET, "/admin/keys", ACCESS_ADMIN, RUN_WORKER, 0, 0, admin_key_list},
	{METHOD_POST, "/admin/keys", TAKES(ACCESS_ADMIN, BODY_JSON), admin_key_create},
	{METHOD_DELETE, "/admin/keys/{id}", ACCESS_ADMIN, RUN_WORKER, 0, 0, admin_key_revoke},

	{METHOD_GET, "/admin/tenants", ACCESS_ROOT, RUN_WORKER, 0, 0, admin_tenant_list},
	{METHOD_POST, "/admin/tenants", TAKES(ACCESS_ROOT, BODY_JSON), admin_tenant_create},
	{METHOD_DELETE, "/admin/tenants/{key}", ACCESS_ROOT, RUN_WORKER, 0, 0, admin_tenant_delete},

	{METHOD_POST, "/admin/evaluate", TAKES(ACCESS_VIEWER, BODY_JSON), admin_evaluate},
};
const unsigned admin_routes_n = FF_COUNT(admin_routes);
