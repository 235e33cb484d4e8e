/* SPDX-License-Identifier: Apache-2.0 */
/* problem.h - failures as problem details (RFC 9457), and the one place where a status becomes an HTTP status. */
#ifndef FF_TRANSPORT_HTTP_PROBLEM_H
#define FF_TRANSPORT_HTTP_PROBLEM_H

#include "transport/http/http.h"

unsigned problem_http_status(ff_status s);
/*
 * Replaces the response by the problem: type, title, status, detail, code, requestId, errors, currentVersion;
 * Retry-After, WWW-Authenticate. A 304 has no body.
 */
void problem_write(struct http_exchange *x, const struct ff_err *err);
/* The same under an HTTP status of its own, where several share one code (414 and 431: CONTENT_TOO_LARGE). */
void problem_write_as(struct http_exchange *x, unsigned http_status, const struct ff_err *err);

#endif
