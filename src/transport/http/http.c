/* SPDX-License-Identifier: Apache-2.0 */
/* http.c - what handlers do with an exchange. http_finish is the server's (loop.c). */
#include "transport/http/http.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const method_names[REQUEST_METHODS] = {
	[METHOD_GET] = "GET",
	[METHOD_HEAD] = "HEAD",
	[METHOD_POST] = "POST",
	[METHOD_PUT] = "PUT",
	[METHOD_PATCH] = "PATCH",
	[METHOD_DELETE] = "DELETE",
	[METHOD_OPTIONS] = "OPTIONS",
	[METHOD_OTHER] = "OTHER",
};

const char *
request_method_name(enum request_method m)
{
	ff_assert((unsigned)m < REQUEST_METHODS);
	return method_names[m];
}

ff_str
http_request_field(const struct http_request *r, ff_str name)
{
	for (unsigned i = 0; i < r->n_fields; i++)
		if (http_name_is(r->fields[i].name, name))
			return r->fields[i].value;
	return (ff_str){NULL, 0};
}

/* A line break in a value would let it write fields and bodies of its own. */
static void
check_value(ff_str value)
{
	ff_assert(!value.n || (!memchr(value.p, '\r', value.n) && !memchr(value.p, '\n', value.n)));
}

void
http_field(struct http_exchange *x, ff_str name, ff_str value)
{
	struct ff_buf *b = &x->response.fields;

	check_value(value);
	ff_buf_str_put(b, name);
	ff_buf_lit(b, ": ");
	ff_buf_str_put(b, value);
	ff_buf_lit(b, "\r\n");
}

void
http_fieldf(struct http_exchange *x, ff_str name, const char *fmt, ...)
{
	char value[512];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(value, sizeof value, fmt, args);
	va_end(args);
	ff_assert(n >= 0 && (size_t)n < sizeof value);
	http_field(x, name, ff_str_of(value, (size_t)n));
}
