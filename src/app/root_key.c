/* SPDX-License-Identifier: Apache-2.0 */
#include "app/root_key.h"

#include <openssl/evp.h>

#include "sys/random.h"

static const char prefix[] = "ffs_root_";
static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

enum {
	ALPHABET = sizeof alphabet - 1,
	EVEN_MAX = 256 / ALPHABET * ALPHABET, /* bytes from here on would make the first letters likelier */
};

static char *
put_letters(char *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		unsigned char byte;

		random_bytes(&byte, 1);
		if (byte < EVEN_MAX)
			p[i++] = alphabet[byte % ALPHABET];
	}
	return p + n;
}

void
root_key_new(char ret[static ROOT_KEY_BYTES + 1])
{
	char *p = ret;

	memcpy(p, prefix, sizeof prefix - 1);
	p = put_letters(p + sizeof prefix - 1, ROOT_KEY_ID_BYTES);
	*p++ = '_';
	p = put_letters(p, ROOT_KEY_SECRET_BYTES);
	*p = '\0';
}

static bool
is_letters(ff_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!memchr(alphabet, s.p[i], ALPHABET))
			return false;
	return true;
}

bool
root_key_valid(ff_str key)
{
	ff_str rest = ff_str_from(key, sizeof prefix - 1);

	return key.n == ROOT_KEY_BYTES && ff_str_starts(key, ff_str_z(prefix)) && rest.p[ROOT_KEY_ID_BYTES] == '_' &&
		is_letters(ff_str_of(rest.p, ROOT_KEY_ID_BYTES)) && is_letters(ff_str_from(rest, ROOT_KEY_ID_BYTES + 1));
}

void
root_key_sha256(ff_str key, unsigned char ret[static ROOT_KEY_SHA256_BYTES])
{
	ff_assert(EVP_Digest(key.p, key.n, ret, NULL, EVP_sha256(), NULL) == 1);
}
