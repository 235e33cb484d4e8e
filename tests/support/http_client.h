/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_client.h - a client that sends exactly the bytes it is told to, and reads answers strictly. A socket that stays
 * silent for CLIENT_PATIENCE_MS fails the test that reads it.
 */
#ifndef FF_TESTS_HTTP_CLIENT_H
#define FF_TESTS_HTTP_CLIENT_H

#include "base/buf.h"

enum { CLIENT_PATIENCE_MS = 20000 };

struct client {
	int fd;
	struct ff_buf in; /* received and not yet taken */
};

struct client_answer {
	unsigned status; /* 0: the other side closed before an answer */
	struct ff_buf head, body;
};

/* To 127.0.0.1. `receive_bytes` of socket buffer; 0: the kernel's choice. */
void client_open(struct client *c, unsigned port, int receive_bytes);
void client_close(struct client *c);
/* Closes so that the other side gets a reset. */
void client_reset(struct client *c);
/* False when the other side has closed. */
bool client_send(struct client *c, ff_str bytes);
bool client_send_z(struct client *c, const char *z);
void client_half_close(struct client *c);

/* The next final answer; 100s are skipped and counted. `to_head`: the answer has no body. */
unsigned client_read(struct client *c, bool to_head, struct client_answer *ret);
void client_answer_release(struct client_answer *a);
/* The value of a field, or an empty string. */
ff_str client_field(const struct client_answer *a, const char *name);
/* Reads an answer and returns its status only. */
unsigned client_status(struct client *c);
/* Reads to the end; true when the other side closed (in order or not) and sent nothing more before. */
bool client_at_end(struct client *c);
/* Is there nothing to read within `ms`? */
bool client_quiet(struct client *c, int ms);

#endif
