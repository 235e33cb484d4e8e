/* SPDX-License-Identifier: Apache-2.0 */
/* completion.c - ffs completion bash|zsh: scripts made from the tree of commands. */
#include "commands.h"
#include "output.h"

/* Words that may follow a command: its children, its options, --help. */
static void
put_words(
	const struct command *c, void (*put)(struct ff_buf *out, const char *word, const char *help), struct ff_buf *out)
{
	for (const struct command *const *child = c->children; child && *child; child++)
		put(out, (*child)->name, (*child)->summary);
	for (const struct command_option *o = c->options; o && o->name; o++)
		put(out, o->name, o->help);
	put(out, "--help", "explain the command");
}

static void
put_bash_word(struct ff_buf *out, const char *word, const char *help)
{
	(void)help;
	ff_buf_printf(out, "%s ", word);
}

static void
visit_bash(void *arg, const struct command *c, const char *name)
{
	struct ff_buf *out = arg;

	ff_buf_printf(out, "\t'%s') words='", name);
	put_words(c, put_bash_word, out);
	ff_buf_lit(out, "' ;;\n");
}

/* 'word:help'; a quote would end the string, a colon in a word the word. */
static void
put_zsh_word(struct ff_buf *out, const char *word, const char *help)
{
	ff_buf_printf(out, "\n\t\t\t'%s:", word);
	for (const char *p = help; *p; p++)
		if (*p == '\'')
			ff_buf_lit(out, "'\\''");
		else
			ff_buf_char(out, *p);
	ff_buf_lit(out, "'");
}

static void
visit_zsh(void *arg, const struct command *c, const char *name)
{
	struct ff_buf *out = arg;

	ff_buf_printf(out, "\t'%s')\n\t\tchoices=(", name);
	put_words(c, put_zsh_word, out);
	ff_buf_lit(out, ")\n\t\t;;\n");
}

/* One pattern with the whole names of all commands but the root: how far the words typed so far lead. */
static void
visit_path(void *arg, const struct command *c, const char *name)
{
	struct ff_buf *out = arg;

	if (c != &command_root)
		ff_buf_printf(out, "%s'%s'", ff_str_ends(ff_buf_str(out), FF_STR("\t")) ? "" : " | ", name);
}

static int
run_bash(const struct command_line *line)
{
	struct ff_buf out;

	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	ff_buf_lit(&out,
		"# bash completion for ffs\n"
		"_ffs() {\n"
		"\tlocal path=ffs words='' i\n"
		"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		"\t\tcase \"$path ${COMP_WORDS[i]}\" in\n"
		"\t\t");
	command_walk(visit_path, &out);
	ff_buf_lit(&out,
		")\n\t\t\tpath=\"$path ${COMP_WORDS[i]}\" ;;\n"
		"\t\tesac\n"
		"\tdone\n"
		"\tcase $path in\n");
	command_walk(visit_bash, &out);
	ff_buf_lit(&out,
		"\tesac\n"
		"\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n"
		"}\n"
		"complete -o default -F _ffs ffs\n");
	return output_finish(line, &out);
}

static int
run_zsh(const struct command_line *line)
{
	struct ff_buf out;

	ff_buf_init(&out, OUTPUT_BYTES_MAX);
	ff_buf_lit(&out,
		"#compdef ffs\n"
		"_ffs() {\n"
		"\tlocal path_so_far=ffs word\n"
		"\tlocal -a choices\n"
		"\tfor word in \"${(@)words[2,CURRENT-1]}\"; do\n"
		"\t\tcase \"$path_so_far $word\" in\n"
		"\t\t");
	command_walk(visit_path, &out);
	ff_buf_lit(&out,
		")\n\t\t\tpath_so_far=\"$path_so_far $word\" ;;\n"
		"\t\tesac\n"
		"\tdone\n"
		"\tcase $path_so_far in\n");
	command_walk(visit_zsh, &out);
	ff_buf_lit(&out,
		"\tesac\n"
		"\t_describe -t commands ffs choices || _files\n"
		"}\n"
		"_ffs \"$@\"\n");
	return output_finish(line, &out);
}

static const struct command command_bash = {
	.name = "bash",
	.summary = "print the completion script for bash",
	.examples = "source <(ffs completion bash)\n"
				"ffs completion bash > ~/.local/share/bash-completion/completions/ffs\n",
	.run = run_bash,
};

static const struct command command_zsh = {
	.name = "zsh",
	.summary = "print the completion script for zsh",
	.examples = "ffs completion zsh > \"${fpath[1]}/_ffs\"\n",
	.run = run_zsh,
};

static const struct command *const children[] = {&command_bash, &command_zsh, NULL};

const struct command command_completion = {
	.name = "completion",
	.summary = "completion of ffs commands in the shell",
	.children = children,
};
