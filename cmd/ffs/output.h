/* SPDX-License-Identifier: Apache-2.0 */
/* output.h - results on stdout: text, tables for people, JSON for programs. */
#ifndef FF_CMD_OUTPUT_H
#define FF_CMD_OUTPUT_H

#include "command.h"

enum { OUTPUT_BYTES_MAX = 256 << 20 };

/* Writes `text` to stdout and releases it. EXIT_FAILED, with a line on stderr, where that does not work (a full disk).
 */
int output_finish(const struct command_line *line, struct ff_buf *text);
/* Other people's text: what a terminal would obey (control characters) is shown as '?'. */
void output_text_put(struct ff_buf *out, ff_str s);
/* Valid JSON text, indented and otherwise unchanged (numbers stay as they were written), a line end behind it. */
int output_json(const struct command_line *line, ff_str json);
void output_json_write(ff_str json, struct ff_buf *out);

/* A table in the making: rows of cells, aligned when it is written. Copies what it is given. */
enum { OUTPUT_COLUMNS_MAX = 8 };

struct output_table {
	struct ff_arena arena;
	unsigned n_columns;
	unsigned widths[OUTPUT_COLUMNS_MAX]; /* in characters */
	struct output_row *first, **last;
};

/* `heads`: n_columns of them. */
void output_table_init(struct output_table *t, const char *const *heads, unsigned n_columns);
void output_table_release(struct output_table *t);
void output_table_row(struct output_table *t, const ff_str *cells);
void output_table_write(const struct output_table *t, struct ff_buf *out);

#endif
