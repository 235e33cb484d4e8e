/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c - ffs keys root. */
#include "app/root_key.h"
#include "commands.h"
#include "output.h"

static int
run_root(const struct command_line *line)
{
	char key[ROOT_KEY_BYTES + 1];
	struct ff_buf out;

	root_key_new(key);
	ff_buf_init(&out, sizeof key);
	ff_buf_put(&out, key, ROOT_KEY_BYTES);
	ff_buf_lit(&out, "\n");
	return output_finish(line, &out);
}

static const struct command command_root_key = {
	.name = "root",
	.summary = "print a new root key",
	.details =
		"The root key may do everything. The server learns it from FFS_ROOT_KEY at start and keeps only its hash;\n"
		"nothing is stored by this command. To replace a key, restart the server with a new one.\n",
	.examples = "export FFS_ROOT_KEY=$(ffs keys root)\n"
				"ffs serve\n",
	.run = run_root,
};

static const struct command *const children[] = {&command_root_key, NULL};

const struct command command_keys = {
	.name = "keys",
	.summary = "keys that callers present",
	.children = children,
};
