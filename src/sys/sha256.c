/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/sha256.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

struct sha256 {
	EVP_MD *algorithm;
	EVP_MD_CTX *context;
};

struct sha256 *
sha256_new(void)
{
	struct sha256 *h = ff_xcalloc(1, sizeof *h);

	h->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
	h->context = EVP_MD_CTX_new();
	ff_assert(h->algorithm && h->context);
	return h;
}

void
sha256_free(struct sha256 *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->context);
	EVP_MD_free(h->algorithm);
	free(h);
}

void
sha256_hash(struct sha256 *h, ff_str s, unsigned char ret[static SHA256_BYTES])
{
	unsigned n = 0;

	ff_assert(EVP_DigestInit_ex2(h->context, h->algorithm, NULL) == 1);
	ff_assert(EVP_DigestUpdate(h->context, s.p, s.n) == 1);
	ff_assert(EVP_DigestFinal_ex(h->context, ret, &n) == 1 && n == SHA256_BYTES);
}

void
sha256_once(ff_str s, unsigned char ret[static SHA256_BYTES])
{
	ff_assert(EVP_Digest(s.p, s.n, ret, NULL, EVP_sha256(), NULL) == 1);
}

void
sha256_list(const ff_str *parts, size_t n, unsigned char ret[static SHA256_BYTES])
{
	struct sha256 *h = sha256_new();

	ff_assert(EVP_DigestInit_ex2(h->context, h->algorithm, NULL) == 1);
	for (size_t i = 0; i < n; i++)
		ff_assert(
			EVP_DigestUpdate(h->context, parts[i].p, parts[i].n) == 1 && EVP_DigestUpdate(h->context, "", 1) == 1);
	ff_assert(EVP_DigestFinal_ex(h->context, ret, NULL) == 1);
	sha256_free(h);
}

bool
sha256_equal(const unsigned char a[static SHA256_BYTES], const unsigned char b[static SHA256_BYTES])
{
	return CRYPTO_memcmp(a, b, SHA256_BYTES) == 0;
}
