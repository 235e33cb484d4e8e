/* SPDX-License-Identifier: Apache-2.0 */
/* root_key.h - the key that may do everything: ffs_root_<id>_<secret>, 22 and 43 of 0-9 A-Z a-z. */
#ifndef FF_APP_ROOT_KEY_H
#define FF_APP_ROOT_KEY_H

#include "base/str.h"

enum {
	ROOT_KEY_ID_BYTES = 22,
	ROOT_KEY_SECRET_BYTES = 43, /* 62^43 > 2^256 */
	ROOT_KEY_BYTES = sizeof "ffs_root_" - 1 + ROOT_KEY_ID_BYTES + 1 + ROOT_KEY_SECRET_BYTES,
	ROOT_KEY_SHA256_BYTES = 32,
};

/* A new one from the kernel's randomness, with a NUL behind it. */
void root_key_new(char ret[static ROOT_KEY_BYTES + 1]);
bool root_key_valid(ff_str key);
/* What is kept of a key to compare with. */
void root_key_sha256(ff_str key, unsigned char ret[static ROOT_KEY_SHA256_BYTES]);

#endif
