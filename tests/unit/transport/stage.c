/* SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

#include <stdlib.h>
#include <unistd.h>

enum { AWAIT_STEP_US = 1000, AWAIT_STEPS = 20000 };

static int64_t
begin(void *app, struct http_exchange *x)
{
	(void)app;
	if (!ff_str_eq(x->request.path, FF_STR("/refuse")))
		return STAGE_BODY_MAX;
	x->response.status = 404;
	ff_buf_lit(&x->response.body, "not here");
	return -1;
}

static void
hold(struct stage *s, struct http_exchange *x)
{
	unsigned at = atomic_load(&s->n_held);

	ff_assert(at < STAGE_HELD_MAX);
	atomic_store(&s->held[at], x);
	atomic_fetch_add(&s->n_held, 1);
}

static void
handle(void *app, struct http_exchange *x)
{
	static const ff_str big = {"/big/", 5};
	struct stage *s = app;
	struct ff_buf *b = &x->response.body;
	ff_str path = x->request.path;
	uint64_t bytes;
	unsigned nth = atomic_fetch_add(&s->handled, 1) + 1;

	if (ff_str_eq(path, FF_STR("/hold"))) {
		hold(s, x);
		return;
	}
	if (ff_str_eq(path, FF_STR("/echo"))) {
		ff_buf_str_put(b, x->request.body);
	} else if (ff_str_eq(path, FF_STR("/empty"))) {
		x->response.status = 204;
	} else if (ff_str_starts(path, big) && ff_str_u64(ff_str_from(path, big.n), &bytes)) {
		ff_assert(ff_buf_reserve(b, bytes));
		memset(b->p, 'b', bytes);
		b->n = bytes;
	} else if (ff_str_eq(path, FF_STR("/block"))) {
		while (!atomic_load(&s->gate))
			usleep(AWAIT_STEP_US);
	} else if (ff_str_eq(path, FF_STR("/mark"))) {
		atomic_store(&s->marked, nth);
	} else {
		ff_buf_str_put(b, ff_str_z(request_method_name(x->request.method)));
		ff_buf_char(b, ' ');
		ff_buf_str_put(b, path);
	}
	http_finish(x);
}

static void
refuse(void *app, struct http_exchange *x, unsigned status, const char *detail)
{
	struct stage *s = app;

	(void)status;
	atomic_fetch_add(&s->refused, 1);
	ff_buf_str_put(&x->response.body, ff_str_z(detail));
}

static void
done(void *app, struct http_exchange *x, unsigned status)
{
	struct stage *s = app;

	if (atomic_load(&x->gone))
		atomic_fetch_add(&s->gone, 1);
	atomic_fetch_add(&s->done[status], 1);
}

static const struct http_app stage_app = {.begin = begin, .handle = handle, .refuse = refuse, .done = done};

struct http_server_config
stage_config(void)
{
	return (struct http_server_config){
		.bind_address = "127.0.0.1",
		.loops = 2,
		.connections_max = 5000,
		.idle_timeout_ms = 60000,
		.header_timeout_ms = 60000,
		.body_timeout_ms = 60000,
		.write_timeout_ms = 60000,
		.ops = &stage_app,
	};
}

void
stage_open(struct stage *s, struct http_server_config config)
{
	struct ff_err err;

	memset(s, 0, sizeof *s);
	config.app = s;
	s->grace_ms = 20000;
	ff_assert(http_server_start(&config, &s->server, &err) == FF_OK);
	s->port = http_server_port(s->server);
}

void
stage_open_default(struct stage *s)
{
	stage_open(s, stage_config());
}

void
stage_close(struct stage *s)
{
	http_server_stop(s->server, s->grace_ms);
}

void
stage_await(const atomic_uint *value, unsigned least)
{
	for (unsigned i = 0; i < AWAIT_STEPS && atomic_load(value) < least; i++)
		usleep(AWAIT_STEP_US);
	ff_assert(atomic_load(value) >= least);
}

void
stage_give_back(struct stage *s, unsigned i)
{
	struct http_exchange *x = atomic_load(&s->held[i]);

	ff_buf_lit(&x->response.body, "held");
	http_finish(x);
}
