/* SPDX-License-Identifier: Apache-2.0 */
/* files.h - files that the user names; "-" is stdin or stdout. */
#ifndef FF_CMD_FILES_H
#define FF_CMD_FILES_H

#include <jansson.h>

#include "base/err.h"

/* The whole file, in `arena`. FF_EINVALID, naming it, where it cannot be read or is larger than `bytes_max`. */
FF_MUST ff_status files_read(
	const char *path, size_t bytes_max, struct ff_arena *arena, ff_str *ret, struct ff_err *reterr);
/* Writes beside it, syncs and renames: the file is there whole, or as it was. */
FF_MUST ff_status files_write(const char *path, ff_str text, struct ff_err *reterr);
/* JSON text that came from `path`: failures name it. A new reference. */
FF_MUST ff_status files_parse(const char *path, ff_str text, json_t **ret, struct ff_err *reterr);

#endif
