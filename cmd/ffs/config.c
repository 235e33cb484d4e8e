/* SPDX-License-Identifier: Apache-2.0 */
/* config.c - ffs config: the values in force, and the reference page. */
#include "app/config.h"

#include <unistd.h>

#include "commands.h"
#include "output.h"

enum { VALUE_BYTES_MAX = 64 << 10 };

static ff_str
value_text(const struct config *c, enum config_index i, struct ff_arena *arena)
{
	struct ff_buf value;
	ff_str copy;

	ff_buf_init(&value, VALUE_BYTES_MAX);
	config_value_write(c, i, &value);
	copy = ff_arena_str(arena, ff_buf_str(&value));
	ff_buf_release(&value);
	return copy;
}

static void
write_table(const struct config *c, struct ff_arena *arena, struct ff_buf *out)
{
	static const char *const heads[] = {"VARIABLE", "VALUE", "FROM", "IS"};
	struct output_table table;

	output_table_init(&table, heads, FF_COUNT(heads));
	for (unsigned i = 0; i < CONFIG_VARIABLES; i++) {
		const struct config_variable *v = &config_variables[i];
		ff_str cells[] = {
			ff_str_z(v->name), value_text(c, i, arena), ff_str_z(config_origin_name(c->origins[i])), ff_str_z(v->help)};

		output_table_row(&table, cells);
	}
	output_table_write(&table, out);
	output_table_release(&table);
}

static void
write_json(const struct config *c, struct ff_arena *arena, struct ff_buf *out)
{
	ff_buf_lit(out, "{\n");
	for (unsigned i = 0; i < CONFIG_VARIABLES; i++) {
		const struct config_variable *v = &config_variables[i];
		ff_str value = value_text(c, i, arena);

		ff_buf_printf(out, "  \"%s\": {\"value\": ", v->name);
		if (value.n == 0)
			ff_buf_lit(out, "null");
		else if (v->kind == CONFIG_KIND_NUMBER)
			ff_buf_str_put(out, value);
		else
			ff_buf_json_str(out, value);
		ff_buf_printf(out, ", \"from\": \"%s\", \"secret\": %s}%s\n", config_origin_name(c->origins[i]),
			v->secret ? "true" : "false", i + 1 < CONFIG_VARIABLES ? "," : "");
	}
	ff_buf_lit(out, "}\n");
}

static void
write_markdown(struct ff_buf *out)
{
	ff_buf_lit(out,
		"# Configuration\n\n"
		"<!-- Made by `ffs config --markdown` from src/app/config.def; a test compares the two. -->\n\n"
		"`ffs` is configured by environment variables. One that is set to nothing counts as not set.\n"
		"`ffs config` shows the values in force and where each comes from; secrets are never shown.\n"
		"A value that is not accepted stops `ffs serve` at start with exit code 2 and a line for each bad variable.\n"
		"An unknown variable whose name starts with `FFS_` is logged as a warning.\n\n"
		"| variable | default | accepts | |\n"
		"| --- | --- | --- | --- |\n");
	for (unsigned i = 0; i < CONFIG_VARIABLES; i++) {
		const struct config_variable *v = &config_variables[i];

		ff_buf_printf(out, "| `%s` | %s%s%s | ", v->name, v->fallback ? "`" : "", v->fallback ? v->fallback : "–",
			v->fallback ? "`" : "");
		config_accepts_write(i, out);
		ff_buf_printf(out, " | %s%s |\n", v->help, v->secret ? " (secret)" : "");
	}
}

static int
run(const struct command_line *line)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct config c;
	struct ff_err err;
	struct ff_buf out;

	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	if (command_option(line, "--markdown")) {
		write_markdown(&out);
		return output_finish(line, &out);
	}
	if (config_load(environ, CONFIG_SERVICE | CONFIG_CLIENT, command_option(line, "--dev") != NULL, &arena, &c, &err))
		return command_fail(line, &err);
	if (command_option(line, "--json"))
		write_json(&c, &arena, &out);
	else
		write_table(&c, &arena, &out);
	return output_finish(line, &out);
}

static const struct command_option options[] = {
	{"--dev", NULL, "as `ffs serve --dev` would have it"},
	{"--json", NULL, "as JSON"},
	{"--markdown", NULL, "the reference page of all variables"},
	{0},
};

const struct command command_config = {
	.name = "config",
	.summary = "the configuration in force, and where each value comes from",
	.details = "All configuration is environment variables. Secrets are shown as \"(set)\".\n",
	.examples = "ffs config\n"
				"PORT=9090 LOG_FORMAT=text ffs config --json\n",
	.options = options,
	.run = run,
};
