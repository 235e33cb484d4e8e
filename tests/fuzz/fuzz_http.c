/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_http.c - bytes of a connection become the same requests, or the same refusal, however they are cut; what a
 * request holds has been checked; any path finds a route or none; and a problem that quotes it is JSON.
 *
 * The first two bytes of the input seed the cuts.
 */
#include <jansson.h>

#include "transport/http/problem.h"
#include "transport/http/reader.h"
#include "transport/http/response.h"
#include "transport/http/route_tree.h"

#include "fuzz.h"

enum { BODY_MAX = 1000, LOG_MAX = 1 << 20, REQUESTS_MAX = 10000 };

static const struct route routes[] = {
	{METHOD_GET, "/v1/flags/{key}", ACCESS_SDK, RUN_INLINE, 0, 0, NULL},
	{METHOD_POST, "/v1/evaluate", ACCESS_SDK, RUN_INLINE, 0, 0, NULL},
	{METHOD_PUT, "/admin/flags/{key}/environments/{env}", ACCESS_ADMIN, RUN_INLINE, 0, 0, NULL},
};

static struct route_tree *tree;

static void
check_line(ff_str s)
{
	for (size_t i = 0; i < s.n; i++)
		ff_assert((unsigned char)s.p[i] >= ' ' || s.p[i] == '\t');
}

static void
check_request(const struct http_request *r)
{
	ff_assert(r->path.n && (r->path.p[0] == '/' || (r->method == METHOD_OPTIONS && ff_str_eqz(r->path, "*"))));
	ff_assert(r->target.n <= HTTP_TARGET_MAX && r->n_fields <= HTTP_FIELDS_MAX);
	check_line(r->target);
	for (unsigned i = 0; i < r->n_fields; i++) {
		ff_assert(r->fields[i].name.n);
		check_line(r->fields[i].name);
		check_line(r->fields[i].value);
	}
}

/* The way of an answer: route, problem, bytes. */
static void
check_answer(const struct http_request *r)
{
	struct ff_arena arena = FF_ARENA_INIT;
	struct http_exchange x = {.request = *r, .arena = &arena, .request_id = FF_STR("id")};
	struct route_match match;
	struct ff_buf out;
	json_t *problem;
	ff_str body;
	struct ff_err err;

	ff_buf_init(&x.response.fields, RESPONSE_FIELDS_MAX);
	ff_buf_init(&x.response.body, RESPONSE_BODY_MAX);
	ff_buf_init(&out, LOG_MAX);
	if (route_tree_match(tree, r->method, r->path, &arena, &match, &err) == FF_OK)
		ff_fail(&err, match.entry ? FF_ECONFLICT : FF_ENOTFOUND, "there is nothing at %.*s", FF_FMT(r->path));
	problem_write(&x, &err);
	problem = json_loadb(x.response.body.p, x.response.body.n, JSON_REJECT_DUPLICATES, NULL);
	ff_assert(problem);
	json_decref(problem);
	response_render(&x, FF_STR("Date: x\r\n"), CONNECTION_KEEP, &out, &body);
	ff_assert(!out.overflow && ff_str_starts(ff_buf_str(&out), FF_STR("HTTP/1.1 4")));
	ff_buf_release(&out);
	ff_buf_release(&x.response.fields);
	ff_buf_release(&x.response.body);
	ff_arena_release(&arena);
}

/* What has come out, as text. */
static void
log_request(const struct http_request *r, struct ff_buf *log)
{
	ff_buf_printf(log, "%d %.*s ?%.*s", (int)r->method, FF_FMT(r->path), FF_FMT(r->query));
	for (unsigned i = 0; i < r->n_fields; i++)
		ff_buf_printf(log, "|%.*s:%.*s", FF_FMT(r->fields[i].name), FF_FMT(r->fields[i].value));
	ff_buf_str_put(log, r->body);
	ff_buf_char(log, '\n');
}

/* Gives the reader at most `n` of the stream. */
static void
feed(struct reader *r, ff_str *stream, size_t n)
{
	size_t room;
	char *at = reader_room(r, &room);

	ff_assert(room > 0);
	n = n < room ? n : room;
	n = n < stream->n ? n : stream->n;
	memcpy(at, stream->p, n);
	reader_filled(r, n);
	*stream = ff_str_from(*stream, n);
}

/* `cuts` seeds the sizes of the pieces; NULL: all at once. */
static void
read_all(ff_str stream, const uint32_t *cuts, bool check, struct ff_buf *log)
{
	uint32_t random = cuts ? *cuts : 0;
	struct http_request request = {0};
	struct reader r;
	bool more = true;

	reader_init(&r);
	for (unsigned n = 0; more && n < REQUESTS_MAX;) {
		switch (reader_advance(&r, &request)) {
		case READER_DECIDE:
			reader_body(&r, BODY_MAX);
			break;
		case READER_COMPLETE:
			n++;
			ff_assert(request.body.n <= BODY_MAX);
			if (check) {
				check_request(&request);
				check_answer(&request);
			}
			log_request(&request, log);
			reader_next(&r);
			break;
		case READER_REFUSED:
			ff_assert(r.refused_status >= 400 && r.refused_detail);
			ff_buf_printf(log, "refused %u\n", r.refused_status);
			more = false;
			break;
		case READER_HEAD:
		case READER_BODY:
		case READER_COPY:
		case READER_CHUNKS:
			more = stream.n > 0;
			random = random * 1664525u + 1013904223u;
			if (more)
				feed(&r, &stream, cuts ? 1 + (random >> 16) % 97 : stream.n);
			break;
		}
	}
	reader_release(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ff_buf whole, cut;
	uint32_t cuts;
	ff_str stream;

	if (size < 2)
		return 0;
	cuts = (uint32_t)data[0] << 8 | data[1];
	if (!tree) {
		tree = route_tree_new();
		for (unsigned i = 0; i < FF_COUNT(routes); i++)
			route_tree_add(tree, &routes[i], NULL);
	}
	stream = ff_str_of((const char *)data + 2, size - 2);
	ff_buf_init(&whole, LOG_MAX);
	ff_buf_init(&cut, LOG_MAX);
	read_all(stream, NULL, true, &whole);
	read_all(stream, &cuts, false, &cut);
	ff_assert(ff_str_eq(ff_buf_str(&whole), ff_buf_str(&cut)));
	ff_buf_release(&whole);
	ff_buf_release(&cut);
	return 0;
}
