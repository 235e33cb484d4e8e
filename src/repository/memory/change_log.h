/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change_log.h - the memory store's changes: a list that only grows at its head, so that any number of states share its
 * tail. Entries are immutable and counted; each holds the one before it.
 */
#ifndef FF_REPOSITORY_MEMORY_CHANGE_LOG_H
#define FF_REPOSITORY_MEMORY_CHANGE_LOG_H

#include <stdatomic.h>

#include "repository/repository.h"

struct change_entry {
	atomic_uint refs;
	struct change_entry *older;
	struct change change;
	char text[]; /* its strings */
};

/* Makes a copy of `c` the new head. */
void change_log_push(struct change_entry **head, const struct change *c);
struct change_entry *change_log_ref(struct change_entry *head);
void change_log_unref(struct change_entry *head);

/* See repository_ops. */
void change_log_query(
	const struct change_entry *head, const struct change_query *query, struct ff_arena *arena, struct change_list *ret);
/* The version that (kind, key) had last; 0: it never was. */
uint64_t change_log_last(const struct change_entry *head, enum document_kind kind, ff_str key);
/* False where (kind, key) has had no such version. */
bool change_log_chain(const struct change_entry *head, enum document_kind kind, ff_str key, uint64_t version,
	struct ff_arena *arena, struct change_list *ret);

#endif
