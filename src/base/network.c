/* SPDX-License-Identifier: Apache-2.0 */
#include "base/network.h"

#include <arpa/inet.h>
#include <endian.h>

enum { V4_BITS = 32, V6_BITS = 128, MAPPED_BITS = 96 };

static bool
is_mapped(const struct address *a)
{
	return a->high == 0 && a->low >> 32 == 0xffff;
}

bool
address_parse(ff_str s, struct address *ret)
{
	char text[INET6_ADDRSTRLEN];
	uint64_t v6[2];
	uint32_t v4;

	if (s.n == 0 || s.n >= sizeof text || memchr(s.p, '\0', s.n))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (inet_pton(AF_INET, text, &v4) == 1) {
		*ret = (struct address){.low = UINT64_C(0xffff) << 32 | be32toh(v4), .v4 = true};
		return true;
	}
	if (inet_pton(AF_INET6, text, v6) != 1)
		return false;
	*ret = (struct address){.high = be64toh(v6[0]), .low = be64toh(v6[1])};
	ret->v4 = is_mapped(ret);
	return true;
}

/* The first `bits` of 64 set; `bits` may lie outside of them. */
static uint64_t
mask_of(int bits)
{
	if (bits <= 0)
		return 0;
	return bits >= 64 ? UINT64_MAX : UINT64_MAX << (64 - bits);
}

static bool
read_prefix(ff_str s, unsigned max, unsigned *ret)
{
	uint64_t bits;

	if (s.n > 3 || (s.n > 1 && s.p[0] == '0') || !ff_str_u64(s, &bits) || bits > max)
		return false;
	*ret = (unsigned)bits;
	return true;
}

bool
network_parse(ff_str s, struct network *ret)
{
	struct network net = {0};
	bool written_as_v6 = memchr(s.p ? s.p : "", ':', s.n) != NULL;
	unsigned max = written_as_v6 ? V6_BITS : V4_BITS, bits = max;
	ff_str address, prefix;
	bool has_prefix = ff_str_cut(s, '/', &address, &prefix);

	if (!address_parse(address, &net.base) || (has_prefix && !read_prefix(prefix, max, &bits)))
		return false;
	if (!written_as_v6)
		bits += MAPPED_BITS;
	else if (bits < MAPPED_BITS)
		net.base.v4 = false; /* wider than all of IPv4: a network of IPv6 addresses */
	net.high_mask = mask_of((int)bits);
	net.low_mask = mask_of((int)bits - 64);
	net.base.high &= net.high_mask;
	net.base.low &= net.low_mask;
	*ret = net;
	return true;
}
