/* SPDX-License-Identifier: Apache-2.0 */
/* The handlers of /healthz, /readyz and /version, called as the router calls them; and how any answer is rendered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "transport/http/ops/ops.h"
#include "transport/http/response.h"

static bool store_up, cache_up;

static bool
store(void *arg, struct ff_buf *members)
{
	(void)arg;
	ff_buf_lit(members, ",\"adapter\":\"sqlite\"");
	return store_up;
}

static bool
cache(void *arg, struct ff_buf *members)
{
	(void)members;
	return *(const bool *)arg;
}

static struct ops *
open_ops(void)
{
	const struct ops_probe probes[] = {{"store", true, store, NULL}, {"cache", false, cache, &cache_up}};

	return ops_new(&(struct ops_config){.probes = probes,
		.n_probes = FF_COUNT(probes),
		.version = "1.2.3",
		.revision = "abc",
		.compiler = "cc \"1\"",
		.schema_version = 4});
}

static void
check(struct ops *o, const char *path, unsigned status, const char *body)
{
	struct http_exchange x = {.response.status = 200};

	ff_buf_init(&x.response.fields, 1000);
	ff_buf_init(&x.response.body, 10000);
	for (unsigned i = 0; i < ops_routes_n; i++)
		if (strcmp(ops_routes[i].pattern, path) == 0)
			assert_int_equal(ops_routes[i].handle(o, &x, NULL, NULL), FF_OK);
	assert_int_equal(x.response.status, status);
	if (!ff_str_eqz(ff_buf_str(&x.response.body), body))
		fail_msg("%s: %.*s", path, FF_FMT(ff_buf_str(&x.response.body)));
	ff_buf_release(&x.response.fields);
	ff_buf_release(&x.response.body);
}

static void
test_readiness_needs_what_is_required_and_tells_the_rest(void **state)
{
	struct ops *o = open_ops();

	(void)state;
	store_up = cache_up = true;
	check(o, "/readyz", 200,
		"{\"status\":\"ready\",\"dependencies\":["
		"{\"name\":\"store\",\"status\":\"up\",\"required\":true,\"adapter\":\"sqlite\"},"
		"{\"name\":\"cache\",\"status\":\"up\",\"required\":false}]}");
	cache_up = false;
	check(o, "/readyz", 200,
		"{\"status\":\"ready\",\"dependencies\":["
		"{\"name\":\"store\",\"status\":\"up\",\"required\":true,\"adapter\":\"sqlite\"},"
		"{\"name\":\"cache\",\"status\":\"down\",\"required\":false}]}");
	store_up = false;
	check(o, "/readyz", 503,
		"{\"status\":\"unready\",\"dependencies\":["
		"{\"name\":\"store\",\"status\":\"down\",\"required\":true,\"adapter\":\"sqlite\"},"
		"{\"name\":\"cache\",\"status\":\"down\",\"required\":false}]}");
	ops_free(o);
}

static void
test_draining_is_not_ready_but_alive(void **state)
{
	struct ops *o = open_ops();

	(void)state;
	store_up = cache_up = true;
	ops_set_draining(o);
	check(o, "/readyz", 503,
		"{\"status\":\"draining\",\"dependencies\":["
		"{\"name\":\"store\",\"status\":\"up\",\"required\":true,\"adapter\":\"sqlite\"},"
		"{\"name\":\"cache\",\"status\":\"up\",\"required\":false}]}");
	check(o, "/healthz", 200, "{\"status\":\"ok\"}");
	check(o, "/version", 200,
		"{\"version\":\"1.2.3\",\"revision\":\"abc\",\"compiler\":\"cc \\\"1\\\"\",\"schemaVersion\":4}");
	ops_free(o);
}

static void
test_date_is_in_the_form_of_rfc_9110(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} rows[] = {
		{0, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"},
		{784111777, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"},
		{1709251199, "Date: Thu, 29 Feb 2024 23:59:59 GMT\r\n"},
		{4102444800, "Date: Fri, 01 Jan 2100 00:00:00 GMT\r\n"},
	};

	(void)state;
	for (unsigned i = 0; i < FF_COUNT(rows); i++) {
		char text[RESPONSE_DATE_BYTES];

		response_date(rows[i].s, text);
		assert_memory_equal(text, rows[i].text, sizeof text);
	}
}

static void
test_answer_as_bytes(void **state)
{
	static const struct {
		unsigned status;
		enum request_method method;
		enum response_connection connection;
		const char *fields, *body;
		bool overflow;
		const char *out;
	} rows[] = {
		{200, METHOD_GET, CONNECTION_KEEP, "A: b\r\n", "xyz", false,
			"HTTP/1.1 200 OK\r\nDate: d\r\nContent-Length: 3\r\nA: b\r\n\r\nxyz"},
		{201, METHOD_POST, CONNECTION_CLOSE, "", "", false,
			"HTTP/1.1 201 Created\r\nDate: d\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
		{200, METHOD_HEAD, CONNECTION_KEEP_SAYING, "", "xyz", false,
			"HTTP/1.1 200 OK\r\nDate: d\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\n"},
		{204, METHOD_DELETE, CONNECTION_KEEP, "", "", false, "HTTP/1.1 204 No Content\r\nDate: d\r\n\r\n"},
		{304, METHOD_GET, CONNECTION_KEEP, "ETag: \"1\"\r\n", "", false,
			"HTTP/1.1 304 Not Modified\r\nDate: d\r\nETag: \"1\"\r\n\r\n"},
		{599, METHOD_GET, CONNECTION_KEEP, "", "", false, "HTTP/1.1 599 \r\nDate: d\r\nContent-Length: 0\r\n\r\n"},
		{200, METHOD_GET, CONNECTION_KEEP, "Half: a fi", "half a bo", true,
			"HTTP/1.1 500 Internal Server Error\r\nDate: d\r\nContent-Length: 0\r\n\r\n"},
	};

	(void)state;
	for (unsigned i = 0; i < FF_COUNT(rows); i++) {
		struct http_exchange x = {.request.method = rows[i].method, .response.status = rows[i].status};
		struct ff_buf out;
		ff_str body;

		ff_buf_init(&x.response.fields, 1000);
		ff_buf_init(&x.response.body, 1000);
		ff_buf_init(&out, 10000);
		ff_buf_str_put(&x.response.fields, ff_str_z(rows[i].fields));
		ff_buf_str_put(&x.response.body, ff_str_z(rows[i].body));
		x.response.body.overflow = rows[i].overflow;
		response_render(&x, FF_STR("Date: d\r\n"), rows[i].connection, &out, &body);
		if (!ff_str_eqz(ff_buf_str(&out), rows[i].out))
			fail_msg("row %u: %.*s", i, FF_FMT(ff_buf_str(&out)));
		assert_int_equal(body.n, 0);
		ff_buf_release(&out);
		ff_buf_release(&x.response.fields);
		ff_buf_release(&x.response.body);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_readiness_needs_what_is_required_and_tells_the_rest),
		cmocka_unit_test(test_draining_is_not_ready_but_alive),
		cmocka_unit_test(test_date_is_in_the_form_of_rfc_9110),
		cmocka_unit_test(test_answer_as_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
