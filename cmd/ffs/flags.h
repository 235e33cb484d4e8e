/* SPDX-License-Identifier: Apache-2.0 */
/* flags.h - what the commands under `ffs flags` share. */
#ifndef FF_CMD_FLAGS_H
#define FF_CMD_FLAGS_H

#include "client.h"

/* A change made by reading, deciding and writing with the version read is tried again when another got in between. */
enum { FLAGS_CONFLICTS_MAX = 8 };

#define FLAGS_ENVIRONMENT_OPTION                                            \
	{                                                                       \
		"--environment", "<key>", "which environment (default: production)" \
	}

/* "/admin/flags/<key>", and behind it "/environments/<environment>". */
ff_str flags_path(struct ff_arena *arena, const char *key);
ff_str flags_environment_path(struct ff_arena *arena, const char *key, const char *environment);
/* The environment that the command is about. */
const char *flags_environment(const struct command_line *line);

/* Members of a document, with something harmless where they are missing. */
ff_str flags_text(const json_t *object, const char *name);
long long flags_number(const json_t *object, const char *name);
/* What a `default` or `serve` serves, for people: "on", "25% on, 75% off", "nothing". */
ff_str flags_serve_text(const json_t *serve, struct ff_arena *arena);

#endif
