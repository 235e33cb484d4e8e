/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/response.h"

#include <stdio.h>
#include <time.h>

static const struct {
	unsigned status;
	ff_str line;
} status_lines[] = {
#define LINE(status, reason)                                                                        \
	{                                                                                               \
		status,                                                                                     \
		{                                                                                           \
			"HTTP/1.1 " #status " " reason "\r\n", sizeof "HTTP/1.1 " #status " " reason "\r\n" - 1 \
		}                                                                                           \
	}
	LINE(200, "OK"),
	LINE(201, "Created"),
	LINE(204, "No Content"),
	LINE(304, "Not Modified"),
	LINE(400, "Bad Request"),
	LINE(401, "Unauthorized"),
	LINE(403, "Forbidden"),
	LINE(404, "Not Found"),
	LINE(405, "Method Not Allowed"),
	LINE(408, "Request Timeout"),
	LINE(409, "Conflict"),
	LINE(412, "Precondition Failed"),
	LINE(413, "Content Too Large"),
	LINE(414, "URI Too Long"),
	LINE(415, "Unsupported Media Type"),
	LINE(417, "Expectation Failed"),
	LINE(422, "Unprocessable Content"),
	LINE(428, "Precondition Required"),
	LINE(429, "Too Many Requests"),
	LINE(431, "Request Header Fields Too Large"),
	LINE(499, "Client Closed Request"),
	LINE(500, "Internal Server Error"),
	LINE(501, "Not Implemented"),
	LINE(503, "Service Unavailable"),
	LINE(504, "Gateway Timeout"),
	LINE(505, "HTTP Version Not Supported"),
#undef LINE
};

static void
put_status_line(struct ff_buf *out, unsigned status)
{
	for (unsigned i = 0; i < FF_COUNT(status_lines); i++)
		if (status_lines[i].status == status) {
			ff_buf_str_put(out, status_lines[i].line);
			return;
		}
	ff_assert(status >= 200 && status <= 599);
	ff_buf_printf(out, "HTTP/1.1 %u \r\n", status);
}

void
response_date(int64_t unix_s, char ret[static RESPONSE_DATE_BYTES])
{
	static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[12][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	char text[64];
	struct tm tm;
	time_t t = (time_t)unix_s;
	int n;

	ff_assert(gmtime_r(&t, &tm));
	n = snprintf(text, sizeof text, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", days[tm.tm_wday], tm.tm_mday,
		months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	ff_assert(n == RESPONSE_DATE_BYTES);
	memcpy(ret, text, RESPONSE_DATE_BYTES);
}

static void
put_connection(struct ff_buf *out, enum response_connection connection)
{
	switch (connection) {
	case CONNECTION_KEEP:
		return;
	case CONNECTION_KEEP_SAYING:
		ff_buf_lit(out, "Connection: keep-alive\r\n");
		return;
	case CONNECTION_CLOSE:
		ff_buf_lit(out, "Connection: close\r\n");
		return;
	}
}

void
response_render(
	struct http_exchange *x, ff_str date, enum response_connection connection, struct ff_buf *out, ff_str *ret_body)
{
	struct http_response *r = &x->response;
	bool has_length;

	if (r->fields.overflow || r->body.overflow) {
		r->status = 500;
		ff_buf_reset(&r->fields);
		ff_buf_reset(&r->body);
	}
	has_length = r->status != 204 && r->status != 304;
	ff_buf_reset(out);
	put_status_line(out, r->status);
	ff_buf_str_put(out, date);
	put_connection(out, connection);
	if (has_length) {
		ff_buf_lit(out, "Content-Length: ");
		ff_buf_u64(out, r->body.n);
		ff_buf_lit(out, "\r\n");
	}
	ff_buf_str_put(out, ff_buf_str(&r->fields));
	ff_buf_lit(out, "\r\n");
	*ret_body = (ff_str){0};
	if (!has_length || x->request.method == METHOD_HEAD)
		return;
	if (r->body.n <= RESPONSE_JOINED_MAX)
		ff_buf_str_put(out, ff_buf_str(&r->body));
	else
		*ret_body = ff_buf_str(&r->body);
}
