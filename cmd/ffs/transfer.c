/* SPDX-License-Identifier: Apache-2.0 */
/* transfer.c - ffs export and import: a tenant as one JSON document, directly from and to the store. */
#include <unistd.h>

#include "app/store.h"
#include "base/json_doc.h"
#include "commands.h"
#include "files.h"
#include "output.h"
#include "sys/clock.h"
#include "usecase/transfer_service.h"

/* What both work with. */
struct transfer_work {
	struct ff_arena arena;
	struct config config;
	struct service service; /* without snapshots: a server notices the new revision by itself */
	struct ff_call call;
};

static void
release(struct transfer_work *w)
{
	if (w->service.repository)
		w->service.repository->ops->close(w->service.repository);
	ff_arena_release(&w->arena);
}

static ff_status
open_work(const struct command_line *line, enum store_absent absent, struct transfer_work *w, struct ff_err *reterr)
{
	w->call = (struct ff_call){
		.deadline_ms = UINT64_MAX,
		.tenant = ff_str_z(command_option_or(line, "--tenant", "default")),
		.actor = FF_STR("cli"),
	};
	FF_TRY(config_load(environ, CONFIG_SERVICE, false, &w->arena, &w->config, reterr));
	return store_open(&w->config, absent, &w->service.repository, reterr);
}

static int
run_export(const struct command_line *line)
{
	FF_CLEANUP(release) struct transfer_work w = {0};
	const char *path = line->n_arguments > 0 ? line->arguments[0] : "-";
	uint64_t revision;
	struct ff_err err;
	struct ff_buf out;
	ff_str json;

	if (open_work(line, STORE_REFUSE, &w, &err) ||
		transfer_export(&w.call, &w.service, &w.arena, &json, &revision, &err))
		return command_fail(line, &err);
	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	output_json_write(json, &out);
	if (strcmp(path, "-") == 0)
		return output_finish(line, &out);
	if (files_write(path, ff_buf_str(&out), &err)) {
		ff_buf_release(&out);
		return command_fail(line, &err);
	}
	ff_buf_reset(&out);
	ff_buf_printf(&out, "exported tenant %.*s, revision %llu, to %s\n", FF_FMT(w.call.tenant),
		(unsigned long long)revision, path);
	return output_finish(line, &out);
}

static int
run_import(const struct command_line *line)
{
	FF_CLEANUP(release) struct transfer_work w = {0};
	const char *path = line->arguments[0];
	struct transfer_counts counts;
	int64_t now_ms = clock_wall_ms();
	struct ff_err err;
	struct ff_buf out;
	ff_str text;

	/* The file first: nothing is made for one that cannot be read. */
	if (files_read(path, JSON_DOC_BYTES_MAX, &w.arena, &text, &err) || open_work(line, STORE_CREATE, &w, &err))
		return command_fail(line, &err);
	w.call.comment = ff_str_z(command_option_or(line, "--comment", "import"));
	if (w.service.repository->ops->tenant_ensure(
			w.service.repository, &w.call, w.call.tenant, w.call.tenant, now_ms, &err) ||
		transfer_import(&w.call, &w.service, text, now_ms, &w.arena, &counts, &err))
		return command_fail(line, &err);
	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	if (command_option(line, "--json"))
		ff_buf_printf(&out, "{\"created\": %llu, \"updated\": %llu, \"unchanged\": %llu, \"revision\": %llu}\n",
			(unsigned long long)counts.created, (unsigned long long)counts.updated,
			(unsigned long long)counts.unchanged, (unsigned long long)counts.revision);
	else
		ff_buf_printf(&out, "imported into tenant %.*s: %llu created, %llu updated, %llu unchanged; revision %llu\n",
			FF_FMT(w.call.tenant), (unsigned long long)counts.created, (unsigned long long)counts.updated,
			(unsigned long long)counts.unchanged, (unsigned long long)counts.revision);
	return output_finish(line, &out);
}

static const struct command_option export_options[] = {{"--tenant", "<key>", "which tenant (default: default)"}, {0}};

const struct command command_export = {
	.name = "export",
	.arguments = "[<file>]",
	.arguments_most = 1,
	.summary = "write a tenant (environments, segments, flags) as one JSON file",
	.details = "Reads the store in DATA_DIR, also while a server runs on it. Without a file, or with -, to stdout.\n"
			   "History stays behind.\n",
	.examples = "ffs export backup.json\n"
				"DATA_DIR=/var/lib/ffs ffs export - | jq '.flags | length'\n",
	.options = export_options,
	.run = run_export,
};

static const struct command_option import_options[] = {
	{"--tenant", "<key>", "into which tenant (default: default); made if it is missing"},
	{"--comment", "<text>", "why; kept in the history (default: import)"},
	{"--json", NULL, "the counts as JSON"},
	{0},
};

const struct command command_import = {
	.name = "import",
	.arguments = "<file>",
	.arguments_least = 1,
	.arguments_most = 1,
	.summary = "read a tenant back from such a file: all of it or nothing",
	.details =
		"Adds what is missing and replaces what differs, in one change set; deletes nothing. Works on the store in\n"
		"DATA_DIR; a server that runs on it serves the result within POLL_INTERVAL_MS. - reads stdin.\n",
	.examples = "ffs import backup.json\n"
				"ffs export - | DATA_DIR=/tmp/copy ffs import -\n",
	.options = import_options,
	.run = run_import,
};
