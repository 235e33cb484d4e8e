/* SPDX-License-Identifier: Apache-2.0 */
#include "support/cutting_proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/common.h"

enum { CLIENTS_MAX = 16, BUFFER = 1 << 16 };

struct cutting_proxy {
	const char *word;
	unsigned port;
	struct sockaddr_in server;
	int listener;
	atomic_bool cut;
	pthread_t acceptor, clients[CLIENTS_MAX];
	unsigned n;
};

struct line {
	struct cutting_proxy *proxy;
	int client, server;
};

/* One read from `from` passed on to `to`; false at its end. */
static bool
pass(int from, int to, char *buffer, size_t *ret_n)
{
	ssize_t n = read(from, buffer, BUFFER);

	*ret_n = n > 0 ? (size_t)n : 0;
	return n > 0 && send(to, buffer, (size_t)n, MSG_NOSIGNAL) == n;
}

static void *
serve(void *arg)
{
	struct line *l = arg;
	struct pollfd fds[] = {{.fd = l->client, .events = POLLIN}, {.fd = l->server, .events = POLLIN}};
	char *buffer = ff_xmalloc(BUFFER);
	bool going = true, heard = false;
	size_t n;

	while (going && poll(fds, FF_COUNT(fds), -1) > 0) {
		if (fds[0].revents) {
			going = pass(l->client, l->server, buffer, &n);
			heard = heard || memmem(buffer, n, l->proxy->word, strlen(l->proxy->word));
		}
		if (going && fds[1].revents) {
			if (heard && !atomic_exchange(&l->proxy->cut, true))
				going = false; /* it has answered: what was to be done is done */
			else
				going = pass(l->server, l->client, buffer, &n);
		}
	}
	close(l->client);
	close(l->server);
	free(buffer);
	free(l);
	return NULL;
}

static void *
accept_all(void *arg)
{
	struct cutting_proxy *p = arg;
	int client;

	while (p->n < CLIENTS_MAX && (client = accept(p->listener, NULL, NULL)) >= 0) {
		struct line *l = ff_xcalloc(1, sizeof *l);

		*l = (struct line){p, client, socket(AF_INET, SOCK_STREAM, 0)};
		ff_assert(connect(l->server, (struct sockaddr *)&p->server, sizeof p->server) == 0);
		ff_assert(pthread_create(&p->clients[p->n++], NULL, serve, l) == 0);
	}
	return NULL;
}

static struct sockaddr_in
loopback(unsigned port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

struct cutting_proxy *
cutting_proxy_start(const char *dsn, const char *word)
{
	struct cutting_proxy *p = ff_xcalloc(1, sizeof *p);
	struct sockaddr_in own = loopback(0);
	socklen_t size = sizeof own;

	p->word = word;
	p->server = loopback((unsigned)strtoul(strstr(dsn, "port=") + strlen("port="), NULL, 10));
	p->listener = socket(AF_INET, SOCK_STREAM, 0);
	ff_assert(bind(p->listener, (struct sockaddr *)&own, sizeof own) == 0 && listen(p->listener, CLIENTS_MAX) == 0);
	ff_assert(getsockname(p->listener, (struct sockaddr *)&own, &size) == 0);
	p->port = ntohs(own.sin_port);
	ff_assert(pthread_create(&p->acceptor, NULL, accept_all, p) == 0);
	return p;
}

unsigned
cutting_proxy_port(const struct cutting_proxy *p)
{
	return p->port;
}

void
cutting_proxy_stop(struct cutting_proxy *p)
{
	shutdown(p->listener, SHUT_RDWR);
	pthread_join(p->acceptor, NULL);
	close(p->listener);
	for (unsigned i = 0; i < p->n; i++)
		pthread_join(p->clients[i], NULL);
	free(p);
}
