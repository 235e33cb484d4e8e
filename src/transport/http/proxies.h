/* SPDX-License-Identifier: Apache-2.0 */
/* proxies.h - which address a request comes from, where proxies that are trusted stand before the service. */
#ifndef FF_TRANSPORT_HTTP_PROXIES_H
#define FF_TRANSPORT_HTTP_PROXIES_H

#include "base/network.h"
#include "transport/http/http.h"

enum { PROXIES_MAX = 64 /* networks */ };

struct proxies {
	struct network networks[PROXIES_MAX];
	unsigned n;
};

/* Networks separated by commas; empty: none. False where one is none, or there are more than PROXIES_MAX. */
FF_MUST bool proxies_parse(ff_str list, struct proxies *ret);

/*
 * The peer's address, or, where that is a trusted proxy, the last one in X-Forwarded-For that is not. What stands
 * before that, anybody may have written. Where all are trusted, the first.
 */
struct address proxies_origin(const struct proxies *p, const struct http_request *r);

#endif
