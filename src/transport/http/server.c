/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "transport/http/conn.h"

enum {
	BACKLOG = 4096,
	ACCEPTS_MAX = 64,      /* connections taken in a row, before the loop's others get a turn */
	TURNED_AWAY_MAX = 256, /* connections past connections_max that still get their 503 */
	ACCEPT_PAUSE_MS = 100, /* when there are no file descriptors left */
};

struct http_server {
	struct http_server_config config;
	int fd;
	unsigned port;
	atomic_uint open;
	uv_poll_t acceptor; /* on the first loop */
	uv_timer_t resume;
	bool accepting;     /* the two above are in their loop */
	struct loop *loops; /* config.loops of them */
	pthread_t *threads;
	pthread_mutex_t lock;
	pthread_cond_t over; /* `running` has changed */
	unsigned running;    /* threads whose loop is not over */
};

static struct loop *
least_loaded(struct http_server *s)
{
	struct loop *least = &s->loops[0];

	for (unsigned i = 1; i < s->config.loops; i++)
		if (atomic_load_explicit(&s->loops[i].load, memory_order_relaxed) <
			atomic_load_explicit(&least->load, memory_order_relaxed))
			least = &s->loops[i];
	return least;
}

static void
peer_text(const struct sockaddr_storage *peer, char text[static PEER_BYTES])
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)peer;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)peer;

	text[0] = '\0';
	if (peer->ss_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, text, PEER_BYTES);
	else if (peer->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], text, PEER_BYTES);
	else if (peer->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &v6->sin6_addr, text, PEER_BYTES);
}

static void
take_connection(struct http_server *s, int fd, const struct sockaddr_storage *peer)
{
	unsigned open = atomic_load_explicit(&s->open, memory_order_relaxed);
	struct loop *l = least_loaded(s);
	char text[PEER_BYTES];
	struct conn *c;

	if (open >= s->config.connections_max + TURNED_AWAY_MAX) {
		close(fd);
		return;
	}
	peer_text(peer, text);
	c = conn_new(fd, text, open >= s->config.connections_max);
	atomic_fetch_add_explicit(&s->open, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&l->load, 1, memory_order_relaxed);
	if (l == &s->loops[0])
		conn_open(l, c);
	else
		loop_give(l, c);
}

static void on_resume(uv_timer_t *handle);

/* False: there is nothing more to accept now. */
static bool
accept_one(struct http_server *s)
{
	struct sockaddr_storage peer = {0};
	socklen_t n = sizeof peer;
	int fd = accept4(s->fd, (struct sockaddr *)&peer, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		take_connection(s, fd, &peer);
		return true;
	}
	switch (errno) {
	case EAGAIN:
		return false;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		/* The socket stays readable: without a pause the loop would spin. */
		uv_poll_stop(&s->acceptor);
		uv_timer_start(&s->resume, on_resume, ACCEPT_PAUSE_MS, 0);
		return false;
	default: /* that connection's own trouble */
		return true;
	}
}

static void
on_acceptable(uv_poll_t *handle, int status, int events)
{
	struct http_server *s = handle->data;

	(void)status;
	(void)events;
	loop_enter(&s->loops[0]);
	for (unsigned i = 0; i < ACCEPTS_MAX && accept_one(s); i++)
		;
}

static void
on_resume(uv_timer_t *handle)
{
	struct http_server *s = handle->data;

	uv_poll_start(&s->acceptor, UV_READABLE, on_acceptable);
}

/*
 * On the first loop, when the server stops: those who have connected are still served, then nobody can any more. The
 * other loops hear of it after they have been given the last connections.
 */
static void
stop_accepting(void *arg)
{
	struct http_server *s = arg;

	for (unsigned i = 0; i < BACKLOG && accept_one(s); i++)
		;
	uv_close((uv_handle_t *)&s->acceptor, NULL);
	uv_close((uv_handle_t *)&s->resume, NULL);
	close(s->fd);
	s->fd = -1;
	for (unsigned i = 1; i < s->config.loops; i++)
		loop_stop(&s->loops[i], LOOP_DRAINS);
}

static ff_status
listen_failed(const struct http_server *s, const char *why, struct ff_err *reterr)
{
	return ff_fail(
		reterr, FF_EUNAVAILABLE, "cannot listen on %s port %u: %s", s->config.bind_address, s->config.port, why);
}

static ff_status
listen_on(struct http_server *s, struct ff_err *reterr)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at = {0};
	const char *address = s->config.bind_address;
	socklen_t n;
	int on = 1;

	if (uv_ip4_addr(address, (int)s->config.port, &at.v4) == 0)
		n = sizeof at.v4;
	else if (uv_ip6_addr(address, (int)s->config.port, &at.v6) == 0)
		n = sizeof at.v6;
	else
		return listen_failed(s, "that is not an IPv4 or IPv6 address", reterr);
	s->fd = socket(at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return listen_failed(s, strerror(errno), reterr);
	/* Accepted sockets inherit TCP_NODELAY, which saves each a system call. */
	if (setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
		setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 || bind(s->fd, &at.any, n) != 0 ||
		listen(s->fd, BACKLOG) != 0)
		return listen_failed(s, strerror(errno), reterr);
	n = sizeof at;
	if (getsockname(s->fd, &at.any, &n) != 0)
		return listen_failed(s, strerror(errno), reterr);
	s->port = ntohs(at.any.sa_family == AF_INET ? at.v4.sin_port : at.v6.sin6_port);
	return FF_OK;
}

struct start {
	struct http_server *server;
	struct loop *loop;
};

static void *
loop_thread(void *arg)
{
	struct start *start = arg;
	struct http_server *s = start->server;

	loop_run(start->loop);
	free(start);
	pthread_mutex_lock(&s->lock);
	s->running--;
	pthread_cond_signal(&s->over);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Signals are the main thread's; SIGPIPE too, so that a write to a closed socket is only an error. */
static int
start_thread(struct http_server *s, unsigned i)
{
	struct start *start = ff_xcalloc(1, sizeof *start);
	sigset_t all, before;
	int rc;

	*start = (struct start){s, &s->loops[i]};
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_mutex_lock(&s->lock);
	rc = pthread_create(&s->threads[i], NULL, loop_thread, start);
	if (rc == 0)
		s->running++;
	pthread_mutex_unlock(&s->lock);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		free(start);
	return rc;
}

static void
release(struct http_server *s)
{
	if (s->fd >= 0)
		close(s->fd);
	pthread_cond_destroy(&s->over);
	pthread_mutex_destroy(&s->lock);
	free(s->threads);
	free(s->loops);
	free(s);
}

static ff_status
init_acceptor(struct http_server *s, struct ff_err *reterr)
{
	struct loop *l = &s->loops[0];
	int rc = uv_poll_init(&l->uv, &s->acceptor, s->fd);

	if (rc != 0)
		return ff_fail(reterr, FF_EINTERNAL, "cannot watch the listening socket: %s", uv_strerror(rc));
	uv_timer_init(&l->uv, &s->resume);
	s->acceptor.data = s->resume.data = s;
	l->on_drain = stop_accepting;
	l->on_drain_arg = s;
	uv_poll_start(&s->acceptor, UV_READABLE, on_acceptable);
	s->accepting = true;
	return FF_OK;
}

/*
 * Undoes a start that failed: `made` loops exist, of which the last `threads` run.
 */
static void
abandon(struct http_server *s, unsigned made, unsigned threads)
{
	for (unsigned i = s->config.loops - threads; i < s->config.loops; i++) {
		loop_stop(&s->loops[i], LOOP_ABORTS);
		pthread_join(s->threads[i], NULL);
		loop_release(&s->loops[i]);
	}
	if (s->accepting) {
		uv_close((uv_handle_t *)&s->acceptor, NULL);
		uv_close((uv_handle_t *)&s->resume, NULL);
	}
	for (unsigned i = 0; i < made - threads; i++)
		loop_discard(&s->loops[i]);
	release(s);
}

static ff_status
start_failed(struct http_server *s, unsigned made, unsigned threads, ff_status status)
{
	abandon(s, made, threads);
	return status;
}

static void
init_lock(struct http_server *s)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->over, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&s->lock, NULL);
}

ff_status
http_server_start(const struct http_server_config *config, struct http_server **ret, struct ff_err *reterr)
{
	struct http_server *s = ff_xcalloc(1, sizeof *s);
	ff_status status;

	ff_assert(config->loops > 0 && config->connections_max > 0);
	s->config = *config;
	s->loops = ff_xcalloc(config->loops, sizeof *s->loops);
	s->threads = ff_xcalloc(config->loops, sizeof *s->threads);
	s->fd = -1;
	init_lock(s);
	if ((status = listen_on(s, reterr)) != FF_OK)
		return start_failed(s, 0, 0, status);
	for (unsigned i = 0; i < config->loops; i++)
		if ((status = loop_init(&s->loops[i], &s->config, i, &s->open, reterr)) != FF_OK)
			return start_failed(s, i, 0, status);
	if ((status = init_acceptor(s, reterr)) != FF_OK)
		return start_failed(s, config->loops, 0, status);
	/* The accepting one last: it finds the others running. */
	for (unsigned n = 0; n < config->loops; n++) {
		unsigned i = config->loops - 1 - n;
		int rc = start_thread(s, i);

		if (rc != 0) {
			status = ff_fail(reterr, FF_EINTERNAL, "cannot start a server thread: %s", strerror(rc));
			return start_failed(s, config->loops, n, status);
		}
	}
	*ret = s;
	return FF_OK;
}

unsigned
http_server_port(const struct http_server *s)
{
	return s->port;
}

unsigned
http_server_connections(const struct http_server *s)
{
	return atomic_load_explicit(&s->open, memory_order_relaxed);
}

/* Until every loop is over, but for at most `timeout_ms`. */
static void
wait_until_over(struct http_server *s, unsigned timeout_ms)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&s->lock);
	while (s->running > 0 && rc == 0)
		rc = pthread_cond_timedwait(&s->over, &s->lock, &until);
	pthread_mutex_unlock(&s->lock);
}

void
http_server_stop(struct http_server *s, unsigned grace_ms)
{
	loop_stop(&s->loops[0], LOOP_DRAINS);
	wait_until_over(s, grace_ms);
	for (unsigned i = 0; i < s->config.loops; i++)
		loop_stop(&s->loops[i], LOOP_ABORTS);
	for (unsigned i = 0; i < s->config.loops; i++)
		pthread_join(s->threads[i], NULL);
	for (unsigned i = 0; i < s->config.loops; i++)
		loop_release(&s->loops[i]);
	release(s);
}
