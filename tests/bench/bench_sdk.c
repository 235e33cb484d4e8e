/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_sdk.c - the whole SDK handler without a socket: bytes of a body in, bytes of an answer out. 100 flags, each
 * with three rules of two conditions and a split as its default.
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/bench.h"
#include "support/sdk.h"
#include "sys/clock.h"

enum { FLAGS = 100, DOCUMENT_MAX = 1 << 20, OPERATIONS = 100000 };

#define ATTRIBUTES                                                                                         \
	"\"attributes\":{\"country\":\"DE\",\"plan\":\"pro\",\"age\":31,\"beta\":false,\"version\":\"2.4.1\"," \
	"\"email\":\"someone@example.com\"}"

static json_t *
flags(void)
{
	struct ff_buf text;
	json_t *doc;

	ff_buf_init(&text, DOCUMENT_MAX);
	ff_buf_lit(&text, "{\"flags\":[");
	for (unsigned i = 0; i < FLAGS; i++) {
		ff_buf_printf(
			&text, "%s{\"key\":\"flag-%u\",\"type\":\"boolean\",\"environments\":{\"production\":{", i ? "," : "", i);
		ff_buf_lit(&text, "\"enabled\":true,\"default\":{\"rollout\":25},\"rules\":[");
		for (unsigned rule = 0; rule < 3; rule++)
			ff_buf_printf(&text,
				"%s{\"id\":\"rule-%u\",\"when\":{\"all\":[{\"attribute\":\"country\",\"op\":\"in\",\"values\":[\"DE\","
				"\"AT\"]},"
				"{\"attribute\":\"age\",\"op\":\"gt\",\"value\":%u}]},\"serve\":{\"variation\":\"on\"}}",
				rule ? "," : "", rule, 70 - rule * 10 - i % 40);
		ff_buf_lit(&text, "]}}}");
	}
	ff_buf_lit(&text, "]}");
	doc = json_loadb(text.p, text.n, 0, NULL);
	ff_buf_release(&text);
	return doc;
}

struct subject {
	struct sdk sdk;
	struct ff_call call;
};

/* What the server does between two requests, and the handler. */
static void
evaluate_body(void *arg)
{
	struct subject *s = arg;
	struct http_exchange *x = &s->sdk.x;
	struct ff_err err;

	ff_arena_reset(x->arena);
	ff_buf_reset(&x->response.fields);
	ff_buf_reset(&x->response.body);
	if (sdk_evaluate(s->sdk.service, x, &s->call, &err) != FF_OK) {
		fprintf(stderr, "bench_sdk: %s\n", err.detail);
		exit(1);
	}
}

int
main(void)
{
	static const struct {
		const char *name, *body;
	} bodies[] = {
		{"sdk: body to answer, 3 of 100 flags",
			"{\"userID\":\"user-4711\"," ATTRIBUTES ",\"flagKeys\":[\"flag-7\",\"flag-42\",\"flag-93\"]}"},
		{"sdk: body to answer, all of 100 flags", "{\"userID\":\"user-4711\"," ATTRIBUTES "}"},
		{"sdk: body to answer, no flag", "{\"userID\":\"user-4711\"," ATTRIBUTES ",\"flagKeys\":[]}"},
	};
	json_t *doc = flags();
	struct subject s;

	sdk_open(&s.sdk, doc);
	s.call = (struct ff_call){.deadline_ms = UINT64_MAX, .tenant = FF_STR("default"), .actor = FF_STR("dev")};
	for (size_t i = 0; i < FF_COUNT(bodies); i++) {
		s.sdk.x.request.body = ff_str_z(bodies[i].body);
		bench(bodies[i].name, OPERATIONS, evaluate_body, &s);
	}
	sdk_close(&s.sdk);
	json_decref(doc);
	return 0;
}
