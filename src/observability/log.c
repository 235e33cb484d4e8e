/* SPDX-License-Identifier: Apache-2.0 */
#include "observability/log.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/rfc3339.h"
#include "base/utf8.h"
#include "sys/clock.h"

enum {
	/* The kernel writes up to PIPE_BUF bytes to a pipe in one piece: lines of several threads, and of several processes
	   that share stderr, never mix. */
	LINE_BYTES_MAX = PIPE_BUF,
	VALUE_BYTES_MAX = 1024,
	NUMBER_BYTES_MAX = 32,
};

/* Kept free behind the fields for how a line ends. */
#define JSON_TAIL_CUT ",\"truncated\":true}\n"
#define TEXT_TAIL_CUT " [truncated]\n"
enum { TAIL_BYTES = sizeof JSON_TAIL_CUT + sizeof TEXT_TAIL_CUT };

static const struct {
	const char *name, *padded, *colour;
} levels[] = {
	[LOG_DEBUG] = {"debug", "DEBUG", "\033[2m"},
	[LOG_INFO] = {"info", "INFO ", "\033[32m"},
	[LOG_WARN] = {"warn", "WARN ", "\033[33m"},
	[LOG_ERROR] = {"error", "ERROR", "\033[31m"},
};

/* Until log_configure: what fails that early is worth a line for programs. */
static _Atomic(enum log_level) least_level = LOG_INFO;
static _Atomic(enum log_format) line_format = LOG_JSON;
static atomic_bool coloured;

void
log_configure(enum log_level least, enum log_format format)
{
	const char *no_color = getenv("NO_COLOR");

	atomic_store(&least_level, least);
	atomic_store(&line_format, format);
	atomic_store(&coloured, format == LOG_TEXT && isatty(STDERR_FILENO) && !(no_color && no_color[0]));
}

bool
log_enabled(enum log_level level)
{
	return level >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

/* As a JSON string, whatever the bytes are: what is not UTF-8 becomes U+FFFD, what is too long is cut with "…". */
static void
put_quoted(struct ff_buf *b, ff_str s)
{
	size_t at = 0, n;

	ff_buf_char(b, '"');
	while (at < s.n && at < VALUE_BYTES_MAX) {
		n = (unsigned char)s.p[at] < 0x80 ? 1 : utf8_char_bytes(s.p + at, s.p + s.n);
		if (n == 0)
			ff_buf_lit(b, "\xef\xbf\xbd");
		else if (s.p[at] == '"' || s.p[at] == '\\')
			ff_buf_put(b, (char[]){'\\', s.p[at]}, 2);
		else if ((unsigned char)s.p[at] < 0x20 || s.p[at] == 0x7f)
			ff_buf_printf(b, "\\u%04x", (unsigned char)s.p[at]);
		else
			ff_buf_put(b, s.p + at, n);
		at += n ? n : 1;
	}
	if (at < s.n)
		ff_buf_lit(b, "\xe2\x80\xa6");
	ff_buf_char(b, '"');
}

/* Readable without quotes? */
static bool
is_bare(ff_str s)
{
	if (s.n == 0 || s.n > VALUE_BYTES_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] == '"' || s.p[i] == '=' || s.p[i] == '\\' || s.p[i] == 0x7f)
			return false;
	return true;
}

static void
put_value(struct ff_buf *b, const struct log_field *f, enum log_format format)
{
	char number[NUMBER_BYTES_MAX];

	switch (f->type) {
	case LOG_FIELD_STR:
		if (format == LOG_TEXT && is_bare(f->str))
			ff_buf_str_put(b, f->str);
		else
			put_quoted(b, f->str);
		return;
	case LOG_FIELD_INT:
		ff_buf_printf(b, "%lld", (long long)f->i);
		return;
	case LOG_FIELD_UINT:
		ff_buf_u64(b, f->u);
		return;
	case LOG_FIELD_DOUBLE:
		snprintf(number, sizeof number, isfinite(f->d) ? "%.6g" : "null", f->d);
		ff_buf_str_put(b, ff_str_z(number));
		return;
	case LOG_FIELD_BOOL:
		ff_buf_str_put(b, f->b ? FF_STR("true") : FF_STR("false"));
		return;
	}
}

static void
put_head(struct ff_buf *b, enum log_level level, const char *component, const char *msg, enum log_format format)
{
	char stamp[RFC3339_BYTES];
	ff_str ts = rfc3339_format(clock_wall_ms(), stamp);
	bool colour = atomic_load(&coloured);

	if (format == LOG_JSON) {
		ff_buf_printf(b, "{\"ts\":\"%.*s\",\"level\":\"%s\",\"component\":\"%s\",\"msg\":", FF_FMT(ts),
			levels[level].name, component);
		put_quoted(b, ff_str_z(msg));
		return;
	}
	ff_buf_printf(b, "%s%.*s %s%s%s %s: %s", colour ? "\033[2m" : "", FF_FMT(ts), colour ? "\033[0m" : "",
		colour ? levels[level].colour : "", levels[level].padded, component, msg);
	if (colour)
		ff_buf_lit(b, "\033[0m");
}

static void
put_field(struct ff_buf *b, const struct log_field *f, enum log_format format)
{
	if (format == LOG_JSON)
		ff_buf_printf(b, ",\"%s\":", f->name);
	else
		ff_buf_printf(b, " %s=", f->name);
	put_value(b, f, format);
}

/* A line that cannot be written has nowhere else to go, and a log must not stop the service: it is dropped. */
static void
write_line(ff_str line)
{
	ssize_t n;

	do {
		n = write(STDERR_FILENO, line.p, line.n);
	} while (n < 0 && errno == EINTR);
}

void
log_write(enum log_level level, const char *component, const char *msg, const struct log_field *fields, unsigned n)
{
	char memory[LINE_BYTES_MAX];
	enum log_format format = atomic_load(&line_format);
	/* At its ceiling from the start, so that it never allocates. */
	struct ff_buf b = {.p = memory, .cap = sizeof memory - TAIL_BYTES, .max = sizeof memory - TAIL_BYTES};
	bool cut = false;

	put_head(&b, level, component, msg, format);
	for (unsigned i = 0; i < n && !cut; i++) {
		size_t before = b.n;

		put_field(&b, &fields[i], format);
		if (b.overflow) {
			b.n = before; /* whole fields only: the line stays valid JSON */
			cut = true;
		}
	}
	b.cap = b.max = sizeof memory;
	b.overflow = false;
	if (format == LOG_JSON)
		ff_buf_str_put(&b, cut ? FF_STR(JSON_TAIL_CUT) : FF_STR("}\n"));
	else
		ff_buf_str_put(&b, cut ? FF_STR(TEXT_TAIL_CUT) : FF_STR("\n"));
	write_line(ff_buf_str(&b));
}
