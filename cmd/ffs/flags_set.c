/* SPDX-License-Identifier: Apache-2.0 */
/* flags_set.c - ffs flags set: creates a flag from a document, or replaces it. */
#include "base/json_doc.h"
#include "commands.h"
#include "files.h"
#include "flags.h"
#include "output.h"

/* The document must be about `key`; one that names none is given it. */
static ff_status
put_key(json_t *document, const char *key, struct ff_err *reterr)
{
	const json_t *named = json_object_get(document, "key");

	if (!json_is_object(document))
		return ff_fail(reterr, FF_EINVALID, "the document must be a JSON object, is %s", json_doc_kind(document));
	if (named && !(json_is_string(named) && strcmp(json_string_value(named), key) == 0))
		return ff_fail(reterr, FF_EINVALID, "the document's key is not \"%s\"", key);
	if (!named)
		json_doc_set(document, FF_STR("key"), json_doc_new_str(ff_str_z(key)));
	return FF_OK;
}

static ff_status
send_document(const struct command_line *line, struct client *c, struct ff_arena *arena, const json_t *document,
	struct client_answer *ret, bool *ret_created, struct ff_err *reterr)
{
	FF_CLEANUP(client_answer_release) struct client_answer now = {0};
	ff_str path = flags_path(arena, line->arguments[0]);
	bool says_version = json_object_get(document, "version") != NULL;
	struct client_request request = {
		.path = path,
		.content_type = "application/json",
		.body = json_doc_dump(document, arena),
		.comment = ff_str_z(command_option(line, "--comment")),
		.if_match = CLIENT_VERSION_NONE,
	};
	ff_status status = client_call(
		c, &(struct client_request){.method = "GET", .path = path, .if_match = CLIENT_VERSION_NONE}, &now, reterr);

	*ret_created = status == FF_EFLAGNOTFOUND;
	if (status != FF_OK && !*ret_created)
		return status;
	request.method = *ret_created ? "POST" : "PUT";
	if (*ret_created)
		request.path = FF_STR("/admin/flags");
	else if (!says_version)
		request.if_match = now.version;
	return client_call(c, &request, ret, reterr);
}

static int
run(const struct command_line *line)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(client_closep) struct client *c = NULL;
	FF_CLEANUP(client_answer_release) struct client_answer answer = {0};
	FF_CLEANUP(json_decrefp) json_t *document = NULL;
	const char *file = command_option(line, "--file");
	struct ff_err err;
	struct ff_buf out;
	ff_str text;
	bool created;

	if (!file)
		return command_usage(line, "it needs --file <file>");
	if (files_read(file, JSON_DOC_BYTES_MAX, &arena, &text, &err) || files_parse(file, text, &document, &err) ||
		put_key(document, line->arguments[0], &err) || client_open(line, &arena, &c, &err) ||
		send_document(line, c, &arena, document, &answer, &created, &err))
		return command_fail(line, &err);
	if (command_option(line, "--json"))
		return output_json(line, answer.text);
	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	ff_buf_printf(&out, "%s %s, now at version %lld\n", created ? "created" : "replaced", line->arguments[0],
		(long long)answer.version);
	return output_finish(line, &out);
}

static const struct command_option options[] = {
	{"--file", "<file>", "the document; - reads it from stdin"},
	CLIENT_WRITE_OPTIONS,
	{0},
};

const struct command command_flags_set = {
	.name = "set",
	.arguments = "<key>",
	.arguments_least = 1,
	.arguments_most = 1,
	.summary = "create a flag from a document, or replace it",
	.details =
		"A document with a \"version\", as `ffs flags get --json` prints it, replaces only that version: when someone\n"
		"else has changed the flag meanwhile, nothing is written. Without one it replaces what is there.\n"
		"Environments that the document does not mention stay as they are.\n",
	.examples = "echo '{\"type\": \"boolean\"}' | ffs flags set new-search --file -\n"
				"ffs flags get new-search --json > f.json; $EDITOR f.json; ffs flags set new-search --file f.json\n",
	.options = options,
	.run = run,
};
