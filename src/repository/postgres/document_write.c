/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"
#include "repository/postgres/transaction.h"

/* What is under a key now. */
struct standing {
	uint64_t version; /* 0: nothing ever was */
	bool live;
	bool purged; /* nothing but what the log says */
	int64_t created_at;
};

static ff_status
standing_in_log(struct pg_tx *tx, enum document_kind kind, ff_str key, struct standing *ret, struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	FF_TRY(pg_query(tx->connection, SQL_CHANGES_LAST, kind,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_KIND(kind), SQL_TEXT(key)), &rows, reterr));
	if (pg_next(&rows))
		*ret = (struct standing){.version = (uint64_t)pg_int(&rows, 0), .purged = true};
	return FF_OK;
}

static ff_status
standing_of(struct pg_tx *tx, enum document_kind kind, ff_str key, struct standing *ret, struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	*ret = (struct standing){0};
	FF_TRY(pg_query(
		tx->connection, SQL_DOCUMENT_STANDING, kind, SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(key)), &rows, reterr));
	if (pg_next(&rows))
		*ret = (struct standing){
			.version = (uint64_t)pg_int(&rows, 0),
			.live = pg_bool(&rows, 1),
			.created_at = pg_int(&rows, 2),
		};
	return ret->version ? FF_OK : standing_in_log(tx, kind, key, ret, reterr);
}

/* The parts to write, as columns. */
struct part_columns {
	ff_str *names, *json;
	int64_t *versions;
	uint32_t n;
};

/* Those that changed, or all. */
static struct part_columns
part_columns_of(const struct document *d, bool all, struct ff_arena *scratch)
{
	struct part_columns parts = {
		.names = FF_ARENA_ARRAY(scratch, ff_str, d->n_parts),
		.json = FF_ARENA_ARRAY(scratch, ff_str, d->n_parts),
		.versions = FF_ARENA_ARRAY(scratch, int64_t, d->n_parts),
	};

	for (uint32_t i = 0; i < d->n_parts; i++)
		if (all || d->parts[i].changed) {
			parts.names[parts.n] = d->parts[i].name;
			parts.versions[parts.n] = (int64_t)d->parts[i].version;
			parts.json[parts.n++] = d->parts[i].json;
		}
	return parts;
}

/* Before the first write: a refusal must leave the transaction as it was. */
static ff_status
check_environments(struct pg_tx *tx, const struct part_columns *parts, struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	if (parts->n == 0)
		return FF_OK;
	FF_TRY(pg_query(tx->connection, SQL_ENVIRONMENT_MISSING, DOCUMENT_FLAG,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXTS(parts->names, parts->n)), &rows, reterr));
	if (pg_next(&rows))
		return repository_fail_missing(DOCUMENT_ENVIRONMENT, pg_text(&rows, 0), reterr);
	return FF_OK;
}

static ff_status
read_part_versions(struct pg_tx *tx, struct document *d, struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	if (d->n_parts == 0)
		return FF_OK;
	FF_TRY(pg_query(
		tx->connection, SQL_PART_VERSIONS, d->kind, SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(d->key)), &rows, reterr));
	for (uint32_t i = 0; i < d->n_parts; i++)
		d->parts[i].version = 0;
	while (pg_next(&rows))
		for (uint32_t i = 0; i < d->n_parts; i++)
			if (ff_str_eq(d->parts[i].name, pg_text(&rows, 0)))
				d->parts[i].version = (uint64_t)pg_int(&rows, 1);
	return FF_OK;
}

static ff_status
put_parts(struct pg_tx *tx, struct document *d, const struct part_columns *parts, struct ff_err *reterr)
{
	if (parts->n)
		FF_TRY(pg_run(tx->connection, SQL_PARTS_PUT, d->kind,
			SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(d->key), SQL_INT(d->revision), SQL_TEXTS(parts->names, parts->n),
				SQL_TEXTS(parts->json, parts->n)),
			reterr));
	return read_part_versions(tx, d, reterr);
}

/* `refs` replace those that were. */
static ff_status
put_refs(struct pg_tx *tx, enum document_kind kind, ff_str key, const struct document_ref *refs, uint32_t n,
	struct ff_arena *scratch, struct ff_err *reterr)
{
	ff_str *parts = FF_ARENA_ARRAY(scratch, ff_str, n), *kinds = FF_ARENA_ARRAY(scratch, ff_str, n),
		   *keys = FF_ARENA_ARRAY(scratch, ff_str, n);

	if (kind == DOCUMENT_ENVIRONMENT) /* names nothing */
		return FF_OK;
	for (uint32_t i = 0; i < n; i++) {
		parts[i] = refs[i].part;
		kinds[i] = ff_str_z(document_kind_name(refs[i].to_kind));
		keys[i] = refs[i].to_key;
	}
	return pg_run(tx->connection, SQL_REFS_PUT, kind,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_KIND(kind), SQL_TEXT(key), SQL_TEXTS(parts, n), SQL_TEXTS(kinds, n),
			SQL_TEXTS(keys, n)),
		reterr);
}

static ff_status
put_document(struct pg_tx *tx, enum sql_statement which, const struct document *d, struct ff_arena *scratch,
	struct ff_err *reterr)
{
	const struct sql_arg args[] = {
		SQL_INT(tx->tenant), SQL_TEXT(d->key), SQL_INT(d->version), SQL_INT(pg_tx_revision(tx)), SQL_INT(d->created_at),
		SQL_INT(d->updated_at), SQL_BOOL(d->archived), SQL_TEXT(repository_lower(scratch, d->search)),
		SQL_TEXTS(d->tags, d->n_tags), SQL_TEXT(d->json), SQL_BLOB(d->secret_sha256), /* only keys have it */
	};

	return pg_run(tx->connection, which, d->kind,
		(struct sql_args){args, FF_COUNT(args) - (d->kind == DOCUMENT_KEY ? 0 : 1)}, reterr);
}

/* After a purge, versions of parts go on from the document's. */
static ff_status
entomb_parts(struct pg_tx *tx, ff_str key, uint64_t version, struct ff_err *reterr)
{
	return pg_run(tx->connection, SQL_PARTS_ENTOMB, DOCUMENT_FLAG,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(key), SQL_INT(version), SQL_INT(pg_tx_revision(tx))), reterr);
}

/* A key's id is not used again, in any tenant. */
static ff_status
check_id(struct pg_tx *tx, ff_str id, struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	FF_TRY(pg_query(tx->connection, SQL_KEY_FIND, DOCUMENT_KEY, SQL_ARGS(SQL_TEXT(id)), &rows, reterr));
	return pg_next(&rows) ? repository_fail_exists(DOCUMENT_KEY, id, reterr) : FF_OK;
}

ff_status
pg_put(struct repository_tx *super, struct document *d, uint64_t expected_version, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	struct pg_tx *tx = pg_writer_of(super);
	struct part_columns parts = part_columns_of(d, false, &scratch);
	struct standing now;

	repository_assert_putable(d, expected_version);
	if (d->kind == DOCUMENT_KEY && expected_version == 0)
		FF_TRY(check_id(tx, d->key, reterr));
	FF_TRY(standing_of(tx, d->kind, d->key, &now, reterr));
	FF_TRY(repository_may_put(d->kind, d->key, now.live ? now.version : 0, expected_version, reterr));
	FF_TRY(check_environments(tx, &parts, reterr));

	tx->changed = true;
	d->version = now.version + 1;
	d->revision = pg_tx_revision(tx);
	d->created_at = now.live ? now.created_at : tx->now_ms;
	d->updated_at = tx->now_ms;
	FF_TRY(put_document(tx, SQL_DOCUMENT_PUT, d, &scratch, reterr));
	if (now.purged && d->kind == DOCUMENT_FLAG)
		FF_TRY(entomb_parts(tx, d->key, now.version, reterr));
	FF_TRY(put_parts(tx, d, &parts, reterr));
	return put_refs(tx, d->kind, d->key, d->refs, d->n_refs, &scratch, reterr);
}

ff_status
pg_restore(struct repository_tx *super, const struct document *d, const struct change *changes, uint32_t n,
	struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	struct pg_tx *tx = pg_writer_of(super);
	struct part_columns parts = part_columns_of(d, true, &scratch);
	struct standing now;

	ff_assert(d->kind != DOCUMENT_KEY && d->version > 0);
	FF_TRY(standing_of(tx, d->kind, d->key, &now, reterr));
	if (now.version)
		return repository_fail_exists(d->kind, d->key, reterr);
	FF_TRY(check_environments(tx, &parts, reterr));

	tx->changed = true;
	FF_TRY(put_document(tx, SQL_DOCUMENT_RESTORE, d, &scratch, reterr));
	if (parts.n)
		FF_TRY(pg_run(tx->connection, SQL_PARTS_RESTORE, d->kind,
			SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(d->key), SQL_INT(pg_tx_revision(tx)),
				SQL_TEXTS(parts.names, parts.n), SQL_INTS(parts.versions, parts.n), SQL_TEXTS(parts.json, parts.n)),
			reterr));
	FF_TRY(put_refs(tx, d->kind, d->key, d->refs, d->n_refs, &scratch, reterr));
	for (uint32_t i = 0; i < n; i++)
		FF_TRY(pg_change_put(tx, &changes[i], reterr));
	return FF_OK;
}

/* An environment's parts and the refs in them. */
static ff_status
remove_environment(struct pg_tx *tx, ff_str key, struct ff_err *reterr)
{
	static const enum sql_statement steps[] = {SQL_ENVIRONMENT_STAMP, SQL_ENVIRONMENT_PARTS_REMOVE};
	struct sql_args args = SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(key), SQL_INT(pg_tx_revision(tx)));

	for (size_t i = 0; i < FF_COUNT(steps); i++)
		FF_TRY(pg_run(tx->connection, steps[i], DOCUMENT_ENVIRONMENT, args, reterr));
	return pg_run(tx->connection, SQL_ENVIRONMENT_REFS_REMOVE, DOCUMENT_ENVIRONMENT,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(key)), reterr);
}

ff_status
pg_remove(struct repository_tx *super, enum document_kind kind, ff_str key, uint64_t expected_version,
	uint64_t *ret_version, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	struct pg_tx *tx = pg_writer_of(super);
	struct standing now;

	FF_TRY(standing_of(tx, kind, key, &now, reterr));
	FF_TRY(repository_may_remove(kind, key, now.live ? now.version : 0, expected_version, reterr));

	tx->changed = true;
	if (kind == DOCUMENT_ENVIRONMENT)
		FF_TRY(remove_environment(tx, key, reterr));
	if (kind == DOCUMENT_FLAG)
		FF_TRY(pg_run(tx->connection, SQL_PARTS_REMOVE, kind,
			SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(key), SQL_INT(pg_tx_revision(tx))), reterr));
	FF_TRY(pg_run(tx->connection, SQL_DOCUMENT_REMOVE, kind,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(key), SQL_INT(pg_tx_revision(tx)), SQL_INT(tx->now_ms)), reterr));
	FF_TRY(put_refs(tx, kind, key, NULL, 0, &scratch, reterr));
	*ret_version = now.version + 1;
	return FF_OK;
}
