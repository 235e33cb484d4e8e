/* SPDX-License-Identifier: Apache-2.0 */
/* scratch_dir.h - a directory for a test's files, gone after it. */
#ifndef FF_TESTS_SUPPORT_SCRATCH_DIR_H
#define FF_TESTS_SUPPORT_SCRATCH_DIR_H

#include "base/str.h"

/* A new, empty directory; removed and freed by scratch_remove. */
char *scratch_make(void);
void scratch_remove(char *directory);
/* directory/name; the caller frees it. */
char *scratch_path(const char *directory, const char *name);

#endif
