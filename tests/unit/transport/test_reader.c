/* SPDX-License-Identifier: Apache-2.0 */
/* The reader without a socket: every way of cutting a stream in two gives the same requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "transport/http/reader.h"

enum { BODY_MAX = 100, STEPS_MAX = 100000 };

/* What came out of a stream: each request's method, path and body in brackets, then a refusal's status. */
static void
read_all(ff_str stream, size_t cut, struct ff_buf *log)
{
	struct reader r;
	struct http_request request = {0};
	unsigned steps = 0;

	reader_init(&r);
	for (bool more = true; more;) {
		assert_true(steps++ < STEPS_MAX);
		switch (reader_advance(&r, &request)) {
		case READER_DECIDE:
			reader_body(&r, BODY_MAX);
			continue;
		case READER_COMPLETE:
			ff_buf_printf(
				log, "[%s %.*s %.*s]", request_method_name(request.method), FF_FMT(request.path), FF_FMT(request.body));
			reader_next(&r);
			continue;
		case READER_REFUSED:
			ff_buf_printf(log, "%u", r.refused_status);
			more = false;
			continue;
		case READER_HEAD:
		case READER_BODY:
		case READER_COPY:
		case READER_CHUNKS:
			break;
		}
		if (stream.n) {
			size_t room, n = cut ? cut : stream.n;
			char *at = reader_room(&r, &room);

			n = n < room ? n : room;
			n = n < stream.n ? n : stream.n;
			assert_true(n > 0);
			memcpy(at, stream.p, n);
			reader_filled(&r, n);
			stream = ff_str_from(stream, n);
			cut = cut > n ? cut - n : 0;
			continue;
		}
		more = false;
	}
	reader_release(&r);
}

static const struct {
	const char *stream, *log;
} rows[] = {
	{"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "[GET /a ]"},
	{"\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n", "[GET /a ][GET /b ]"},
	{"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.0\r\n\r\n", "[POST /a abc][GET /b ]"},
	{"PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n2;x\r\nab\r\n0A\r\n0123456789\r\n000\r\nT: "
	 "v\r\n\r\n"
	 "GET /b HTTP/1.1\r\nHost: x\r\n\r\n",
		"[PUT /a ab0123456789][GET /b ]"},
	{"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n", "413"},
	{"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n", "413"},
	{"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n60\r\n", "413"},
	{"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n folded: x\r\n\r\n", "400"},
	{"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nno colon\r\n\r\n", "400"},
	{"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n", "400"},
	{"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "400"},
	{"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", "400"},
	{"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;a\nb\r\n", "400"},
	{"GET /a HTTP/1.1\r\nHost: x\r\n\r\n\x16\x03\x01", "[GET /a ]400"},
	{"\rGET /a HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
	{"GET /a HTTP/1.1\r\nHost: x\n\r\n", "400"},
	{"GET /a HTTP/1.1\r\nHost: x\r\n\n", "400"},
	{"GET /a HTTP/1.1\r\n Host: x\r\n\r\n", "400"},
	{"GET /a HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n", "400"},
	{"GET /a HTTP/1.1\r\nHost: x\r\nA:\x17\x33\r\n\r\n", "400"},
	{"GET /a HTTP/1.1\r\nHost: x\r\nA: \x7f\r\n\r\n", "400"},
	{"GET /a HTTP/1.1\r\nHost: x\r\nA: b\x01\r\n\r\n", "400"},
	{"GET /a HTTP/1.1\r\nHost: x/y\r\n\r\n", "400"},
	{"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\n", "400"},
	{"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "400"},
	{"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551616\r\n\r\n", "400"},
	{"GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n\r\n", "400"},
	{"\r\n\r\n\r\n\r\n\r\n\r\n", "400"},
};

static void
test_requests_do_not_depend_on_how_bytes_are_cut(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FF_COUNT(rows); i++) {
		ff_str stream = ff_str_z(rows[i].stream);

		for (size_t cut = 0; cut <= stream.n; cut++) {
			struct ff_buf log;

			ff_buf_init(&log, 10000);
			read_all(stream, cut, &log);
			if (!ff_str_eqz(ff_buf_str(&log), rows[i].log))
				fail_msg("row %u cut at %zu: %.*s", i, cut, FF_FMT(ff_buf_str(&log)));
			ff_buf_release(&log);
		}
	}
}

static void
test_fields_keep_their_values_without_blanks(void **state)
{
	static const char head[] = "GET /p?q=1&r HTTP/1.1\r\nHost:x\r\nEmpty:\r\nBlank: \t \r\nPadded: \t a b \t\r\n\r\n";
	struct http_request request = {0};
	struct reader r;
	size_t room;

	(void)state;
	reader_init(&r);
	memcpy(reader_room(&r, &room), head, sizeof head - 1);
	reader_filled(&r, sizeof head - 1);
	assert_int_equal(reader_advance(&r, &request), READER_DECIDE);
	assert_true(ff_str_eqz(request.path, "/p"));
	assert_true(ff_str_eqz(request.query, "q=1&r"));
	assert_int_equal(request.n_fields, 4);
	assert_true(ff_str_eqz(http_request_field(&request, FF_STR("host")), "x"));
	assert_true(ff_str_eqz(http_request_field(&request, FF_STR("EMPTY")), ""));
	assert_true(ff_str_eqz(http_request_field(&request, FF_STR("Blank")), ""));
	assert_true(ff_str_eqz(http_request_field(&request, FF_STR("Padded")), "a b"));
	assert_null(http_request_field(&request, FF_STR("Absent")).p);
	assert_false(request.has_body);
	reader_release(&r);
}

static void
test_buffer_stops_growing_for_a_pipeline(void **state)
{
	static const char one[] = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
	struct http_request request = {0};
	struct reader r;
	size_t room;

	(void)state;
	reader_init(&r);
	for (char *at; (at = reader_room(&r, &room)), room > 0;) {
		size_t n = room < sizeof one - 1 ? room : sizeof one - 1;

		memcpy(at, one, n);
		reader_filled(&r, n);
		assert_true(r.n <= HTTP_HEADER_MAX);
	}
	assert_int_equal(reader_advance(&r, &request), READER_DECIDE);
	reader_release(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_do_not_depend_on_how_bytes_are_cut),
		cmocka_unit_test(test_fields_keep_their_values_without_blanks),
		cmocka_unit_test(test_buffer_stops_growing_for_a_pipeline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
