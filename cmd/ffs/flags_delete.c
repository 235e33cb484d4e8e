/* SPDX-License-Identifier: Apache-2.0 */
/* flags_delete.c - ffs flags delete. */
#include "base/json_doc.h"
#include "commands.h"
#include "flags.h"
#include "output.h"

static int
run(const struct command_line *line)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(client_closep) struct client *c = NULL;
	FF_CLEANUP(client_answer_release) struct client_answer answer = {0}, deleted = {0};
	const char *key = line->arguments[0];
	ff_str path = flags_path(&arena, key);
	struct ff_err err;
	struct ff_buf out;

	/* No second try on a conflict: what is to go has changed under its deleter's eyes. */
	if (client_open(line, &arena, &c, &err) ||
		client_call(c, &(struct client_request){.method = "GET", .path = path, .if_match = CLIENT_VERSION_NONE},
			&answer, &err) ||
		client_call(c,
			&(struct client_request){.method = "DELETE",
				.path = path,
				.if_match = answer.version,
				.comment = ff_str_z(command_option(line, "--comment"))},
			&deleted, &err))
		return command_fail(line, &err);
	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	if (command_option(line, "--json")) {
		ff_buf_lit(&out, "{\"deleted\": ");
		ff_buf_json_str(&out, ff_str_z(key));
		ff_buf_printf(&out, ", \"version\": %lld}\n", (long long)answer.version);
	} else {
		ff_buf_printf(&out, "deleted %s (it was at version %lld)\n", key, (long long)answer.version);
	}
	return output_finish(line, &out);
}

static const struct command_option options[] = {CLIENT_WRITE_OPTIONS, {0}};

const struct command command_flags_delete = {
	.name = "delete",
	.arguments = "<key>",
	.arguments_least = 1,
	.arguments_most = 1,
	.summary = "delete a flag; refused while another requires it",
	.details = "Clients that still ask for the flag get FLAG_NOT_FOUND and use their own default. Its history stays.\n"
			   "To keep a flag for reading, archive it: ffs flags set with \"archived\": true.\n",
	.examples = "ffs flags delete old-banner --comment \"fully rolled out\"\n",
	.options = options,
	.run = run,
};
