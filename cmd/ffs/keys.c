/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c - ffs keys: root makes one by itself; create, list and revoke talk to a server. */
#include "base/json_doc.h"
#include "commands.h"
#include "items.h"
#include "output.h"
#include "usecase/api_key.h"

static int
run_root(const struct command_line *line)
{
	char text[API_KEY_BYTES_MAX + 1];
	struct ff_buf out;

	ff_buf_init(&out, sizeof text + 1);
	ff_buf_str_put(&out, api_key_new(API_KEY_ROOT, text));
	ff_buf_lit(&out, "\n");
	return output_finish(line, &out);
}

static void
set_option(json_t *body, const struct command_line *line, const char *option, const char *member)
{
	const char *value = command_option(line, option);

	if (value)
		json_doc_set(body, ff_str_z(member), json_doc_new_str(ff_str_z(value)));
}

/* The origins, by commas, as a list. */
static void
set_origins(json_t *body, const char *text)
{
	ff_str rest = ff_str_z(text), origin;
	json_t *list = json_array();

	while (rest.n) {
		ff_str_cut(rest, ',', &origin, &rest);
		json_array_append_new(list, json_doc_new_str(ff_str_trim(origin)));
	}
	json_doc_set(body, FF_STR("origins"), list);
}

static json_t *
make_body(const struct command_line *line)
{
	json_t *body = json_object();

	json_doc_set(body, FF_STR("kind"), json_doc_new_str(ff_str_z(line->arguments[0])));
	json_doc_set(body, FF_STR("name"), json_doc_new_str(ff_str_z(line->arguments[1])));
	set_option(body, line, "--role", "role");
	set_option(body, line, "--environment", "environment");
	set_option(body, line, "--expires", "expiresAt");
	if (command_option(line, "--origins"))
		set_origins(body, command_option(line, "--origins"));
	return body;
}

static int
run_create(const struct command_line *line)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *body = make_body(line);
	FF_CLEANUP(client_answer_release) struct client_answer answer = {0};
	struct ff_err err;
	struct ff_buf out;

	if (items_create(line, "/admin/keys", json_doc_dump(body, &arena), &arena, &answer, &err))
		return command_fail(line, &err);
	if (command_option(line, "--json"))
		return output_json(line, answer.text);
	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	output_text_put(&out, items_text(answer.json, "key"));
	ff_buf_lit(&out, "\n");
	return output_finish(line, &out);
}

static int
run_list(const struct command_line *line)
{
	static const struct items_column columns[] = {
		{"ID", "id"},
		{"KIND", "kind"},
		{"ROLE", "role"},
		{"ENVIRONMENT", "environment"},
		{"NAME", "name"},
		{"CREATED", "createdAt"},
		{"EXPIRES", "expiresAt"},
		{"LAST USED", "lastUsedAt"},
	};

	return items_list(line, "/admin/keys", columns, FF_COUNT(columns));
}

static int
run_revoke(const struct command_line *line)
{
	return items_delete(line, "/admin/keys", "revoked");
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

static const struct command_option create_options[] = {
	{"--role", "<role>", "of an admin key: viewer, editor or admin"},
	{"--environment", "<key>", "of a server or client key: the environment that it is for"},
	{"--origins", "<origins>", "of a client key: web pages that may use it, by commas"},
	{"--expires", "<date>", "the key is not taken from then on, such as 2027-01-01T00:00:00Z"},
	CLIENT_WRITE_OPTIONS,
	{0},
};

static const struct command command_create_key = {
	.name = "create",
	.arguments = "admin|server|client <name>",
	.arguments_least = 2,
	.arguments_most = 2,
	.summary = "make a key and print it, this once",
	.details =
		"Admin keys are for the Admin API, as their role says; server keys for evaluation in one environment; client\n"
		"keys, for browsers and apps, for those of its flags that are clientVisible. Only the hash of a key is "
		"stored:\n"
		"to replace one, create the next, hand it out, revoke the first.\n",
	.examples = "ffs keys create admin ci --role editor\n"
				"ffs keys create server checkout --environment production --expires 2027-01-01T00:00:00Z\n"
				"ffs keys create client web --environment production --origins https://shop.example.com\n",
	.options = create_options,
	.run = run_create,
};

static const struct command_option list_options[] = {CLIENT_OPTIONS, {0}};

static const struct command command_list_keys = {
	.name = "list",
	.summary = "the keys of a tenant, without their secrets",
	.details = "LAST USED is as of about a minute ago.\n",
	.examples = "ffs keys list\n"
				"ffs keys list --tenant acme --json\n",
	.options = list_options,
	.run = run_list,
};

static const struct command_option revoke_options[] = {CLIENT_WRITE_OPTIONS, {0}};

static const struct command command_revoke_key = {
	.name = "revoke",
	.arguments = "<id>",
	.arguments_least = 1,
	.arguments_most = 1,
	.summary = "revoke a key, for ever",
	.details =
		"The server that is asked takes it no more at once, the others as fast as they learn of a changed flag.\n",
	.examples = "ffs keys revoke 2Qm8VJ0wq7ZpLr5TnXc4Bd --comment \"leaked\"\n",
	.options = revoke_options,
	.run = run_revoke,
};

static const struct command *const children[] = {
	&command_create_key, &command_list_keys, &command_revoke_key, &command_root_key, NULL};

const struct command command_keys = {
	.name = "keys",
	.summary = "keys that callers present",
	.details = "The server is FFS_URL (or --url), the key that is presented to it FFS_KEY or FFS_ROOT_KEY. Keys are "
			   "managed by\n"
			   "the root key, or by an admin key with the role admin.\n",
	.children = children,
};
