/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_key.h - what a key reads: ffs_<kind>_<id>_<secret>, `id` 22 and `secret` 43 of 0-9 A-Z a-z.
 *
 * The id is public: it is in lists, in the audit and in logs. The secret has 256 bits of randomness (62^43 > 2^256), so
 * that a plain SHA-256 is enough to keep of it.
 */
#ifndef FF_USECASE_API_KEY_H
#define FF_USECASE_API_KEY_H

#include "base/str.h"

enum api_key_kind {
	API_KEY_ROOT,   /* everything, in every tenant; from the configuration */
	API_KEY_ADMIN,  /* the Admin API of a tenant, as its role */
	API_KEY_SERVER, /* the SDK API of a tenant's environment */
	API_KEY_CLIENT, /* the same, but for flags that are not clientVisible */
	API_KEY_KINDS
};

enum {
	API_KEY_ID_BYTES = 22,
	API_KEY_SECRET_BYTES = 43,
	API_KEY_BYTES_MAX = sizeof "ffs_server_" - 1 + API_KEY_ID_BYTES + 1 + API_KEY_SECRET_BYTES,
};

/* "root", "admin", "server", "client". */
const char *api_key_kind_name(enum api_key_kind kind);
/* The kind of that name; false for any other. */
FF_MUST bool api_key_kind_parse(ff_str name, enum api_key_kind *ret);

/* Borrowed from the text. */
struct api_key {
	enum api_key_kind kind;
	ff_str id, secret;
};

/* False for anything that is no key. */
FF_MUST bool api_key_parse(ff_str text, struct api_key *ret);
/* A new one, from the kernel's randomness; the text has a NUL behind it, that is not counted. */
ff_str api_key_new(enum api_key_kind kind, char text[static API_KEY_BYTES_MAX + 1]);

#endif
