/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key_table.h - the keys of the tenants in use: found without a lock, brought up to date as the snapshots are.
 *
 *     e = key_table_find(t, id)                          online (sys/epoch.h), never waits
 *     if (!e && !key_table_is_unknown(t, id, mono_ms))
 *         key_table_look_up(t, call, id, &err);          offline, on a worker; then find again
 *
 * The keys of a tenant are loaded together, when one of them is first presented. From then on they follow the tenant's
 * revision, by key_table_refresh after a write of this process and by key_table_poll for those of others: so a key is
 * revoked everywhere as fast as a flag is changed.
 */
#ifndef FF_USECASE_KEY_TABLE_H
#define FF_USECASE_KEY_TABLE_H

#include "base/call.h"
#include "usecase/key_entry.h"

struct key_table;

enum { KEY_UNKNOWN_MS = 1000 /* so long is remembered that the store has no such key */ };

/* `mono_ms` is the monotonic clock (sys/clock.h) or a test's. The repository is borrowed. */
struct key_table *key_table_new(struct repository *repository, uint64_t (*mono_ms)(void));
/* Nobody may be in a call or online with one of its entries. */
void key_table_free(struct key_table *t);

/* The key of that id, which may have expired; NULL where it is not in memory. Good until the thread goes offline. */
struct key_entry *key_table_find(const struct key_table *t, ff_str id);
/* Has the store said within KEY_UNKNOWN_MS that there is no such key? Any thread; no lock. */
bool key_table_is_unknown(const struct key_table *t, ff_str id, uint64_t mono_ms);
/*
 * Asks the store for the key of that id, and loads its tenant's. However many ask at once, one question is asked. FF_OK
 * also where there is none, or no more. Offline only. FF_ETIMEOUT, FF_ECANCELLED, the store's.
 */
FF_MUST ff_status key_table_look_up(struct key_table *t, const struct ff_call *call, ff_str id, struct ff_err *reterr);

/* Loads the keys of call->tenant unless they are. Offline only. FF_ETENANTNOTFOUND, FF_ETIMEOUT, the store's. */
FF_MUST ff_status key_table_load(struct key_table *t, const struct ff_call *call, struct ff_err *reterr);
/*
 * Brings the keys of call->tenant, where they are loaded, to at least `revision`. Those of a tenant that is gone are
 * dropped, which is no failure. Offline only. FF_EREVISION when the store itself has not got so far.
 */
FF_MUST ff_status key_table_refresh(
	struct key_table *t, const struct ff_call *call, uint64_t revision, struct ff_err *reterr);
/*
 * Asks the store once where all loaded tenants stand, and loads what has changed. By one thread, offline. The call's
 * tenant is not looked at. All tenants are tried; the first failure is returned.
 */
FF_MUST ff_status key_table_poll(struct key_table *t, const struct ff_call *call, struct ff_err *reterr);

/* Writes to the store when keys were last used, as far as it does not know. By one thread, offline. */
FF_MUST ff_status key_table_note_uses(struct key_table *t, const struct ff_call *call, struct ff_err *reterr);

#endif
