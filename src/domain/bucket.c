/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bucket.c - XXH64 (github.com/Cyan4973/xxHash, doc/xxhash_spec.md) of a salt, a zero and a unit, where they are.
 *
 * The library hashes one run of bytes. Copying the pieces together costs more than hashing them: its 8-byte loads
 * straddle the stores just made and wait for them. Here the words are put together in registers. The library is what
 * the tests compare with.
 */
#include "domain/bucket.h"

#include <endian.h>

#define PRIME1 UINT64_C(0x9E3779B185EBCA87)
#define PRIME2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define PRIME3 UINT64_C(0x165667B19E3779F9)
#define PRIME4 UINT64_C(0x85EBCA77C2B2AE63)
#define PRIME5 UINT64_C(0x27D4EB2F165667C5)

enum { WORD = 8, HALF = 4, STRIPE = 4 * WORD };

static const struct {
	const char *name;
	bucket_fn *bucket;
} functions[] = {
	{"ffs1", bucket_of},
};

bucket_fn *
bucket_function(ff_str name)
{
	for (size_t i = 0; i < FF_COUNT(functions); i++)
		if (ff_str_eqz(name, functions[i].name))
			return functions[i].bucket;
	return NULL;
}

static inline uint64_t
load32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return le32toh(v);
}

/* `n` bytes, at most a word, as a little-endian number. Loads overlap; what they share is the same. */
static inline uint64_t
load(const char *p, size_t n)
{
	const unsigned char *byte = (const unsigned char *)p;
	uint64_t v;

	if (n == WORD) {
		memcpy(&v, p, sizeof v);
		return le64toh(v);
	}
	if (n >= HALF)
		return load32(p) | load32(p + n - HALF) << 8 * (n - HALF);
	if (n == 0)
		return 0;
	return byte[0] | (uint64_t)byte[n / 2] << 8 * (n / 2) | (uint64_t)byte[n - 1] << 8 * (n - 1);
}

struct input {
	ff_str salt, unit;
};

/* Bytes at … at + n - 1 of salt ‖ 0x00 ‖ unit, which has as many; `n` is a constant. */
static inline __attribute__((always_inline)) uint64_t
part(const struct input *in, size_t at, size_t n)
{
	size_t salty;

	if (at > in->salt.n)
		return load(in->unit.p + (at - in->salt.n - 1), n);
	salty = in->salt.n - at;
	if (salty >= n)
		return load(in->salt.p + at, n);
	if (salty + 1 == n)
		return load(in->salt.p + at, salty);
	return load(in->salt.p + at, salty) | load(in->unit.p, n - 1 - salty) << 8 * (salty + 1);
}

static inline uint64_t
rotate(uint64_t v, int bits)
{
	return v << bits | v >> (64 - bits);
}

static inline uint64_t
mix(uint64_t lane, uint64_t word)
{
	return rotate(lane + word * PRIME2, 31) * PRIME1;
}

/* Specification steps 1 to 3: whole stripes of 32 bytes in four lanes. Moves *at behind them. */
static inline uint64_t
hash_stripes(const struct input *in, size_t n, uint64_t seed, size_t *at)
{
	uint64_t a = seed + PRIME1 + PRIME2, b = seed + PRIME2, c = seed, d = seed - PRIME1, h;

	for (; *at + STRIPE <= n; *at += STRIPE) {
		a = mix(a, part(in, *at, WORD));
		b = mix(b, part(in, *at + WORD, WORD));
		c = mix(c, part(in, *at + 2 * WORD, WORD));
		d = mix(d, part(in, *at + 3 * WORD, WORD));
	}
	h = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
	h = (h ^ mix(0, a)) * PRIME1 + PRIME4;
	h = (h ^ mix(0, b)) * PRIME1 + PRIME4;
	h = (h ^ mix(0, c)) * PRIME1 + PRIME4;
	return (h ^ mix(0, d)) * PRIME1 + PRIME4;
}

/* Specification steps 4 to 6: the length, the rest by words, a half and bytes, and the avalanche. */
static inline uint64_t
hash_rest(const struct input *in, size_t at, size_t n, uint64_t h)
{
	h += n;
	for (; at + WORD <= n; at += WORD)
		h = rotate(h ^ mix(0, part(in, at, WORD)), 27) * PRIME1 + PRIME4;
	if (at + HALF <= n) {
		h = rotate(h ^ part(in, at, HALF) * PRIME1, 23) * PRIME2 + PRIME3;
		at += HALF;
	}
	for (; at < n; at++)
		h = rotate(h ^ part(in, at, 1) * PRIME5, 11) * PRIME1;
	h = (h ^ h >> 33) * PRIME2;
	h = (h ^ h >> 29) * PRIME3;
	return h ^ h >> 32;
}

static inline uint64_t
hash(ff_str salt, ff_str unit, enum bucket_purpose purpose)
{
	const struct input in = {salt, unit};
	size_t n = salt.n + 1 + unit.n, at = 0;
	uint64_t h = n < STRIPE ? purpose + PRIME5 : hash_stripes(&in, n, purpose, &at);

	return hash_rest(&in, at, n, h);
}

uint64_t
bucket_hash(ff_str salt, ff_str unit, enum bucket_purpose purpose)
{
	return hash(salt, unit, purpose);
}

uint32_t
bucket_of(ff_str salt, ff_str unit, enum bucket_purpose purpose)
{
	return (uint32_t)(((unsigned __int128)hash(salt, unit, purpose) * BUCKETS) >> 64);
}
