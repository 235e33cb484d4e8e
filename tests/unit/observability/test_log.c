/* SPDX-License-Identifier: Apache-2.0 */
#include "observability/log.h"

#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rfc3339.h"

/* What is written to stderr between capture_start and capture_end. */
static struct {
	int saved, file;
	char text[1 << 20];
	size_t n;
} capture;

static void
capture_start(void)
{
	char path[] = "/tmp/test_log.XXXXXX";

	capture.file = mkstemp(path);
	assert_true(capture.file >= 0);
	unlink(path);
	capture.saved = dup(STDERR_FILENO);
	/* As a log is opened: writers at its end, whoever they are. */
	assert_int_equal(fcntl(capture.file, F_SETFL, O_APPEND), 0);
	dup2(capture.file, STDERR_FILENO);
}

static ff_str
capture_end(void)
{
	ssize_t n;

	dup2(capture.saved, STDERR_FILENO);
	close(capture.saved);
	n = pread(capture.file, capture.text, sizeof capture.text, 0);
	close(capture.file);
	assert_true(n >= 0);
	return ff_str_of(capture.text, (size_t)n);
}

/* The only line as a JSON object; a new reference. */
static json_t *
parse_line(ff_str text)
{
	json_error_t error;
	json_t *json;

	assert_true(text.n > 0 && text.p[text.n - 1] == '\n');
	assert_null(memchr(text.p, '\n', text.n - 1));
	assert_true(text.n <= PIPE_BUF);
	json = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		fail_msg("%s in %.*s", error.text, FF_FMT(text));
	return json;
}

static const char *
text_of(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));

	assert_non_null(text);
	return text;
}

static void
test_line_is_one_json_object(void **state)
{
	struct ff_err err;
	int64_t ms;
	json_t *json;

	(void)state;
	log_configure(LOG_DEBUG, LOG_JSON);
	ff_fail(&err, FF_ENOTFOUND, "no such thing");
	capture_start();
	log_warn("http", "a message", LOG_STR("s", FF_STR("x y")), LOG_INT("i", -5), LOG_UINT("u", INT64_MAX),
		LOG_DOUBLE("d", 0.25), LOG_DOUBLE("nan", NAN), LOG_BOOL("b", true), LOG_ERR(&err));
	json = parse_line(capture_end());
	assert_true(rfc3339_parse(ff_str_z(text_of(json, "ts")), &ms));
	assert_string_equal(text_of(json, "level"), "warn");
	assert_string_equal(text_of(json, "component"), "http");
	assert_string_equal(text_of(json, "msg"), "a message");
	assert_string_equal(text_of(json, "s"), "x y");
	assert_int_equal(json_integer_value(json_object_get(json, "i")), -5);
	assert_true(json_integer_value(json_object_get(json, "u")) == INT64_MAX);
	assert_true(json_real_value(json_object_get(json, "d")) == 0.25);
	assert_true(json_is_null(json_object_get(json, "nan")));
	assert_true(json_is_true(json_object_get(json, "b")));
	assert_string_equal(text_of(json, "error"), "NOT_FOUND");
	assert_string_equal(text_of(json, "detail"), "no such thing");
	json_decref(json);
}

/* Whatever a client sent may end up in a value. */
static void
test_hostile_values_leave_a_valid_line(void **state)
{
	static const struct {
		const char *value, *expected;
		size_t n;
	} cases[] = {
#define CASE(literal, expected) {literal, expected, sizeof literal - 1}
		CASE("quote \" backslash \\", "quote \" backslash \\"),
		CASE("line\nbreak\rand\ttab", "line\nbreak\rand\ttab"),
		CASE("\x1b[31mred", "\x1b[31mred"),
		CASE("del \x7f", "del \x7f"),
		CASE("caf\xc3\xa9", "caf\xc3\xa9"),
		CASE("bad \xff byte", "bad \xef\xbf\xbd byte"),
		CASE("overlong \xc0\x80", "overlong \xef\xbf\xbd\xef\xbf\xbd"),
		CASE("surrogate \xed\xa0\x80", "surrogate \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
		CASE("cut \xf0\x9f\x98", "cut \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
		CASE("\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"),
		CASE("", ""),
#undef CASE
	};

	(void)state;
	log_configure(LOG_DEBUG, LOG_JSON);
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		ff_str text;
		json_t *json;

		capture_start();
		log_info("test", "value", LOG_STR("v", ff_str_of(cases[i].value, cases[i].n)));
		text = capture_end();
		json = parse_line(text);
		assert_string_equal(text_of(json, "v"), cases[i].expected);
		assert_null(memchr(text.p, '\x1b', text.n));
		json_decref(json);
	}
}

static void
test_nul_in_a_value_is_escaped(void **state)
{
	ff_str text;

	(void)state;
	log_configure(LOG_DEBUG, LOG_JSON);
	capture_start();
	log_info("test", "value", LOG_STR("v", ff_str_of("a\0b", 3)));
	text = capture_end();
	assert_true(ff_str_contains(text, FF_STR("\"v\":\"a\\u0000b\"")));
}

static void
test_long_values_are_cut_and_long_lines_lose_whole_fields(void **state)
{
	static char big[100000];
	json_t *json;

	(void)state;
	memset(big, 'x', sizeof big);
	log_configure(LOG_DEBUG, LOG_JSON);
	capture_start();
	log_info("test", "one", LOG_STR("v", ff_str_of(big, sizeof big)), LOG_BOOL("after", true));
	json = parse_line(capture_end());
	assert_true(ff_str_ends(ff_str_z(text_of(json, "v")), FF_STR("\xe2\x80\xa6")));
	assert_true(json_is_true(json_object_get(json, "after")));
	json_decref(json);

	/* Control characters take six bytes each. */
	memset(big, 1, sizeof big);
	capture_start();
	log_info(
		"test", "many", LOG_BOOL("first", true), LOG_STR("v", ff_str_of(big, sizeof big)), LOG_BOOL("after", true));
	json = parse_line(capture_end());
	assert_true(json_is_true(json_object_get(json, "first")));
	assert_null(json_object_get(json, "v"));
	assert_true(json_is_true(json_object_get(json, "truncated")));
	json_decref(json);
}

static void
test_lines_below_the_least_level_are_left_out(void **state)
{
	(void)state;
	log_configure(LOG_WARN, LOG_JSON);
	capture_start();
	log_debug("test", "no");
	log_info("test", "no");
	assert_int_equal(capture_end().n, 0);
	capture_start();
	log_error("test", "yes");
	json_decref(parse_line(capture_end()));
	assert_false(log_enabled(LOG_INFO));
	assert_true(log_enabled(LOG_WARN));
}

static void
test_text_is_for_people_and_without_colour_in_a_file(void **state)
{
	ff_str text;

	(void)state;
	log_configure(LOG_INFO, LOG_TEXT);
	capture_start();
	log_warn("http", "a message", LOG_Z("bare", "x-y"), LOG_Z("spaced", "x y"), LOG_Z("empty", ""),
		LOG_Z("break", "a\nb\x1b[0m"), LOG_UINT("n", 7));
	text = capture_end();
	assert_true(ff_str_ends(
		text, FF_STR(" WARN  http: a message bare=x-y spaced=\"x y\" empty=\"\" break=\"a\\u000ab\\u001b[0m\" n=7\n")));
	assert_null(memchr(text.p, '\x1b', text.n));
}

enum { WRITERS = 4, LINES = 200 };

static void *
write_lines(void *arg)
{
	for (unsigned i = 0; i < LINES; i++)
		log_info("test", "line", LOG_UINT("writer", (uintptr_t)arg), LOG_UINT("i", i));
	return NULL;
}

static void
test_lines_of_many_threads_never_mix(void **state)
{
	pthread_t threads[WRITERS];
	ff_str text, line;
	unsigned n = 0;

	(void)state;
	log_configure(LOG_INFO, LOG_JSON);
	capture_start();
	for (uintptr_t i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_lines, (void *)i), 0);
	for (unsigned i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	text = capture_end();
	while (text.n) {
		assert_true(ff_str_cut(text, '\n', &line, &text));
		json_decref(parse_line(ff_str_of(line.p, line.n + 1)));
		n++;
	}
	assert_int_equal(n, WRITERS * LINES);
}

/* Nobody reads the pipe any more: the service goes on. */
static void
test_closed_stderr_is_survived(void **state)
{
	int saved = dup(STDERR_FILENO);

	(void)state;
	log_configure(LOG_INFO, LOG_JSON);
	close(STDERR_FILENO);
	log_error("test", "nobody hears this");
	dup2(saved, STDERR_FILENO);
	close(saved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_is_one_json_object),
		cmocka_unit_test(test_hostile_values_leave_a_valid_line),
		cmocka_unit_test(test_nul_in_a_value_is_escaped),
		cmocka_unit_test(test_long_values_are_cut_and_long_lines_lose_whole_fields),
		cmocka_unit_test(test_lines_below_the_least_level_are_left_out),
		cmocka_unit_test(test_text_is_for_people_and_without_colour_in_a_file),
		cmocka_unit_test(test_lines_of_many_threads_never_mix),
		cmocka_unit_test(test_closed_stderr_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
