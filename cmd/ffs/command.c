/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <stdarg.h>
#include <stdio.h>

#include "output.h"

enum { HELP_BYTES_MAX = 64 << 10, COLUMN_MAX = 34 };

static bool
is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static const struct command *
find_child(const struct command *c, const char *name)
{
	for (const struct command *const *child = c->children; child && *child; child++)
		if (strcmp((*child)->name, name) == 0)
			return *child;
	return NULL;
}

/* Row of the option whose name is the `n` bytes at `name`, or -1. */
static int
find_option(const struct command *c, const char *name, size_t n)
{
	for (int i = 0; c->options && c->options[i].name; i++)
		if (ff_str_eq(ff_str_of(name, n), ff_str_z(c->options[i].name)))
			return i;
	return -1;
}

const char *
command_option(const struct command_line *line, const char *name)
{
	int i = find_option(line->command, name, strlen(name));

	ff_assert(i >= 0);
	return line->options[i];
}

const char *
command_option_or(const struct command_line *line, const char *name, const char *otherwise)
{
	const char *value = command_option(line, name);

	return value ? value : otherwise;
}

int
command_usage(const struct command_line *line, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", line->name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "; see '%s --help'\n", line->name);
	return EXIT_USAGE;
}

int
command_fail(const struct command_line *line, const struct ff_err *err)
{
	if (!err->faults)
		fprintf(stderr, "%s: %s\n", line->name, err->detail[0] ? err->detail : ff_status_title(err->status));
	for (const struct ff_fault *f = err->faults; f; f = f->next)
		fprintf(
			stderr, "%s: %.*s%s%.*s\n", line->name, FF_FMT(f->pointer), f->pointer.n ? ": " : "", FF_FMT(f->message));
	return err->status == FF_EMALFORMED ? EXIT_USAGE : EXIT_FAILED;
}

/* Takes argv[*at] as an option, with its value where it has one. EXIT_DONE or EXIT_USAGE. */
static int
take_option(struct command_line *line, int argc, char *const *argv, int *at)
{
	const char *word = argv[*at], *equals = strchr(word, '=');
	size_t n = equals ? (size_t)(equals - word) : strlen(word);
	int i = find_option(line->command, word, n);
	const struct command_option *option;

	if (i < 0)
		return command_usage(line, "there is no option %.*s", (int)n, word);
	option = &line->command->options[i];
	if (line->options[i])
		return command_usage(line, "%s is given twice", option->name);
	if (!option->value && equals)
		return command_usage(line, "%s takes no value", option->name);
	if (!option->value)
		line->options[i] = "";
	else if (equals)
		line->options[i] = equals + 1;
	else if (*at + 1 < argc)
		line->options[i] = argv[++*at];
	else
		return command_usage(line, "%s needs %s behind it", option->name, option->value);
	return EXIT_DONE;
}

static int
parse(struct command_line *line, int argc, char *const *argv)
{
	const struct command *c = line->command;
	bool options_over = false;

	for (int at = 0; at < argc; at++) {
		bool is_option = !options_over && argv[at][0] == '-' && argv[at][1];

		if (is_option && strcmp(argv[at], "--") == 0) {
			options_over = true;
		} else if (is_option) {
			int rc = take_option(line, argc, argv, &at);

			if (rc != EXIT_DONE)
				return rc;
		} else if (line->n_arguments == c->arguments_most) {
			return command_usage(line, "there is no place for \"%s\"", argv[at]);
		} else {
			line->arguments[line->n_arguments++] = argv[at];
		}
	}
	if (line->n_arguments < c->arguments_least)
		return command_usage(line, "it takes %s", c->arguments);
	return EXIT_DONE;
}

static int
print_help(const struct command_line *line)
{
	struct ff_buf text;

	ff_buf_init(&text, HELP_BYTES_MAX);
	command_help_write(line->command, line->name, &text);
	return output_finish(line, &text);
}

static bool
asks_for_help(int argc, char *const *argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (is_help(argv[i]))
			return true;
	return false;
}

int
command_main(int argc, char *const *argv)
{
	struct command_line line = {.command = &command_root};
	int at = 1, rc;

	snprintf(line.name, sizeof line.name, "%s", command_root.name);
	/* "ffs help flags get" is "ffs flags get --help". */
	bool help = at < argc && strcmp(argv[at], "help") == 0;

	at += help;
	while (line.command->children && at < argc && argv[at][0] != '-') {
		const struct command *child = find_child(line.command, argv[at]);
		size_t n = strlen(line.name);

		if (!child)
			return command_usage(&line, "there is no command \"%s\"", argv[at]);
		snprintf(line.name + n, sizeof line.name - n, " %s", child->name);
		line.command = child;
		at++;
	}
	if (help || asks_for_help(argc - at, argv + at))
		return print_help(&line);
	if (line.command->children)
		return at < argc ? command_usage(&line, "there is no option %s", argv[at])
						 : command_usage(&line, "it needs a command behind it");
	rc = parse(&line, argc - at, argv + at);
	return rc == EXIT_DONE ? line.command->run(&line) : rc;
}

static void
walk(const struct command *c, const char *name, void (*visit)(void *, const struct command *, const char *), void *arg)
{
	visit(arg, c, name);
	for (const struct command *const *child = c->children; child && *child; child++) {
		char whole[64];

		snprintf(whole, sizeof whole, "%s %s", name, (*child)->name);
		walk(*child, whole, visit, arg);
	}
}

void
command_walk(void (*visit)(void *arg, const struct command *c, const char *name), void *arg)
{
	walk(&command_root, command_root.name, visit, arg);
}

static void
put_row(struct ff_buf *out, const char *left, const char *right, int width)
{
	ff_buf_printf(out, "  %-*s  %s\n", width, left, right);
}

static void
put_examples(struct ff_buf *out, ff_str examples)
{
	ff_str line;

	while (examples.n) {
		ff_str_cut(examples, '\n', &line, &examples);
		ff_buf_printf(out, "  %.*s\n", FF_FMT(line));
	}
}

/* Children and options: their left columns, and how wide the widest is. */
static int
column_width(const struct command *c)
{
	size_t width = sizeof "-h, --help" - 1, n;

	for (const struct command *const *child = c->children; child && *child; child++) {
		n = strlen((*child)->name);
		width = n > width ? n : width;
	}
	for (const struct command_option *o = c->options; o && o->name; o++) {
		n = strlen(o->name) + (o->value ? strlen(o->value) + 1 : 0);
		width = n > width ? n : width;
	}
	return (int)(width < COLUMN_MAX ? width : COLUMN_MAX);
}

void
command_help_write(const struct command *c, const char *name, struct ff_buf *out)
{
	int width = column_width(c);

	ff_buf_printf(out, "%s - %s\n\nUsage: %s", name, c->summary, name);
	if (c->children)
		ff_buf_lit(out, " <command>");
	if (c->options)
		ff_buf_lit(out, " [options]");
	if (c->arguments)
		ff_buf_printf(out, " %s", c->arguments);
	ff_buf_lit(out, "\n");
	if (c->details)
		ff_buf_printf(out, "\n%s", c->details);
	if (c->more)
		c->more(out);
	if (c->children)
		ff_buf_lit(out, "\nCommands:\n");
	for (const struct command *const *child = c->children; child && *child; child++)
		put_row(out, (*child)->name, (*child)->summary, width);
	ff_buf_lit(out, "\nOptions:\n");
	for (const struct command_option *o = c->options; o && o->name; o++) {
		char left[64];

		snprintf(left, sizeof left, "%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
		put_row(out, left, o->help, width);
	}
	put_row(out, "-h, --help", "this text", width);
	if (c->examples) {
		ff_buf_lit(out, "\nExamples:\n");
		put_examples(out, ff_str_z(c->examples));
	}
	if (c->children)
		ff_buf_printf(out, "\n'%s <command> --help' says more about one.\n", name);
}
