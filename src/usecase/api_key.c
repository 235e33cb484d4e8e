/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/api_key.h"

#include "sys/random.h"

static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

enum {
	ALPHABET = sizeof alphabet - 1,
	EVEN_MAX = 256 / ALPHABET * ALPHABET, /* bytes from here on would make the first letters likelier */
};

static const ff_str prefix = {"ffs_", 4};

static const ff_str names[API_KEY_KINDS] = {
	[API_KEY_ROOT] = {"root", 4},
	[API_KEY_ADMIN] = {"admin", 5},
	[API_KEY_SERVER] = {"server", 6},
	[API_KEY_CLIENT] = {"client", 6},
};

const char *
api_key_kind_name(enum api_key_kind kind)
{
	return names[kind].p;
}

bool
api_key_kind_parse(ff_str name, enum api_key_kind *ret)
{
	for (unsigned i = 0; i < API_KEY_KINDS; i++)
		if (ff_str_eq(name, names[i])) {
			*ret = (enum api_key_kind)i;
			return true;
		}
	return false;
}

static bool
is_letters(ff_str s, size_t n)
{
	if (s.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!memchr(alphabet, s.p[i], ALPHABET))
			return false;
	return true;
}

bool
api_key_parse(ff_str text, struct api_key *ret)
{
	ff_str kind, rest;
	struct api_key key;

	if (text.n > API_KEY_BYTES_MAX || !ff_str_starts(text, prefix) ||
		!ff_str_cut(ff_str_from(text, prefix.n), '_', &kind, &rest) || !ff_str_cut(rest, '_', &key.id, &key.secret) ||
		!is_letters(key.id, API_KEY_ID_BYTES) || !is_letters(key.secret, API_KEY_SECRET_BYTES) ||
		!api_key_kind_parse(kind, &key.kind))
		return false;
	*ret = key;
	return true;
}

static char *
put(char *p, ff_str s)
{
	memcpy(p, s.p, s.n);
	return p + s.n;
}

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

ff_str
api_key_new(enum api_key_kind kind, char text[static API_KEY_BYTES_MAX + 1])
{
	char *p = put(put(text, prefix), names[kind]);

	*p++ = '_';
	p = put_letters(p, API_KEY_ID_BYTES);
	*p++ = '_';
	p = put_letters(p, API_KEY_SECRET_BYTES);
	*p = '\0';
	return ff_str_of(text, (size_t)(p - text));
}
