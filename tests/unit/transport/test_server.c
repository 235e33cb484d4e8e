/* SPDX-License-Identifier: Apache-2.0 */
/* The server from its client's side: framing, keep-alive, pipelines, early answers, departures, deadlines, the stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <pthread.h>
#include <unistd.h>

#include "stage.h"
#include "support/http_client.h"

#define HOST "Host: x\r\n"

/* One answer to `request`, whose body is `body` (NULL: any) and whose Connection field is `connection`. */
static void
expect(struct client *c, const char *request, unsigned status, const char *body, const char *connection)
{
	struct client_answer a;
	bool to_head = strncmp(request, "HEAD ", 5) == 0;

	assert_true(client_send_z(c, request));
	client_read(c, to_head, &a);
	assert_int_equal(a.status, status);
	if (body)
		assert_true(ff_str_eqz(ff_buf_str(&a.body), body));
	assert_true(ff_str_eqz(client_field(&a, "Connection"), connection));
	assert_int_equal(client_field(&a, "Date").n, 29);
	client_answer_release(&a);
}

static void
test_keep_alive_follows_version_and_connection(void **state)
{
	static const struct {
		const char *request, *connection;
		bool stays;
	} rows[] = {
		{"GET /a HTTP/1.1\r\n" HOST "\r\n", "", true},
		{"GET /a HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "close", false},
		{"GET /a HTTP/1.1\r\n" HOST "Connection: foo, CLOSE\r\n\r\n", "close", false},
		{"GET /a HTTP/1.0\r\n\r\n", "close", false},
		{"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive", true},
	};
	struct stage s;

	(void)state;
	stage_open_default(&s);
	for (unsigned i = 0; i < FF_COUNT(rows); i++) {
		struct client c;

		client_open(&c, s.port, 0);
		expect(&c, rows[i].request, 200, "GET /a", rows[i].connection);
		if (rows[i].stays)
			expect(&c, "GET /b HTTP/1.1\r\n" HOST "\r\n", 200, "GET /b", "");
		else
			assert_true(client_at_end(&c));
		client_close(&c);
	}
	stage_close(&s);
}

static void
test_head_and_204_have_no_body(void **state)
{
	struct stage s;
	struct client c;
	struct client_answer a;

	(void)state;
	stage_open_default(&s);
	client_open(&c, s.port, 0);
	assert_true(client_send_z(&c, "HEAD /big/5000 HTTP/1.1\r\n" HOST "\r\n"));
	client_read(&c, true, &a);
	assert_int_equal(a.status, 200);
	assert_true(ff_str_eqz(client_field(&a, "Content-Length"), "5000"));
	client_answer_release(&a);
	assert_true(client_send_z(&c, "GET /empty HTTP/1.1\r\n" HOST "\r\n"));
	client_read(&c, false, &a);
	assert_int_equal(a.status, 204);
	assert_null(client_field(&a, "Content-Length").p);
	client_answer_release(&a);
	expect(&c, "GET /x HTTP/1.1\r\n" HOST "\r\n", 200, "GET /x", "");
	client_close(&c);
	stage_close(&s);
}

static void
test_targets_in_every_form(void **state)
{
	static const struct {
		const char *line;
		unsigned status;
		const char *body;
	} rows[] = {
		{"GET http://example.org/a?b HTTP/1.1", 200, "GET /a"},
		{"GET http://example.org HTTP/1.1", 200, "GET /"},
		{"GET http://example.org?x=1 HTTP/1.1", 200, "GET /"},
		{"OPTIONS * HTTP/1.1", 200, "OPTIONS *"},
		{"GET * HTTP/1.1", 400, NULL},
		{"CONNECT example.org:80 HTTP/1.1", 400, NULL},
		{"PURGE /a HTTP/1.1", 200, "OTHER /a"},
		{"FROBNICATE /a HTTP/1.1", 501, NULL},
		{"get /a HTTP/1.1", 400, NULL},
		{"GET /a#b HTTP/1.1", 400, NULL},
		{"GET /a\x80 HTTP/1.1", 400, NULL},
		{"GET /a\tb HTTP/1.1", 400, NULL},
		{"GET ?a HTTP/1.1", 400, NULL},
		{"GET /a HTTP/1.1 ", 400, NULL},
		{"GET /a HTTP/3.0", 505, NULL},
		{"GET /a ICY/1.1", 400, NULL},
	};
	struct stage s;

	(void)state;
	stage_open_default(&s);
	for (unsigned i = 0; i < FF_COUNT(rows); i++) {
		struct client c;
		struct client_answer a;
		char request[200];

		snprintf(request, sizeof request, "%s\r\n" HOST "\r\n", rows[i].line);
		client_open(&c, s.port, 0);
		assert_true(client_send_z(&c, request));
		client_read(&c, false, &a);
		if (a.status != rows[i].status || (rows[i].body && !ff_str_eqz(ff_buf_str(&a.body), rows[i].body)))
			fail_msg("%s: %u %.*s", rows[i].line, a.status, FF_FMT(ff_buf_str(&a.body)));
		client_answer_release(&a);
		client_close(&c);
	}
	stage_close(&s);
}

static void
test_limits_say_which_one(void **state)
{
	static const struct {
		unsigned target, field, fields, status;
	} rows[] = {
		{HTTP_TARGET_MAX, 0, 0, 200},
		{HTTP_TARGET_MAX + 1, 0, 0, 414},
		{HTTP_TARGET_MAX + 1000, 0, 0, 414},
		{1, HTTP_HEADER_MAX - 100, 0, 200},
		{1, HTTP_HEADER_MAX + 100, 0, 431},
		{1, 0, HTTP_FIELDS_MAX - 1, 200},
		{1, 0, HTTP_FIELDS_MAX, 431},
	};
	struct stage s;

	(void)state;
	stage_open_default(&s);
	for (unsigned i = 0; i < FF_COUNT(rows); i++) {
		struct client c;
		struct ff_buf request;
		unsigned status;

		ff_buf_init(&request, 1 << 20);
		ff_buf_lit(&request, "GET /");
		for (unsigned n = 1; n < rows[i].target; n++)
			ff_buf_char(&request, 'a');
		ff_buf_lit(&request, " HTTP/1.1\r\n" HOST);
		if (rows[i].field) {
			ff_buf_lit(&request, "X: ");
			for (unsigned n = 0; n < rows[i].field; n++)
				ff_buf_char(&request, 'v');
			ff_buf_lit(&request, "\r\n");
		}
		for (unsigned n = 0; n < rows[i].fields; n++)
			ff_buf_lit(&request, "a:\r\n");
		ff_buf_lit(&request, "\r\n");
		client_open(&c, s.port, 0);
		client_send(&c, ff_buf_str(&request));
		status = client_status(&c);
		if (status != rows[i].status)
			fail_msg("row %u: %u", i, status);
		client_close(&c);
		ff_buf_release(&request);
	}
	stage_close(&s);
}

static void
test_pipelined_requests_are_answered_in_order(void **state)
{
	enum { N = 500 };
	struct stage s;
	struct client c;
	struct ff_buf request;

	(void)state;
	ff_buf_init(&request, 1 << 20);
	for (unsigned i = 0; i < N; i++)
		ff_buf_printf(&request, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n%05u", i);
	stage_open_default(&s);
	client_open(&c, s.port, 0);
	assert_true(client_send(&c, ff_buf_str(&request)));
	for (unsigned i = 0; i < N; i++) {
		struct client_answer a;
		char body[16];

		snprintf(body, sizeof body, "%05u", i);
		client_read(&c, false, &a);
		assert_int_equal(a.status, 200);
		assert_true(ff_str_eqz(ff_buf_str(&a.body), body));
		client_answer_release(&a);
	}
	client_close(&c);
	ff_buf_release(&request);
	stage_close(&s);
}

static void
test_pipelined_requests_wait_for_one_that_is_held(void **state)
{
	struct stage s;
	struct client c;
	struct ff_buf request;

	(void)state;
	ff_buf_init(&request, 1 << 20);
	ff_buf_lit(&request, "GET /hold HTTP/1.1\r\n" HOST "\r\n");
	for (unsigned i = 0; i < 2000; i++) /* more than a connection's buffer */
		ff_buf_lit(&request, "GET /next HTTP/1.1\r\n" HOST "\r\n");
	stage_open_default(&s);
	client_open(&c, s.port, 0);
	assert_true(client_send(&c, ff_buf_str(&request)));
	stage_await(&s.n_held, 1);
	assert_true(client_quiet(&c, 50));
	stage_give_back(&s, 0);
	assert_int_equal(client_status(&c), 200);
	for (unsigned i = 0; i < 2000; i++)
		assert_int_equal(client_status(&c), 200);
	client_close(&c);
	ff_buf_release(&request);
	stage_close(&s);
}

static void
test_expect_continue_is_answered_when_the_body_is_wanted(void **state)
{
	struct stage s;
	struct client c;
	struct client_answer a;

	(void)state;
	stage_open_default(&s);
	client_open(&c, s.port, 0);
	assert_true(client_send_z(&c, "POST /echo HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
	assert_false(client_quiet(&c, CLIENT_PATIENCE_MS));
	assert_true(client_send_z(&c, "abc"));
	assert_int_equal(client_read(&c, false, &a), 1);
	assert_int_equal(a.status, 200);
	assert_true(ff_str_eqz(ff_buf_str(&a.body), "abc"));
	client_answer_release(&a);
	/* not wanted: the final answer comes instead, and the connection goes */
	assert_true(
		client_send_z(&c, "POST /refuse HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
	assert_int_equal(client_read(&c, false, &a), 0);
	assert_int_equal(a.status, 404);
	client_answer_release(&a);
	assert_true(client_at_end(&c));
	client_close(&c);
	client_open(&c, s.port, 0);
	expect(&c, "POST /echo HTTP/1.1\r\n" HOST "Expect: wonders\r\nContent-Length: 3\r\n\r\n", 417, NULL, "close");
	client_close(&c);
	stage_close(&s);
}

static void
test_early_answer_keeps_the_connection_when_the_body_is_here(void **state)
{
	struct stage s;
	struct client c;

	(void)state;
	stage_open_default(&s);
	client_open(&c, s.port, 0);
	expect(&c, "GET /refuse HTTP/1.1\r\n" HOST "\r\n", 404, "not here", "");
	expect(&c, "POST /refuse HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", 404, "not here", "");
	expect(&c, "GET /a HTTP/1.1\r\n" HOST "\r\n", 200, "GET /a", "");
	client_close(&c);
	stage_close(&s);
}

/* The answer to a body that is too large arrives although the client goes on sending. */
static void
test_early_answer_lingers_while_the_client_sends(void **state)
{
	struct stage s;
	struct client c;
	char *junk = ff_xcalloc(1, 1 << 20);

	(void)state;
	stage_open_default(&s);
	client_open(&c, s.port, 0);
	assert_true(client_send_z(&c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 900000000\r\n\r\n"));
	for (unsigned i = 0; i < 8; i++)
		client_send(&c, ff_str_of(junk, 1 << 20));
	assert_int_equal(client_status(&c), 413);
	assert_true(client_at_end(&c));
	client_close(&c);
	stage_close(&s);
	assert_int_equal(atomic_load(&s.handled), 0);
	free(junk);
}

static void
test_large_bodies_come_through(void **state)
{
	enum { CHUNK = 100003 };
	struct stage s;
	struct client c;
	struct client_answer a;
	char *body = ff_xmalloc(STAGE_BODY_MAX), line[100];

	(void)state;
	for (unsigned i = 0; i < STAGE_BODY_MAX; i++)
		body[i] = (char)('a' + i % 23);
	stage_open_default(&s);
	client_open(&c, s.port, 0);
	snprintf(line, sizeof line, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %d\r\n\r\n", STAGE_BODY_MAX);
	assert_true(client_send_z(&c, line));
	assert_true(client_send(&c, ff_str_of(body, STAGE_BODY_MAX)));
	client_read(&c, false, &a);
	assert_int_equal(a.body.n, STAGE_BODY_MAX);
	assert_memory_equal(a.body.p, body, STAGE_BODY_MAX);
	client_answer_release(&a);
	assert_true(client_send_z(&c, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"));
	for (unsigned at = 0; at < STAGE_BODY_MAX; at += CHUNK) {
		unsigned n = STAGE_BODY_MAX - at < CHUNK ? STAGE_BODY_MAX - at : CHUNK;

		snprintf(line, sizeof line, "%x;ext=\"v\"\r\n", n);
		assert_true(client_send_z(&c, line) && client_send(&c, ff_str_of(body + at, n)) && client_send_z(&c, "\r\n"));
	}
	assert_true(client_send_z(&c, "0\r\nTrailer: dropped\r\n\r\nGET /after HTTP/1.1\r\n" HOST "\r\n"));
	client_read(&c, false, &a);
	assert_int_equal(a.body.n, STAGE_BODY_MAX);
	assert_memory_equal(a.body.p, body, STAGE_BODY_MAX);
	client_answer_release(&a);
	assert_int_equal(client_status(&c), 200);
	/* one byte too many */
	assert_true(client_send_z(&c, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n800001\r\n"));
	assert_int_equal(client_status(&c), 413);
	client_close(&c);
	stage_close(&s);
	free(body);
}

static void
test_slow_reader_gets_all_of_a_large_answer(void **state)
{
	enum { BYTES = 20 << 20 };
	struct stage s;
	struct client c;
	struct client_answer a;
	char line[100];

	(void)state;
	stage_open_default(&s);
	client_open(&c, s.port, 4096);
	snprintf(line, sizeof line, "GET /big/%d HTTP/1.1\r\n" HOST "\r\nGET /a HTTP/1.1\r\n" HOST "\r\n", BYTES);
	assert_true(client_send_z(&c, line));
	usleep(100000);
	client_read(&c, false, &a);
	assert_int_equal(a.body.n, BYTES);
	client_answer_release(&a);
	assert_int_equal(client_status(&c), 200);
	client_close(&c);
	stage_close(&s);
}

static void
test_answer_nobody_reads_is_given_up(void **state)
{
	struct http_server_config config = stage_config();
	struct stage s;
	struct client c;

	(void)state;
	config.write_timeout_ms = 200;
	stage_open(&s, config);
	client_open(&c, s.port, 4096);
	assert_true(client_send_z(&c, "GET /big/30000000 HTTP/1.1\r\n" HOST "\r\n"));
	stage_await(&s.done[499], 1);
	client_close(&c);
	stage_close(&s);
}

/* Each row trickles one byte at a time and is cut off although it never falls silent. */
static void
test_trickling_clients_are_cut_at_the_deadline(void **state)
{
	static const struct {
		const char *start, *drip;
	} rows[] = {
		{"GET / HTTP/1.1\r\nX: ", "a"},
		{"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5000\r\n\r\n", "a"},
		{"POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n"},
	};
	struct http_server_config config = stage_config();

	(void)state;
	config.header_timeout_ms = config.body_timeout_ms = 300;
	for (unsigned i = 0; i < FF_COUNT(rows); i++) {
		struct stage s;
		struct client c;

		stage_open(&s, config);
		client_open(&c, s.port, 0);
		assert_true(client_send_z(&c, rows[i].start));
		for (unsigned n = 0; n < 1000 && client_quiet(&c, 10); n++)
			client_send_z(&c, rows[i].drip);
		assert_int_equal(client_status(&c), 408);
		client_close(&c);
		stage_close(&s);
		assert_int_equal(atomic_load(&s.handled), 0);
	}
}

static void
test_idle_connections_are_closed_in_silence(void **state)
{
	struct http_server_config config = stage_config();
	struct stage s;
	struct client fresh, used, blank;

	(void)state;
	config.idle_timeout_ms = 200;
	stage_open(&s, config);
	client_open(&fresh, s.port, 0);
	client_open(&used, s.port, 0);
	client_open(&blank, s.port, 0);
	assert_true(client_send_z(&blank, "\r\n"));
	expect(&used, "GET /a HTTP/1.1\r\n" HOST "\r\n", 200, NULL, "");
	assert_true(client_at_end(&fresh));
	assert_true(client_at_end(&used));
	assert_true(client_at_end(&blank));
	client_close(&fresh);
	client_close(&used);
	client_close(&blank);
	stage_close(&s);
}

static void
test_client_that_leaves_is_noticed_while_its_request_is_held(void **state)
{
	struct stage s;
	struct client c;

	(void)state;
	stage_open_default(&s);
	for (unsigned i = 0; i < 2; i++) {
		struct http_exchange *x;

		client_open(&c, s.port, 0);
		assert_true(client_send_z(&c, "GET /hold HTTP/1.1\r\n" HOST "\r\n"));
		stage_await(&s.n_held, i + 1);
		x = atomic_load(&s.held[i]);
		assert_false(atomic_load(&x->gone));
		if (i == 0)
			client_reset(&c);
		else
			client_close(&c);
		for (unsigned n = 0; n < 10000 && !atomic_load(&x->gone); n++)
			usleep(1000);
		assert_true(atomic_load(&x->gone));
		stage_give_back(&s, i);
		stage_await(&s.gone, i + 1);
	}
	stage_close(&s);
}

static void
test_client_that_stops_sending_still_gets_its_answers(void **state)
{
	struct stage s;
	struct client c;

	(void)state;
	stage_open_default(&s);
	client_open(&c, s.port, 0);
	assert_true(client_send_z(&c, "GET /hold HTTP/1.1\r\n" HOST "\r\nGET /b HTTP/1.1\r\n" HOST "\r\n"));
	stage_await(&s.n_held, 1);
	client_half_close(&c);
	usleep(20000);
	stage_give_back(&s, 0);
	assert_int_equal(client_status(&c), 200);
	assert_int_equal(client_status(&c), 200);
	assert_true(client_at_end(&c));
	client_close(&c);
	stage_close(&s);
}

static void
test_connections_past_the_limit_are_told_so(void **state)
{
	struct http_server_config config = stage_config();
	struct stage s;
	struct client c[4], more;

	(void)state;
	config.connections_max = 4;
	stage_open(&s, config);
	for (unsigned i = 0; i < 4; i++) {
		client_open(&c[i], s.port, 0);
		expect(&c[i], "GET /a HTTP/1.1\r\n" HOST "\r\n", 200, NULL, "");
	}
	client_open(&more, s.port, 0);
	assert_true(client_send_z(&more, "GET /a HTTP/1.1\r\n" HOST "\r\n"));
	assert_int_equal(client_status(&more), 503);
	assert_true(client_at_end(&more));
	client_close(&more);
	client_close(&c[0]);
	for (unsigned n = 0; n < 10000 && http_server_connections(s.server) > 3; n++)
		usleep(1000);
	client_open(&c[0], s.port, 0);
	for (unsigned i = 0; i < 4; i++)
		expect(&c[i], "GET /b HTTP/1.1\r\n" HOST "\r\n", 200, NULL, "");
	for (unsigned i = 0; i < 4; i++)
		client_close(&c[i]);
	stage_close(&s);
}

static void *
stop(void *arg)
{
	stage_close(arg);
	return NULL;
}

static void
test_stop_answers_what_is_in_flight_and_closes_the_rest(void **state)
{
	struct stage s;
	struct client idle, held, half, fresh;
	pthread_t stopper;

	(void)state;
	stage_open_default(&s);
	client_open(&idle, s.port, 0);
	expect(&idle, "GET /a HTTP/1.1\r\n" HOST "\r\n", 200, NULL, "");
	client_open(&held, s.port, 0);
	assert_true(client_send_z(&held, "GET /hold HTTP/1.1\r\n" HOST "\r\n"));
	stage_await(&s.n_held, 1);
	client_open(&half, s.port, 0);
	assert_true(client_send_z(&half, "GET /half HTTP/1.1\r\n"));
	client_open(&fresh, s.port, 0);
	for (unsigned n = 0; n < 10000 && http_server_connections(s.server) < 4; n++)
		usleep(1000);
	usleep(50000); /* `half` is read by now */
	assert_int_equal(pthread_create(&stopper, NULL, stop, &s), 0);
	assert_true(client_at_end(&idle));
	expect(&half, HOST "\r\n", 200, "GET /half", "close");
	expect(&fresh, "GET /fresh HTTP/1.1\r\n" HOST "\r\n", 200, "GET /fresh", "close");
	stage_give_back(&s, 0);
	assert_int_equal(client_status(&held), 200);
	assert_true(client_at_end(&held));
	client_close(&idle);
	client_close(&half);
	client_close(&fresh);
	client_close(&held);
	pthread_join(stopper, NULL);
}

static void
test_stop_aborts_what_outlasts_its_grace(void **state)
{
	struct stage s;
	struct client c, slow;
	struct http_exchange *x;
	pthread_t stopper;

	(void)state;
	stage_open_default(&s);
	client_open(&c, s.port, 0);
	client_open(&slow, s.port, 0);
	assert_true(client_send_z(&c, "GET /hold HTTP/1.1\r\n" HOST "\r\n"));
	assert_true(client_send_z(&slow, "GET /half HTTP/1.1\r\n"));
	stage_await(&s.n_held, 1);
	x = atomic_load(&s.held[0]);
	s.grace_ms = 100;
	assert_int_equal(pthread_create(&stopper, NULL, stop, &s), 0);
	assert_true(client_at_end(&c));
	assert_true(client_at_end(&slow));
	assert_true(atomic_load(&x->gone));
	stage_give_back(&s, 0);
	pthread_join(stopper, NULL);
	assert_int_equal(atomic_load(&s.done[499]), 1);
	client_close(&c);
	client_close(&slow);
}

static void
test_start_says_why_it_cannot_listen(void **state)
{
	struct http_server_config config = stage_config();
	struct http_server *other;
	struct ff_err err;
	struct stage s;

	(void)state;
	stage_open_default(&s);
	config.port = s.port;
	assert_int_equal(http_server_start(&config, &other, &err), FF_EUNAVAILABLE);
	assert_non_null(strstr(err.detail, "in use"));
	config.bind_address = "nonsense";
	assert_int_equal(http_server_start(&config, &other, &err), FF_EUNAVAILABLE);
	assert_non_null(strstr(err.detail, "nonsense"));
	stage_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keep_alive_follows_version_and_connection),
		cmocka_unit_test(test_head_and_204_have_no_body),
		cmocka_unit_test(test_targets_in_every_form),
		cmocka_unit_test(test_limits_say_which_one),
		cmocka_unit_test(test_pipelined_requests_are_answered_in_order),
		cmocka_unit_test(test_pipelined_requests_wait_for_one_that_is_held),
		cmocka_unit_test(test_expect_continue_is_answered_when_the_body_is_wanted),
		cmocka_unit_test(test_early_answer_keeps_the_connection_when_the_body_is_here),
		cmocka_unit_test(test_early_answer_lingers_while_the_client_sends),
		cmocka_unit_test(test_large_bodies_come_through),
		cmocka_unit_test(test_slow_reader_gets_all_of_a_large_answer),
		cmocka_unit_test(test_answer_nobody_reads_is_given_up),
		cmocka_unit_test(test_trickling_clients_are_cut_at_the_deadline),
		cmocka_unit_test(test_idle_connections_are_closed_in_silence),
		cmocka_unit_test(test_client_that_leaves_is_noticed_while_its_request_is_held),
		cmocka_unit_test(test_client_that_stops_sending_still_gets_its_answers),
		cmocka_unit_test(test_connections_past_the_limit_are_told_so),
		cmocka_unit_test(test_stop_answers_what_is_in_flight_and_closes_the_rest),
		cmocka_unit_test(test_stop_aborts_what_outlasts_its_grace),
		cmocka_unit_test(test_start_says_why_it_cannot_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
