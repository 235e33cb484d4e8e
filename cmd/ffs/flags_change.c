/* SPDX-License-Identifier: Apache-2.0 */
/* flags_change.c - ffs flags toggle and rollout: small changes to one environment's configuration. */
#include "base/json_doc.h"
#include "commands.h"
#include "flags.h"
#include "output.h"

enum { PERCENT_UNITS = 1000, PERCENT_ALL = 100 * PERCENT_UNITS, PERCENT_DECIMALS = 3 };

/* A configuration as it is and what is to be done to it. */
struct change {
	const struct command_line *line;
	struct client *client;
	struct ff_arena *arena;
	ff_str path;
	const json_t *config; /* as read last */
	uint32_t units;       /* rollout: thousandths of a percent */
	ff_str patch;         /* merge patch; empty: there is nothing to do */
};

/* Looks at change->config and makes change->patch. */
typedef ff_status (*change_fn)(struct change *change, struct ff_err *reterr);

/*
 * Reads the configuration, decides, and writes with the version that was read; again from the start when somebody else
 * came between. *ret is the configuration afterwards.
 */
static ff_status
change_configuration(struct change *change, change_fn decide, struct client_answer *ret, struct ff_err *reterr)
{
	for (unsigned attempt = 0; attempt < FLAGS_CONFLICTS_MAX; attempt++) {
		FF_CLEANUP(client_answer_release) struct client_answer now = {0};
		struct client_request request = {.method = "GET", .path = change->path, .if_match = CLIENT_VERSION_NONE};
		ff_status status;

		FF_TRY(client_call(change->client, &request, &now, reterr));
		change->config = now.json;
		FF_TRY(decide(change, reterr));
		if (change->patch.n == 0) {
			*ret = now;
			now.json = NULL;
			return FF_OK;
		}
		request.method = "PATCH";
		request.content_type = "application/merge-patch+json";
		request.body = change->patch;
		request.if_match = now.version;
		request.comment = ff_str_z(command_option(change->line, "--comment"));
		status = client_call(change->client, &request, ret, reterr);
		if (status != FF_ECONFLICT && status != FF_EPRECONDITION)
			return status;
	}
	return ff_fail(reterr, FF_ECONFLICT, "others changed the flag %d times in between; try again", FLAGS_CONFLICTS_MAX);
}

static int
print_state(const struct change *change, const struct client_answer *answer)
{
	const struct command_line *line = change->line;
	const char *key = line->arguments[0], *environment = flags_environment(line);
	bool enabled = json_is_true(json_object_get(answer->json, "enabled"));
	ff_str serves = flags_serve_text(json_object_get(answer->json, "default"), change->arena);
	struct ff_buf out;

	if (command_option(line, "--json"))
		return output_json(line, answer->text);
	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	ff_buf_printf(&out, "%s is %s in %s (version %lld)%s; where no target and no rule applies it serves %.*s\n", key,
		enabled ? "on" : "off", environment, (long long)answer->version, change->patch.n ? "" : ", as it was",
		FF_FMT(serves));
	if (!enabled)
		ff_buf_printf(
			&out, "it serves that once it is on: ffs flags toggle %s on --environment %s\n", key, environment);
	return output_finish(line, &out);
}

static int
run_change(const struct command_line *line, change_fn decide, uint32_t units)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(client_closep) struct client *c = NULL;
	FF_CLEANUP(client_answer_release) struct client_answer answer = {0};
	struct change change = {.line = line, .arena = &arena, .units = units};
	struct ff_err err;

	change.path = flags_environment_path(&arena, line->arguments[0], flags_environment(line));
	if (client_open(line, &arena, &c, &err))
		return command_fail(line, &err);
	change.client = c;
	if (change_configuration(&change, decide, &answer, &err))
		return command_fail(line, &err);
	return print_state(&change, &answer);
}

static ff_status
decide_toggle(struct change *change, struct ff_err *reterr)
{
	const char *wanted = change->line->n_arguments > 1 ? change->line->arguments[1] : NULL;
	bool enabled = json_is_true(json_object_get(change->config, "enabled"));
	bool enable = wanted ? strcmp(wanted, "on") == 0 : !enabled;

	(void)reterr;
	change->patch = enable == enabled ? FF_STR("")
		: enable                      ? FF_STR("{\"enabled\":true}")
									  : FF_STR("{\"enabled\":false}");
	return FF_OK;
}

static int
run_toggle(const struct command_line *line)
{
	const char *wanted = line->n_arguments > 1 ? line->arguments[1] : "on";

	if (strcmp(wanted, "on") != 0 && strcmp(wanted, "off") != 0)
		return command_usage(line, "\"%s\" is neither on nor off", wanted);
	return run_change(line, decide_toggle, 0);
}

/* "12.5" → 12500. At most PERCENT_DECIMALS decimals, at most 100. */
static bool
parse_percent(ff_str text, uint32_t *ret)
{
	ff_str whole, decimals;
	uint64_t units, fraction = 0;
	bool has_point = ff_str_cut(text, '.', &whole, &decimals);

	if (!ff_str_u64(whole, &units) || units > 100)
		return false;
	if (has_point && (decimals.n > PERCENT_DECIMALS || !ff_str_u64(decimals, &fraction)))
		return false;
	for (size_t n = decimals.n; n < PERCENT_DECIMALS; n++)
		fraction *= 10;
	units = units * PERCENT_UNITS + fraction;
	*ret = (uint32_t)units;
	return units <= PERCENT_ALL;
}

static json_t *
new_part(ff_str variation, uint32_t units)
{
	json_t *part = json_object();

	json_doc_set(part, FF_STR("variation"), json_doc_new_str(variation));
	json_doc_set(part, FF_STR("percent"), json_real((double)units / PERCENT_UNITS));
	return part;
}

/* Is `split` one between just these two, with `second` in front? */
static bool
is_turned_round(const json_t *split, ff_str first, ff_str second)
{
	return json_array_size(split) == 2 && ff_str_eq(flags_text(json_array_get(split, 0), "variation"), second) &&
		ff_str_eq(flags_text(json_array_get(split, 1), "variation"), first);
}

/*
 * A split of `before`'s kind: its unit, salt and the order of its parts stay, so that nobody who has `variation` loses
 * it when its share grows.
 */
static json_t *
new_serve(const json_t *before, ff_str variation, uint32_t units, ff_str other, const char *by)
{
	static const char *const kept[] = {"by", "salt", "hash"};
	const json_t *split_before = json_object_get(before, "split");
	json_t *serve = json_object(), *split = json_array();

	json_doc_append(split, new_part(variation, units));
	if (is_turned_round(split_before, variation, other))
		json_array_insert_new(split, 0, new_part(other, PERCENT_ALL - units));
	else
		json_doc_append(split, new_part(other, PERCENT_ALL - units));
	json_doc_set(serve, FF_STR("split"), split);
	for (size_t i = 0; split_before && i < FF_COUNT(kept); i++)
		if (json_object_get(before, kept[i]))
			json_object_set(serve, kept[i], json_object_get(before, kept[i]));
	if (by)
		json_doc_set(serve, FF_STR("by"), json_doc_new_str(ff_str_z(by)));
	return serve;
}

/* The rest of a rollout, of any variation, goes to what the flag serves when it is off. */
static ff_status
decide_rollout(struct change *change, struct ff_err *reterr)
{
	const char *variation = command_option_or(change->line, "--variation", "on");
	FF_CLEANUP(json_decrefp) json_t *patch = json_object();
	ff_str other = flags_text(change->config, "offVariation");

	if (other.n == 0)
		return ff_fail(
			reterr, FF_EINVALID, "the flag serves nothing when it is off; give a whole split with ffs flags set");
	if (ff_str_eqz(other, variation))
		return ff_fail(
			reterr, FF_EINVALID, "%s is what the flag serves when it is off; name another with --variation", variation);
	json_doc_set(patch, FF_STR("default"),
		new_serve(json_object_get(change->config, "default"), ff_str_z(variation), change->units, other,
			command_option(change->line, "--by")));
	change->patch = json_doc_dump(patch, change->arena);
	return FF_OK;
}

static int
run_rollout(const struct command_line *line)
{
	uint32_t units;

	if (!parse_percent(ff_str_z(line->arguments[1]), &units))
		return command_usage(
			line, "\"%s\" is no percentage: 0 to 100, with at most %d decimals", line->arguments[1], PERCENT_DECIMALS);
	return run_change(line, decide_rollout, units);
}

static const struct command_option toggle_options[] = {FLAGS_ENVIRONMENT_OPTION, CLIENT_WRITE_OPTIONS, {0}};

const struct command command_flags_toggle = {
	.name = "toggle",
	.arguments = "<key> [on|off]",
	.arguments_least = 1,
	.arguments_most = 2,
	.summary = "turn a flag on or off in one environment",
	.details = "Without on or off, the other of the two. A flag that is off serves its off variation to everybody.\n",
	.examples = "ffs flags toggle new-checkout\n"
				"ffs flags toggle new-checkout off --environment staging --comment \"payment errors\"\n",
	.options = toggle_options,
	.run = run_toggle,
};

static const struct command_option rollout_options[] = {
	FLAGS_ENVIRONMENT_OPTION,
	{"--variation", "<key>", "what to roll out (default: on)"},
	{"--by", "<attribute>", "what is split: users (default: userID) or, say, organizationId"},
	CLIENT_WRITE_OPTIONS,
	{0},
};

const struct command command_flags_rollout = {
	.name = "rollout",
	.arguments = "<key> <percent>",
	.arguments_least = 2,
	.arguments_most = 2,
	.summary = "serve a variation to a share of the units of one environment",
	.details =
		"Replaces what those get whom no target and no rule applies to; the rest of them get the off variation.\n"
		"Raising the share keeps everybody who has the variation already. At most three decimals.\n",
	.examples = "ffs flags rollout new-checkout 12.5\n"
				"ffs flags rollout banner 50 --variation blue --environment staging\n",
	.options = rollout_options,
	.run = run_rollout,
};
