/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repository.h - the port to the store of record. Adapters: sqlite/, memory/ (tests), postgres/.
 *
 * The store keeps *documents*: JSON text that it never looks into, under (tenant, kind, key). A flag's document is its
 * shared part; its configurations, one per environment, are *parts* with versions of their own. What the store has to
 * search or check (tags, references) is given beside the document.
 *
 * API keys are documents too, so that they have versions, an audit and revisions like all else. Two things are kept
 * beside them and are never part of a document, a change or an export: the SHA-256 of the secret and the time of the
 * last use. A key's id is one key's for ever and in all tenants; what is left of a revoked one is its tombstone, which
 * has no hash any more.
 *
 * Everything happens in a transaction of one tenant. A write transaction holds the tenant's row from its begin to its
 * end, so that writers of one tenant come one after the other and what was read in it still holds when it commits;
 * tenants don't wait for each other (but in SQLite, which has one writer a file). A read transaction sees one state,
 * that of its begin, whatever is committed meanwhile; a write transaction sees its own changes too. Committing a
 * transaction that changed something raises the tenant's revision by exactly one, draws a new head, stamps every
 * changed row with the revision and appends one row per change to `changes`: all of it or nothing.
 *
 * Strings returned live in the arena passed in. An adapter may be used by any number of threads; a transaction by one.
 *
 * Tenants themselves are changed in transactions of the operator, REPOSITORY_OPERATOR, who has a place in the order, a
 * revision and outcomes as a tenant has, and no documents.
 *
 * Idempotency: begin refuses a second write transaction of one (tenant, actor, idempotency_key) while the first is
 * open; the first looks for the outcome of one before it and stores its own together with its change. So a change
 * happens once, whoever repeats the request, whenever and wherever.
 *
 * Housekeeping forgets what nobody needs any more: outcomes past their time, and tombstones. What the log says stays,
 * so a document that was purged goes on counting its versions all the same.
 *
 * A refusal (not found, exists, conflict) leaves the transaction as it was. When the store fails, or the call is over,
 * in the middle of a write transaction, the transaction is lost: every later write and the commit fail as well.
 * tests/contract/ has one suite that every adapter passes.
 */
#ifndef FF_REPOSITORY_REPOSITORY_H
#define FF_REPOSITORY_REPOSITORY_H

#include "base/call.h"

enum document_kind { DOCUMENT_FLAG, DOCUMENT_SEGMENT, DOCUMENT_ENVIRONMENT, DOCUMENT_KEY, DOCUMENT_KINDS };

/* "flag", "segment", "environment", "key". */
const char *document_kind_name(enum document_kind kind);
/* The kind of that name; false for any other. */
FF_MUST bool document_kind_parse(ff_str name, enum document_kind *ret);

/* One environment's configuration of a flag. */
struct document_part {
	ff_str name;      /* the environment */
	uint64_t version; /* raised by the store when the part is put with `changed` */
	ff_str json;
	bool changed; /* in a put: write this part; the others stay as they are */
};

/* `from` names `to`: kept by the store with the document that has it, so that "who uses this?" is one look-up. */
struct document_ref {
	enum document_kind to_kind;
	ff_str to_key;
	ff_str part; /* environment of the configuration that names it; empty in a segment or key */
};

struct document {
	enum document_kind kind;
	ff_str key;
	uint64_t version, revision;     /* set by the store */
	int64_t created_at, updated_at; /* ms since the epoch; set by the store from the transaction's time */
	ff_str json;
	struct document_part *parts; /* flags only; by name */
	uint32_t n_parts;
	/* Beside the document, for searching. Given in a put, not returned. */
	bool archived;
	ff_str search; /* text that `q` is looked for in, without regard to ASCII case */
	const ff_str *tags;
	uint32_t n_tags;
	const struct document_ref *refs; /* all of them: they replace the old ones */
	uint32_t n_refs;
	/* Beside a key. The hash: SECRET_SHA256_BYTES, in the put that makes the key and never again; returned by `each`.
	 */
	ff_str secret_sha256;
	int64_t last_used_at; /* returned (0: never used); not part of the state that a transaction sees, but the newest */
};

enum { SECRET_SHA256_BYTES = 32 };

struct document_query {
	enum document_kind kind;
	ff_str after;   /* keys greater than this (memcmp order); empty: from the first */
	uint32_t limit; /* 1 … 1000 */
	ff_str q, tag;  /* empty: any */
	enum { ARCHIVED_ANY, ARCHIVED_NO, ARCHIVED_YES } archived;
};

struct document_list {
	struct document *items;
	uint32_t n;
	bool more; /* there are others behind the last */
};

enum change_action { CHANGE_CREATED, CHANGE_UPDATED, CHANGE_DELETED };
/* "FlagCreated", "SegmentUpdated", …: the type in events and in the audit. */
const char *change_type(enum document_kind kind, enum change_action action);

/* A row of `changes`: audit, history and feed in one. */
struct change {
	uint64_t revision;
	uint32_t item; /* within the revision, from 0 */
	enum document_kind kind;
	enum change_action action;
	ff_str key;
	uint64_t version; /* of the document, after the change */
	int64_t at;
	ff_str actor, request_id, comment;
	ff_str patch; /* JSON Patch (RFC 6902) from the whole document before ("" → null) to the one after */
	ff_str full;  /* the whole document after the change, on every CHANGE_FULL_EVERY-th version and on the first; else
					 empty */
};

enum { CHANGE_FULL_EVERY = 32 };

struct change_query {
	bool one; /* only those of (kind, key) */
	enum document_kind kind;
	ff_str key;
	ff_str actor;             /* empty: any */
	uint64_t before_revision; /* only older ones; 0: from the newest */
	uint32_t before_item;     /* with before_revision: where in it the last page ended (that item excluded) */
	uint32_t limit;
};

struct change_list {
	struct change *items;
	uint32_t n;
	bool more;
};

struct document_ref_list {
	struct document *from; /* kind and key, and in parts[].name the environments that name it; nothing else */
	uint32_t n;
};

/* Where a tenant stands. */
struct tenant_state {
	uint64_t revision, head;
};

/* Whose transactions those over tenants are (call->tenant of their begin): no tenant's key can be this. */
#define REPOSITORY_OPERATOR FF_STR("*")

struct tenant {
	ff_str key, name;
	int64_t created_at;
};

struct tenant_list {
	struct tenant *items;
	uint32_t n;
	bool more;
};

/* What a write with an idempotency key came to. */
struct outcome {
	ff_str fingerprint; /* OUTCOME_FINGERPRINT_BYTES: which request it was (SHA-256, the caller's) */
	ff_str answer;      /* JSON text, the caller's */
	int64_t at;         /* set by the store from the transaction's time */
};

enum {
	OUTCOME_FINGERPRINT_BYTES = 32,
	OUTCOME_TTL_MS = 24 * 3600 * 1000, /* an outcome as old as that is not found any more */
};

/* A key as the door sees it, whatever its tenant. */
struct key_record {
	ff_str tenant, id;
	bool revoked; /* or its tenant is deleted; then without hash and json */
	ff_str secret_sha256, json;
};

struct key_use {
	ff_str tenant, id;
	int64_t at;
};

/* What one call of housekeep has purged. */
struct housekeeping_counts {
	uint32_t outcomes, tombstones;
	bool more; /* it stopped at a limit: there may be more to purge */
};

enum {
	TOMBSTONE_HORIZON_DAYS = 30,
	HOUSEKEEPING_ROWS_MAX = 1000, /* purged at most in one call, of outcomes and of each kind of document */
};

enum tx_mode { TX_READ, TX_WRITE };

struct repository;

/* A transaction; adapters embed it. */
struct repository_tx {
	struct repository *repository;
	enum tx_mode mode;
};

struct repository_ops {
	const char *name; /* "sqlite", … */

	/* Closes everything. No transaction may be open. */
	void (*close)(struct repository *r);

	/* Can the store answer now? For readiness. */
	ff_status (*ping)(struct repository *r, const struct ff_call *call, struct ff_err *reterr);

	/*
	 * Creates a tenant as tenant_create does; FF_OK also if it is there already, or once was. Adapters take
	 * repository_tenant_ensure (adapter.h).
	 */
	ff_status (*tenant_ensure)(struct repository *r, const struct ff_call *call, ff_str tenant, ff_str name,
		int64_t now_ms, struct ff_err *reterr);

	/*
	 * Where all of `tenants` stand, one query for them all, in their order, into ret[n]; {0, 0} for one that is not
	 * there (any more). For the poll.
	 */
	ff_status (*revisions)(struct repository *r, const struct ff_call *call, const ff_str *tenants, uint32_t n,
		struct tenant_state *ret, struct ff_err *reterr);

	/* The key of that id, whosever it is, revoked ones too. FF_EKEYNOTFOUND. */
	ff_status (*key_find)(struct repository *r, const struct ff_call *call, ff_str id, struct ff_arena *arena,
		struct key_record *ret, struct ff_err *reterr);
	/*
	 * Notes when keys were last used, many at once. A time only ever goes forward; keys that are not there are passed
	 * over. No change: neither a revision nor a version.
	 */
	ff_status (*key_used)(struct repository *r, const struct ff_call *call, const struct key_use *uses, uint32_t n,
		struct ff_err *reterr);

	/*
	 * Purges, in all tenants, outcomes that are not found any more at now_ms, and the tombstones of flags (with their
	 * parts) and segments that are as old as TOMBSTONE_HORIZON_DAYS and in the log with their last version. Those of
	 * environments and keys stay: they are few. No change, and bounded: called again and again.
	 */
	ff_status (*housekeep)(struct repository *r, const struct ff_call *call, int64_t now_ms,
		struct housekeeping_counts *ret, struct ff_err *reterr);

	/*
	 * Starts a transaction for call->tenant, at the time now_ms. Waits for the tenant's other writers and for a
	 * connection, no longer than the call's deadline (FF_ETIMEOUT) and no longer than its caller (FF_ECANCELLED).
	 * A write with call->idempotency_key: FF_EIDEMPOTENCYINPROGRESS, at once, while another one of the same tenant,
	 * actor and idempotency key is open (with SQLite, in this process: another process's is waited for).
	 * FF_ETENANTNOTFOUND; FF_EUNAVAILABLE when the store cannot be reached; FF_ESTORAGE when it fails. Ended by commit
	 * or rollback, whatever happened in between; `call` is borrowed until then.
	 */
	ff_status (*begin)(struct repository *r, const struct ff_call *call, enum tx_mode mode, int64_t now_ms,
		struct repository_tx **ret, struct ff_err *reterr);
	/*
	 * Makes it last (durably: after FF_OK it survives a crash). *ret is the state after it, that of its begin where
	 * nothing was put, removed, restored or logged and no tenant created or removed. Ends the transaction, also on
	 * failure, of which nothing then remains; a call that is over by now is one.
	 */
	ff_status (*commit)(struct repository_tx *tx, struct tenant_state *ret, struct ff_err *reterr);
	/* Ends it without a trace. */
	void (*rollback)(struct repository_tx *tx);

	/* The tenant's state as this transaction sees it (before its own changes). */
	ff_status (*state)(struct repository_tx *tx, struct tenant_state *ret, struct ff_err *reterr);

	/*
	 * In transactions of the operator. Creates a tenant with the environment `production`, logged as its first change,
	 * at revision 1. FF_ETENANTEXISTS, also when it was removed: a tenant's key is not used again.
	 */
	ff_status (*tenant_create)(struct repository_tx *tx, ff_str tenant, ff_str name, struct ff_err *reterr);
	/* By key, those greater than `after` (empty: from the first), at most `limit` (1 … 1000). */
	ff_status (*tenant_list)(struct repository_tx *tx, ff_str after, uint32_t limit, struct ff_arena *arena,
		struct tenant_list *ret, struct ff_err *reterr);
	/*
	 * Deletes a tenant when its writers have ended: from the commit on no operation finds it, and nothing of it is
	 * lost. FF_ETENANTNOTFOUND.
	 */
	ff_status (*tenant_remove)(struct repository_tx *tx, ff_str tenant, struct ff_err *reterr);

	/*
	 * In a write transaction with an idempotency key: the outcome that one before it has stored, unless it is too old.
	 */
	ff_status (*outcome_get)(
		struct repository_tx *tx, struct ff_arena *arena, bool *ret_found, struct outcome *ret, struct ff_err *reterr);
	/* Stores this one's, in place of any before it. Alone it makes no revision. */
	ff_status (*outcome_put)(struct repository_tx *tx, const struct outcome *outcome, struct ff_err *reterr);

	/* One document with all its parts. FF_EFLAGNOTFOUND and the like. */
	ff_status (*get)(struct repository_tx *tx, enum document_kind kind, ff_str key, struct ff_arena *arena,
		struct document *ret, struct ff_err *reterr);
	/* By key (memcmp order), with all their parts. */
	ff_status (*list)(struct repository_tx *tx, const struct document_query *query, struct ff_arena *arena,
		struct document_list *ret, struct ff_err *reterr);
	/*
	 * All documents of a kind by key, each with at most the part `part` (empty: none), one after the other: `visit`
	 * borrows the document for the call and ends the walk by returning false; it may use the transaction, but not walk
	 * again. Keys come with the hash of their secret. For loading snapshots and the table of keys.
	 */
	ff_status (*each)(struct repository_tx *tx, enum document_kind kind, ff_str part,
		bool (*visit)(void *arg, const struct document *d), void *arg, struct ff_err *reterr);

	/* The documents that name (kind, key), by kind (in the order of the enum) and key. */
	ff_status (*used_by)(struct repository_tx *tx, enum document_kind kind, ff_str key, struct ff_arena *arena,
		struct document_ref_list *ret, struct ff_err *reterr);
	/* What (kind, key) names, by part, kind and key. */
	ff_status (*uses)(struct repository_tx *tx, enum document_kind kind, ff_str key, struct ff_arena *arena,
		struct document_ref **ret, uint32_t *ret_n, struct ff_err *reterr);

	/*
	 * Writes `d`: its json, its `changed` parts, its refs and search columns. expected_version is the version that must
	 * be there now; 0: it must not exist. FF_ECONFLICT with the current version in reterr->version; FF_EFLAGEXISTS and
	 * the like for 0; FF_EFLAGNOTFOUND and the like when it is not there; FF_EENVIRONMENTNOTFOUND for a changed part of
	 * an environment that the tenant does not have; FF_EKEYEXISTS where the id is or ever was a key's, of whatever
	 * tenant. On success d's version, revision, times and all part versions are what was stored (0: no such part).
	 *
	 * Versions never come again: a key that was deleted goes on counting them, and so does a part. Where housekeeping
	 * has purged the tombstone, the document goes on from the log, and its parts in all environments from the version
	 * that the document had, which none of theirs was above.
	 */
	ff_status (*put)(struct repository_tx *tx, struct document *d, uint64_t expected_version, struct ff_err *reterr);
	/*
	 * Deletes it with its parts and refs, leaving a tombstone. *ret_version is the version that the deletion has. An
	 * environment takes the parts of that name, and the refs in them, of every flag with it, whose versions stay:
	 * whoever wants that in their history puts them first. A key loses its hash. Who else names it is the caller's
	 * business (used_by). Fails as put.
	 */
	ff_status (*remove)(struct repository_tx *tx, enum document_kind kind, ff_str key, uint64_t expected_version,
		uint64_t *ret_version, struct ff_err *reterr);

	/*
	 * Writes `d` as it was in another store: as a put does, but with its own version, times and versions of parts (all
	 * of them are written, `changed` or not), and its history, n changes, oldest first, of which only revision and item
	 * are this transaction's. Without json it is a tombstone. Not for keys. FF_EFLAGEXISTS and the like if there is
	 * one, or a tombstone, or a history already; FF_EENVIRONMENTNOTFOUND as put.
	 */
	ff_status (*restore)(struct repository_tx *tx, const struct document *d, const struct change *changes, uint32_t n,
		struct ff_err *reterr);

	/* Appends to `changes` (revision, item, at, actor, request_id, comment are filled in from the transaction's call).
	 */
	ff_status (*log)(struct repository_tx *tx, const struct change *c, struct ff_err *reterr);
	/* Newest first: by revision and item, descending. */
	ff_status (*changes)(struct repository_tx *tx, const struct change_query *query, struct ff_arena *arena,
		struct change_list *ret, struct ff_err *reterr);
	/*
	 * What is needed to rebuild (kind, key) as it was at `version`: the newest change with `full` at or below it (the
	 * first of all where none has), and all after that up to it, oldest first. The last one is `version`'s own, which
	 * may be a deletion. FF_EVERSIONNOTFOUND.
	 */
	ff_status (*version_chain)(struct repository_tx *tx, enum document_kind kind, ff_str key, uint64_t version,
		struct ff_arena *arena, struct change_list *ret, struct ff_err *reterr);
};

struct repository {
	const struct repository_ops *ops;
};

/* For FF_CLEANUP on a `struct repository_tx *`: rolls back what was not taken. */
static inline void
repository_rollbackp(struct repository_tx **tx)
{
	if (*tx)
		(*tx)->repository->ops->rollback(*tx);
}

#endif
