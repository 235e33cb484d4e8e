/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/limits.h"
#include "transport/http/sdk/sdk.h"

const struct route sdk_routes[] = {
	{METHOD_POST, "/v1/evaluate", ACCESS_SDK, RUN_INLINE, LIMIT_SDK_BODY_BYTES, BODY_JSON, sdk_evaluate},
	{METHOD_GET, "/v1/flags/{key}", ACCESS_SDK, RUN_INLINE, 0, 0, sdk_flag},
};
const unsigned sdk_routes_n = FF_COUNT(sdk_routes);
