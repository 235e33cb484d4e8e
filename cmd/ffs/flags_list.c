/* SPDX-License-Identifier: Apache-2.0 */
/* flags_list.c - ffs flags list: all pages of GET /admin/flags as one list. */
#include "base/json_doc.h"
#include "commands.h"
#include "flags.h"
#include "output.h"

enum { PAGE_ITEMS = 500, PAGES_MAX = 10000 };

static void
put_filter(struct ff_buf *query, struct ff_arena *arena, const char *name, const char *value)
{
	if (value)
		ff_buf_printf(query, "&%s=%.*s", name, FF_FMT(client_encode(arena, ff_str_z(value))));
}

/* Appends the items of all pages to `items`. */
static ff_status
fetch(const struct command_line *line, struct client *c, struct ff_arena *arena, json_t *items, struct ff_err *reterr)
{
	ff_str cursor = FF_STR("");

	for (unsigned page = 0; page < PAGES_MAX; page++) {
		struct client_answer answer;
		struct ff_buf path;
		ff_status status;

		ff_buf_init(&path, 64 << 10);
		ff_buf_printf(&path, "/admin/flags?limit=%d", PAGE_ITEMS);
		put_filter(&path, arena, "q", command_option(line, "--q"));
		put_filter(&path, arena, "tag", command_option(line, "--tag"));
		put_filter(&path, arena, "archived", command_option(line, "--archived") ? "true" : NULL);
		if (cursor.n)
			ff_buf_printf(&path, "&cursor=%.*s", FF_FMT(client_encode(arena, cursor)));
		status = client_call(c,
			&(struct client_request){.method = "GET", .path = ff_buf_str(&path), .if_match = CLIENT_VERSION_NONE},
			&answer, reterr);
		ff_buf_release(&path);
		if (status != FF_OK)
			return status;
		json_array_extend(items, json_object_get(answer.json, "items"));
		cursor = ff_arena_str(arena, flags_text(answer.json, "nextCursor"));
		client_answer_release(&answer);
		if (cursor.n == 0)
			return FF_OK;
	}
	return ff_fail(reterr, FF_EINTERNAL, "the server's list does not end after %d pages", PAGES_MAX);
}

static ff_str
join_tags(const json_t *flag, struct ff_arena *arena)
{
	ff_str all = FF_STR("");
	json_t *tag;
	size_t i;

	json_array_foreach (json_object_get(flag, "tags"), i, tag)
		all = ff_arena_printf(arena, "%.*s%s%.*s", FF_FMT(all), i > 0 ? "," : "", FF_FMT(json_doc_str(tag)));
	return all;
}

static int
print_table(const struct command_line *line, const json_t *items, struct ff_arena *arena)
{
	const char *environment = flags_environment(line);
	const char *const heads[] = {"KEY", "TYPE", environment, "SERVES", "RULES", "VERSION", "TAGS", "NAME"};
	struct output_table table;
	struct ff_buf out;
	json_t *flag;
	size_t i;

	output_table_init(&table, heads, FF_COUNT(heads));
	json_array_foreach (items, i, flag) {
		const json_t *config = json_object_get(json_object_get(flag, "environments"), environment);
		bool archived = json_is_true(json_object_get(flag, "archived"));
		bool enabled = json_is_true(json_object_get(config, "enabled"));
		ff_str cells[] = {
			flags_text(flag, "key"),
			flags_text(flag, "type"),
			archived      ? FF_STR("archived")
				: enabled ? FF_STR("on")
						  : FF_STR("off"),
			enabled ? flags_serve_text(json_object_get(config, "default"), arena) : flags_text(config, "offVariation"),
			ff_arena_printf(arena, "%zu", json_array_size(json_object_get(config, "rules"))),
			ff_arena_printf(arena, "%lld", flags_number(flag, "version")),
			join_tags(flag, arena),
			flags_text(flag, "name"),
		};

		output_table_row(&table, cells);
	}
	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	output_table_write(&table, &out);
	output_table_release(&table);
	return output_finish(line, &out);
}

static int
run(const struct command_line *line)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(client_closep) struct client *c = NULL;
	FF_CLEANUP(json_decrefp) json_t *items = json_array();
	struct ff_err err;

	if (client_open(line, &arena, &c, &err) || fetch(line, c, &arena, items, &err))
		return command_fail(line, &err);
	if (command_option(line, "--json"))
		return output_json(line, json_doc_dump(items, &arena));
	return print_table(line, items, &arena);
}

static const struct command_option options[] = {
	FLAGS_ENVIRONMENT_OPTION,
	{"--q", "<text>", "only flags that have this in their key, name or description"},
	{"--tag", "<tag>", "only flags with this tag"},
	{"--archived", NULL, "only archived flags"},
	CLIENT_OPTIONS,
	{0},
};

const struct command command_flags_list = {
	.name = "list",
	.summary = "the flags, and what each serves in one environment",
	.details =
		"The column of the environment says whether the flag is on there; SERVES what those get whom no target and\n"
		"no rule applies to.\n",
	.examples = "ffs flags list\n"
				"ffs flags list --environment staging --tag checkout\n"
				"ffs flags list --json | jq -r '.[].key'\n",
	.options = options,
	.run = run,
};
