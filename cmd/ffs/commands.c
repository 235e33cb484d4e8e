/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c - the tree of commands. */
#include "commands.h"

static const struct command *const children[] = {
	&command_serve,
	&command_flags,
	&command_eval,
	&command_export,
	&command_import,
	&command_migrate,
	&command_keys,
	&command_tenants,
	&command_config,
	&command_version,
	&command_completion,
	&command_manual,
	NULL,
};

const struct command command_root = {
	.name = "ffs",
	.summary = "a self-hosted feature-flag service",
	.details = "`ffs serve --dev` tries it out: everything on 127.0.0.1:8080, no keys, sample flags.\n"
			   "What the service is told comes from environment variables; `ffs config` lists them.\n",
	.examples = "ffs serve --dev\n"
				"curl http://127.0.0.1:8080/v1/flags/new-checkout?userID=u-1\n"
				"ffs flags list\n"
				"ffs flags rollout new-checkout 25\n",
	.children = children,
};
