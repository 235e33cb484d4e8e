/* SPDX-License-Identifier: Apache-2.0 */
/* build_info.h - what this binary was built from. */
#ifndef FF_APP_BUILD_INFO_H
#define FF_APP_BUILD_INFO_H

extern const char *const build_version;  /* "0.1.0" */
extern const char *const build_revision; /* of the source tree: "3f2a91c0d4e5", or "unknown" */
extern const char *const build_compiler; /* "gcc 12.2.0" */

#endif
