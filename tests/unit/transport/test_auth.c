/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of a store behind a real server: who may what, where, and what a request waits for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "observability/log.h"
#include "repository/memory/repository_memory.h"
#include "support/http_client.h"
#include "sys/clock.h"
#include "transport/http/router.h"
#include "usecase/key_service.h"
#include "usecase/key_table.h"

#define ROOT_KEY "ffs_root_0123456789abcdefghijkl_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
#define UNKNOWN_KEY "ffs_admin_0123456789abcdefghijkl_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

enum { BODY_MAX = 2 << 20, KEY_TEXT = 128 };

/* Who asks: what stands in "who" of the answer. */
static ff_status
tell(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	const struct principal *who = router_principal(x);

	(void)service;
	(void)reterr;
	ff_buf_printf(&x->response.body, "%d %.*s %.*s %zu", (int)who->kind, FF_FMT(call->tenant), FF_FMT(who->environment),
		x->request.body.n);
	http_field(x, FF_STR("Content-Type"), FF_STR("text/plain"));
	return FF_OK;
}

static const struct route routes[] = {
	{METHOD_GET, "/public", ACCESS_PUBLIC, RUN_INLINE, 0, 0, tell},
	{METHOD_GET, "/sdk", ACCESS_SDK, RUN_INLINE, 0, 0, tell},
	{METHOD_GET, "/viewer", ACCESS_VIEWER, RUN_INLINE, 0, 0, tell},
	{METHOD_GET, "/editor", ACCESS_EDITOR, RUN_WORKER, 0, 0, tell},
	{METHOD_GET, "/admin", ACCESS_ADMIN, RUN_WORKER, 0, 0, tell},
	{METHOD_GET, "/root", ACCESS_ROOT, RUN_WORKER, 0, 0, tell},
	{METHOD_POST, "/sdk", ACCESS_SDK, RUN_INLINE, BODY_MAX, BODY_JSON, tell},
};

enum who { VIEWER, EDITOR, ADMIN, SERVER, CLIENT, STORED, ROOT = STORED, NOBODY };

static const char *const bodies[STORED] = {
	[VIEWER] = "{\"kind\": \"admin\", \"role\": \"viewer\", \"name\": \"n\"}",
	[EDITOR] = "{\"kind\": \"admin\", \"role\": \"editor\", \"name\": \"n\"}",
	[ADMIN] = "{\"kind\": \"admin\", \"role\": \"admin\", \"name\": \"n\"}",
	[SERVER] = "{\"kind\": \"server\", \"environment\": \"production\", \"name\": \"n\"}",
	[CLIENT] = "{\"kind\": \"client\", \"environment\": \"production\", \"name\": \"n\"}",
};

struct site {
	struct repository *repository;
	struct key_table *table;
	struct service service;
	struct ff_call call;
	struct pool *pool;
	struct router *router;
	struct http_server *server;
	unsigned port;
	char keys[NOBODY][KEY_TEXT];
};

static void
make_key(struct site *s, const char *body, char text[static KEY_TEXT])
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	const struct write_request request = {.now_ms = clock_wall_ms(), .body = ff_str_z(body)};
	struct document_answer answer;
	json_t *doc;

	assert_int_equal(FF_OK, key_create(&s->call, &s->service, &request, &arena, &answer, NULL));
	doc = json_loadb(answer.json.p, answer.json.n, 0, NULL);
	snprintf(text, KEY_TEXT, "%s", json_string_value(json_object_get(doc, "key")));
	json_decref(doc);
}

static int
open_site(void **state)
{
	struct site *s = ff_xcalloc(1, sizeof *s);

	log_configure(LOG_ERROR, LOG_JSON);
	s->repository = repository_memory_new();
	s->table = key_table_new(s->repository, clock_mono_ms);
	s->call = (struct ff_call){.deadline_ms = UINT64_MAX, .tenant = FF_STR("acme"), .actor = FF_STR("tester")};
	s->service = (struct service){.repository = s->repository, .keys = s->table};
	assert_int_equal(
		FF_OK, s->repository->ops->tenant_ensure(s->repository, &s->call, s->call.tenant, FF_STR(""), 1, NULL));
	for (unsigned i = 0; i < STORED; i++)
		make_key(s, bodies[i], s->keys[i]);
	snprintf(s->keys[ROOT], KEY_TEXT, "%s", ROOT_KEY);
	assert_int_equal(pool_open(1, 16, &s->pool, NULL), FF_OK);
	s->router = router_new(&(struct router_config){
		.root_key = FF_STR(ROOT_KEY),
		.keys = s->table,
		.pool = s->pool,
		.sdk_timeout_ms = 30000,
		.admin_timeout_ms = 30000,
	});
	router_add(s->router, routes, FF_COUNT(routes), NULL);
	assert_int_equal(http_server_start(
						 &(struct http_server_config){
							 .bind_address = "127.0.0.1",
							 .loops = 2,
							 .connections_max = 100,
							 .idle_timeout_ms = 60000,
							 .header_timeout_ms = 60000,
							 .body_timeout_ms = 60000,
							 .write_timeout_ms = 60000,
							 .ops = &router_http_app,
							 .app = s->router,
						 },
						 &s->server, NULL),
		FF_OK);
	s->port = http_server_port(s->server);
	*state = s;
	return 0;
}

static int
close_site(void **state)
{
	struct site *s = *state;

	http_server_stop(s->server, 20000);
	pool_close(s->pool);
	router_free(s->router);
	key_table_free(s->table);
	s->repository->ops->close(s->repository);
	free(s);
	return 0;
}

/* The status of a GET; the body, or the detail of a problem, in `text`. */
static unsigned
get(const struct site *s, const char *target, const char *key, char text[static 512])
{
	struct client_answer a;
	char request[1000];
	unsigned status;
	struct client c;
	json_t *problem;

	snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n%s%s\r\n\r\n", target,
		key ? "X-API-Key: " : "A: b", key ? key : "");
	client_open(&c, s->port, 0);
	assert_true(client_send_z(&c, request));
	client_read(&c, false, &a);
	problem = json_loadb(ff_buf_str(&a.body).p, a.body.n, 0, NULL);
	if (problem)
		snprintf(text, 512, "%s", json_string_value(json_object_get(problem, "detail")));
	else
		snprintf(text, 512, "%.*s", FF_FMT(ff_buf_str(&a.body)));
	json_decref(problem);
	status = a.status;
	client_answer_release(&a);
	client_close(&c);
	return status;
}

static void
test_who_may_what(void **state)
{
	static const char *const targets[] = {"/public", "/sdk", "/viewer", "/editor", "/admin", "/root"};
	static const unsigned statuses[][FF_COUNT(targets)] = {
		[VIEWER] = {200, 403, 200, 403, 403, 403},
		[EDITOR] = {200, 403, 200, 200, 403, 403},
		[ADMIN] = {200, 403, 200, 200, 200, 403},
		[SERVER] = {200, 200, 403, 403, 403, 403},
		[CLIENT] = {200, 200, 403, 403, 403, 403},
		[ROOT] = {200, 200, 200, 200, 200, 200},
		[NOBODY] = {200, 401, 401, 401, 401, 401},
	};
	const struct site *s = *state;
	char text[512];

	for (unsigned who = 0; who < FF_COUNT(statuses); who++)
		for (unsigned i = 0; i < FF_COUNT(targets); i++) {
			unsigned status = get(s, targets[i], who == NOBODY ? NULL : s->keys[who], text);

			if (status != statuses[who][i])
				fail_msg("%u at %s: %u %s", who, targets[i], status, text);
		}
}

static void
test_key_knows_its_place(void **state)
{
	const struct site *s = *state;
	char text[512], other[512];

	assert_int_equal(get(s, "/sdk", s->keys[CLIENT], text), 200);
	assert_string_equal(text, "7 acme production 0");
	assert_int_equal(get(s, "/sdk?tenant=acme", s->keys[SERVER], text), 200);
	assert_string_equal(text, "6 acme production 0");
	assert_int_equal(get(s, "/editor", s->keys[EDITOR], text), 200);
	assert_string_equal(text, "4 acme  0");
	assert_int_equal(get(s, "/sdk?tenant=default", s->keys[SERVER], text), 403);
	assert_int_equal(get(s, "/admin?tenant=other", s->keys[ADMIN], text), 404);
	assert_int_equal(get(s, "/root?tenant=acme", s->keys[ROOT], text), 200);
	assert_string_equal(text, "2 acme  0");
	/* Whether there is such a tenant is not told. */
	assert_int_equal(
		FF_OK, s->repository->ops->tenant_ensure(s->repository, &s->call, FF_STR("other"), FF_STR(""), 1, NULL));
	assert_int_equal(get(s, "/admin?tenant=other", s->keys[ADMIN], other), 404);
	assert_string_equal(other, "there is no tenant \"other\"");
}

static void
test_invalid_keys_get_one_text(void **state)
{
	struct site *s = *state;
	char text[512], first[512], wrong[KEY_TEXT], kind[KEY_TEXT];
	const char *const keys[] = {"x", "ffs_", UNKNOWN_KEY, wrong, kind};

	snprintf(wrong, sizeof wrong, "%s", s->keys[ADMIN]);
	wrong[strlen(wrong) - 1] = wrong[strlen(wrong) - 1] == 'a' ? 'b' : 'a';
	snprintf(kind, sizeof kind, "ffs_client_%s", s->keys[SERVER] + sizeof "ffs_server_" - 1);
	assert_int_equal(get(s, "/sdk", "nonsense", first), 401);
	for (unsigned i = 0; i < FF_COUNT(keys); i++) {
		assert_int_equal(get(s, "/sdk", keys[i], text), 401);
		assert_string_equal(text, first);
	}
}

/* A key that this process has not seen is asked for before its body is taken, which may come meanwhile. */
static void
test_request_waits_for_its_key_and_then_goes_on(void **state)
{
	static const char *const bodies_sent[] = {"{}", "{\"pipelined\": 1}"};
	const struct site *s = *state;
	char request[2000];
	struct client c;
	size_t n = 0;

	for (unsigned i = 0; i < FF_COUNT(bodies_sent); i++)
		n += (size_t)snprintf(request + n, sizeof request - n,
			"POST /sdk HTTP/1.1\r\nHost: x\r\nX-API-Key: %s\r\nContent-Type: application/json\r\n"
			"Content-Length: %zu\r\n\r\n%s",
			s->keys[SERVER], strlen(bodies_sent[i]), bodies_sent[i]);
	client_open(&c, s->port, 0);
	assert_true(client_send_z(&c, request));
	for (unsigned i = 0; i < FF_COUNT(bodies_sent); i++) {
		struct client_answer a;
		char expected[64];

		client_read(&c, false, &a);
		snprintf(expected, sizeof expected, "6 acme production %zu", strlen(bodies_sent[i]));
		assert_int_equal(a.status, 200);
		assert_true(ff_str_eqz(ff_buf_str(&a.body), expected));
		client_answer_release(&a);
	}
	client_close(&c);
}

static void
test_large_body_of_an_unknown_sender_is_not_read(void **state)
{
	const struct site *s = *state;
	char request[1000];
	struct client_answer a;
	struct client c;

	snprintf(request, sizeof request,
		"POST /sdk HTTP/1.1\r\nHost: x\r\nX-API-Key: %s\r\nContent-Type: application/json\r\n"
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		UNKNOWN_KEY, BODY_MAX);
	client_open(&c, s->port, 0);
	assert_true(client_send_z(&c, request));
	client_read(&c, false, &a);
	assert_int_equal(a.status, 401);
	client_answer_release(&a);
	client_close(&c);
}

static void
test_clients_that_leave_while_their_key_is_asked_for_are_forgotten(void **state)
{
	const struct site *s = *state;
	char request[1000], text[512];

	snprintf(request, sizeof request, "GET /sdk HTTP/1.1\r\nHost: x\r\nX-API-Key: %s\r\n\r\n", UNKNOWN_KEY);
	for (unsigned i = 0; i < 20; i++) {
		struct client c;

		client_open(&c, s->port, 0);
		assert_true(client_send_z(&c, request));
		client_close(&c);
	}
	assert_int_equal(get(s, "/sdk", s->keys[SERVER], text), 200);
}

static void
test_guesses_are_slowed_and_valid_keys_are_not(void **state)
{
	struct site *s = *state;
	char text[512], fresh[KEY_TEXT];
	unsigned slowed = 0;

	for (unsigned i = 0; i < 60; i++) {
		unsigned status = get(s, "/sdk", "guess", text);

		assert_true(status == 401 || status == 429);
		slowed += status == 429;
	}
	assert_true(slowed > 0);
	assert_int_equal(get(s, "/sdk", s->keys[SERVER], text), 200);
	s->service.keys = NULL; /* made by another process */
	make_key(s, bodies[SERVER], fresh);
	assert_int_equal(get(s, "/sdk", fresh, text), 200);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, open_site, close_site)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_who_may_what),
		ROW(test_key_knows_its_place),
		ROW(test_invalid_keys_get_one_text),
		ROW(test_request_waits_for_its_key_and_then_goes_on),
		ROW(test_large_body_of_an_unknown_sender_is_not_read),
		ROW(test_clients_that_leave_while_their_key_is_asked_for_are_forgotten),
		ROW(test_guesses_are_slowed_and_valid_keys_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
