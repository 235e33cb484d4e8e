/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repository_memory.h - the store in memory, for tests: all that repository.h promises but to survive the process.
 *
 * Each tenant has one current state, immutable and counted: a reader keeps the one it began with, a writer works on a
 * copy that shares what it did not touch and replaces the current one when it commits.
 */
#ifndef FF_REPOSITORY_MEMORY_REPOSITORY_MEMORY_H
#define FF_REPOSITORY_MEMORY_REPOSITORY_MEMORY_H

#include "repository/repository.h"

/* Empty. Closed with repository->ops->close. */
struct repository *repository_memory_new(void);

#endif
