/* SPDX-License-Identifier: Apache-2.0 */
/* The router behind a real server: paths, methods, keys, tenants, bodies, workers, problems. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>
#include <unistd.h>

#include "support/http_client.h"
#include "transport/http/router.h"

#define ROOT_KEY "ffs_root_0123456789abcdefghijkl_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

enum { QUEUE_MAX = 2, SMALL_BODY_MAX = 10 };

/* What a request came to, as "route param0 param1 tenant actor body-type". */
static ff_status
tell(const char *route, struct http_exchange *x, const struct ff_call *call)
{
	ff_buf_printf(&x->response.body, "%s [%.*s] [%.*s] %.*s %.*s %u", route, FF_FMT(x->params[0]), FF_FMT(x->params[1]),
		FF_FMT(call->tenant), FF_FMT(call->actor), x->body_type);
	http_field(x, FF_STR("Content-Type"), FF_STR("text/plain"));
	return FF_OK;
}

#define TELLER(name)                                                                                                   \
	static ff_status tell_##name(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *e) \
	{                                                                                                                  \
		(void)service;                                                                                                 \
		(void)e;                                                                                                       \
		return tell(#name, x, call);                                                                                   \
	}
TELLER(list)
TELLER(create)
TELLER(one)
TELLER(mine)
TELLER(patch)
TELLER(deep)
TELLER(evaluate)
TELLER(root)

static ff_status
fail_conflict(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	struct ff_faults faults;

	(void)service;
	(void)call;
	ff_buf_lit(&x->response.body, "half an answer");
	http_field(x, FF_STR("ETag"), FF_STR("\"1\""));
	ff_faults_init(&faults, x->arena);
	ff_faults_add(&faults, FF_STR("/a~1b"), "bad \"quote\" \xff");
	ff_faults_add(&faults, FF_STR(""), "second");
	ff_fail_faults(reterr, FF_ECONFLICT, &faults, "the document");
	reterr->version = 7;
	reterr->retry_after_s = 3;
	return FF_ECONFLICT;
}

static ff_status
defer_fn(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	(void)service;
	(void)reterr;
	return tell("deferred", x, call);
}

static ff_status
defer(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	(void)service;
	(void)call;
	return router_defer(x, defer_fn, reterr);
}

static atomic_bool gate;
static atomic_uint at_gate;

static ff_status
wait_at_gate(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	(void)service;
	(void)reterr;
	atomic_fetch_add(&at_gate, 1);
	while (!atomic_load(&gate))
		usleep(1000);
	return tell("waited", x, call);
}

static ff_status
overflow(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	(void)service;
	(void)call;
	(void)reterr;
	x->response.body.overflow = true;
	return FF_OK;
}

static const struct route routes[] = {
	{METHOD_GET, "/admin/flags", ACCESS_ADMIN, RUN_INLINE, 0, 0, tell_list},
	{METHOD_POST, "/admin/flags", ACCESS_ADMIN, RUN_WORKER, SMALL_BODY_MAX, BODY_JSON, tell_create},
	{METHOD_GET, "/admin/flags/{key}", ACCESS_ADMIN, RUN_INLINE, 0, 0, tell_one},
	{METHOD_GET, "/admin/flags/mine", ACCESS_ADMIN, RUN_INLINE, 0, 0, tell_mine},
	{METHOD_PATCH, "/admin/flags/{key}", ACCESS_ADMIN, RUN_INLINE, 100, BODY_JSON | BODY_MERGE_PATCH | BODY_JSON_PATCH,
		tell_patch},
	{METHOD_PUT, "/admin/flags/{key}/environments/{env}", ACCESS_ADMIN, RUN_INLINE, 100, BODY_JSON, tell_deep},
	{METHOD_POST, "/v1/evaluate", ACCESS_SDK, RUN_INLINE, 100, BODY_JSON, tell_evaluate},
	{METHOD_GET, "/root", ACCESS_ROOT, RUN_INLINE, 0, 0, tell_root},
	{METHOD_GET, "/public", ACCESS_PUBLIC, RUN_INLINE, 0, 0, tell_list},
	{METHOD_GET, "/conflict", ACCESS_PUBLIC, RUN_INLINE, 0, 0, fail_conflict},
	{METHOD_GET, "/defer", ACCESS_SDK, RUN_INLINE, 0, 0, defer},
	{METHOD_GET, "/gate", ACCESS_ADMIN, RUN_WORKER, 0, 0, wait_at_gate},
	{METHOD_GET, "/overflow", ACCESS_PUBLIC, RUN_INLINE, 0, 0, overflow},
};

struct site {
	struct pool *pool;
	struct router *router;
	struct http_server *server;
	unsigned port;
};

static void
open_site(struct site *s, bool dev, bool root)
{
	struct ff_err err;

	assert_int_equal(pool_open(1, QUEUE_MAX, &s->pool, &err), FF_OK);
	s->router = router_new(&(struct router_config){
		.dev = dev,
		.root_key = root ? FF_STR(ROOT_KEY) : FF_STR(""),
		.pool = s->pool,
		.sdk_timeout_ms = 1000,
		.admin_timeout_ms = 60000,
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
						 &s->server, &err),
		FF_OK);
	s->port = http_server_port(s->server);
}

static void
close_site(struct site *s)
{
	http_server_stop(s->server, 20000);
	pool_close(s->pool);
	router_free(s->router);
}

/* Sends `method target`, the `fields` lines and `body` on a connection of its own. */
static void
ask(const struct site *s, const char *line, const char *fields, const char *body, struct client_answer *ret)
{
	char request[4000];
	struct client c;

	snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n%s", line, fields,
		strlen(body), body);
	client_open(&c, s->port, 0);
	assert_true(client_send_z(&c, request));
	client_read(&c, strncmp(line, "HEAD", 4) == 0, ret);
	assert_true(client_field(ret, "X-Request-Id").n > 0);
	client_close(&c);
}

struct row {
	const char *line, *fields, *body;
	unsigned status;
	const char *says; /* the whole body of a 2xx, or the code of a problem */
};

static void
check_rows(const struct site *s, const struct row *rows, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct row *row = &rows[i];
		struct client_answer a;
		ff_str body;
		bool fits;

		ask(s, row->line, row->fields, row->body, &a);
		body = ff_buf_str(&a.body);
		if (a.status < 300) {
			fits = ff_str_eqz(body, row->says);
		} else {
			json_t *problem = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, NULL);

			fits = ff_str_eqz(client_field(&a, "Content-Type"), "application/problem+json") &&
				strcmp(json_string_value(json_object_get(problem, "code")), row->says) == 0 &&
				json_integer_value(json_object_get(problem, "status")) == a.status;
			json_decref(problem);
		}
		if (a.status != row->status || !fits)
			fail_msg("%s: %u %.*s", row->line, a.status, FF_FMT(body));
		client_answer_release(&a);
	}
}

#define JSON "Content-Type: application/json\r\n"

static void
test_paths_lead_to_their_routes(void **state)
{
	static const struct row rows[] = {
		{"GET /admin/flags", "", "", 200, "list [] [] default dev 0"},
		{"GET /admin/flags?x=%zz", "", "", 400, "MALFORMED_REQUEST"},
		{"GET /public?x=%zz", "", "", 200, "list [] []   0"},
		{"GET /admin/flags/a", "", "", 200, "one [a] [] default dev 0"},
		{"GET /admin/flags/mine", "", "", 200, "mine [] [] default dev 0"},
		{"GET /admin/flags/a%2Fb%20c", "", "", 200, "one [a/b c] [] default dev 0"},
		{"GET /%61dmin/fl%61gs/a+b", "", "", 200, "one [a+b] [] default dev 0"},
		{"GET /admin/flags/a%00", "", "", 400, "MALFORMED_REQUEST"},
		{"GET /admin/flags/a%2", "", "", 400, "MALFORMED_REQUEST"},
		{"GET /admin/flags/", "", "", 404, "NOT_FOUND"},
		{"GET /admin/flags/a/", "", "", 404, "NOT_FOUND"},
		{"GET //admin/flags", "", "", 404, "NOT_FOUND"},
		{"GET /", "", "", 404, "NOT_FOUND"},
		{"GET /admin", "", "", 404, "NOT_FOUND"},
		{"GET /admin/flags/a/environments", "", "", 404, "NOT_FOUND"},
		{"PUT /admin/flags/a/environments/b", JSON, "{}", 200, "deep [a] [b] default dev 1"},
		{"GET /admin/flags/a/environments/b", "", "", 405, "METHOD_NOT_ALLOWED"},
		{"POST /public", "", "", 405, "METHOD_NOT_ALLOWED"},
		{"PURGE /public", "", "", 405, "METHOD_NOT_ALLOWED"},
		{"OPTIONS /admin/flags", "", "", 204, ""},
		{"OPTIONS *", "", "", 204, ""},
		{"OPTIONS /nope", "", "", 404, "NOT_FOUND"},
		{"GET /defer", "", "", 200, "deferred [] [] default dev 0"},
		{"GET /overflow", "", "", 500, "INTERNAL"},
	};
	struct site s;

	(void)state;
	open_site(&s, true, false);
	check_rows(&s, rows, FF_COUNT(rows));
	close_site(&s);
}

static void
test_allow_names_the_methods_of_a_path(void **state)
{
	struct client_answer a;
	struct site s;

	(void)state;
	open_site(&s, true, false);
	ask(&s, "DELETE /admin/flags", "", "", &a);
	assert_int_equal(a.status, 405);
	assert_true(ff_str_eqz(client_field(&a, "Allow"), "GET, HEAD, POST, OPTIONS"));
	client_answer_release(&a);
	ask(&s, "OPTIONS /admin/flags/x", "", "", &a);
	assert_true(ff_str_eqz(client_field(&a, "Allow"), "GET, HEAD, PATCH, OPTIONS"));
	client_answer_release(&a);
	ask(&s, "HEAD /admin/flags", "", "", &a);
	assert_int_equal(a.status, 200);
	assert_true(ff_str_eqz(client_field(&a, "Content-Length"), "24"));
	client_answer_release(&a);
	close_site(&s);
}

static void
test_bodies_are_taken_by_type_and_size(void **state)
{
	static const struct row rows[] = {
		{"POST /admin/flags", JSON, "{}", 200, "create [] [] default dev 1"},
		{"POST /admin/flags", "Content-Type: Application/JSON; charset=utf-8\r\n", "{}", 200,
			"create [] [] default dev 1"},
		{"POST /admin/flags", "", "", 200, "create [] [] default dev 0"},
		{"POST /admin/flags", "", "{}", 415, "UNSUPPORTED_MEDIA_TYPE"},
		{"POST /admin/flags", "Content-Type: text/plain\r\n", "{}", 415, "UNSUPPORTED_MEDIA_TYPE"},
		{"POST /admin/flags", "Content-Type: application/json-patch+json\r\n", "{}", 415, "UNSUPPORTED_MEDIA_TYPE"},
		{"POST /admin/flags", JSON, "0123456789", 200, "create [] [] default dev 1"},
		{"POST /admin/flags", JSON, "01234567890", 413, "CONTENT_TOO_LARGE"},
		{"GET /admin/flags", "", "x", 413, "CONTENT_TOO_LARGE"},
		{"PATCH /admin/flags/a", "Content-Type: application/merge-patch+json\r\n", "{}", 200,
			"patch [a] [] default dev 2"},
		{"PATCH /admin/flags/a", "Content-Type: application/json-patch+json\r\n", "[]", 200,
			"patch [a] [] default dev 4"},
	};
	struct site s;

	(void)state;
	open_site(&s, true, false);
	check_rows(&s, rows, FF_COUNT(rows));
	close_site(&s);
}

#define BEARER "Authorization: Bearer " ROOT_KEY "\r\n"

static void
test_keys_say_who_may_do_what(void **state)
{
	static const struct row rows[] = {
		{"GET /public", "", "", 200, "list [] []   0"},
		{"GET /admin/flags", "", "", 401, "UNAUTHENTICATED"},
		{"GET /admin/flags", BEARER, "", 200, "list [] [] default root 0"},
		{"GET /admin/flags", "authorization:bearer  " ROOT_KEY " \r\n", "", 200, "list [] [] default root 0"},
		{"GET /admin/flags", "X-API-Key: " ROOT_KEY "\r\n", "", 200, "list [] [] default root 0"},
		{"GET /admin/flags", "X-API-Key: " ROOT_KEY "0\r\n", "", 401, "UNAUTHENTICATED"},
		{"GET /admin/flags", "X-API-Key:\r\n", "", 401, "UNAUTHENTICATED"},
		{"GET /admin/flags", "Authorization: Bearer\r\n", "", 401, "UNAUTHENTICATED"},
		{"GET /admin/flags", "Authorization: Basic " ROOT_KEY "\r\n", "", 401, "UNAUTHENTICATED"},
		{"POST /v1/evaluate", JSON, "{}", 401, "UNAUTHENTICATED"},
		{"GET /root", "", "", 401, "UNAUTHENTICATED"},
		{"GET /root", BEARER, "", 200, "root [] [] default root 0"},
		{"GET /root?tenant=acme", BEARER, "", 200, "root [] [] acme root 0"},
		{"GET /root?a=b&tenant=a%63me&c", BEARER, "", 200, "root [] [] acme root 0"},
		{"GET /root", BEARER "FFS-Tenant: acme\r\n", "", 200, "root [] [] acme root 0"},
		{"GET /root?tenant=%zz", BEARER, "", 400, "MALFORMED_REQUEST"},
		{"GET /nope", "", "", 404, "NOT_FOUND"},
	};
	struct site s;

	(void)state;
	open_site(&s, false, true);
	check_rows(&s, rows, FF_COUNT(rows));
	close_site(&s);
}

static void
test_dev_needs_no_key_and_has_one_tenant(void **state)
{
	static const struct row rows[] = {
		{"GET /admin/flags?tenant=default", "", "", 200, "list [] [] default dev 0"},
		{"GET /admin/flags?tenant=acme", "", "", 404, "TENANT_NOT_FOUND"},
		{"GET /admin/flags", "FFS-Tenant: acme\r\n", "", 404, "TENANT_NOT_FOUND"},
		{"POST /v1/evaluate?tenant=acme", JSON, "{}", 403, "FORBIDDEN"},
		{"GET /root", "", "", 403, "FORBIDDEN"},
		{"GET /root", BEARER, "", 403, "FORBIDDEN"},
	};
	struct site s;

	(void)state;
	open_site(&s, true, false);
	check_rows(&s, rows, FF_COUNT(rows));
	close_site(&s);
}

static void
test_401_says_how_to_authenticate(void **state)
{
	struct client_answer a;
	struct site s;

	(void)state;
	open_site(&s, false, true);
	ask(&s, "GET /admin/flags", "", "", &a);
	assert_true(ff_str_eqz(client_field(&a, "WWW-Authenticate"), "Bearer realm=\"ffs\""));
	client_answer_release(&a);
	close_site(&s);
}

static void
test_sdk_timeouts_are_checked(void **state)
{
	static const struct row rows[] = {
		{"POST /v1/evaluate", JSON "FFS-Timeout-Ms: 1\r\n", "{}", 200, "evaluate [] [] default dev 1"},
		{"POST /v1/evaluate", JSON "FFS-Timeout-Ms: 10000\r\n", "{}", 200, "evaluate [] [] default dev 1"},
		{"POST /v1/evaluate", JSON "FFS-Timeout-Ms: 0\r\n", "{}", 400, "MALFORMED_REQUEST"},
		{"POST /v1/evaluate", JSON "FFS-Timeout-Ms: 10001\r\n", "{}", 400, "MALFORMED_REQUEST"},
		{"POST /v1/evaluate", JSON "FFS-Timeout-Ms: -1\r\n", "{}", 400, "MALFORMED_REQUEST"},
		{"POST /v1/evaluate", JSON "FFS-Timeout-Ms:\r\n", "{}", 400, "MALFORMED_REQUEST"},
		{"GET /admin/flags", "FFS-Timeout-Ms: nonsense\r\n", "", 200, "list [] [] default dev 0"},
	};
	struct site s;

	(void)state;
	open_site(&s, true, false);
	check_rows(&s, rows, FF_COUNT(rows));
	close_site(&s);
}

static void
test_sane_request_ids_are_kept_and_others_replaced(void **state)
{
	static const struct {
		const char *sent;
		bool kept;
	} rows[] = {
		{"a", true},
		{"Root=1-67891233:abc/d+e~f._-", true},
		{"", false},
		{"a b", false},
		{"a\"b", false},
		{"a,b", false},
		{"\xc3\xa4", false},
	};
	struct client_answer a;
	char fields[400], id[130];
	struct site s;

	(void)state;
	open_site(&s, true, false);
	for (unsigned i = 0; i < FF_COUNT(rows); i++) {
		snprintf(fields, sizeof fields, "X-Request-Id: %s\r\n", rows[i].sent);
		ask(&s, "GET /nope", fields, "", &a);
		assert_int_equal(ff_str_eqz(client_field(&a, "X-Request-Id"), rows[i].sent), rows[i].kept);
		client_answer_release(&a);
	}
	for (unsigned n = 128; n <= 129; n++) {
		memset(id, 'x', n);
		id[n] = '\0';
		snprintf(fields, sizeof fields, "X-Request-Id: %s\r\n", id);
		ask(&s, "GET /public", fields, "", &a);
		assert_int_equal(ff_str_eqz(client_field(&a, "X-Request-Id"), id), n == 128);
		client_answer_release(&a);
	}
	close_site(&s);
}

static void
test_failures_become_problems(void **state)
{
	struct client_answer a;
	json_t *problem, *errors;
	struct site s;

	(void)state;
	open_site(&s, true, false);
	ask(&s, "GET /conflict", "X-Request-Id: id-1\r\n", "", &a);
	assert_int_equal(a.status, 409);
	assert_true(ff_str_eqz(client_field(&a, "Retry-After"), "3"));
	assert_null(client_field(&a, "ETag").p);
	problem = json_loadb(a.body.p, a.body.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(problem);
	assert_string_equal(json_string_value(json_object_get(problem, "type")), "urn:ffs:problem:VERSION_CONFLICT");
	assert_string_equal(json_string_value(json_object_get(problem, "requestId")), "id-1");
	assert_int_equal(json_integer_value(json_object_get(problem, "currentVersion")), 7);
	errors = json_object_get(problem, "errors");
	assert_int_equal(json_array_size(errors), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(errors, 0), "pointer")), "/a~1b");
	assert_non_null(strstr(json_string_value(json_object_get(json_array_get(errors, 0), "message")), "bad \"quote\""));
	json_decref(problem);
	client_answer_release(&a);
	close_site(&s);
}

/* One worker, two places in the queue: the fourth request is refused at once; the first three get their answers. */
static void
test_full_worker_queue_refuses_at_once(void **state)
{
	struct client waiting[1 + QUEUE_MAX];
	struct client_answer a;
	struct site s;

	(void)state;
	atomic_store(&gate, false);
	atomic_store(&at_gate, 0);
	open_site(&s, true, false);
	for (unsigned i = 0; i < FF_COUNT(waiting); i++) {
		client_open(&waiting[i], s.port, 0);
		assert_true(client_send_z(&waiting[i], "GET /gate HTTP/1.1\r\nHost: x\r\n\r\n"));
		for (unsigned n = 0; n < 10000 && (atomic_load(&at_gate) < 1 || pool_depth(s.pool) < i); n++)
			usleep(1000);
	}
	ask(&s, "GET /gate", "", "", &a);
	assert_int_equal(a.status, 503);
	assert_true(ff_str_eqz(client_field(&a, "Retry-After"), "1"));
	client_answer_release(&a);
	ask(&s, "GET /defer", "", "", &a);
	assert_int_equal(a.status, 503);
	client_answer_release(&a);
	ask(&s, "GET /admin/flags", "", "", &a);
	assert_int_equal(a.status, 200);
	client_answer_release(&a);
	atomic_store(&gate, true);
	for (unsigned i = 0; i < FF_COUNT(waiting); i++) {
		assert_int_equal(client_status(&waiting[i]), 200);
		client_close(&waiting[i]);
	}
	close_site(&s);
}

static void
test_work_for_a_client_that_left_is_not_started(void **state)
{
	struct client first, second;
	struct site s;

	(void)state;
	atomic_store(&gate, false);
	atomic_store(&at_gate, 0);
	open_site(&s, true, false);
	client_open(&first, s.port, 0);
	assert_true(client_send_z(&first, "GET /gate HTTP/1.1\r\nHost: x\r\n\r\n"));
	for (unsigned n = 0; n < 10000 && atomic_load(&at_gate) < 1; n++)
		usleep(1000);
	client_open(&second, s.port, 0);
	assert_true(client_send_z(&second, "GET /gate HTTP/1.1\r\nHost: x\r\n\r\n"));
	for (unsigned n = 0; n < 10000 && pool_depth(s.pool) < 1; n++)
		usleep(1000);
	client_reset(&second);
	for (unsigned n = 0; n < 10000 && http_server_connections(s.server) > 1; n++)
		usleep(1000);
	atomic_store(&gate, true);
	assert_int_equal(client_status(&first), 200);
	client_close(&first);
	close_site(&s);
	assert_int_equal(atomic_load(&at_gate), 1);
}

static void
test_router_lists_every_row(void **state)
{
	const struct route *const *listed;
	struct site s;
	unsigned n;

	(void)state;
	open_site(&s, true, false);
	listed = router_routes(s.router, &n);
	assert_int_equal(n, FF_COUNT(routes));
	for (unsigned i = 0; i < n; i++)
		assert_ptr_equal(listed[i], &routes[i]);
	close_site(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_lead_to_their_routes),
		cmocka_unit_test(test_allow_names_the_methods_of_a_path),
		cmocka_unit_test(test_bodies_are_taken_by_type_and_size),
		cmocka_unit_test(test_keys_say_who_may_do_what),
		cmocka_unit_test(test_dev_needs_no_key_and_has_one_tenant),
		cmocka_unit_test(test_401_says_how_to_authenticate),
		cmocka_unit_test(test_sdk_timeouts_are_checked),
		cmocka_unit_test(test_sane_request_ids_are_kept_and_others_replaced),
		cmocka_unit_test(test_failures_become_problems),
		cmocka_unit_test(test_full_worker_queue_refuses_at_once),
		cmocka_unit_test(test_work_for_a_client_that_left_is_not_started),
		cmocka_unit_test(test_router_lists_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
