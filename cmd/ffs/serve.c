/* SPDX-License-Identifier: Apache-2.0 */
/* serve.c - ffs serve. */
#include <unistd.h>

#include "app/config.h"
#include "app/lifecycle.h"
#include "commands.h"
#include "observability/log.h"

static int
run(const struct command_line *line)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	bool dev = command_option(line, "--dev") != NULL;
	struct config config;
	struct ff_err err;

	if (config_load(environ, CONFIG_SERVICE, dev, &arena, &config, &err))
		return command_fail(line, &err);
	if (!dev && !config.root_key) {
		ff_fail(&err, FF_EMALFORMED,
			"FFS_ROOT_KEY is not set. Make a key with: export FFS_ROOT_KEY=$(ffs keys root). "
			"Or try it out without keys, on this machine only: ffs serve --dev");
		return command_fail(line, &err);
	}
	config.migrate = command_option(line, "--migrate") != NULL;
	if (lifecycle_run(&config, &err)) {
		log_error("app", "cannot start", LOG_ERR(&err));
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

static void
write_variables(struct ff_buf *out)
{
	for (unsigned i = 0; i < CONFIG_VARIABLES; i++) {
		const struct config_variable *v = &config_variables[i];

		if (!(v->scopes & CONFIG_SERVICE))
			continue;
		ff_buf_printf(out, "  %-17s %s%s%s%s\n", v->name, v->help, v->fallback ? " (default: " : "",
			v->fallback ? v->fallback : "", v->fallback ? ")" : "");
	}
}

static const struct command_option options[] = {
	{"--dev", NULL, "no keys, loopback only, sample flags at the first start"},
	{"--migrate", NULL, "bring PostgreSQL's schema up first (SQLite's is, always)"},
	{0},
};

const struct command command_serve = {
	.name = "serve",
	.summary = "run the service",
	.details =
		"Logs go to stderr, one JSON object a line (LOG_FORMAT=text for people). SIGTERM and SIGINT stop it cleanly.\n"
		"It is configured by environment variables (ffs config shows what is in force):\n",
	.more = write_variables,
	.examples = "ffs serve --dev\n"
				"FFS_ROOT_KEY=$(ffs keys root) PORT=9090 DATA_DIR=/var/lib/ffs ffs serve\n",
	.options = options,
	.run = run,
};
