/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h - every command, each a file of its own. */
#ifndef FF_CMD_COMMANDS_H
#define FF_CMD_COMMANDS_H

#include "command.h"

extern const struct command command_serve;
extern const struct command command_flags; /* with children */
extern const struct command command_flags_list, command_flags_get, command_flags_set, command_flags_toggle,
	command_flags_rollout, command_flags_delete;
extern const struct command command_eval;
extern const struct command command_export, command_import;
extern const struct command command_migrate;
extern const struct command command_keys;
extern const struct command command_tenants;
extern const struct command command_config;
extern const struct command command_version;
extern const struct command command_completion;
extern const struct command command_manual;

#endif
