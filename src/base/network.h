/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network.h - addresses and networks (RFC 4632, RFC 4291).
 *
 * An IPv4-mapped IPv6 address (::ffff:a.b.c.d) counts as IPv4 and is in IPv4 networks only. A network may be written
 * with bits set behind its prefix, and without a prefix where it is one address.
 */
#ifndef FF_BASE_NETWORK_H
#define FF_BASE_NETWORK_H

#include "base/str.h"

/* IPv4 as its mapped form, so that both are compared alike. */
struct address {
	uint64_t high, low;
	bool v4;
};

struct network {
	struct address base;
	uint64_t high_mask, low_mask;
};

FF_MUST bool address_parse(ff_str s, struct address *ret);
FF_MUST bool network_parse(ff_str s, struct network *ret);

static inline bool
network_has(const struct network *net, const struct address *a)
{
	return a->v4 == net->base.v4 && (a->high & net->high_mask) == net->base.high &&
		(a->low & net->low_mask) == net->base.low;
}

#endif
