/* SPDX-License-Identifier: Apache-2.0 */
/* migrate.c - ffs migrate: the schema of the configured store. */
#include <unistd.h>

#include "app/store.h"
#include "commands.h"
#include "output.h"

enum { STEPS_MAX = 10000 };

struct migration_work {
	struct migrate_driver *driver;
	const struct migration_set *set;
	struct ff_arena arena;
};

static void
release(struct migration_work *w)
{
	migrate_closep(&w->driver);
	ff_arena_release(&w->arena);
}

static ff_status
open_work(struct migration_work *w, enum store_absent absent, struct ff_err *reterr)
{
	struct config config;

	FF_TRY(config_load(environ, CONFIG_SERVICE, false, &w->arena, &config, reterr));
	return store_migrate_open(&config, absent, &w->driver, &w->set, reterr);
}

/* The number given as the only argument; `otherwise` where there is none. */
static bool
parse_number(const struct command_line *line, unsigned otherwise, unsigned *ret)
{
	uint64_t number = otherwise;

	if (line->n_arguments > 0 && (!ff_str_u64(ff_str_z(line->arguments[0]), &number) || number > STEPS_MAX))
		return false;
	*ret = (unsigned)number;
	return true;
}

static int
say_done(const struct command_line *line, struct migration_work *w, const char *did, unsigned n)
{
	struct migrate_state state;
	struct ff_err err;
	struct ff_buf out;

	if (migrate_status(w->driver, &state, &err))
		return command_fail(line, &err);
	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	ff_buf_printf(&out, "%u migration%s %s; the schema is at version %u of %u\n", n, n == 1 ? "" : "s", did,
		state.version, w->set->n);
	return output_finish(line, &out);
}

static int
run_up(const struct command_line *line)
{
	FF_CLEANUP(release) struct migration_work w = {0};
	struct ff_err err;
	unsigned n;

	if (open_work(&w, STORE_CREATE, &err) || migrate_up(w.driver, w.set, MIGRATE_LATEST, &n, &err))
		return command_fail(line, &err);
	return say_done(line, &w, "applied", n);
}

static int
run_down(const struct command_line *line)
{
	FF_CLEANUP(release) struct migration_work w = {0};
	struct ff_err err;
	unsigned steps, n;

	if (!parse_number(line, 1, &steps) || steps == 0)
		return command_usage(line, "\"%s\" is no number of migrations", line->arguments[0]);
	if (open_work(&w, STORE_REFUSE, &err) || migrate_down(w.driver, w.set, steps, &n, &err))
		return command_fail(line, &err);
	return say_done(line, &w, "undone", n);
}

static void
write_status_json(const struct migration_work *w, struct migrate_state state, struct ff_buf *out)
{
	ff_buf_printf(out, "{\"version\": %u, \"dirty\": %s, \"latest\": %u, \"migrations\": [", state.version,
		state.dirty ? "true" : "false", w->set->n);
	for (unsigned i = 0; i < w->set->n; i++)
		ff_buf_printf(out, "%s\n  {\"version\": %u, \"name\": \"%s\", \"applied\": %s}", i ? "," : "",
			w->set->items[i].version, w->set->items[i].name, i < state.version ? "true" : "false");
	ff_buf_lit(out, "\n]}\n");
}

static void
write_status_table(struct migration_work *w, struct migrate_state state, struct ff_buf *out)
{
	static const char *const heads[] = {"VERSION", "MIGRATION", "STATE"};
	struct output_table table;

	output_table_init(&table, heads, FF_COUNT(heads));
	for (unsigned i = 0; i < w->set->n; i++) {
		const struct migration *m = &w->set->items[i];
		bool failed = state.dirty && m->version == state.version;
		ff_str cells[] = {ff_arena_printf(&w->arena, "%u", m->version), ff_str_z(m->name),
			failed                            ? FF_STR("failed")
				: m->version <= state.version ? FF_STR("applied")
											  : FF_STR("pending")};

		output_table_row(&table, cells);
	}
	output_table_write(&table, out);
	output_table_release(&table);
}

static int
run_status(const struct command_line *line)
{
	FF_CLEANUP(release) struct migration_work w = {0};
	struct migrate_state state;
	struct ff_err err;
	struct ff_buf out;

	if (open_work(&w, STORE_REFUSE, &err) || migrate_status(w.driver, &state, &err))
		return command_fail(line, &err);
	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	if (command_option(line, "--json"))
		write_status_json(&w, state, &out);
	else
		write_status_table(&w, state, &out);
	return output_finish(line, &out);
}

static int
run_version(const struct command_line *line)
{
	FF_CLEANUP(release) struct migration_work w = {0};
	struct migrate_state state;
	struct ff_err err;
	struct ff_buf out;

	if (open_work(&w, STORE_REFUSE, &err) || migrate_status(w.driver, &state, &err))
		return command_fail(line, &err);
	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	ff_buf_printf(&out, "%u%s\n", state.version, state.dirty ? " (dirty)" : "");
	return output_finish(line, &out);
}

static int
run_force(const struct command_line *line)
{
	FF_CLEANUP(release) struct migration_work w = {0};
	struct ff_err err;
	unsigned version;

	if (!parse_number(line, 0, &version))
		return command_usage(line, "\"%s\" is no version", line->arguments[0]);
	if (open_work(&w, STORE_REFUSE, &err) || migrate_force(w.driver, w.set, version, &err))
		return command_fail(line, &err);
	return say_done(line, &w, "run", 0);
}

static const struct command_option status_options[] = {{"--json", NULL, "as JSON"}, {0}};

static const struct command command_up = {
	.name = "up",
	.summary = "bring the schema to the newest version",
	.details = "`ffs serve` does this by itself when it starts on SQLite; on PostgreSQL with --migrate.\n",
	.run = run_up,
};

static const struct command command_down = {
	.name = "down",
	.arguments = "[<n>]",
	.arguments_most = 1,
	.summary = "undo the newest migration, or the newest n",
	.details = "What is stored in the tables that these migrations made is lost: ffs export first.\n",
	.run = run_down,
};

static const struct command command_status = {
	.name = "status",
	.summary = "which migrations are applied",
	.options = status_options,
	.run = run_status,
};

static const struct command command_schema_version = {
	.name = "version",
	.summary = "print the version of the schema",
	.run = run_version,
};

static const struct command command_force = {
	.name = "force",
	.arguments = "<version>",
	.arguments_least = 1,
	.arguments_most = 1,
	.summary = "say that the schema is at a version, after a repair by hand",
	.details = "Runs nothing; only clears the mark that a failed migration has left.\n",
	.run = run_force,
};

static const struct command *const children[] = {
	&command_up, &command_down, &command_status, &command_schema_version, &command_force, NULL};

const struct command command_migrate = {
	.name = "migrate",
	.summary = "the schema of the store",
	.details = "Works on PostgreSQL with PG_DSN, else on the store in DATA_DIR. The files and the table "
			   "schema_migrations are golang-migrate's.\n",
	.examples = "ffs migrate status\n"
				"DATA_DIR=/var/lib/ffs ffs migrate up\n"
				"PG_DSN=postgresql://ffs@db.example/ffs ffs migrate up\n",
	.children = children,
};
