/* SPDX-License-Identifier: Apache-2.0 */
/* Many clients at once: all are served, in turns, and a stop loses nothing that was in flight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stage.h"
#include "support/alloc_count.h"
#include "support/http_client.h"

#define REQUEST "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"

static void
allow_descriptors(unsigned n)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max < n ? limit.rlim_max : n;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* Each asks again as soon as it has its answer. In the end nobody has been served a multiple of another's share. */
static void
test_a_thousand_busy_connections_are_served_alike(void **state)
{
	enum { CLIENTS = 1000, EACH = 20, SPREAD = 4 };
	struct stage s;
	struct client *clients = ff_xcalloc(CLIENTS, sizeof *clients);
	unsigned *answers = ff_xcalloc(CLIENTS, sizeof *answers), total = 0;
	int epoll = epoll_create1(0);

	(void)state;
	allow_descriptors(4 * CLIENTS);
	stage_open_default(&s);
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

		client_open(&clients[i], s.port, 0);
		assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &event), 0);
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		assert_true(client_send_z(&clients[i], REQUEST));
	while (total < CLIENTS * EACH) {
		struct epoll_event events[CLIENTS];
		int n = epoll_wait(epoll, events, CLIENTS, CLIENT_PATIENCE_MS);

		assert_true(n > 0);
		for (int i = 0; i < n; i++) {
			unsigned at = events[i].data.u32;

			assert_int_equal(client_status(&clients[at]), 200);
			answers[at]++;
			total++;
			assert_true(client_send_z(&clients[at], REQUEST));
		}
	}
	for (unsigned i = 0; i < CLIENTS; i++) {
		if (answers[i] < EACH / SPREAD || answers[i] > EACH * SPREAD)
			fail_msg("connection %u has had %u answers, %u is the mean", i, answers[i], EACH);
		client_close(&clients[i]);
	}
	close(epoll);
	stage_close(&s);
	free(clients);
	free(answers);
}

/* While the loop is kept busy, one client pipelines a hundred requests and another sends one: it is next but one. */
static void
test_pipelines_take_turns_with_other_connections(void **state)
{
	enum { PIPELINED = 100 };
	struct http_server_config config = stage_config();
	struct stage s;
	struct client hog, polite;

	(void)state;
	config.loops = 1;
	stage_open(&s, config);
	client_open(&hog, s.port, 0);
	client_open(&polite, s.port, 0);
	assert_true(client_send_z(&polite, REQUEST));
	assert_int_equal(client_status(&polite), 200);
	assert_true(client_send_z(&hog, "GET /block HTTP/1.1\r\nHost: x\r\n\r\n"));
	stage_await(&s.handled, 2);
	for (unsigned i = 0; i < PIPELINED; i++)
		assert_true(client_send_z(&hog, REQUEST));
	assert_true(client_send_z(&polite, "GET /mark HTTP/1.1\r\nHost: x\r\n\r\n"));
	atomic_store(&s.gate, true);
	assert_int_equal(client_status(&polite), 200);
	assert_true(atomic_load(&s.marked) <= 2 + 3);
	for (unsigned i = 0; i < 1 + PIPELINED; i++)
		assert_int_equal(client_status(&hog), 200);
	client_close(&hog);
	client_close(&polite);
	stage_close(&s);
}

struct caller {
	pthread_t thread;
	unsigned port, received;
};

static void *
call_until_closed(void *arg)
{
	struct caller *caller = arg;
	struct client c;

	client_open(&c, caller->port, 0);
	while (client_send_z(&c, "GET /big/20000 HTTP/1.1\r\nHost: x\r\n\r\n") && client_status(&c) == 200)
		caller->received++;
	client_close(&c);
	return NULL;
}

static void
test_stop_under_load_delivers_every_answer_it_made(void **state)
{
	enum { CALLERS = 16, BEFORE = 2000 };
	struct caller callers[CALLERS];
	struct stage s;
	unsigned received = 0;

	(void)state;
	stage_open_default(&s);
	for (unsigned i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){.port = s.port};
		assert_int_equal(pthread_create(&callers[i].thread, NULL, call_until_closed, &callers[i]), 0);
	}
	stage_await(&s.handled, BEFORE);
	stage_close(&s);
	for (unsigned i = 0; i < CALLERS; i++) {
		pthread_join(callers[i].thread, NULL);
		received += callers[i].received;
	}
	assert_int_equal(received, atomic_load(&s.handled));
	assert_int_equal(received, atomic_load(&s.done[200]));
}

/* Handlers that finish on other threads, all at once, while clients come and go. */
static void *
give_back_all(void *arg)
{
	struct stage *s = arg;

	for (unsigned i = 0; i < STAGE_HELD_MAX; i++) {
		stage_await(&s->n_held, i + 1);
		stage_give_back(s, i);
	}
	return NULL;
}

static void
test_answers_from_other_threads_reach_their_clients(void **state)
{
	struct client clients[STAGE_HELD_MAX];
	pthread_t worker;
	struct stage s;

	(void)state;
	stage_open_default(&s);
	assert_int_equal(pthread_create(&worker, NULL, give_back_all, &s), 0);
	for (unsigned i = 0; i < STAGE_HELD_MAX; i++) {
		client_open(&clients[i], s.port, 0);
		assert_true(client_send_z(&clients[i], "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
		/* One at a time into the stage's list, which is no queue. */
		stage_await(&s.n_held, i + 1);
		if (i % 4 == 3)
			client_reset(&clients[i]);
	}
	for (unsigned i = 0; i < STAGE_HELD_MAX; i++)
		if (i % 4 != 3) {
			assert_int_equal(client_status(&clients[i]), 200);
			client_close(&clients[i]);
		}
	pthread_join(worker, NULL);
	stage_close(&s);
	assert_int_equal(atomic_load(&s.done[200]) + atomic_load(&s.done[499]), STAGE_HELD_MAX);
}

/* Whole answers, which all have the same length; the first one tells it. */
static void
exchange(struct client *c, ff_str request, size_t *answer_bytes)
{
	char answer[1000];
	size_t n = 0;

	assert_true(client_send(c, request));
	do {
		ssize_t got = recv(c->fd, answer + n, sizeof answer - n, 0);

		assert_true(got > 0);
		n += (size_t)got;
	} while (n < *answer_bytes);
	*answer_bytes = n;
}

static void
test_requests_in_the_steady_state_allocate_nothing(void **state)
{
	enum { WARM = 100, MEASURED = 1000 };
	const ff_str request = FF_STR("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde");
	size_t answer_bytes = 1;
	struct client c;
	struct stage s;
	uint64_t before;

	(void)state;
	stage_open_default(&s);
	client_open(&c, s.port, 0);
	for (unsigned i = 0; i < WARM; i++)
		exchange(&c, request, &answer_bytes);
	before = alloc_count();
	for (unsigned i = 0; i < MEASURED; i++)
		exchange(&c, request, &answer_bytes);
	assert_int_equal(alloc_count() - before, 0);
	client_close(&c);
	stage_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_thousand_busy_connections_are_served_alike),
		cmocka_unit_test(test_pipelines_take_turns_with_other_connections),
		cmocka_unit_test(test_stop_under_load_delivers_every_answer_it_made),
		cmocka_unit_test(test_answers_from_other_threads_reach_their_clients),
		cmocka_unit_test(test_requests_in_the_steady_state_allocate_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
