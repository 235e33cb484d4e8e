/* SPDX-License-Identifier: Apache-2.0 */
#include "items.h"

#include "base/json_doc.h"
#include "output.h"

enum { PAGE_ITEMS = 500, PAGES_MAX = 10000 };

ff_str
items_text(const json_t *item, const char *member)
{
	const json_t *text = json_object_get(item, member);

	return json_is_string(text) ? json_doc_str(text) : FF_STR("");
}

/* Appends the items of all pages to `items`. */
static ff_status
fetch(struct client *c, const char *path, struct ff_arena *arena, json_t *items, struct ff_err *reterr)
{
	ff_str cursor = FF_STR("");

	for (unsigned page = 0; page < PAGES_MAX; page++) {
		struct client_request request = {.method = "GET", .if_match = CLIENT_VERSION_NONE};
		struct client_answer answer;

		request.path = ff_arena_printf(arena, "%s?limit=%d%s%.*s", path, PAGE_ITEMS, cursor.n ? "&cursor=" : "",
			FF_FMT(client_encode(arena, cursor)));
		FF_TRY(client_call(c, &request, &answer, reterr));
		json_array_extend(items, json_object_get(answer.json, "items"));
		cursor = ff_arena_str(arena, items_text(answer.json, "nextCursor"));
		client_answer_release(&answer);
		if (cursor.n == 0)
			return FF_OK;
	}
	return ff_fail(reterr, FF_EINTERNAL, "the server's list does not end after %d pages", PAGES_MAX);
}

static int
print_table(const struct command_line *line, const json_t *items, const struct items_column *columns, unsigned n)
{
	const char *heads[OUTPUT_COLUMNS_MAX];
	struct output_table table;
	struct ff_buf out;
	json_t *item;
	size_t i;

	for (unsigned k = 0; k < n; k++)
		heads[k] = columns[k].head;
	output_table_init(&table, heads, n);
	json_array_foreach (items, i, item) {
		ff_str cells[OUTPUT_COLUMNS_MAX];

		for (unsigned k = 0; k < n; k++)
			cells[k] = items_text(item, columns[k].member);
		output_table_row(&table, cells);
	}
	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	output_table_write(&table, &out);
	output_table_release(&table);
	return output_finish(line, &out);
}

int
items_list(const struct command_line *line, const char *path, const struct items_column *columns, unsigned n)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(client_closep) struct client *c = NULL;
	FF_CLEANUP(json_decrefp) json_t *items = json_array();
	struct ff_err err;

	if (client_open(line, &arena, &c, &err) || fetch(c, path, &arena, items, &err))
		return command_fail(line, &err);
	if (command_option(line, "--json"))
		return output_json(line, json_doc_dump(items, &arena));
	return print_table(line, items, columns, n);
}

ff_status
items_create(const struct command_line *line, const char *path, ff_str body, struct ff_arena *arena,
	struct client_answer *ret, struct ff_err *reterr)
{
	FF_CLEANUP(client_closep) struct client *c = NULL;
	const struct client_request request = {
		.method = "POST",
		.path = ff_str_z(path),
		.content_type = "application/json",
		.body = body,
		.comment = ff_str_z(command_option(line, "--comment")),
		.if_match = CLIENT_VERSION_NONE,
	};

	FF_TRY(client_open(line, arena, &c, reterr));
	return client_call(c, &request, ret, reterr);
}

int
items_delete(const struct command_line *line, const char *path, const char *done)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(client_closep) struct client *c = NULL;
	FF_CLEANUP(client_answer_release) struct client_answer answer = {0};
	const char *name = line->arguments[0];
	const struct client_request request = {
		.method = "DELETE",
		.path = ff_arena_printf(&arena, "%s/%.*s", path, FF_FMT(client_encode(&arena, ff_str_z(name)))),
		.comment = ff_str_z(command_option(line, "--comment")),
		.if_match = CLIENT_VERSION_NONE,
	};
	struct ff_err err;
	struct ff_buf out;

	if (client_open(line, &arena, &c, &err) || client_call(c, &request, &answer, &err))
		return command_fail(line, &err);
	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	if (command_option(line, "--json")) {
		ff_buf_printf(&out, "{\"%s\": ", done);
		ff_buf_json_str(&out, ff_str_z(name));
		ff_buf_lit(&out, "}\n");
	} else {
		ff_buf_printf(&out, "%s %s\n", done, name);
	}
	return output_finish(line, &out);
}
