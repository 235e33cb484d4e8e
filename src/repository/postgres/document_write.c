/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/adapter.h"
#include "repository/postgres/transaction.h"

/* What is under a key now. */
struct standing {
	uint64_t version; /* 0: nothing ever was */
	bool live;
	int64_t created_at;
};

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
	return FF_OK;
}

/* The parts to write, as columns. */
struct changed_parts {
	ff_str *names, *json;
	uint32_t n;
};

static struct changed_parts
changed_parts_of(const struct document *d, struct ff_arena *scratch)
{
	struct changed_parts parts = {
		.names = FF_ARENA_ARRAY(scratch, ff_str, d->n_parts), .json = FF_ARENA_ARRAY(scratch, ff_str, d->n_parts)};

	for (uint32_t i = 0; i < d->n_parts; i++)
		if (d->parts[i].changed) {
			parts.names[parts.n] = d->parts[i].name;
			parts.json[parts.n++] = d->parts[i].json;
		}
	return parts;
}

/* Before the first write: a refusal must leave the transaction as it was. */
static ff_status
check_environments(struct pg_tx *tx, const struct changed_parts *parts, struct ff_err *reterr)
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
put_parts(struct pg_tx *tx, struct document *d, const struct changed_parts *parts, struct ff_err *reterr)
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
put_document(struct pg_tx *tx, const struct document *d, struct ff_arena *scratch, struct ff_err *reterr)
{
	return pg_run(tx->connection, SQL_DOCUMENT_PUT, d->kind,
		SQL_ARGS(SQL_INT(tx->tenant), SQL_TEXT(d->key), SQL_INT(d->version), SQL_INT(d->revision),
			SQL_INT(d->created_at), SQL_INT(d->updated_at), SQL_BOOL(d->archived),
			SQL_TEXT(repository_lower(scratch, d->search)), SQL_TEXTS(d->tags, d->n_tags), SQL_TEXT(d->json)),
		reterr);
}

ff_status
pg_put(struct repository_tx *super, struct document *d, uint64_t expected_version, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	struct pg_tx *tx = pg_writer_of(super);
	struct changed_parts parts = changed_parts_of(d, &scratch);
	struct standing now;

	ff_assert(d->json.n && (d->kind == DOCUMENT_FLAG || d->n_parts == 0));
	FF_TRY(standing_of(tx, d->kind, d->key, &now, reterr));
	FF_TRY(repository_may_put(d->kind, d->key, now.live ? now.version : 0, expected_version, reterr));
	FF_TRY(check_environments(tx, &parts, reterr));

	tx->changed = true;
	d->version = now.version + 1;
	d->revision = pg_tx_revision(tx);
	d->created_at = now.live ? now.created_at : tx->now_ms;
	d->updated_at = tx->now_ms;
	FF_TRY(put_document(tx, d, &scratch, reterr));
	FF_TRY(put_parts(tx, d, &parts, reterr));
	return put_refs(tx, d->kind, d->key, d->refs, d->n_refs, &scratch, reterr);
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
