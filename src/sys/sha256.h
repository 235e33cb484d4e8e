/* SPDX-License-Identifier: Apache-2.0 */
/* sha256.h - SHA-256 (FIPS 180-4), and the comparison of what must not be guessed byte by byte. */
#ifndef FF_SYS_SHA256_H
#define FF_SYS_SHA256_H

#include "base/str.h"

enum { SHA256_BYTES = 32 };

/*
 * What one thread needs to hash: the library looks an algorithm up under locks, which costs more than to hash a key, so
 * it is looked up once.
 */
struct sha256;

struct sha256 *sha256_new(void);
/* NULL is fine. */
void sha256_free(struct sha256 *h);
void sha256_hash(struct sha256 *h, ff_str s, unsigned char ret[static SHA256_BYTES]);

/* The same for once. */
void sha256_once(ff_str s, unsigned char ret[static SHA256_BYTES]);
/* Of several parts, each with a NUL behind it. */
void sha256_list(const ff_str *parts, size_t n, unsigned char ret[static SHA256_BYTES]);

/* In a time that does not depend on where they differ. */
bool sha256_equal(const unsigned char a[static SHA256_BYTES], const unsigned char b[static SHA256_BYTES]);

#endif
