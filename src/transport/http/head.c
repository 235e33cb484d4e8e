/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/head.h"

#include <http_parser.h>

/* What the parser calls back with. Each piece comes whole, because the head does. */
struct parse {
	struct head *head;
	struct http_request *request;
	bool complete;
};

static int
on_url(http_parser *p, const char *at, size_t n)
{
	struct parse *s = p->data;

	s->request->target = ff_str_of(at, n);
	return 0;
}

static int
on_header_field(http_parser *p, const char *at, size_t n)
{
	struct parse *s = p->data;

	if (s->request->n_fields == HTTP_FIELDS_MAX)
		return 1;
	s->head->fields[s->request->n_fields].name = ff_str_of(at, n);
	return 0;
}

static int
on_header_value(http_parser *p, const char *at, size_t n)
{
	struct parse *s = p->data;

	s->head->fields[s->request->n_fields++].value = ff_str_trim(ff_str_of(at, n));
	return 0;
}

static int
on_headers_complete(http_parser *p)
{
	struct parse *s = p->data;

	s->complete = true;
	return 0;
}

static const http_parser_settings settings = {
	.on_url = on_url,
	.on_header_field = on_header_field,
	.on_header_value = on_header_value,
	.on_headers_complete = on_headers_complete,
};

static enum request_method
method_of(unsigned parsed)
{
	switch (parsed) {
	case HTTP_GET:
		return METHOD_GET;
	case HTTP_HEAD:
		return METHOD_HEAD;
	case HTTP_POST:
		return METHOD_POST;
	case HTTP_PUT:
		return METHOD_PUT;
	case HTTP_PATCH:
		return METHOD_PATCH;
	case HTTP_DELETE:
		return METHOD_DELETE;
	case HTTP_OPTIONS:
		return METHOD_OPTIONS;
	default:
		return METHOD_OTHER;
	}
}

struct verdict {
	unsigned status; /* 0: fine */
	const char *detail;
};

#define VERDICT(status, detail) ((struct verdict){(status), (detail)})
#define FINE VERDICT(0, NULL)

static struct verdict
parser_verdict(const http_parser *p)
{
	switch (HTTP_PARSER_ERRNO(p)) {
	case HPE_INVALID_METHOD:
		return VERDICT(501, "the request's method is not known");
	case HPE_INVALID_URL:
	case HPE_INVALID_HOST:
	case HPE_INVALID_PATH:
		return VERDICT(400, "the request target is malformed");
	case HPE_INVALID_VERSION:
		return VERDICT(400, "the request line is malformed");
	case HPE_INVALID_HEADER_TOKEN:
	case HPE_LF_EXPECTED:
		return VERDICT(400, "a header field is malformed");
	case HPE_INVALID_CONTENT_LENGTH:
	case HPE_UNEXPECTED_CONTENT_LENGTH:
		return VERDICT(400, "Content-Length is malformed, given twice or next to Transfer-Encoding");
	case HPE_INVALID_TRANSFER_ENCODING:
		return VERDICT(400, "Transfer-Encoding is not chunked");
	default:
		return VERDICT(400, "the request is malformed");
	}
}

static struct verdict
check_version(const http_parser *p, struct head *h)
{
	if (p->http_major != 1 || p->http_minor > 1)
		return VERDICT(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
	h->minor_zero = p->http_minor == 0;
	return FINE;
}

/* Not visible ASCII. */
static bool
is_outside(char c)
{
	return (unsigned char)c <= ' ' || (unsigned char)c >= 0x7f;
}

/*
 * Origin form, absolute form (its authority is not looked at: there are no virtual hosts), or "*" with OPTIONS. The
 * parser lets tabs, bytes past ASCII and fragments through.
 */
static struct verdict
split_target(struct http_request *r)
{
	static const ff_str schemes[] = {{"http://", 7}, {"https://", 8}};
	ff_str path = r->target;

	if (path.n > HTTP_TARGET_MAX)
		return VERDICT(414, "the request target is longer than 8192 bytes");
	for (size_t i = 0; i < path.n; i++)
		if (is_outside(path.p[i]) || path.p[i] == '#')
			return VERDICT(400, "the request target holds a character that must be percent-encoded");
	for (unsigned i = 0; i < FF_COUNT(schemes); i++)
		if (path.n >= schemes[i].n && ff_str_caseeq(ff_str_of(path.p, schemes[i].n), schemes[i])) {
			size_t at = schemes[i].n;

			while (at < path.n && path.p[at] != '/' && path.p[at] != '?')
				at++;
			path = ff_str_from(path, at);
		}
	ff_str_cut(path, '?', &path, &r->query);
	if (!path.n && r->target.n && r->target.p[0] != '?')
		path = FF_STR("/");
	if (!(path.n && path.p[0] == '/') && !(r->method == METHOD_OPTIONS && ff_str_eq(path, FF_STR("*"))))
		return VERDICT(400, "the request target is not a path");
	r->path = path;
	return FINE;
}

/* An authority without userinfo (RFC 3986, 3.2), roughly: nothing that another parser could take for its end. */
static bool
host_sane(ff_str host)
{
	for (size_t i = 0; i < host.n; i++) {
		if (is_outside(host.p[i]))
			return false;
		switch (host.p[i]) {
		case '/':
		case '\\':
		case '?':
		case '#':
		case '@':
		case ',':
		case '<':
		case '>':
		case '"':
			return false;
		}
	}
	return true;
}

/* The fields that decide where a message ends and to whom it goes: each at most once. */
static struct verdict
check_fields(struct head *h, const struct http_request *r)
{
	ff_str host = {0}, length = {0}, encoding = {0}, expect = {0};
	const struct {
		ff_str name;
		ff_str *value;
	} singles[] = {
		{FF_STR("Host"), &host},
		{FF_STR("Content-Length"), &length},
		{FF_STR("Transfer-Encoding"), &encoding},
		{FF_STR("Expect"), &expect},
	};

	for (unsigned i = 0; i < r->n_fields; i++)
		for (unsigned s = 0; s < FF_COUNT(singles); s++) {
			if (!http_name_is(r->fields[i].name, singles[s].name))
				continue;
			if (singles[s].value->p)
				return VERDICT(400, "Host, Content-Length, Transfer-Encoding or Expect is given twice");
			*singles[s].value = ff_str_of(r->fields[i].value.p ? r->fields[i].value.p : "", r->fields[i].value.n);
		}
	if (!host.p && !h->minor_zero)
		return VERDICT(400, "there is no Host");
	if (!host_sane(host))
		return VERDICT(400, "Host is malformed");
	if (length.p && encoding.p)
		return VERDICT(400, "Content-Length is given next to Transfer-Encoding");
	if (length.p && !ff_str_u64(length, &h->content_length))
		return VERDICT(400, "Content-Length is not a number");
	if (encoding.p && (h->minor_zero || !ff_str_caseeq(encoding, FF_STR("chunked"))))
		return VERDICT(400, "Transfer-Encoding is not chunked, or comes with HTTP/1.0");
	h->chunked = encoding.p != NULL;
	if (expect.p && !ff_str_caseeq(expect, FF_STR("100-continue")))
		return VERDICT(417, "only Expect: 100-continue is understood");
	h->expects_continue = expect.p && !h->minor_zero;
	return FINE;
}

/* What the parser lets through: a space in a name (when it is not built strict), a control at the start of a value. */
static struct verdict
check_text(const struct http_request *r)
{
	for (unsigned i = 0; i < r->n_fields; i++) {
		ff_str name = r->fields[i].name, value = r->fields[i].value;

		if (!name.n || memchr(name.p, ' ', name.n))
			return VERDICT(400, "the name of a header field is malformed");
		if (value.n && ((unsigned char)value.p[0] < ' ' || value.p[0] == 0x7f))
			return VERDICT(400, "the value of a header field holds a control character");
	}
	return FINE;
}

static struct verdict
parse(struct head *h, ff_str bytes, struct http_request *r)
{
	struct parse s = {.head = h, .request = r};
	http_parser parser;
	struct verdict v;

	r->n_fields = 0;
	r->query = r->body = (ff_str){0};
	http_parser_init(&parser, HTTP_REQUEST);
	parser.data = &s;
	r->fields = h->fields; /* also where the parser stops: those up to there are looked at by who refuses it */
	http_parser_execute(&parser, &settings, bytes.p, bytes.n);
	if (HTTP_PARSER_ERRNO(&parser) != HPE_OK || !s.complete)
		return parser_verdict(&parser);
	r->method = method_of(parser.method);
	h->keep_alive = http_should_keep_alive(&parser);
	v = check_version(&parser, h);
	if (!v.status)
		v = split_target(r);
	if (!v.status)
		v = check_text(r);
	if (!v.status)
		v = check_fields(h, r);
	r->has_body = h->chunked || h->content_length > 0;
	return v;
}

unsigned
head_parse(struct head *h, ff_str bytes, struct http_request *request, const char **ret_detail)
{
	struct verdict v = parse(h, bytes, request);

	*ret_detail = v.detail;
	return v.status;
}
