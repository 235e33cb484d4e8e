/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cutting_proxy.h - stands between a client and PostgreSQL, and once, when the client has said a word, lets the server
 * hear it and cuts the line before the client hears the answer.
 */
#ifndef FF_TESTS_SUPPORT_CUTTING_PROXY_H
#define FF_TESTS_SUPPORT_CUTTING_PROXY_H

struct cutting_proxy;

/* To the server of `dsn`. */
struct cutting_proxy *cutting_proxy_start(const char *dsn, const char *word);
unsigned cutting_proxy_port(const struct cutting_proxy *p);
/* When its clients have gone. */
void cutting_proxy_stop(struct cutting_proxy *p);

#endif
