/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf);
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);

struct conn *
conn_new(int fd, const char *peer, bool turned_away)
{
	struct conn *c = ff_xcalloc(1, sizeof *c);

	c->fd = fd;
	c->turned_away = turned_away;
	snprintf(c->peer, sizeof c->peer, "%s", peer);
	return c;
}

static void
release_workspace(struct conn *c)
{
	if (c->ws)
		loop_workspace_done(c->loop, FF_TAKE(c->ws));
}

static void
done(struct workspace *ws, unsigned status)
{
	const struct http_server_config *config = ws->loop->config;

	config->ops->done(config->app, &ws->x, status);
}

static void
on_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;
	struct loop *l = c->loop;

	TAILQ_REMOVE(&l->conns, c, in_conns);
	l->n_conns--;
	atomic_fetch_sub_explicit(&l->load, 1, memory_order_relaxed);
	atomic_fetch_sub_explicit(l->open, 1, memory_order_relaxed);
	free(c);
	loop_maybe_end(l);
}

void
conn_close(struct conn *c)
{
	struct workspace *ws = c->ws;
	enum conn_state was = c->state;

	if (was == CONN_CLOSING)
		return;
	c->state = CONN_CLOSING;
	loop_unready(c->loop, c);
	wheel_remove(&c->loop->wheel, &c->deadline);
	if (was == CONN_HANDLING) {
		/* The handler has the exchange: conn_finished will free it. */
		atomic_store_explicit(&ws->x.gone, true, memory_order_relaxed);
		ws->conn = NULL;
		c->ws = NULL;
	} else if (was == CONN_BODY) {
		done(ws, 499);
		release_workspace(c);
	} else if (was != CONN_WRITING) {
		release_workspace(c);
	}
	/* In CONN_WRITING, libuv calls on_written with an error first. */
	uv_close((uv_handle_t *)&c->tcp, on_closed);
}

/* Resets what the next request on this connection starts from. */
static void
start_exchange(struct conn *c)
{
	struct http_exchange *x = &c->ws->x;

	x->request = (struct http_request){0};
	x->response.status = 200;
	x->started_ns = c->loop->now_ns;
	x->request_id = (ff_str){0};
	atomic_store_explicit(&x->gone, false, memory_order_relaxed);
	x->route = NULL;
	x->params[0] = x->params[1] = (ff_str){0};
	x->body_type = 0;
	x->routing = NULL;
	memcpy(c->ws->peer, c->peer, sizeof c->peer);
	x->request.peer = ff_str_z(c->ws->peer);
}

/* The last answer has gone: says so to the client, and reads on until it has read it and closed. */
static void
linger(struct conn *c)
{
	release_workspace(c);
	if (c->eof || shutdown(c->fd, SHUT_WR) != 0) {
		conn_close(c);
		return;
	}
	c->state = CONN_LINGERING;
	loop_deadline(c->loop, &c->deadline, LINGER_MS);
}

static bool
has_room(struct conn *c)
{
	size_t room = 1;

	if (c->ws)
		reader_room(&c->ws->reader, &room);
	return room > 0;
}

/* libuv takes a buffer without room for an error. */
static void
read_start(struct conn *c)
{
	if (c->state == CONN_CLOSING || c->reading || c->eof || !has_room(c))
		return;
	c->reading = uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) == 0;
	if (!c->reading)
		conn_close(c);
}

static void
read_stop_when_full(struct conn *c)
{
	if (c->state == CONN_CLOSING || has_room(c))
		return;
	uv_read_stop((uv_stream_t *)&c->tcp);
	c->reading = false;
}

static void
answered(struct conn *c)
{
	struct workspace *ws = c->ws;

	done(ws, ws->x.response.status);
	c->state = CONN_IDLE;
	c->served = true;
	if (!c->keep_alive) {
		linger(c);
	} else if (reader_pipelined(&ws->reader)) {
		reader_next(&ws->reader);
		loop_workspace_clear(ws);
		loop_deadline(c->loop, &c->deadline, WHEEL_NEVER);
		loop_ready(c->loop, c);
	} else if (c->eof) {
		conn_close(c);
	} else {
		release_workspace(c);
		loop_deadline(c->loop, &c->deadline, c->loop->config->idle_timeout_ms);
	}
	read_start(c);
}

/* The answer cannot be delivered. */
static void
lost(struct conn *c)
{
	done(c->ws, 499);
	release_workspace(c);
	if (c->state != CONN_CLOSING) {
		c->state = CONN_IDLE;
		conn_close(c);
	}
}

static void
on_written(uv_write_t *req, int status)
{
	struct workspace *ws = req->data;
	struct conn *c = ws->conn;

	loop_enter(c->loop);
	if (status == 0 && c->state == CONN_WRITING)
		answered(c);
	else
		lost(c);
}

/* What the socket did not take at once is written when it does; until then the connection waits. */
static void
write_rest(struct conn *c, uv_buf_t *bufs, unsigned n, size_t written)
{
	while (n > 1 && written >= bufs->len) {
		written -= bufs->len;
		bufs++;
		n--;
	}
	bufs->base += written;
	bufs->len -= written;
	c->ws->write.data = c->ws;
	c->state = CONN_WRITING;
	loop_deadline(c->loop, &c->deadline, c->loop->config->write_timeout_ms);
	if (uv_write(&c->ws->write, (uv_stream_t *)&c->tcp, bufs, n, on_written) != 0)
		lost(c);
}

/*
 * Bytes that the socket took, or 0 when it is full; less than 0: broken. Past libuv, which goes through write(2): about
 * 2 % less CPU for a small answer.
 */
static ssize_t
send_now(const struct conn *c, uv_buf_t *bufs, unsigned n)
{
	/* uv_buf_t is an iovec on Unix, says libuv. */
	struct msghdr message = {.msg_iov = (struct iovec *)(void *)bufs, .msg_iovlen = n};
	ssize_t sent;

	if (n == 1)
		sent = send(c->fd, bufs->base, bufs->len, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		sent = sendmsg(c->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	return sent < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : sent;
}

static void
answer(struct conn *c, bool keep_alive)
{
	struct workspace *ws = c->ws;
	enum response_connection connection = CONNECTION_CLOSE;
	uv_buf_t bufs[2];
	ff_str body;
	ssize_t n;

	c->keep_alive = keep_alive;
	if (keep_alive)
		connection = ws->reader.minor_zero ? CONNECTION_KEEP_SAYING : CONNECTION_KEEP;
	response_render(&ws->x, loop_date(c->loop), connection, &ws->out, &body);
	bufs[0] = uv_buf_init(ws->out.p, (unsigned)ws->out.n);
	bufs[1] = uv_buf_init((char *)body.p, (unsigned)body.n);
	n = send_now(c, bufs, body.n ? 2 : 1);
	if (n < 0)
		lost(c);
	else if ((size_t)n == ws->out.n + body.n)
		answered(c);
	else
		write_rest(c, bufs, body.n ? 2 : 1, (size_t)n);
}

static void
refuse(struct conn *c, unsigned status, const char *detail)
{
	const struct http_server_config *config = c->loop->config;
	struct http_exchange *x = &c->ws->x;

	x->response.status = status;
	ff_buf_reset(&x->response.fields);
	ff_buf_reset(&x->response.body);
	config->ops->refuse(config->app, x, status, detail);
	answer(c, false);
}

/* After this request. What has been pipelined was in flight when the server began to stop, or the client to end. */
static bool
may_go_on(const struct conn *c)
{
	const struct reader *r = &c->ws->reader;

	return r->keep_alive && (reader_pipelined(r) || (!c->eof && c->loop->stopping == LOOP_RUNS));
}

/* The app keeps the exchange for a while. */
static void
give_to_app(struct conn *c)
{
	c->state = CONN_HANDLING;
	c->loop->n_busy++;
	loop_deadline(c->loop, &c->deadline, WHEEL_NEVER);
}

/* False: answered already, or later. */
static bool
begin(struct conn *c)
{
	const struct http_server_config *config = c->loop->config;
	struct workspace *ws = c->ws;
	int64_t max = config->ops->begin(config->app, &ws->x);

	if (max >= 0) {
		reader_body(&ws->reader, (uint64_t)max);
		return true;
	}
	if (max == HTTP_BEGIN_LATER) {
		give_to_app(c);
		return false;
	}
	/* A body that is not there yet would have to be read to the end to find the next request: not for an error. */
	answer(c, reader_skip_body(&ws->reader) && may_go_on(c));
	return false;
}

void
conn_finished(struct workspace *ws)
{
	struct conn *c = ws->conn;
	bool resumes = ws->resumes;

	ws->resumes = false;
	if (!c) {
		done(ws, 499);
		loop_workspace_done(ws->loop, ws);
		return;
	}
	if (resumes) {
		c->state = CONN_HEAD;
		conn_turn(c);
		return;
	}
	answer(c, may_go_on(c));
}

static void
handle(struct conn *c)
{
	const struct http_server_config *config = c->loop->config;
	struct workspace *ws = c->ws;

	c->state = CONN_HANDLING;
	ws->finished = false;
	ws->in_handle = true;
	config->ops->handle(config->app, &ws->x);
	ws->in_handle = false;
	if (ws->finished) {
		conn_finished(ws);
		return;
	}
	give_to_app(c);
}

static bool
send_continue(struct conn *c)
{
	static char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
	uv_buf_t buf = uv_buf_init(line, sizeof line - 1);

	return uv_try_write((uv_stream_t *)&c->tcp, &buf, 1) == (int)buf.len;
}

/* For more bytes. The deadline is set when the phase begins and not renewed by what trickles in. */
static void
wait_for(struct conn *c, enum conn_state state, unsigned timeout_ms)
{
	if (c->eof) {
		conn_close(c);
		return;
	}
	if (reader_empty(&c->ws->reader)) { /* only empty lines so far */
		release_workspace(c);
		return;
	}
	read_start(c);
	if (c->state == state || c->state == CONN_CLOSING)
		return;
	c->state = state;
	loop_deadline(c->loop, &c->deadline, timeout_ms);
	if (state == CONN_BODY && c->ws->reader.expects_continue && !send_continue(c))
		conn_close(c);
}

void
conn_turn(struct conn *c)
{
	const struct http_server_config *config = c->loop->config;
	struct reader *r = &c->ws->reader;

	if (c->state == CONN_IDLE)
		start_exchange(c);
	for (;;) {
		switch (reader_advance(r, &c->ws->x.request)) {
		case READER_HEAD:
			wait_for(c, CONN_HEAD, config->header_timeout_ms);
			return;
		case READER_DECIDE:
			if (!begin(c))
				return;
			continue;
		case READER_BODY:
		case READER_COPY:
		case READER_CHUNKS:
			wait_for(c, CONN_BODY, config->body_timeout_ms);
			return;
		case READER_COMPLETE:
			handle(c);
			return;
		case READER_REFUSED:
			refuse(c, r->refused_status, r->refused_detail);
			return;
		}
	}
}

static void
on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct conn *c = handle->data;
	size_t n;

	(void)suggested;
	loop_enter(c->loop);
	if (c->state == CONN_LINGERING) {
		*buf = uv_buf_init(c->loop->discarded, sizeof c->loop->discarded);
		return;
	}
	if (!c->ws)
		c->ws = loop_workspace(c->loop, c);
	buf->base = reader_room(&c->ws->reader, &n);
	buf->len = n;
}

static bool
is_waiting(const struct conn *c)
{
	return !c->is_ready && (c->state == CONN_IDLE || c->state == CONN_HEAD || c->state == CONN_BODY);
}

/* The client has sent its last byte, or has gone. It may still read. */
static void
on_end(struct conn *c, bool orderly)
{
	c->eof = true;
	c->reading = false;
	if (!orderly || is_waiting(c) || c->state == CONN_LINGERING)
		conn_close(c);
	else if (c->state == CONN_HANDLING)
		atomic_store_explicit(&c->ws->x.gone, true, memory_order_relaxed);
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct conn *c = stream->data;

	(void)buf;
	if (n < 0) {
		on_end(c, n == UV_EOF);
		return;
	}
	if (c->state == CONN_LINGERING || c->state == CONN_CLOSING)
		return;
	if (n == 0) { /* nothing there after all */
		if (c->state == CONN_IDLE && !c->is_ready)
			release_workspace(c);
		return;
	}
	reader_filled(&c->ws->reader, (size_t)n);
	if (is_waiting(c))
		conn_turn(c);
	read_stop_when_full(c);
}

void
conn_open(struct loop *l, struct conn *c)
{
	c->loop = l;
	TAILQ_INSERT_TAIL(&l->conns, c, in_conns);
	l->n_conns++;
	uv_tcp_init(&l->uv, &c->tcp);
	c->tcp.data = c;
	if (uv_tcp_open(&c->tcp, c->fd) != 0) {
		close(c->fd);
		conn_close(c);
		return;
	}
	if (c->turned_away) {
		c->ws = loop_workspace(l, c);
		start_exchange(c);
		refuse(c, 503, "the service has as many connections as it takes; try again");
		return;
	}
	loop_deadline(l, &c->deadline, l->stopping == LOOP_RUNS ? l->config->idle_timeout_ms : FRESH_MS);
	read_start(c);
}

void
conn_drain(struct conn *c)
{
	char byte;

	if (c->state != CONN_IDLE || c->is_ready)
		return;
	/* One that has not asked anything yet is about to; so is one whose bytes are in the socket already. */
	if (!c->served || recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
		loop_deadline(c->loop, &c->deadline, FRESH_MS);
	else
		conn_close(c);
}

void
conn_expired(struct conn *c)
{
	struct linger reset = {.l_onoff = 1};

	switch (c->state) {
	case CONN_IDLE:
	case CONN_LINGERING:
		conn_close(c);
		return;
	case CONN_HEAD:
		refuse(c, 408, "the request header was not complete in time");
		return;
	case CONN_BODY:
		refuse(c, 408, "the request body was not complete in time");
		return;
	case CONN_WRITING:
		/* What the client did not read must not stay in the kernel either. */
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		conn_close(c);
		return;
	case CONN_HANDLING:
	case CONN_CLOSING:
		return;
	}
}
