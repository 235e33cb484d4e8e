/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eval.c - ffs eval: one decision and how it came about, from a file and without a server.
 *
 * The file becomes a tenant in memory and the Admin API's own evaluation runs on it, so that the two cannot differ.
 */
#include "base/json_doc.h"
#include "commands.h"
#include "files.h"
#include "output.h"
#include "repository/memory/repository_memory.h"
#include "sys/clock.h"
#include "usecase/explain_service.h"
#include "usecase/transfer_service.h"

static void
closep(struct repository **r)
{
	if (*r)
		(*r)->ops->close(*r);
}

/* A tenant's document from what people have in files: such a document, a list of flags, or one flag. New reference. */
static json_t *
as_tenant(json_t *json)
{
	json_t *tenant, *flags;

	if (json_object_get(json, "flags"))
		return json_incref(json);
	tenant = json_object();
	flags = json_is_array(json) ? json_incref(json) : json_array();
	if (!json_is_array(json))
		json_array_append(flags, json);
	json_doc_set(tenant, FF_STR("flags"), flags);
	return tenant;
}

static bool
has_environment(const json_t *list, const char *key)
{
	json_t *item;
	size_t i;

	json_array_foreach (list, i, item) {
		const json_t *its = json_object_get(item, "key");

		if (json_is_string(its) && strcmp(json_string_value(its), key) == 0)
			return true;
	}
	return false;
}

static void
add_environment(json_t *list, const char *key)
{
	json_t *item;

	if (has_environment(list, key))
		return;
	item = json_object();
	json_doc_set(item, FF_STR("key"), json_doc_new_str(ff_str_z(key)));
	json_doc_append(list, item);
}

/* A file of flags need not list the environments that they have. */
static void
complete_tenant(json_t *tenant, const char *environment)
{
	json_t *list = json_object_get(tenant, "environments"), *flag, *config;
	const char *key;
	size_t i;

	if (!json_object_get(tenant, "format"))
		json_doc_set(tenant, FF_STR("format"), json_doc_new_str(FF_STR("ffs-tenant/1")));
	if (!list) {
		list = json_array();
		json_doc_set(tenant, FF_STR("environments"), list);
	}
	if (!json_is_array(list))
		return; /* the import says so */
	add_environment(list, environment);
	json_array_foreach (json_object_get(tenant, "flags"), i, flag)
		json_object_foreach (json_object_get(flag, "environments"), key, config)
			add_environment(list, key);
}

/* What is wrong with the question is wrong with the command line. */
static ff_status
blame_words(ff_status status, struct ff_err *reterr)
{
	if (status != FF_EPARSE && status != FF_EINVALID)
		return status;
	reterr->status = FF_EMALFORMED;
	return FF_EMALFORMED;
}

/* The body of POST /admin/evaluate. */
static ff_status
make_request(const struct command_line *line, struct ff_arena *arena, ff_str *ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *request = json_object();
	const char *at = command_option(line, "--at");
	json_t *context;
	uint64_t ms;

	FF_TRY(blame_words(
		files_parse("--context", ff_str_z(command_option_or(line, "--context", "{}")), &context, reterr), reterr));
	json_doc_set(request, FF_STR("context"), context);
	json_doc_set(request, FF_STR("flagKey"), json_doc_new_str(ff_str_z(command_option(line, "--flag"))));
	json_doc_set(request, FF_STR("environment"),
		json_doc_new_str(ff_str_z(command_option_or(line, "--environment", "production"))));
	if (at && ff_str_u64(ff_str_z(at), &ms) && ms <= INT64_MAX)
		json_doc_set(request, FF_STR("at"), json_integer((json_int_t)ms));
	else if (at)
		json_doc_set(request, FF_STR("at"), json_doc_new_str(ff_str_z(at)));
	*ret = json_doc_dump(request, arena);
	return FF_OK;
}

/* Loads the file into `r` and asks it. */
static ff_status
evaluate_file(const struct command_line *line, struct repository *r, struct ff_arena *arena, ff_str *ret_json,
	struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *json = NULL, *tenant = NULL;
	const struct service service = {.repository = r};
	const struct ff_call call = {.deadline_ms = UINT64_MAX, .tenant = FF_STR("default"), .actor = FF_STR("cli")};
	const char *file = command_option(line, "--file");
	int64_t now_ms = clock_wall_ms();
	struct transfer_counts counts;
	ff_str text, request;

	FF_TRY(make_request(line, arena, &request, reterr));
	FF_TRY(files_read(file, JSON_DOC_BYTES_MAX, arena, &text, reterr));
	FF_TRY(files_parse(file, text, &json, reterr));
	tenant = as_tenant(json);
	complete_tenant(tenant, command_option_or(line, "--environment", "production"));
	FF_TRY(r->ops->tenant_ensure(r, &call, call.tenant, call.tenant, now_ms, reterr));
	FF_TRY(transfer_import(&call, &service, json_doc_dump(tenant, arena), now_ms, arena, &counts, reterr));
	return blame_words(explain_evaluate(&call, &service, request, now_ms, arena, ret_json, reterr), reterr);
}

static ff_str
member_text(const json_t *object, const char *name, struct ff_arena *arena)
{
	const json_t *member = json_object_get(object, name);

	return !member ? FF_STR("-") : json_is_string(member) ? json_doc_str(member) : json_doc_dump(member, arena);
}

static void
put_member(struct ff_buf *out, const char *before, const char *name, const char *between, ff_str text)
{
	ff_buf_printf(out, "%s%s%s", before, name, between);
	output_text_put(out, text);
}

/* A step on a line: what it was, whether it held, and what else is known, in the order in which it was noted. */
static void
write_step(struct ff_buf *out, const json_t *step, struct ff_arena *arena)
{
	const char *name;
	json_t *value;

	ff_buf_printf(out, "  %s %.*s", json_is_true(json_object_get(step, "held")) ? "+" : "-",
		FF_FMT(member_text(step, "step", arena)));
	json_object_foreach ((json_t *)step, name, value)
		if (strcmp(name, "step") != 0 && strcmp(name, "held") != 0)
			put_member(out, "  ", name, "=", member_text(step, name, arena));
	ff_buf_lit(out, "\n");
}

static int
print_answer(const struct command_line *line, ff_str text, struct ff_arena *arena)
{
	FF_CLEANUP(json_decrefp) json_t *answer = NULL;
	static const char *const shown[] = {"value", "variation", "reason", "ruleId", "errorCode"};
	const json_t *decision;
	struct ff_err err;
	struct ff_buf out;
	json_t *step;
	size_t i;

	if (json_doc_parse(text, &answer, &err))
		return command_fail(line, &err);
	decision = json_object_get(answer, "decision");
	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	for (i = 0; i < FF_COUNT(shown); i++)
		if (json_object_get(decision, shown[i])) {
			put_member(&out, "", shown[i], ": ", member_text(decision, shown[i], arena));
			ff_buf_lit(&out, "\n");
		}
	ff_buf_lit(&out, "\nWhat was tried, in order (+ held, - did not):\n");
	json_array_foreach (json_object_get(answer, "steps"), i, step)
		write_step(&out, step, arena);
	return output_finish(line, &out);
}

static int
run(const struct command_line *line)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(closep) struct repository *r = NULL;
	struct ff_err err;
	ff_str json;

	if (!command_option(line, "--file"))
		return command_usage(line, "it needs --file <file>");
	if (!command_option(line, "--flag"))
		return command_usage(line, "it needs --flag <key>");
	r = repository_memory_new();
	if (evaluate_file(line, r, &arena, &json, &err))
		return command_fail(line, &err);
	return command_option(line, "--json") ? output_json(line, json) : print_answer(line, json, &arena);
}

static const struct command_option options[] = {
	{"--file", "<file>", "flags: an export, a list of flags, or one flag; - reads stdin"},
	{"--flag", "<key>", "which flag"},
	{"--context", "<json>", "for whom: {\"userID\": …, \"attributes\": {…}} (default: nobody)"},
	{"--environment", "<key>", "which environment (default: production)"},
	{"--at", "<time>", "when: RFC 3339, or ms since 1970 (default: now)"},
	{"--json", NULL, "decision and steps as JSON"},
	{0},
};

const struct command command_eval = {
	.name = "eval",
	.summary = "evaluate a flag from a file, without a server, and explain the decision",
	.details = "Shows every target, rule and condition that was tried, what it saw, and whether it held.\n",
	.examples = "ffs export flags.json\n"
				"ffs eval --file flags.json --flag new-checkout --context '{\"userID\": \"u-7\"}'\n"
				"ffs eval --file flags.json --flag new-checkout --at 2026-12-24T00:00:00Z --json \\\n"
				"    --context '{\"userID\": \"u-7\", \"attributes\": {\"country\": \"DE\"}}'\n",
	.options = options,
	.run = run,
};
