/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/sqlite/sql.h"

#include "repository/sqlite/connection.h"

#define ONE(sql)    \
	{               \
		[0] = (sql) \
	}
/* For each kind its table and when its documents were last used; keys may have a statement of their own. */
#define PER_KIND_AND(sql, key_sql)                                                      \
	{                                                                                   \
		[DOCUMENT_FLAG] = sql("flags", "0"), [DOCUMENT_SEGMENT] = sql("segments", "0"), \
		[DOCUMENT_ENVIRONMENT] = sql("environments", "0"), [DOCUMENT_KEY] = (key_sql)   \
	}
#define PER_KIND(sql) PER_KIND_AND(sql, sql("keys", "d.last_used_at"))

#define DOCUMENT "d.key, d.version, d.revision, d.created_at, d.updated_at, d.json, "
#define CHANGE "revision, item, kind, action, key, version, at, actor, request_id, comment, patch, full"

#define DOCUMENT_GET(table, used) \
	"SELECT " DOCUMENT used " FROM " table " d WHERE tenant_id = ?1 AND key = ?2 AND deleted_at IS NULL"

/* 2 after, 3 archived (-1: any), 4 q in lower case, 5 tag, 6 kind, 7 limit */
#define DOCUMENT_LIST(table, used)                                                                               \
	"SELECT " DOCUMENT used " FROM " table " d WHERE tenant_id = ?1 AND key > ?2 AND deleted_at IS NULL"         \
	" AND (?3 < 0 OR archived = ?3) AND (?4 = '' OR instr(search, ?4))"                                          \
	" AND (?5 = '' OR EXISTS (SELECT 1 FROM tags t WHERE t.tenant_id = ?1 AND t.kind = ?6 AND t.key = d.key AND" \
	" t.tag = ?5)) ORDER BY key LIMIT ?7"

#define DOCUMENT_EACH_PLAIN(table, used, secret)                       \
	"SELECT " DOCUMENT used ", NULL, NULL, ?2, " secret " FROM " table \
	" d WHERE tenant_id = ?1 AND deleted_at IS NULL ORDER BY key"

/* The version counts on past a deletion, so tombstones stand too: version, is it live, created_at. */
#define DOCUMENT_STANDING(table, used) \
	"SELECT version, deleted_at IS NULL, created_at FROM " table " WHERE tenant_id = ?1 AND key = ?2"

#define DOCUMENT_PUT(table, used)                                                                                \
	"INSERT INTO " table " (tenant_id, key, version, revision, created_at, updated_at, archived, search, json)"  \
	" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"                                                               \
	" ON CONFLICT (tenant_id, key) DO UPDATE SET version = ?3, revision = ?4, created_at = ?5, updated_at = ?6," \
	" deleted_at = NULL, archived = ?7, search = ?8, json = ?9"

#define DOCUMENT_RESTORE(table, used)                                                                           \
	"INSERT INTO " table " (tenant_id, key, version, revision, created_at, updated_at, archived, search, json," \
	" deleted_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, nullif(?9, ''), CASE ?9 WHEN '' THEN ?6 END)"

/* The hash comes once; SQLite looks at constraints before it knows that the row is there already. */
#define KEY_PUT                                                                                                \
	"INSERT INTO keys (tenant_id, key, version, revision, created_at, updated_at, archived, search, json,"     \
	" secret_sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"                                              \
	" coalesce(?10, (SELECT secret_sha256 FROM keys WHERE tenant_id = ?1 AND key = ?2)))"                      \
	" ON CONFLICT (tenant_id, key) DO UPDATE SET version = ?3, revision = ?4, updated_at = ?6, archived = ?7," \
	" search = ?8, json = ?9"

#define DOCUMENT_REMOVE_AND(table, more)                                                                        \
	"UPDATE " table " SET version = version + 1, revision = ?3, updated_at = ?4, deleted_at = ?4, search = ''," \
	" json = NULL" more " WHERE tenant_id = ?1 AND key = ?2"
#define DOCUMENT_REMOVE(table, used) DOCUMENT_REMOVE_AND(table, "")

/* The oldest tombstones that may go: 1 deleted then or before, 2 so many. */
#define PURGEABLE(table, kind)                                                                         \
	" IN (SELECT d.tenant_id, d.key FROM " table " d WHERE d.deleted_at <= ?1"                         \
	" AND EXISTS (SELECT 1 FROM changes c WHERE c.tenant_id = d.tenant_id AND c.kind = '" kind "' AND" \
	" c.key = d.key AND c.version = d.version) ORDER BY d.deleted_at, d.rowid LIMIT ?2)"

static const char *const statements[SQL_STATEMENTS][DOCUMENT_KINDS] = {
	[SQL_BEGIN_READ] = ONE("BEGIN"),
	[SQL_BEGIN_WRITE] = ONE("BEGIN IMMEDIATE"),
	[SQL_COMMIT] = ONE("COMMIT"),
	[SQL_PING] = ONE("SELECT 1 FROM tenants LIMIT 1"),

	[SQL_TENANT_GET] = ONE("SELECT id, revision, head FROM tenants WHERE key = ?1 AND deleted_at IS NULL"),
	[SQL_TENANT_PUT] = ONE("INSERT INTO tenants (key, name, revision, head, created_at) VALUES (?1, ?2, 0, 0, ?3)"
						   " ON CONFLICT (key) DO NOTHING RETURNING id"),
	[SQL_TENANT_ADVANCE] = ONE("UPDATE tenants SET revision = ?2, head = ?3 WHERE id = ?1"),
	[SQL_TENANT_LIST] = ONE("SELECT key, name, created_at FROM tenants"
							" WHERE key > ?1 AND id > 0 AND deleted_at IS NULL ORDER BY key LIMIT ?2"),
	[SQL_TENANT_REMOVE] = ONE("UPDATE tenants SET deleted_at = ?2 WHERE key = ?1 AND id > 0 AND deleted_at IS NULL"),

	[SQL_DOCUMENT_GET] = PER_KIND(DOCUMENT_GET),
	[SQL_DOCUMENT_LIST] = PER_KIND(DOCUMENT_LIST),
	[SQL_DOCUMENT_EACH] =
		{
			[DOCUMENT_FLAG] = "SELECT " DOCUMENT "0, p.version, p.json, p.environment, NULL FROM flags d"
							  " LEFT JOIN flag_environments p ON p.tenant_id = d.tenant_id AND p.flag = d.key"
							  " AND p.environment = ?2 AND p.json IS NOT NULL"
							  " WHERE d.tenant_id = ?1 AND d.deleted_at IS NULL ORDER BY d.key",
			[DOCUMENT_SEGMENT] = DOCUMENT_EACH_PLAIN("segments", "0", "NULL"),
			[DOCUMENT_ENVIRONMENT] = DOCUMENT_EACH_PLAIN("environments", "0", "NULL"),
			[DOCUMENT_KEY] = DOCUMENT_EACH_PLAIN("keys", "d.last_used_at", "d.secret_sha256"),
		},
	[SQL_DOCUMENT_STANDING] = PER_KIND(DOCUMENT_STANDING),
	[SQL_DOCUMENT_PUT] = PER_KIND_AND(DOCUMENT_PUT, KEY_PUT),
	[SQL_DOCUMENT_REMOVE] = PER_KIND_AND(DOCUMENT_REMOVE, DOCUMENT_REMOVE_AND("keys", ", secret_sha256 = NULL")),
	[SQL_DOCUMENT_RESTORE] = PER_KIND_AND(DOCUMENT_RESTORE, NULL),
	[SQL_DOCUMENTS_PURGE] =
		{
			[DOCUMENT_FLAG] = "DELETE FROM flags WHERE (tenant_id, key)" PURGEABLE("flags", "flag"),
			[DOCUMENT_SEGMENT] = "DELETE FROM segments WHERE (tenant_id, key)" PURGEABLE("segments", "segment"),
		},

	[SQL_KEY_FIND] = ONE("SELECT t.key, k.deleted_at IS NOT NULL OR t.deleted_at IS NOT NULL, k.secret_sha256, k.json"
						 " FROM keys k JOIN tenants t ON t.id = k.tenant_id WHERE k.key = ?1"),
	[SQL_KEY_USED] = ONE("UPDATE keys SET last_used_at = ?3 WHERE key = ?2 AND tenant_id ="
						 " (SELECT id FROM tenants WHERE key = ?1) AND last_used_at < ?3"),

	[SQL_PARTS] = ONE("SELECT environment, version, json FROM flag_environments"
					  " WHERE tenant_id = ?1 AND flag = ?2 AND json IS NOT NULL ORDER BY environment"),
	[SQL_PART_VERSION] = ONE("SELECT version FROM flag_environments"
							 " WHERE tenant_id = ?1 AND flag = ?2 AND environment = ?3 AND json IS NOT NULL"),
	[SQL_PART_PUT] = ONE("INSERT INTO flag_environments (tenant_id, flag, environment, version, revision, json)"
						 " VALUES (?1, ?2, ?3, 1, ?4, ?5) ON CONFLICT (tenant_id, flag, environment)"
						 " DO UPDATE SET version = version + 1, revision = ?4, json = ?5 RETURNING version"),
	[SQL_PART_RESTORE] = ONE("INSERT INTO flag_environments (tenant_id, flag, environment, version, revision, json)"
							 " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
	[SQL_PARTS_REMOVE] = ONE("UPDATE flag_environments SET revision = ?3, json = NULL"
							 " WHERE tenant_id = ?1 AND flag = ?2 AND json IS NOT NULL"),
	[SQL_PARTS_ENTOMB] = ONE("INSERT INTO flag_environments (tenant_id, flag, environment, version, revision)"
							 " SELECT tenant_id, ?2, key, ?3, ?4 FROM environments WHERE tenant_id = ?1"),
	[SQL_PARTS_PURGE] = ONE("DELETE FROM flag_environments WHERE (tenant_id, flag)" PURGEABLE("flags", "flag")),
	[SQL_ENVIRONMENT_STAMP] = ONE("UPDATE flags SET revision = ?3 WHERE tenant_id = ?1 AND key IN"
								  " (SELECT flag FROM flag_environments WHERE tenant_id = ?1 AND environment = ?2"
								  " AND json IS NOT NULL)"),
	[SQL_ENVIRONMENT_PARTS_REMOVE] = ONE("UPDATE flag_environments SET revision = ?3, json = NULL"
										 " WHERE tenant_id = ?1 AND environment = ?2 AND json IS NOT NULL"),
	[SQL_ENVIRONMENT_REFS_REMOVE] = ONE("DELETE FROM refs WHERE tenant_id = ?1 AND from_kind = 'flag' AND part = ?2"),

	[SQL_TAG_PUT] = ONE("INSERT OR IGNORE INTO tags (tenant_id, kind, key, tag) VALUES (?1, ?2, ?3, ?4)"),
	[SQL_TAGS_REMOVE] = ONE("DELETE FROM tags WHERE tenant_id = ?1 AND kind = ?2 AND key = ?3"),
	[SQL_REF_PUT] = ONE("INSERT OR IGNORE INTO refs (tenant_id, from_kind, from_key, part, to_kind, to_key)"
						" VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
	[SQL_REFS_REMOVE] = ONE("DELETE FROM refs WHERE tenant_id = ?1 AND from_kind = ?2 AND from_key = ?3"),
	/* In the order of enum document_kind, which is not that of the names. */
	[SQL_USED_BY] =
		ONE("SELECT from_kind, from_key, part FROM refs WHERE tenant_id = ?1 AND to_kind = ?2 AND to_key = ?3"
			" ORDER BY CASE from_kind WHEN 'flag' THEN 0 WHEN 'segment' THEN 1 WHEN 'environment' THEN 2 ELSE 3 END,"
			" from_key, part"),
	[SQL_USES] = ONE("SELECT to_kind, to_key, part FROM refs WHERE tenant_id = ?1 AND from_kind = ?2 AND from_key = ?3"
					 " ORDER BY part, CASE to_kind WHEN 'flag' THEN 0 WHEN 'segment' THEN 1 ELSE 2 END, to_key"),

	[SQL_CHANGE_PUT] = ONE("INSERT INTO changes (tenant_id, " CHANGE ")"
						   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, nullif(?13, ''))"),
	/* 2 and 3 before, 4 actor, 5 limit, 6 kind, 7 key */
	[SQL_CHANGES] = ONE("SELECT " CHANGE " FROM changes WHERE tenant_id = ?1 AND (revision, item) < (?2, ?3)"
						" AND (?4 = '' OR actor = ?4) ORDER BY revision DESC, item DESC LIMIT ?5"),
	[SQL_CHANGES_OF] = ONE("SELECT " CHANGE " FROM changes WHERE tenant_id = ?1 AND kind = ?6 AND key = ?7"
						   " AND (revision, item) < (?2, ?3) AND (?4 = '' OR actor = ?4)"
						   " ORDER BY revision DESC, item DESC LIMIT ?5"),
	[SQL_CHANGES_CHAIN] =
		ONE("SELECT " CHANGE " FROM changes WHERE tenant_id = ?1 AND kind = ?2 AND key = ?3"
			" AND version <= ?4 AND version >= coalesce((SELECT max(version) FROM changes"
			" WHERE tenant_id = ?1 AND kind = ?2 AND key = ?3 AND version <= ?4 AND full IS NOT NULL), 0)"
			" ORDER BY revision, item"),
	[SQL_CHANGES_LAST] = ONE("SELECT version FROM changes WHERE tenant_id = ?1 AND kind = ?2 AND key = ?3"
							 " ORDER BY revision DESC, item DESC LIMIT 1"),

	[SQL_OUTCOME_GET] =
		ONE("SELECT fingerprint, answer, at FROM outcomes WHERE tenant_id = ?1 AND actor = ?2 AND key = ?3"),
	[SQL_OUTCOME_PUT] = ONE("INSERT OR REPLACE INTO outcomes (tenant_id, actor, key, fingerprint, answer, at)"
							" VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
	/* 1 then or before, 2 so many */
	[SQL_OUTCOMES_PURGE] = ONE("DELETE FROM outcomes WHERE rowid IN"
							   " (SELECT rowid FROM outcomes WHERE at <= ?1 ORDER BY at LIMIT ?2)"),
};

static ff_status
prepared(struct sqlite_connection *c, enum sql_statement which, enum document_kind kind, sqlite3_stmt **ret,
	struct ff_err *reterr)
{
	unsigned k = statements[which][DOCUMENT_SEGMENT] ? kind : 0; /* ONE fills the first only */
	sqlite3_stmt **s = &c->statements[which][k];

	if (!*s && sqlite3_prepare_v3(c->db, statements[which][k], -1, SQLITE_PREPARE_PERSISTENT, s, NULL) != SQLITE_OK)
		return sqlite_connection_fail(c, reterr);
	ff_assert(!sqlite3_stmt_busy(*s));
	*ret = *s;
	return FF_OK;
}

static int
bind(sqlite3_stmt *s, int at, const struct sql_arg *arg)
{
	switch (arg->type) {
	case SQL_ARG_INT:
		return sqlite3_bind_int64(s, at, arg->number);
	case SQL_ARG_TEXT:
		return sqlite3_bind_text64(s, at, arg->text.n ? arg->text.p : "", arg->text.n, SQLITE_STATIC, SQLITE_UTF8);
	case SQL_ARG_BLOB:
		return arg->text.n ? sqlite3_bind_blob64(s, at, arg->text.p, arg->text.n, SQLITE_STATIC)
						   : sqlite3_bind_null(s, at);
	}
	return SQLITE_MISUSE;
}

ff_status
sql_begin(struct sqlite_connection *c, enum sql_statement which, enum document_kind kind, struct sql_args args,
	struct sql_rows *ret, struct ff_err *reterr)
{
	struct sql_rows rows = {.connection = c};

	if (c->failed != FF_OK)
		return ff_fail(reterr, c->failed, "the transaction was lost to an earlier failure");
	FF_TRY(prepared(c, which, kind, &rows.statement, reterr));
	for (size_t i = 0; i < args.n; i++)
		if (bind(rows.statement, (int)i + 1, &args.items[i]) != SQLITE_OK)
			return sqlite_connection_fail(c, reterr);
	*ret = rows;
	return FF_OK;
}

bool
sql_next(struct sql_rows *rows)
{
	rows->rc = sqlite3_step(rows->statement);
	return rows->rc == SQLITE_ROW;
}

ff_status
sql_end(struct sql_rows *rows, struct ff_err *reterr)
{
	ff_status status = FF_OK;

	if (rows->rc != SQLITE_OK && rows->rc != SQLITE_ROW && rows->rc != SQLITE_DONE)
		status = sqlite_connection_fail(rows->connection, reterr);
	sql_endp(rows);
	return status;
}

void
sql_endp(struct sql_rows *rows)
{
	if (!rows->statement)
		return;
	sqlite3_reset(rows->statement);
	sqlite3_clear_bindings(rows->statement);
	rows->statement = NULL;
}

ff_status
sql_run(struct sqlite_connection *c, enum sql_statement which, enum document_kind kind, struct sql_args args,
	struct ff_err *reterr)
{
	struct sql_rows rows = {0};

	FF_TRY(sql_begin(c, which, kind, args, &rows, reterr));
	while (sql_next(&rows)) /* one row at most: none of these has more */
		;
	return sql_end(&rows, reterr);
}

int64_t
sql_int(const struct sql_rows *rows, int column)
{
	return sqlite3_column_int64(rows->statement, column);
}

ff_str
sql_text(const struct sql_rows *rows, int column)
{
	const void *p = sqlite3_column_text(rows->statement, column);

	return ff_str_of(p, (size_t)sqlite3_column_bytes(rows->statement, column));
}

ff_str
sql_blob(const struct sql_rows *rows, int column)
{
	const void *p = sqlite3_column_blob(rows->statement, column);

	return ff_str_of(p, (size_t)sqlite3_column_bytes(rows->statement, column));
}

uint32_t
sql_changed(const struct sqlite_connection *c)
{
	return (uint32_t)sqlite3_changes(c->db);
}
