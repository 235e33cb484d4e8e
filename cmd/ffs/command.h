/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - commands as rows of tables: what each takes, what it does, how it is explained.
 *
 * Parsing, --help, completion and the manual page are made from the rows. Adding a command is one file with its row,
 * and its name in commands.c.
 *
 * Exit codes: EXIT_DONE, EXIT_FAILED, EXIT_USAGE. What fails says so in one line on stderr (a document's faults each on
 * a line of their own); only results go to stdout.
 */
#ifndef FF_CMD_COMMAND_H
#define FF_CMD_COMMAND_H

#include "base/buf.h"
#include "base/err.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

enum {
	COMMAND_OPTIONS_MAX = 12,
	COMMAND_ARGUMENTS_MAX = 4,
	COMMAND_DEPTH_MAX = 3, /* words in a command's name */
};

struct command_option {
	const char *name;  /* "--json" */
	const char *value; /* what follows it, as shown in help ("<url>"); NULL: a switch */
	const char *help;
};

/* One command line, parsed. Everything is borrowed from argv. */
struct command_line {
	const struct command *command;
	char name[64];                            /* "ffs flags get" */
	const char *options[COMMAND_OPTIONS_MAX]; /* by the row of the command's option; a switch is "" */
	const char *arguments[COMMAND_ARGUMENTS_MAX];
	unsigned n_arguments;
};

struct command {
	const char *name;
	const char *arguments; /* "<key> [on|off]"; NULL: none */
	unsigned arguments_least, arguments_most;
	const char *summary;                   /* half a line */
	const char *details;                   /* paragraphs, or NULL */
	const char *examples;                  /* lines as typed, each ended by \n, or NULL */
	void (*more)(struct ff_buf *out);      /* writes what else help should say; NULL: nothing */
	const struct command_option *options;  /* ended by a row without a name; NULL: none */
	const struct command *const *children; /* ended by NULL; NULL: this one runs */
	int (*run)(const struct command_line *line);
};

/* "ffs" and all behind it. */
extern const struct command command_root;

/* Finds the command, parses, runs; --help is answered here. Returns the exit code. */
int command_main(int argc, char *const *argv);

/* What was given for the option `name` (one of the command's rows): NULL where it was not, "" for a switch. */
const char *command_option(const struct command_line *line, const char *name);
/* The option's value, or `otherwise`. */
const char *command_option_or(const struct command_line *line, const char *name, const char *otherwise);

/* Says on stderr what is wrong with the command line; EXIT_USAGE. */
FF_PRINTF(2, 3) int command_usage(const struct command_line *line, const char *fmt, ...);
/* Says on stderr why it failed; EXIT_USAGE for FF_EMALFORMED (the user's words or variables), else EXIT_FAILED. */
int command_fail(const struct command_line *line, const struct ff_err *err);

/* The text of --help. `name` is the whole name. */
void command_help_write(const struct command *c, const char *name, struct ff_buf *out);
/* Walks the tree, parents first. `visit` gets each command with its whole name. */
void command_walk(void (*visit)(void *arg, const struct command *c, const char *name), void *arg);

#endif
