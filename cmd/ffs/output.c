/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { GAP = 2, INDENT = 2 };

struct output_row {
	struct output_row *next;
	ff_str cells[OUTPUT_COLUMNS_MAX];
};

int
output_finish(const struct command_line *line, struct ff_buf *text)
{
	int rc = EXIT_DONE;

	if (text->overflow) {
		fprintf(stderr, "%s: the result is larger than %zu bytes\n", line->name, text->max);
		rc = EXIT_FAILED;
	} else if (fwrite(text->p, 1, text->n, stdout) != text->n || fflush(stdout) != 0) {
		fprintf(stderr, "%s: cannot write the result: %s\n", line->name, strerror(errno));
		rc = EXIT_FAILED;
	}
	ff_buf_release(text);
	return rc;
}

void
output_text_put(struct ff_buf *out, ff_str s)
{
	for (size_t i = 0; i < s.n; i++)
		ff_buf_put(out, (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f ? "?" : s.p + i, 1);
}

static void
put_line_start(struct ff_buf *out, unsigned depth)
{
	ff_buf_printf(out, "\n%*s", (int)(depth * INDENT), "");
}

/* Bytes of the string that `s` starts with, quotes included. */
static size_t
string_length(ff_str s)
{
	size_t i = 1;

	while (i < s.n && s.p[i] != '"')
		i += s.p[i] == '\\' ? 2 : 1;
	return i < s.n ? i + 1 : s.n;
}

void
output_json_write(ff_str json, struct ff_buf *out)
{
	unsigned depth = 0;
	char before = 0; /* the last byte that was not a blank */

	for (size_t i = 0; i < json.n; i++) {
		char c = json.p[i];
		bool closes = c == '}' || c == ']', opened = before == '{' || before == '[';

		if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			continue;
		if (closes && depth > 0)
			depth--;
		if (before == ',' || (opened ? !closes : closes))
			put_line_start(out, depth);
		before = c;
		if (c == '"') {
			size_t n = string_length(ff_str_from(json, i));

			ff_buf_put(out, json.p + i, n);
			i += n - 1;
			continue;
		}
		ff_buf_char(out, c);
		if (c == ':')
			ff_buf_char(out, ' ');
		depth += c == '{' || c == '[';
	}
	ff_buf_lit(out, "\n");
}

int
output_json(const struct command_line *line, ff_str json)
{
	struct ff_buf text;

	ff_buf_init(&text, OUTPUT_BYTES_MAX);
	output_json_write(json, &text);
	return output_finish(line, &text);
}

/* Characters, not bytes: continuation bytes of UTF-8 don't count. */
static unsigned
width_of(ff_str s)
{
	unsigned width = 0;

	for (size_t i = 0; i < s.n; i++)
		width += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return width;
}

void
output_table_init(struct output_table *t, const char *const *heads, unsigned n_columns)
{
	ff_str cells[OUTPUT_COLUMNS_MAX] = {{0}};

	ff_assert(n_columns <= OUTPUT_COLUMNS_MAX);
	*t = (struct output_table){.n_columns = n_columns};
	t->last = &t->first;
	for (unsigned i = 0; i < n_columns; i++)
		cells[i] = ff_str_z(heads[i]);
	output_table_row(t, cells);
}

void
output_table_release(struct output_table *t)
{
	ff_arena_release(&t->arena);
}

void
output_table_row(struct output_table *t, const ff_str *cells)
{
	struct output_row *row = FF_ARENA_NEW(&t->arena, struct output_row);

	for (unsigned i = 0; i < t->n_columns; i++) {
		unsigned width;

		row->cells[i] = ff_arena_str(&t->arena, cells[i].n ? cells[i] : FF_STR("-"));
		width = width_of(row->cells[i]);
		t->widths[i] = width > t->widths[i] ? width : t->widths[i];
	}
	*t->last = row;
	t->last = &row->next;
}

void
output_table_write(const struct output_table *t, struct ff_buf *out)
{
	for (const struct output_row *row = t->first; row; row = row->next) {
		for (unsigned i = 0; i < t->n_columns; i++) {
			unsigned pad = t->widths[i] - width_of(row->cells[i]) + GAP;

			output_text_put(out, row->cells[i]);
			if (i + 1 < t->n_columns)
				ff_buf_printf(out, "%*s", (int)pad, "");
		}
		ff_buf_lit(out, "\n");
	}
}
