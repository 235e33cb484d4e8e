/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/postgres/statements.h"

#define ONE(sql)    \
	{               \
		[0] = (sql) \
	}
/* For each kind its table and when its documents were last used; keys may have a statement of their own. */
#define PER_KIND_AND(sql, key_sql)                                                                      \
	{                                                                                                   \
		[DOCUMENT_FLAG] = sql("flags", "0::bigint"), [DOCUMENT_SEGMENT] = sql("segments", "0::bigint"), \
		[DOCUMENT_ENVIRONMENT] = sql("environments", "0::bigint"), [DOCUMENT_KEY] = (key_sql)           \
	}
#define PER_KIND(sql) PER_KIND_AND(sql, sql("keys", "d.last_used_at"))

#define DOCUMENT "d.key, d.version, d.revision, d.created_at, d.updated_at, d.json, "
#define CHANGE "revision, item, kind, action, key, version, at, actor, request_id, comment, patch, \"full\""
/* In the order of enum document_kind, which is not that of the names. */
#define KIND_ORDER(column) \
	"CASE " column " WHEN 'flag' THEN 0 WHEN 'segment' THEN 1 WHEN 'environment' THEN 2 ELSE 3 END"

#define DOCUMENT_GET(table, used) \
	"SELECT " DOCUMENT used " FROM " table " d WHERE tenant_id = $1 AND key = $2 AND deleted_at IS NULL"

/* 2 after, 3 archived (-1: any), 4 q in lower case, 5 tag, 6 limit */
#define DOCUMENT_LIST(table, used)                                                                       \
	"SELECT " DOCUMENT used " FROM " table " d WHERE tenant_id = $1 AND key > $2 AND deleted_at IS NULL" \
	" AND ($3 < 0 OR archived = ($3 = 1)) AND ($4 = '' OR strpos(search, $4) > 0)"                       \
	" AND ($5 = '' OR $5 = ANY (tags)) ORDER BY key LIMIT $6"

/* 2 part, 3 after, 4 limit */
#define DOCUMENT_EACH_PLAIN(table, used, secret)                                          \
	"SELECT " DOCUMENT used ", NULL::bigint, NULL::text, $2, " secret " FROM " table " d" \
	" WHERE tenant_id = $1 AND key > $3 AND deleted_at IS NULL ORDER BY key LIMIT $4"

/*
 * The version counts on past a deletion, so tombstones stand too: version, is it live, created_at. The row is kept, so
 * that housekeeping doesn't take it away from under what comes next.
 */
#define DOCUMENT_STANDING(table, used) \
	"SELECT version, deleted_at IS NULL, created_at FROM " table " WHERE tenant_id = $1 AND key = $2 FOR UPDATE"

#define DOCUMENT_COLUMNS "tenant_id, key, version, revision, created_at, updated_at, archived, search, tags, json"
#define DOCUMENT_PUT(table, used)                                                                                \
	"INSERT INTO " table " (" DOCUMENT_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"              \
	" ON CONFLICT (tenant_id, key) DO UPDATE SET version = $3, revision = $4, created_at = $5, updated_at = $6," \
	" deleted_at = NULL, archived = $7, search = $8, tags = $9, json = $10"

/* The hash comes once; constraints are looked at before it is known that the row is there already. */
#define KEY_PUT                                                                                                \
	"INSERT INTO keys (" DOCUMENT_COLUMNS ", secret_sha256) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"  \
	" coalesce($11, (SELECT secret_sha256 FROM keys WHERE tenant_id = $1 AND key = $2)))"                      \
	" ON CONFLICT (tenant_id, key) DO UPDATE SET version = $3, revision = $4, updated_at = $6, archived = $7," \
	" search = $8, tags = $9, json = $10"

/* Without json: a tombstone. */
#define DOCUMENT_RESTORE(table, used)                                                              \
	"INSERT INTO " table " (" DOCUMENT_COLUMNS ", deleted_at) VALUES ($1, $2, $3, $4, $5, $6, $7," \
	" $8, $9, nullif($10, ''), CASE $10 WHEN '' THEN $6 END)"

#define DOCUMENT_REMOVE_AND(table, more)                                                                        \
	"UPDATE " table " SET version = version + 1, revision = $3, updated_at = $4, deleted_at = $4, search = ''," \
	" tags = '{}', json = NULL" more " WHERE tenant_id = $1 AND key = $2"
#define DOCUMENT_REMOVE(table, used) DOCUMENT_REMOVE_AND(table, "")

const char *const pg_statements[SQL_STATEMENTS][DOCUMENT_KINDS] = {
	[SQL_PING] = ONE("SELECT 1 FROM tenants LIMIT 1"),

	/* From here on, row-level security lets this tenant's rows through. */
	[SQL_TENANT_ENTER] =
		ONE("SELECT id, revision, head, set_config('ffs.tenant_id', id::text, true) FROM ffs_tenant_by_key($1)"),
	[SQL_TENANT_LOCK] = ONE("SELECT revision, head FROM tenants WHERE id = $1 AND deleted_at IS NULL FOR UPDATE"),
	[SQL_TENANT_AS] = ONE("SELECT set_config('ffs.tenant_id', $1::text, true)"),
	[SQL_TENANT_ID] = ONE("SELECT nextval('tenants_id_seq')"),
	[SQL_TENANT_PUT] = ONE("INSERT INTO tenants (id, key, name, revision, head, created_at)"
						   " VALUES ($1, $2, $3, 0, 0, $4) ON CONFLICT (key) DO NOTHING RETURNING id"),
	[SQL_TENANT_ADVANCE] = ONE("UPDATE tenants SET revision = $2, head = $3 WHERE id = $1"),
	[SQL_TENANT_REMOVE] = ONE("UPDATE tenants SET deleted_at = $2 WHERE id = $1"),
	[SQL_TENANT_LIST] = ONE("SELECT key, name, created_at FROM ffs_tenants($1, $2)"),
	/* In the order of the keys given, a row for each. */
	[SQL_TENANT_STATES] =
		ONE("SELECT coalesce(s.revision, 0), coalesce(s.head, 0) FROM unnest($1) WITH ORDINALITY AS wanted (key, at)"
			" LEFT JOIN ffs_tenant_states($1) s ON s.key = wanted.key ORDER BY wanted.at"),

	[SQL_KEY_FIND] = ONE("SELECT tenant, revoked, secret_sha256, json FROM ffs_key_by_id($1)"),
	[SQL_KEYS_USED] = ONE("SELECT ffs_keys_used($1, $2, $3)"),

	/* Held to the end of the transaction, and by no second one. */
	[SQL_OUTCOME_CLAIM] = ONE("SELECT pg_try_advisory_xact_lock(hashtextextended(concat_ws(chr(31), $1, $2, $3), 0))"),
	[SQL_OUTCOME_GET] =
		ONE("SELECT fingerprint, answer, at FROM outcomes WHERE tenant_id = $1 AND actor = $2 AND key = $3"),
	[SQL_OUTCOME_PUT] = ONE("INSERT INTO outcomes (tenant_id, actor, key, fingerprint, answer, at)"
							" VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, actor, key)"
							" DO UPDATE SET fingerprint = $4, answer = $5, at = $6"),
	[SQL_PURGE_OUTCOMES] = ONE("SELECT ffs_purge_outcomes($1, $2)"),
	[SQL_PURGE_FLAGS] = ONE("SELECT ffs_purge_flags($1, $2)"),
	[SQL_PURGE_SEGMENTS] = ONE("SELECT ffs_purge_segments($1, $2)"),

	[SQL_DOCUMENT_GET] = PER_KIND(DOCUMENT_GET),
	[SQL_DOCUMENT_LIST] = PER_KIND(DOCUMENT_LIST),
	[SQL_DOCUMENT_EACH] =
		{
			[DOCUMENT_FLAG] = "SELECT " DOCUMENT "0::bigint, p.version, p.json, p.environment, NULL::bytea FROM flags d"
							  " LEFT JOIN flag_environments p ON p.tenant_id = d.tenant_id AND p.flag = d.key"
							  " AND p.environment = $2 AND p.json IS NOT NULL"
							  " WHERE d.tenant_id = $1 AND d.key > $3 AND d.deleted_at IS NULL ORDER BY d.key LIMIT $4",
			[DOCUMENT_SEGMENT] = DOCUMENT_EACH_PLAIN("segments", "0::bigint", "NULL::bytea"),
			[DOCUMENT_ENVIRONMENT] = DOCUMENT_EACH_PLAIN("environments", "0::bigint", "NULL::bytea"),
			[DOCUMENT_KEY] = DOCUMENT_EACH_PLAIN("keys", "d.last_used_at", "d.secret_sha256"),
		},
	[SQL_DOCUMENT_STANDING] = PER_KIND(DOCUMENT_STANDING),
	[SQL_DOCUMENT_PUT] = PER_KIND_AND(DOCUMENT_PUT, KEY_PUT),
	[SQL_DOCUMENT_REMOVE] = PER_KIND_AND(DOCUMENT_REMOVE, DOCUMENT_REMOVE_AND("keys", ", secret_sha256 = NULL")),
	[SQL_DOCUMENT_RESTORE] = PER_KIND_AND(DOCUMENT_RESTORE, NULL),

	[SQL_PARTS] = ONE("SELECT flag, environment, version, json FROM flag_environments"
					  " WHERE tenant_id = $1 AND flag = ANY ($2) AND json IS NOT NULL ORDER BY flag, environment"),
	[SQL_PART_VERSIONS] = ONE("SELECT environment, version FROM flag_environments"
							  " WHERE tenant_id = $1 AND flag = $2 AND json IS NOT NULL"),
	/* 3 revision, 4 environments, 5 their json */
	[SQL_PARTS_PUT] = ONE("INSERT INTO flag_environments AS p (tenant_id, flag, environment, version, revision, json)"
						  " SELECT $1, $2, name, 1, $3, json FROM unnest($4, $5) AS part (name, json)"
						  " ON CONFLICT (tenant_id, flag, environment)"
						  " DO UPDATE SET version = p.version + 1, revision = excluded.revision, json = excluded.json"),
	/* 3 revision, 4 environments, 5 their versions, 6 their json */
	[SQL_PARTS_RESTORE] = ONE("INSERT INTO flag_environments (tenant_id, flag, environment, version, revision, json)"
							  " SELECT $1, $2, name, version, $3, json"
							  " FROM unnest($4, $5, $6) AS part (name, version, json)"),
	[SQL_PARTS_ENTOMB] = ONE("INSERT INTO flag_environments (tenant_id, flag, environment, version, revision)"
							 " SELECT tenant_id, $2, key, $3, $4 FROM environments WHERE tenant_id = $1"),
	[SQL_PARTS_REMOVE] = ONE("UPDATE flag_environments SET revision = $3, json = NULL"
							 " WHERE tenant_id = $1 AND flag = $2 AND json IS NOT NULL"),
	[SQL_ENVIRONMENT_MISSING] = ONE(
		"SELECT name FROM unnest($2) WITH ORDINALITY AS wanted (name, at) WHERE NOT EXISTS (SELECT FROM environments"
		" WHERE tenant_id = $1 AND key = name AND deleted_at IS NULL) ORDER BY at LIMIT 1"),
	[SQL_ENVIRONMENT_STAMP] = ONE("UPDATE flags SET revision = $3 WHERE tenant_id = $1 AND key IN"
								  " (SELECT flag FROM flag_environments WHERE tenant_id = $1 AND environment = $2"
								  " AND json IS NOT NULL)"),
	[SQL_ENVIRONMENT_PARTS_REMOVE] = ONE("UPDATE flag_environments SET revision = $3, json = NULL"
										 " WHERE tenant_id = $1 AND environment = $2 AND json IS NOT NULL"),
	[SQL_ENVIRONMENT_REFS_REMOVE] = ONE("DELETE FROM refs WHERE tenant_id = $1 AND from_kind = 'flag' AND part = $2"),

	/* 2 and 3 from, 4 parts, 5 and 6 to: these, and no others. */
	[SQL_REFS_PUT] = ONE("WITH wanted AS (SELECT * FROM unnest($4, $5, $6) AS w (part, to_kind, to_key)),"
						 " gone AS (DELETE FROM refs WHERE tenant_id = $1 AND from_kind = $2 AND from_key = $3"
						 " AND (part, to_kind, to_key) NOT IN (SELECT part, to_kind, to_key FROM wanted))"
						 " INSERT INTO refs (tenant_id, from_kind, from_key, part, to_kind, to_key)"
						 " SELECT $1, $2, $3, part, to_kind, to_key FROM wanted ON CONFLICT DO NOTHING"),
	[SQL_USED_BY] =
		ONE("SELECT from_kind, from_key, part FROM refs WHERE tenant_id = $1 AND to_kind = $2 AND to_key = $3"
			" ORDER BY " KIND_ORDER("from_kind") ", from_key, part"),
	[SQL_USES] = ONE("SELECT to_kind, to_key, part FROM refs WHERE tenant_id = $1 AND from_kind = $2 AND from_key = $3"
					 " ORDER BY part, " KIND_ORDER("to_kind") ", to_key"),

	[SQL_CHANGE_PUT] = ONE("INSERT INTO changes (tenant_id, " CHANGE ")"
						   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, nullif($13, ''))"),
	/* 2 and 3 before, 4 actor, 5 limit, 6 kind, 7 key */
	[SQL_CHANGES] = ONE("SELECT " CHANGE " FROM changes WHERE tenant_id = $1 AND (revision, item) < ($2, $3)"
						" AND ($4 = '' OR actor = $4) ORDER BY revision DESC, item DESC LIMIT $5"),
	[SQL_CHANGES_OF] = ONE("SELECT " CHANGE " FROM changes WHERE tenant_id = $1 AND kind = $6 AND key = $7"
						   " AND (revision, item) < ($2, $3) AND ($4 = '' OR actor = $4)"
						   " ORDER BY revision DESC, item DESC LIMIT $5"),
	[SQL_CHANGES_CHAIN] =
		ONE("SELECT " CHANGE " FROM changes WHERE tenant_id = $1 AND kind = $2 AND key = $3"
			" AND version <= $4 AND version >= coalesce((SELECT max(version) FROM changes"
			" WHERE tenant_id = $1 AND kind = $2 AND key = $3 AND version <= $4 AND \"full\" IS NOT NULL), 0)"
			" ORDER BY revision, item"),
	[SQL_CHANGES_LAST] = ONE("SELECT version FROM changes WHERE tenant_id = $1 AND kind = $2 AND key = $3"
							 " ORDER BY revision DESC, item DESC LIMIT 1"),
};
