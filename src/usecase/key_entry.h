/* SPDX-License-Identifier: Apache-2.0 */
/* key_entry.h - a key as it is kept in memory, to be recognised and to say what its holder may do. */
#ifndef FF_USECASE_KEY_ENTRY_H
#define FF_USECASE_KEY_ENTRY_H

#include <stdatomic.h>

#include "repository/repository.h"
#include "sys/sha256.h"
#include "usecase/api_key.h"

/* What an admin key may do; each may what those before it may. */
enum key_role { KEY_ROLE_VIEWER, KEY_ROLE_EDITOR, KEY_ROLE_ADMIN, KEY_ROLES };

/* "viewer", "editor", "admin". */
const char *key_role_name(enum key_role role);
/* The role of that name; false for any other. */
FF_MUST bool key_role_parse(ff_str name, enum key_role *ret);

/* All but last_used_at stays as it is; strings are behind the struct. */
struct key_entry {
	ff_str id, tenant;
	ff_str actor;          /* "key:<id>", for the audit */
	ff_str environment;    /* of server and client keys */
	const ff_str *origins; /* of client keys: the web pages that may use them */
	unsigned n_origins;
	enum api_key_kind kind;
	enum key_role role; /* of admin keys */
	unsigned char secret_sha256[SHA256_BYTES];
	int64_t expires_at; /* ms since the epoch; 0: never */
	uint64_t version;
	/* The last use that is known here; the table's owner writes it to the store now and then. */
	atomic_int_fast64_t last_used_at;
	int64_t noted_at; /* as the store has it; the table's */
};

/* From a stored document, which is a tenant's. NULL where it cannot be read; freed with free(). */
struct key_entry *key_entry_new(ff_str tenant, const struct document *d);

static inline bool
key_entry_expired(const struct key_entry *e, int64_t now_ms)
{
	return e->expires_at && now_ms >= e->expires_at;
}

/* Used now. Any thread; writes memory that others read at most once a second. */
void key_entry_used(struct key_entry *e, int64_t now_ms);

#endif
