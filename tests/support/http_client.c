/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECEIVED_MAX = 64 << 20, CHUNK = 64 << 10 };

void
client_open(struct client *c, unsigned port, int receive_bytes)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int on = 1;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ff_buf_init(&c->in, RECEIVED_MAX);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ff_assert(c->fd >= 0);
	if (receive_bytes)
		ff_assert(setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes) == 0);
	ff_assert(setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
	ff_assert(connect(c->fd, (struct sockaddr *)&at, sizeof at) == 0);
}

void
client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	ff_buf_release(&c->in);
}

void
client_reset(struct client *c)
{
	struct linger now = {.l_onoff = 1};

	ff_assert(setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
	client_close(c);
}

bool
client_send(struct client *c, ff_str bytes)
{
	while (bytes.n) {
		ssize_t n = send(c->fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		bytes = ff_str_from(bytes, (size_t)n);
	}
	return true;
}

bool
client_send_z(struct client *c, const char *z)
{
	return client_send(c, ff_str_z(z));
}

void
client_half_close(struct client *c)
{
	shutdown(c->fd, SHUT_WR);
}

/* More bytes into `in`; false at the end. */
static bool
receive(struct client *c)
{
	struct pollfd waiting = {.fd = c->fd, .events = POLLIN};
	ssize_t n;

	if (poll(&waiting, 1, CLIENT_PATIENCE_MS) != 1) {
		fprintf(stderr, "the server is silent\n");
		abort();
	}
	ff_assert(ff_buf_reserve(&c->in, CHUNK));
	n = recv(c->fd, c->in.p + c->in.n, CHUNK, 0);
	if (n <= 0)
		return false;
	c->in.n += (size_t)n;
	return true;
}

static void
take(struct client *c, size_t n, struct ff_buf *into)
{
	if (into)
		ff_buf_put(into, c->in.p, n);
	memmove(c->in.p, c->in.p + n, c->in.n - n);
	c->in.n -= n;
}

static bool
read_head(struct client *c, struct client_answer *a)
{
	const char *end;

	ff_buf_reset(&a->head);
	while (!(end = c->in.n ? memmem(c->in.p, c->in.n, "\r\n\r\n", 4) : NULL))
		if (!receive(c))
			return false;
	take(c, (size_t)(end - c->in.p) + 4, &a->head);
	ff_assert(a->head.n > 12 && memcmp(a->head.p, "HTTP/1.1 ", 9) == 0);
	a->status = (unsigned)strtoul(a->head.p + 9, NULL, 10);
	return true;
}

unsigned
client_read(struct client *c, bool to_head, struct client_answer *ret)
{
	unsigned continues = 0;
	uint64_t length = 0;

	*ret = (struct client_answer){0};
	ff_buf_init(&ret->head, RECEIVED_MAX);
	ff_buf_init(&ret->body, RECEIVED_MAX);
	for (;; continues++) {
		if (!read_head(c, ret)) {
			ff_assert(c->in.n == 0); /* never half an answer */
			ret->status = 0;
			return continues;
		}
		if (ret->status != 100)
			break;
	}
	if (to_head || ret->status == 204 || ret->status == 304)
		return continues;
	ff_assert(ff_str_u64(client_field(ret, "Content-Length"), &length));
	while (c->in.n < length)
		if (!receive(c))
			break;
	take(c, c->in.n < length ? c->in.n : length, &ret->body);
	return continues;
}

void
client_answer_release(struct client_answer *a)
{
	ff_buf_release(&a->head);
	ff_buf_release(&a->body);
}

ff_str
client_field(const struct client_answer *a, const char *name)
{
	ff_str rest = ff_buf_str(&a->head), line, field, value;

	while (ff_str_cut(rest, '\n', &line, &rest))
		if (ff_str_cut(line, ':', &field, &value) && ff_str_caseeq(field, ff_str_z(name)))
			return ff_str_trim(ff_str_of(value.p, value.n - 1));
	return (ff_str){0};
}

unsigned
client_status(struct client *c)
{
	struct client_answer a;
	unsigned status;

	client_read(c, false, &a);
	status = a.status;
	client_answer_release(&a);
	return status;
}

bool
client_at_end(struct client *c)
{
	if (c->in.n > 0)
		return false;
	return !receive(c);
}

bool
client_quiet(struct client *c, int ms)
{
	struct pollfd waiting = {.fd = c->fd, .events = POLLIN};

	return c->in.n == 0 && poll(&waiting, 1, ms) == 0;
}
