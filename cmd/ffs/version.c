/* SPDX-License-Identifier: Apache-2.0 */
#include "app/build_info.h"
#include "commands.h"
#include "output.h"

static int
run(const struct command_line *line)
{
	struct ff_buf out;

	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	if (command_option(line, "--json"))
		ff_buf_printf(&out, "{\"version\": \"%s\", \"revision\": \"%s\", \"compiler\": \"%s\"}\n", build_version,
			build_revision, build_compiler);
	else
		ff_buf_printf(&out, "ffs %s (%s, %s)\n", build_version, build_revision, build_compiler);
	return output_finish(line, &out);
}

static const struct command_option options[] = {{"--json", NULL, "as JSON"}, {0}};

const struct command command_version = {
	.name = "version",
	.summary = "what this program was built from",
	.options = options,
	.run = run,
};
