/* SPDX-License-Identifier: Apache-2.0 */
/* flags_get.c - ffs flags get. */
#include "base/json_doc.h"
#include "commands.h"
#include "flags.h"
#include "output.h"

static size_t
count_targets(const json_t *config)
{
	size_t n = json_array_size(json_object_get(config, "deny"));
	const char *variation;
	json_t *units;

	json_object_foreach (json_object_get(config, "allow"), variation, units)
		n += json_array_size(units);
	return n;
}

static void
put_variations(struct ff_buf *out, const json_t *flag, struct ff_arena *arena)
{
	json_t *variation;
	size_t i;

	ff_buf_lit(out, "\nVariations:\n");
	json_array_foreach (json_object_get(flag, "variations"), i, variation)
		ff_buf_printf(out, "  %.*s = %.*s\n", FF_FMT(flags_text(variation, "key")),
			FF_FMT(json_doc_dump(json_object_get(variation, "value"), arena)));
}

static void
put_environments(struct ff_buf *out, const json_t *flag, struct ff_arena *arena)
{
	static const char *const heads[] = {"ENVIRONMENT", "STATE", "SERVES", "OFF SERVES", "RULES", "TARGETS", "VERSION"};
	struct output_table table;
	const char *environment;
	json_t *config;

	output_table_init(&table, heads, FF_COUNT(heads));
	json_object_foreach (json_object_get(flag, "environments"), environment, config) {
		ff_str cells[] = {
			ff_str_z(environment),
			json_is_true(json_object_get(config, "enabled")) ? FF_STR("on") : FF_STR("off"),
			flags_serve_text(json_object_get(config, "default"), arena),
			flags_text(config, "offVariation"),
			ff_arena_printf(arena, "%zu", json_array_size(json_object_get(config, "rules"))),
			ff_arena_printf(arena, "%zu", count_targets(config)),
			ff_arena_printf(arena, "%lld", flags_number(config, "version")),
		};

		output_table_row(&table, cells);
	}
	ff_buf_lit(out, "\n");
	output_table_write(&table, out);
	output_table_release(&table);
}

static int
print_flag(const struct command_line *line, const json_t *flag, struct ff_arena *arena)
{
	ff_str description = flags_text(flag, "description");
	struct ff_buf out;

	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	ff_buf_str_put(&out, flags_text(flag, "key"));
	ff_buf_lit(&out, "  ");
	output_text_put(&out, flags_text(flag, "name"));
	ff_buf_lit(&out, "\n");
	ff_buf_printf(&out, "%.*s, version %lld, updated %.*s%s\n", FF_FMT(flags_text(flag, "type")),
		flags_number(flag, "version"), FF_FMT(flags_text(flag, "updatedAt")),
		json_is_true(json_object_get(flag, "archived")) ? ", archived" : "");
	output_text_put(&out, description);
	ff_buf_str_put(&out, description.n ? FF_STR("\n") : FF_STR(""));
	put_variations(&out, flag, arena);
	put_environments(&out, flag, arena);
	return output_finish(line, &out);
}

static int
run(const struct command_line *line)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(client_closep) struct client *c = NULL;
	FF_CLEANUP(client_answer_release) struct client_answer answer = {0};
	struct ff_err err;

	if (client_open(line, &arena, &c, &err) ||
		client_call(c,
			&(struct client_request){
				.method = "GET", .path = flags_path(&arena, line->arguments[0]), .if_match = CLIENT_VERSION_NONE},
			&answer, &err))
		return command_fail(line, &err);
	if (command_option(line, "--json"))
		return output_json(line, answer.text);
	return print_flag(line, answer.json, &arena);
}

static const struct command_option options[] = {CLIENT_OPTIONS, {0}};

const struct command command_flags_get = {
	.name = "get",
	.arguments = "<key>",
	.arguments_least = 1,
	.arguments_most = 1,
	.summary = "one flag; with --json its whole document",
	.examples = "ffs flags get new-checkout\n"
				"ffs flags get new-checkout --json > new-checkout.json\n",
	.options = options,
	.run = run,
};
