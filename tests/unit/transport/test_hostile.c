/* SPDX-License-Identifier: Apache-2.0 */
/* The raw requests of tests/golden/http-hostile.json, whole, byte by byte and cut at random, through real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "stage.h"
#include "support/http_client.h"

enum { RANDOM_ROUNDS = 5, SLOW_BYTES = 5000 };

enum cut { WHOLE, BYTEWISE, RANDOMLY };

static struct raw_case {
	const char *name, *expect;
	ff_str raw;
} cases[100];
static unsigned n_cases;
static json_t *golden;

static char *
base64(const char *text, size_t *ret_n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = ff_xmalloc(strlen(text));
	unsigned bits = 0, have = 0;
	size_t n = 0;

	for (; *text && *text != '='; text++) {
		bits = bits << 6 | (unsigned)(strchr(digits, *text) - digits);
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (char)(bits >> have & 255);
		}
	}
	*ret_n = n;
	return out;
}

static int
load(void **state)
{
	json_error_t error;
	json_t *item;
	size_t i;

	(void)state;
	golden = json_load_file(FF_GOLDEN_DIR "/http-hostile.json", 0, &error);
	assert_non_null(golden);
	json_array_foreach (json_object_get(golden, "cases"), i, item) {
		size_t n;
		char *raw = base64(json_string_value(json_object_get(item, "raw")), &n);

		assert_true(n_cases < FF_COUNT(cases));
		cases[n_cases++] = (struct raw_case){
			json_string_value(json_object_get(item, "name")),
			json_string_value(json_object_get(item, "expect")),
			ff_str_of(raw, n),
		};
	}
	assert_int_equal(n_cases, 47);
	return 0;
}

static int
unload(void **state)
{
	(void)state;
	for (unsigned i = 0; i < n_cases; i++)
		free((char *)cases[i].raw.p);
	json_decref(golden);
	return 0;
}

static void
send_cut(struct client *c, ff_str raw, enum cut cut)
{
	while (raw.n) {
		size_t n = cut == WHOLE ? raw.n : cut == BYTEWISE ? 1 : 1 + (size_t)rand() % raw.n;

		/* A refusal comes before the end of what is refused. */
		if (!client_send(c, ff_str_of(raw.p, n)))
			return;
		raw = ff_str_from(raw, n);
	}
}

static bool
is_refusal(unsigned status)
{
	return (status >= 400 && status < 500) || status == 501 || status == 505;
}

static void
check(const struct raw_case *t, enum cut cut)
{
	struct stage stage;
	struct client c;
	unsigned answers = 0, refusals = 0, handled;
	bool reject = strcmp(t->expect, "reject") == 0;

	stage_open_default(&stage);
	client_open(&c, stage.port, 0);
	send_cut(&c, t->raw, cut);
	client_half_close(&c);
	for (unsigned status; (status = client_status(&c)) != 0;) {
		answers++;
		refusals += is_refusal(status);
	}
	client_close(&c);
	stage_close(&stage);
	handled = atomic_load(&stage.handled);
	if (reject ? (refusals != 1 || answers != 1 || handled != 0)
			   : strcmp(t->expect, "accept") == 0 && (refusals != 0 || answers == 0))
		fail_msg("%s (cut %d): %u answers, %u refusals, %u handled", t->name, cut, answers, refusals, handled);
	if (handled > 2)
		fail_msg("%s: %u requests out of at most two", t->name, handled);
}

static void
test_hostile_requests_are_refused_in_one_piece(void **state)
{
	(void)state;
	for (unsigned i = 0; i < n_cases; i++)
		check(&cases[i], WHOLE);
}

static void
test_hostile_requests_are_refused_byte_by_byte(void **state)
{
	(void)state;
	for (unsigned i = 0; i < n_cases; i++)
		if (cases[i].raw.n < SLOW_BYTES)
			check(&cases[i], BYTEWISE);
}

static void
test_hostile_requests_are_refused_however_cut(void **state)
{
	(void)state;
	srand(20260101);
	for (unsigned round = 0; round < RANDOM_ROUNDS; round++)
		for (unsigned i = 0; i < n_cases; i++)
			check(&cases[i], RANDOMLY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_requests_are_refused_in_one_piece),
		cmocka_unit_test(test_hostile_requests_are_refused_byte_by_byte),
		cmocka_unit_test(test_hostile_requests_are_refused_however_cut),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
