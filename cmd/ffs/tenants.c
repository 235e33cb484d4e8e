/* SPDX-License-Identifier: Apache-2.0 */
/* tenants.c - ffs tenants. */
#include "base/json_doc.h"
#include "commands.h"
#include "items.h"
#include "output.h"

static int
run_list(const struct command_line *line)
{
	static const struct items_column columns[] = {{"KEY", "key"}, {"NAME", "name"}, {"CREATED", "createdAt"}};

	return items_list(line, "/admin/tenants", columns, FF_COUNT(columns));
}

static int
run_create(const struct command_line *line)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *body = json_object();
	FF_CLEANUP(client_answer_release) struct client_answer answer = {0};
	struct ff_err err;
	struct ff_buf out;

	json_doc_set(body, FF_STR("key"), json_doc_new_str(ff_str_z(line->arguments[0])));
	if (line->n_arguments > 1)
		json_doc_set(body, FF_STR("name"), json_doc_new_str(ff_str_z(line->arguments[1])));
	if (items_create(line, "/admin/tenants", json_doc_dump(body, &arena), &arena, &answer, &err))
		return command_fail(line, &err);
	if (command_option(line, "--json"))
		return output_json(line, answer.text);
	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	ff_buf_printf(&out, "created %s, with the environment production\n", line->arguments[0]);
	return output_finish(line, &out);
}

static int
run_delete(const struct command_line *line)
{
	return items_delete(line, "/admin/tenants", "deleted");
}

static const struct command_option list_options[] = {CLIENT_OPTIONS, {0}};
static const struct command_option write_options[] = {CLIENT_WRITE_OPTIONS, {0}};

static const struct command command_list_tenants = {
	.name = "list",
	.summary = "all tenants",
	.examples = "ffs tenants list\n",
	.options = list_options,
	.run = run_list,
};

static const struct command command_create_tenant = {
	.name = "create",
	.arguments = "<key> [<name>]",
	.arguments_least = 1,
	.arguments_most = 2,
	.summary = "make a tenant",
	.examples = "ffs tenants create acme \"Acme Inc.\"\n"
				"ffs keys create admin first --role admin --tenant acme\n",
	.options = write_options,
	.run = run_create,
};

static const struct command command_delete_tenant = {
	.name = "delete",
	.arguments = "<key>",
	.arguments_least = 1,
	.arguments_most = 1,
	.summary = "delete a tenant; its audit stays, its key is not used again",
	.details = "Nothing of it is served any more, and none of its keys is taken.\n",
	.examples = "ffs tenants delete acme\n",
	.options = write_options,
	.run = run_delete,
};

static const struct command *const children[] = {
	&command_list_tenants, &command_create_tenant, &command_delete_tenant, NULL};

const struct command command_tenants = {
	.name = "tenants",
	.summary = "tenants of a running server; for the root key",
	.children = children,
};
