/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/limits.h"
#include "transport/http/admin/admin.h"

/* Who may, where it runs, the largest body, its types. */
#define NO_BODY ACCESS_ADMIN, RUN_WORKER, 0, 0
#define TAKES(types) ACCESS_ADMIN, RUN_WORKER, LIMIT_DOCUMENT_BYTES, types
#define DOCUMENT TAKES(BODY_JSON)
#define PATCHES TAKES(BODY_JSON | BODY_MERGE_PATCH | BODY_JSON_PATCH)

const struct route admin_routes[] = {
	{METHOD_GET, "/admin/flags", NO_BODY, admin_document_list},
	{METHOD_POST, "/admin/flags", DOCUMENT, admin_document_create},
	{METHOD_GET, "/admin/flags/{key}", NO_BODY, admin_document_get},
	{METHOD_PUT, "/admin/flags/{key}", DOCUMENT, admin_document_put},
	{METHOD_PATCH, "/admin/flags/{key}", PATCHES, admin_document_patch},
	{METHOD_DELETE, "/admin/flags/{key}", NO_BODY, admin_document_delete},
	{METHOD_GET, "/admin/flags/{key}/history", NO_BODY, admin_document_history},
	{METHOD_GET, "/admin/flags/{key}/versions/{version}", NO_BODY, admin_document_version},
	{METHOD_POST, "/admin/flags/{key}/rollback", DOCUMENT, admin_document_rollback},
	{METHOD_GET, "/admin/flags/{key}/environments/{environment}", NO_BODY, admin_config_get},
	{METHOD_PUT, "/admin/flags/{key}/environments/{environment}", DOCUMENT, admin_config_put},
	{METHOD_PATCH, "/admin/flags/{key}/environments/{environment}", PATCHES, admin_config_patch},

	{METHOD_GET, "/admin/segments", NO_BODY, admin_document_list},
	{METHOD_POST, "/admin/segments", DOCUMENT, admin_document_create},
	{METHOD_GET, "/admin/segments/{key}", NO_BODY, admin_document_get},
	{METHOD_PUT, "/admin/segments/{key}", DOCUMENT, admin_document_put},
	{METHOD_PATCH, "/admin/segments/{key}", PATCHES, admin_document_patch},
	{METHOD_DELETE, "/admin/segments/{key}", NO_BODY, admin_document_delete},
	{METHOD_GET, "/admin/segments/{key}/history", NO_BODY, admin_document_history},
	{METHOD_GET, "/admin/segments/{key}/versions/{version}", NO_BODY, admin_document_version},
	{METHOD_POST, "/admin/segments/{key}/rollback", DOCUMENT, admin_document_rollback},
	{METHOD_POST, "/admin/segments/{key}/members", DOCUMENT, admin_segment_members},

	{METHOD_GET, "/admin/environments", NO_BODY, admin_environment_list},
	{METHOD_POST, "/admin/environments", DOCUMENT, admin_environment_create},
	{METHOD_DELETE, "/admin/environments/{key}", NO_BODY, admin_environment_delete},

	{METHOD_POST, "/admin/evaluate", DOCUMENT, admin_evaluate},
};
const unsigned admin_routes_n = FF_COUNT(admin_routes);
