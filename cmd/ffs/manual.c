/* SPDX-License-Identifier: Apache-2.0 */
/* manual.c - ffs manual: the manual page as troff, from the tables of commands and variables. */
#include "app/config.h"
#include "commands.h"
#include "output.h"

/* Text that troff must not take for its own: backslashes, hyphens that stay hyphens, dots and quotes that start lines.
 */
static void
put_text(struct ff_buf *out, const char *text)
{
	bool line_start = true;

	for (const char *p = text; *p; p++) {
		if (line_start && (*p == '.' || *p == '\''))
			ff_buf_lit(out, "\\&");
		if (*p == '\\')
			ff_buf_lit(out, "\\e");
		else if (*p == '-')
			ff_buf_lit(out, "\\-");
		else
			ff_buf_char(out, *p);
		line_start = *p == '\n';
	}
}

static void
put_options(struct ff_buf *out, const struct command *c)
{
	for (const struct command_option *o = c->options; o && o->name; o++) {
		ff_buf_lit(out, ".TP\n\\fB");
		put_text(out, o->name);
		ff_buf_lit(out, "\\fR");
		if (o->value) {
			ff_buf_lit(out, " ");
			put_text(out, o->value);
		}
		ff_buf_lit(out, "\n");
		put_text(out, o->help);
		ff_buf_lit(out, "\n");
	}
}

static void
visit(void *arg, const struct command *c, const char *name)
{
	struct ff_buf *out = arg;

	if (c == &command_root)
		return;
	ff_buf_lit(out, ".SS ");
	put_text(out, name);
	if (c->arguments) {
		ff_buf_lit(out, " ");
		put_text(out, c->arguments);
	}
	ff_buf_lit(out, "\n");
	put_text(out, c->summary);
	ff_buf_lit(out, ".\n");
	if (c->details) {
		ff_buf_lit(out, ".PP\n");
		put_text(out, c->details);
	}
	put_options(out, c);
	if (c->examples) {
		ff_buf_lit(out, ".PP\n.EX\n");
		put_text(out, c->examples);
		ff_buf_lit(out, ".EE\n");
	}
}

static void
put_variables(struct ff_buf *out)
{
	for (unsigned i = 0; i < CONFIG_VARIABLES; i++) {
		const struct config_variable *v = &config_variables[i];

		ff_buf_printf(out, ".TP\n\\fB%s\\fR\n", v->name);
		put_text(out, v->help);
		if (v->fallback) {
			ff_buf_lit(out, " (default: ");
			put_text(out, v->fallback);
			ff_buf_lit(out, ")");
		}
		ff_buf_lit(out, "\n");
	}
}

static int
run(const struct command_line *line)
{
	struct ff_buf out;

	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	ff_buf_lit(&out,
		".\\\" SPDX-License-Identifier: Apache-2.0\n"
		".\\\" Made by `ffs manual`; a test compares the two.\n"
		".TH FFS 1\n"
		".SH NAME\nffs \\- ");
	put_text(&out, command_root.summary);
	ff_buf_lit(&out,
		"\n.SH SYNOPSIS\n\\fBffs\\fR \\fIcommand\\fR [\\fIoptions\\fR] [\\fIarguments\\fR]\n"
		".SH DESCRIPTION\n");
	put_text(&out, command_root.details);
	ff_buf_lit(&out, ".SH COMMANDS\nEvery command has \\fB\\-\\-help\\fR.\n");
	command_walk(visit, &out);
	ff_buf_lit(&out, ".SH ENVIRONMENT\nA variable that is set to nothing counts as not set.\n");
	put_variables(&out);
	ff_buf_lit(&out,
		".SH EXIT STATUS\n"
		".TP\n0\ndone\n"
		".TP\n1\nfailed; one line on stderr says why\n"
		".TP\n2\nthe command line or a variable is wrong; stderr names it\n");
	return output_finish(line, &out);
}

const struct command command_manual = {
	.name = "manual",
	.summary = "print the manual page, as troff",
	.examples = "ffs manual | man -l -\n",
	.run = run,
};
