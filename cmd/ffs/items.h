/* SPDX-License-Identifier: Apache-2.0 */
/* items.h - collections of the Admin API whose items are only made, listed and deleted: keys, tenants. */
#ifndef FF_CMD_ITEMS_H
#define FF_CMD_ITEMS_H

#include "client.h"

struct items_column {
	const char *head, *member; /* of an item: a string, or missing, or null */
};

/* The items of all pages at `path`, as a table or as JSON; the exit code. */
int items_list(const struct command_line *line, const char *path, const struct items_column *columns, unsigned n);
/* Makes one. */
FF_MUST ff_status items_create(const struct command_line *line, const char *path, ff_str body, struct ff_arena *arena,
	struct client_answer *ret, struct ff_err *reterr);
/* Deletes the one that the command's first argument names; "<done> <name>"; the exit code. */
int items_delete(const struct command_line *line, const char *path, const char *done);

/* A member of an item; empty where it is missing or no string. */
ff_str items_text(const json_t *item, const char *member);

#endif
