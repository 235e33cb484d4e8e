/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsn.h - a connection string taken apart: what libpq is given to reach each of its hosts.
 *
 * libpq tries several hosts by itself, but with PQconnectPoll none of them has a time limit: one that swallows packets
 * would keep it from the next. So each is an attempt of its own here.
 */
#ifndef FF_REPOSITORY_POSTGRES_DSN_H
#define FF_REPOSITORY_POSTGRES_DSN_H

#include <libpq-fe.h>

#include "base/err.h"

enum { DSN_HOSTS_MAX = 16, DSN_OPTIONS_MAX = 80 };

struct pg_dsn {
	PQconninfoOption *options; /* libpq's; those that the string does not set have no value */
	char *application_name;
	unsigned hosts;           /* at least 1 */
	unsigned host_timeout_ms; /* for connecting to one */
};

/* What PQconnectStartParams takes. Texts are borrowed from the dsn, or in the arena. */
struct pg_dsn_params {
	const char *keywords[DSN_OPTIONS_MAX], *values[DSN_OPTIONS_MAX];
};

/* FF_EMALFORMED, without a word of the string itself: what is wrong may be that the password is in the wrong place. */
FF_MUST ff_status pg_dsn_open(
	const char *dsn, const char *application_name, struct pg_dsn **ret, struct ff_err *reterr);
/* NULL is fine. */
void pg_dsn_free(struct pg_dsn *d);

void pg_dsn_params(const struct pg_dsn *d, unsigned host, struct ff_arena *arena, struct pg_dsn_params *ret);
/* libpq's text as part of a sentence: on one line, with any password in it blotted out. In `arena`. */
const char *pg_dsn_scrub(const struct pg_dsn *d, const char *text, struct ff_arena *arena);

#endif
