/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"
#include "repository/sqlite/transaction.h"

/* What is under a key now. */
struct standing {
	uint64_t version; /* 0: nothing ever was */
	bool live;
	bool purged; /* nothing but what the log says */
	int64_t created_at;
};

static ff_status
standing_in_log(struct sqlite_tx *tx, enum document_kind kind, ff_str key, struct standing *ret, struct ff_err *reterr)
{
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};

	FF_TRY(sql_begin(tx->connection, SQL_CHANGES_LAST, kind,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_KIND(kind), SQL_TEXT(key)), &rows, reterr));
	if (sql_next(&rows))
		*ret = (struct standing){.version = (uint64_t)sql_int(&rows, 0), .purged = true};
	return sql_end(&rows, reterr);
}

static ff_status
standing_of(struct sqlite_tx *tx, enum document_kind kind, ff_str key, struct standing *ret, struct ff_err *reterr)
{
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};

	*ret = (struct standing){0};
	FF_TRY(sql_begin(
		tx->connection, SQL_DOCUMENT_STANDING, kind, SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(key)), &rows, reterr));
	if (sql_next(&rows))
		*ret = (struct standing){
			.version = (uint64_t)sql_int(&rows, 0),
			.live = sql_int(&rows, 1) != 0,
			.created_at = sql_int(&rows, 2),
		};
	FF_TRY(sql_end(&rows, reterr));
	return ret->version ? FF_OK : standing_in_log(tx, kind, key, ret, reterr);
}

/* Those of changed parts, or of all. Before the first write: a refusal must leave the transaction as it was. */
static ff_status
check_environments(struct sqlite_tx *tx, const struct document *d, bool all, struct ff_err *reterr)
{
	for (uint32_t i = 0; i < d->n_parts; i++) {
		struct standing environment;

		if (!d->parts[i].changed && !all)
			continue;
		FF_TRY(standing_of(tx, DOCUMENT_ENVIRONMENT, d->parts[i].name, &environment, reterr));
		if (!environment.live)
			return repository_fail_missing(DOCUMENT_ENVIRONMENT, d->parts[i].name, reterr);
	}
	return FF_OK;
}

static ff_status
put_part(struct sqlite_tx *tx, ff_str flag, struct document_part *p, struct ff_err *reterr)
{
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};

	if (p->changed)
		FF_TRY(sql_begin(tx->connection, SQL_PART_PUT, DOCUMENT_FLAG,
			SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(flag), SQL_TEXT(p->name), SQL_INT(sqlite_tx_revision(tx)),
				SQL_TEXT(p->json)),
			&rows, reterr));
	else
		FF_TRY(sql_begin(tx->connection, SQL_PART_VERSION, DOCUMENT_FLAG,
			SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(flag), SQL_TEXT(p->name)), &rows, reterr));
	p->version = sql_next(&rows) ? (uint64_t)sql_int(&rows, 0) : 0;
	return sql_end(&rows, reterr);
}

static ff_status
remove_beside(struct sqlite_tx *tx, enum document_kind kind, ff_str key, struct ff_err *reterr)
{
	struct sql_args args = SQL_ARGS(SQL_INT(tx->tenant), SQL_KIND(kind), SQL_TEXT(key));

	FF_TRY(sql_run(tx->connection, SQL_TAGS_REMOVE, kind, args, reterr));
	return sql_run(tx->connection, SQL_REFS_REMOVE, kind, args, reterr);
}

/* The tags and refs of `d` replace those that were. */
static ff_status
put_beside(struct sqlite_tx *tx, const struct document *d, struct ff_err *reterr)
{
	FF_TRY(remove_beside(tx, d->kind, d->key, reterr));
	for (uint32_t i = 0; i < d->n_tags; i++)
		FF_TRY(sql_run(tx->connection, SQL_TAG_PUT, d->kind,
			SQL_ARGS(SQL_INT(tx->tenant), SQL_KIND(d->kind), SQL_TEXT(d->key), SQL_TEXT(d->tags[i])), reterr));
	for (uint32_t i = 0; i < d->n_refs; i++)
		FF_TRY(sql_run(tx->connection, SQL_REF_PUT, d->kind,
			SQL_ARGS(SQL_INT(tx->tenant), SQL_KIND(d->kind), SQL_TEXT(d->key), SQL_TEXT(d->refs[i].part),
				SQL_KIND(d->refs[i].to_kind), SQL_TEXT(d->refs[i].to_key)),
			reterr));
	return FF_OK;
}

static ff_status
put_document(struct sqlite_tx *tx, enum sql_statement which, const struct document *d, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	const struct sql_arg args[] = {
		SQL_INT(tx->tenant), SQL_TEXT(d->key), SQL_INT(d->version), SQL_INT(sqlite_tx_revision(tx)),
		SQL_INT(d->created_at), SQL_INT(d->updated_at), SQL_INT(d->archived),
		SQL_TEXT(repository_lower(&scratch, d->search)), SQL_TEXT(d->json),
		SQL_BLOB(d->secret_sha256), /* only keys have it */
	};

	return sql_run(tx->connection, which, d->kind,
		(struct sql_args){args, FF_COUNT(args) - (d->kind == DOCUMENT_KEY ? 0 : 1)}, reterr);
}

/* After a purge, versions of parts go on from the document's. */
static ff_status
entomb_parts(struct sqlite_tx *tx, ff_str key, uint64_t version, struct ff_err *reterr)
{
	return sql_run(tx->connection, SQL_PARTS_ENTOMB, DOCUMENT_FLAG,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(key), SQL_INT(version), SQL_INT(sqlite_tx_revision(tx))), reterr);
}

/* A key's id is not used again, in any tenant. */
static ff_status
check_id(struct sqlite_tx *tx, ff_str id, struct ff_err *reterr)
{
	FF_CLEANUP(sql_endp) struct sql_rows rows = {0};
	bool found;

	FF_TRY(sql_begin(tx->connection, SQL_KEY_FIND, DOCUMENT_KEY, SQL_ARGS(SQL_TEXT(id)), &rows, reterr));
	found = sql_next(&rows);
	FF_TRY(sql_end(&rows, reterr));
	return found ? repository_fail_exists(DOCUMENT_KEY, id, reterr) : FF_OK;
}

ff_status
sqlite_put(struct repository_tx *super, struct document *d, uint64_t expected_version, struct ff_err *reterr)
{
	struct sqlite_tx *tx = sqlite_writer_of(super);
	struct standing now;

	repository_assert_putable(d, expected_version);
	if (d->kind == DOCUMENT_KEY && expected_version == 0)
		FF_TRY(check_id(tx, d->key, reterr));
	FF_TRY(standing_of(tx, d->kind, d->key, &now, reterr));
	FF_TRY(repository_may_put(d->kind, d->key, now.live ? now.version : 0, expected_version, reterr));
	FF_TRY(check_environments(tx, d, false, reterr));

	tx->changed = true;
	d->version = now.version + 1;
	d->revision = sqlite_tx_revision(tx);
	d->created_at = now.live ? now.created_at : tx->now_ms;
	d->updated_at = tx->now_ms;
	FF_TRY(put_document(tx, SQL_DOCUMENT_PUT, d, reterr));
	if (now.purged && d->kind == DOCUMENT_FLAG)
		FF_TRY(entomb_parts(tx, d->key, now.version, reterr));
	for (uint32_t i = 0; i < d->n_parts; i++)
		FF_TRY(put_part(tx, d->key, &d->parts[i], reterr));
	return put_beside(tx, d, reterr);
}

ff_status
sqlite_restore(struct repository_tx *super, const struct document *d, const struct change *changes, uint32_t n,
	struct ff_err *reterr)
{
	struct sqlite_tx *tx = sqlite_writer_of(super);
	struct standing now;

	ff_assert(d->kind != DOCUMENT_KEY && (d->kind == DOCUMENT_FLAG || d->n_parts == 0));
	FF_TRY(standing_of(tx, d->kind, d->key, &now, reterr));
	if (now.version)
		return repository_fail_exists(d->kind, d->key, reterr);
	FF_TRY(check_environments(tx, d, true, reterr));

	tx->changed = true;
	FF_TRY(put_document(tx, SQL_DOCUMENT_RESTORE, d, reterr));
	for (uint32_t i = 0; i < d->n_parts; i++)
		FF_TRY(sql_run(tx->connection, SQL_PART_RESTORE, d->kind,
			SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(d->key), SQL_TEXT(d->parts[i].name), SQL_INT(d->parts[i].version),
				SQL_INT(sqlite_tx_revision(tx)), SQL_TEXT(d->parts[i].json)),
			reterr));
	FF_TRY(put_beside(tx, d, reterr));
	for (uint32_t i = 0; i < n; i++)
		FF_TRY(sqlite_change_put(tx, &changes[i], reterr));
	return FF_OK;
}

/* An environment's parts and the refs in them. */
static ff_status
remove_environment(struct sqlite_tx *tx, ff_str key, struct ff_err *reterr)
{
	static const enum sql_statement steps[] = {SQL_ENVIRONMENT_STAMP, SQL_ENVIRONMENT_PARTS_REMOVE};
	struct sql_args args = SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(key), SQL_INT(sqlite_tx_revision(tx)));

	for (size_t i = 0; i < FF_COUNT(steps); i++)
		FF_TRY(sql_run(tx->connection, steps[i], DOCUMENT_ENVIRONMENT, args, reterr));
	return sql_run(tx->connection, SQL_ENVIRONMENT_REFS_REMOVE, DOCUMENT_ENVIRONMENT,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(key)), reterr);
}

ff_status
sqlite_remove(struct repository_tx *super, enum document_kind kind, ff_str key, uint64_t expected_version,
	uint64_t *ret_version, struct ff_err *reterr)
{
	struct sqlite_tx *tx = sqlite_writer_of(super);
	struct sql_args args;
	struct standing now;

	FF_TRY(standing_of(tx, kind, key, &now, reterr));
	FF_TRY(repository_may_remove(kind, key, now.live ? now.version : 0, expected_version, reterr));

	tx->changed = true;
	if (kind == DOCUMENT_ENVIRONMENT)
		FF_TRY(remove_environment(tx, key, reterr));
	args = SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(key), SQL_INT(sqlite_tx_revision(tx)));
	if (kind == DOCUMENT_FLAG)
		FF_TRY(sql_run(tx->connection, SQL_PARTS_REMOVE, kind, args, reterr));
	FF_TRY(sql_run(tx->connection, SQL_DOCUMENT_REMOVE, kind,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(key), SQL_INT(sqlite_tx_revision(tx)), SQL_INT(tx->now_ms)), reterr));
	FF_TRY(remove_beside(tx, kind, key, reterr));
	*ret_version = now.version + 1;
	return FF_OK;
}
