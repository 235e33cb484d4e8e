/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL's migrations over data, and what row-level security lets through when they are done. */
#include "contract.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "repository/postgres/repository_postgres.h"
#include "support/postgres.h"

struct schema {
	char *dsn;
	struct migrate_driver *d;
	struct ff_err err;
};

#define MUST(status, expr)                                                                    \
	do {                                                                                      \
		ff_status must_ = (expr);                                                             \
		if (must_ != (status))                                                                \
			fail_msg("%s: %s: %s", #expr, ff_status_code(must_), must_ ? s->err.detail : ""); \
	} while (0)

static ff_status
open_driver(const char *dsn, struct migrate_driver **ret, struct ff_err *reterr)
{
	return repository_postgres_migrate_open(&(struct repository_postgres_config){.dsn = dsn}, ret, reterr);
}

static int
setup(void **state)
{
	struct schema *s = ff_xcalloc(1, sizeof *s);

	s->dsn = postgres_database_new(NULL);
	MUST(FF_OK, open_driver(s->dsn, &s->d, &s->err));
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct schema *s = *state;

	migrate_closep(&s->d);
	postgres_database_drop(s->dsn);
	free(s);
	return 0;
}

#define assert_answer(dsn, sql, expected)                           \
	do {                                                            \
		FF_CLEANUP(ff_freep) char *got_ = postgres_ask((dsn), sql); \
		assert_string_equal(got_, expected);                        \
	} while (0)

#define assert_refused(dsn, sql, because)                           \
	do {                                                            \
		FF_CLEANUP(ff_freep) char *got_ = postgres_ask((dsn), sql); \
		assert_int_equal(got_[0], '!');                             \
		assert_non_null(strstr(got_, because));                     \
	} while (0)

static void
assert_at(struct schema *s, unsigned version, bool dirty)
{
	struct migrate_state at;

	MUST(FF_OK, migrate_status(s->d, &at, &s->err));
	assert_int_equal(at.version, version);
	assert_int_equal(at.dirty, dirty);
}

static void
up(struct schema *s, unsigned to)
{
	unsigned n;

	MUST(FF_OK, migrate_up(s->d, &migrations_postgres, to, &n, &s->err));
}

/* [v]: what is put in at version v, and how it is found there and above. */
static const struct {
	const char *insert, *find, *found;
} rows[] = {
	{"", "", ""},
	{"INSERT INTO tenants VALUES (7, 'acme', 'Acme', 3, 42, 1, NULL);"
	 "INSERT INTO environments VALUES (7, 'production', 1, 1, 1, 1, NULL, false, '', '{}', '{}');"
	 "INSERT INTO keys VALUES (7, 'k', 1, 2, 1, 1, NULL, false, '', '{}', '{}', sha256('s'));"
	 "INSERT INTO flags VALUES (7, 'f', 2, 3, 1, 1, NULL, false, 'f', '{red}', '{}');"
	 "INSERT INTO flag_environments VALUES (7, 'f', 'production', 2, 3, '{}');",
		"SELECT t.key, f.key, f.version, f.tags, e.environment FROM tenants t JOIN flags f ON f.tenant_id = t.id"
		" JOIN flag_environments e ON e.flag = f.key",
		"acme,f,2,{red},production"},
	{"INSERT INTO segments VALUES (7, 's', 1, 3, 1, 1, NULL, false, '', '{}', '{}');"
	 "INSERT INTO refs VALUES (7, 'flag', 'f', 'production', 'segment', 's');",
		"SELECT s.key, r.to_key FROM segments s, refs r", "s,s"},
	{"INSERT INTO changes VALUES (7, 3, 0, 'flag', 'updated', 'f', 2, 1, 'ada', '', '', '[]', NULL);"
	 "INSERT INTO outcomes VALUES (7, 'ada', 'k-1', sha256('r'), '{}', 1);",
		"SELECT c.key, c.version, o.key FROM changes c, outcomes o", "f,2,k-1"},
	{"SELECT set_config('ffs.tenant_id', '7', true);"
	 "INSERT INTO flags VALUES (7, 'g', 1, 3, 1, 1, NULL, false, 'g', '{}', '{}');",
		"", ""},
};

static void
test_migrations_go_up_down_and_up_with_data(void **state)
{
	struct schema *s = *state;
	unsigned n, latest = migrations_postgres.n;
	FF_CLEANUP(ff_freep) char *as_superuser = postgres_dsn(s->dsn, "user=ffs");

	assert_int_equal(latest, FF_COUNT(rows) - 1); /* a new migration brings its row */
	assert_at(s, 0, false);
	for (unsigned version = 1; version <= latest; version++) {
		up(s, version);
		MUST(FF_OK, s->d->ops->exec(s->d, rows[version].insert, &s->err));
		for (unsigned v = 1; v < FF_COUNT(rows) && v <= version; v++)
			if (rows[v].find[0])
				assert_answer(as_superuser, rows[v].find, rows[v].found);
	}
	for (unsigned version = latest; version > 1; version--) {
		MUST(FF_OK, migrate_down(s->d, &migrations_postgres, 1, &n, &s->err));
		assert_int_equal(n, 1);
		for (unsigned v = 1; v < version; v++)
			assert_answer(as_superuser, rows[v].find, rows[v].found);
	}
	up(s, MIGRATE_LATEST);
	assert_answer(as_superuser, rows[1].find, rows[1].found);
	MUST(FF_OK, migrate_down(s->d, &migrations_postgres, latest, &n, &s->err));
	assert_int_equal(n, latest);
	assert_answer(as_superuser,
		"SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
		"schema_migrations");
	assert_answer(as_superuser, "SELECT count(*) FROM pg_proc WHERE proname LIKE 'ffs%'", "0");
	up(s, MIGRATE_LATEST);
	assert_at(s, latest, false);
}

static void
test_bookkeeping_is_golang_migrates(void **state)
{
	struct schema *s = *state;
	unsigned n;

	up(s, 2);
	assert_answer(s->dsn, "SELECT count(*), max(version), bool_or(dirty) FROM schema_migrations", "1,2,f");
	assert_answer(s->dsn,
		"SELECT string_agg(column_name || ' ' || data_type, ', ' ORDER BY ordinal_position)"
		" FROM information_schema.columns WHERE table_name = 'schema_migrations'",
		"version bigint, dirty boolean");
	MUST(FF_OK, migrate_down(s->d, &migrations_postgres, 2, &n, &s->err));
	assert_answer(s->dsn, "SELECT count(*) FROM schema_migrations", "0");
}

static void
test_failure_is_undone_marked_and_explained(void **state)
{
	static const struct migration items[] = {
		{1, "001_first", "CREATE TABLE a (x int); INSERT INTO a VALUES (1)", "DROP TABLE a"},
		{2, "002_second", "CREATE TABLE b (x int); INSERT INTO nowhere VALUES (1)", "DROP TABLE b"},
	};
	static const struct migration_set broken = {"postgres", items, 2};
	struct schema *s = *state;
	unsigned n;

	MUST(FF_ESTORAGE, migrate_up(s->d, &broken, MIGRATE_LATEST, &n, &s->err));
	assert_int_equal(n, 1);
	assert_non_null(strstr(s->err.detail, "002_second.up.sql"));
	assert_non_null(strstr(s->err.detail, "\"nowhere\" does not exist"));
	assert_non_null(strstr(s->err.detail, "ffs migrate force 1"));
	assert_at(s, 2, true);
	assert_answer(s->dsn, "SELECT to_regclass('b') IS NULL, (SELECT count(*) FROM a)", "t,1");
	MUST(FF_ESTORAGE, migrate_require(s->d, &broken, &s->err));
	assert_non_null(strstr(s->err.detail, "dirty"));
	MUST(FF_OK, migrate_force(s->d, &broken, 1, &s->err));
	assert_at(s, 1, false);
}

static void
test_older_schema_is_not_served_and_newer_one_is(void **state)
{
	struct schema *s = *state;
	unsigned n;

	MUST(FF_ESTORAGE, migrate_require(s->d, &migrations_postgres, &s->err));
	assert_non_null(strstr(s->err.detail, "ffs migrate up"));
	up(s, MIGRATE_LATEST);
	MUST(FF_OK, migrate_require(s->d, &migrations_postgres, &s->err));
	MUST(FF_OK, s->d->ops->set(s->d, (struct migrate_state){.version = 99}, &s->err));
	MUST(FF_OK, migrate_require(s->d, &migrations_postgres, &s->err));
	MUST(FF_ESTORAGE, migrate_up(s->d, &migrations_postgres, MIGRATE_LATEST, &n, &s->err));
}

struct racer {
	pthread_t thread;
	const char *dsn;
	unsigned applied;
	ff_status status;
};

static void *
race(void *arg)
{
	struct racer *r = arg;
	FF_CLEANUP(migrate_closep) struct migrate_driver *d = NULL;

	r->status = open_driver(r->dsn, &d, NULL);
	if (r->status == FF_OK)
		r->status = migrate_up(d, &migrations_postgres, MIGRATE_LATEST, &r->applied, NULL);
	return NULL;
}

static void
test_of_many_at_once_each_migration_is_run_by_one(void **state)
{
	struct schema *s = *state;
	struct racer racers[6] = {0};
	unsigned applied = 0;

	for (size_t i = 0; i < FF_COUNT(racers); i++) {
		racers[i].dsn = s->dsn;
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
	}
	for (size_t i = 0; i < FF_COUNT(racers); i++) {
		pthread_join(racers[i].thread, NULL);
		assert_int_equal(racers[i].status, FF_OK);
		applied += racers[i].applied;
	}
	assert_int_equal(applied, migrations_postgres.n);
	assert_at(s, migrations_postgres.n, false);
}

/* crc32("public\0schema_migrations\0" and the database's name) times its salt, worked out by golang-migrate 4.17. */
static void
test_lock_is_golang_migrates(void **state)
{
	struct schema *s = *state;
	FF_CLEANUP(ff_freep) char *named = NULL, *held = NULL;
	struct migrate_driver *d;

	postgres_exec(postgres_admin(), "DROP DATABASE IF EXISTS ffs_lock");
	postgres_exec(postgres_admin(), "CREATE DATABASE ffs_lock");
	named = postgres_dsn(postgres_admin(), "dbname=ffs_lock");
	MUST(FF_OK, open_driver(named, &d, &s->err));
	MUST(FF_OK, d->ops->begin(d, &s->err));
	held = postgres_ask(named,
		"SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM"
		" pg_database WHERE datname = 'ffs_lock')");
	assert_string_equal(held, "0,1628322602");
	d->ops->rollback(d);
	d->ops->close(d);
	postgres_exec(postgres_admin(), "DROP DATABASE ffs_lock WITH (FORCE)");
}

/* Two tenants with rows in every table. */
static char *
two_tenants(struct schema *s)
{
	char *as_superuser = postgres_dsn(s->dsn, "user=ffs");

	up(s, MIGRATE_LATEST);
	for (int id = 7; id <= 8; id++) {
		char sql[2000];

		(void)snprintf(sql, sizeof sql,
			"INSERT INTO tenants VALUES (%1$d, 't%1$d', '', 3, 42, 1, NULL);"
			"INSERT INTO environments VALUES (%1$d, 'production', 1, 1, 1, 1, NULL, false, '', '{}', '{}');"
			"INSERT INTO keys VALUES (%1$d, 'k%1$d', 1, 2, 1, 1, NULL, false, '', '{}', '{}', sha256('s'));"
			"INSERT INTO flags VALUES (%1$d, 'f', 2, 3, 1, 1, NULL, false, 'f', '{}', '{}');"
			"INSERT INTO flag_environments VALUES (%1$d, 'f', 'production', 2, 3, '{}');"
			"INSERT INTO segments VALUES (%1$d, 's', 1, 3, 1, 1, NULL, false, '', '{}', '{}');"
			"INSERT INTO refs VALUES (%1$d, 'flag', 'f', 'production', 'segment', 's');"
			"INSERT INTO changes VALUES (%1$d, 3, 0, 'flag', 'updated', 'f', 2, 1, 'ada', '', '', '[]', NULL);"
			"INSERT INTO outcomes VALUES (%1$d, 'ada', 'k-1', sha256('r'), '{}', 1);",
			id);
		postgres_exec(as_superuser, sql);
	}
	return as_superuser;
}

static const char *const tables[] = {
	"tenants", "environments", "keys", "flags", "flag_environments", "segments", "refs", "changes", "outcomes"};

static void
test_every_table_has_row_level_security_forced(void **state)
{
	struct schema *s = *state;
	char expected[8];

	up(s, MIGRATE_LATEST);
	assert_answer(s->dsn,
		"SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
		" AND NOT (relrowsecurity AND relforcerowsecurity)",
		"schema_migrations");
	(void)snprintf(expected, sizeof expected, "%zu", FF_COUNT(tables));
	assert_answer(s->dsn,
		"SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND "
		"relrowsecurity",
		expected);
	assert_answer(s->dsn,
		"SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole FROM pg_roles WHERE rolname = 'ffs_app'", "f,f,f,f");
	assert_answer(s->dsn,
		"SELECT count(*) FROM pg_class WHERE relowner = 'ffs_app'::regrole AND relnamespace = 'public'::regnamespace",
		"0");
}

static void
test_service_sees_nothing_without_a_tenant_and_its_own_with_one(void **state)
{
	struct schema *s = *state;
	FF_CLEANUP(ff_freep) char *as_superuser = two_tenants(s);
	char sql[300];

	for (size_t i = 0; i < FF_COUNT(tables); i++) {
		const char *id = strcmp(tables[i], "tenants") == 0 ? "id" : "tenant_id";

		(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE %s IN (7, 8)", tables[i], id);
		assert_answer(as_superuser, sql, "2");
		(void)snprintf(sql, sizeof sql, "SET ROLE ffs_app; SELECT count(*) FROM %s", tables[i]);
		assert_answer(s->dsn, sql, "0");
		(void)snprintf(sql, sizeof sql, "SET ROLE ffs_app; SET ffs.tenant_id = ''; SELECT count(*) FROM %s", tables[i]);
		assert_answer(s->dsn, sql, "0");
		(void)snprintf(sql, sizeof sql,
			"SET ROLE ffs_app; SET ffs.tenant_id = 7; SELECT count(*), min(%s), max(%s) FROM %s", id, id, tables[i]);
		assert_answer(s->dsn, sql, "1,7,7");
	}
}

/* Nor does the owner, who is asked when the service has forgotten its role: but keys and tenants, to look them up. */
static void
test_owner_is_kept_to_what_the_functions_need(void **state)
{
	struct schema *s = *state;

	free(two_tenants(s));
	assert_answer(s->dsn,
		"SELECT (SELECT count(*) FROM environments), (SELECT count(*) FROM flags), (SELECT count(*) FROM segments),"
		" (SELECT count(*) FROM refs), (SELECT count(*) FROM changes), (SELECT count(*) FROM flag_environments)",
		"0,0,0,0,0,0");
}

static void
test_service_cannot_write_for_another_tenant(void **state)
{
	static const char *const refused[] = {
		"INSERT INTO environments VALUES (8, 'x', 1, 1, 1, 1, NULL, false, '', '{}', '{}')",
		"INSERT INTO tenants VALUES (9, 'new', '', 0, 0, 1, NULL)",
		"UPDATE flags SET tenant_id = 8 WHERE key = 'f'",
		"INSERT INTO changes VALUES (8, 9, 0, 'flag', 'updated', 'f', 2, 1, 'eve', '', '', '[]', NULL)",
	};
	static const char *const no_right[] = {
		"DELETE FROM changes", /* the audit is only ever appended to */
		"UPDATE changes SET actor = 'nobody'",
		"DELETE FROM tenants",
		"DELETE FROM flags",
		"CREATE TABLE mine (x int)",
		"UPDATE schema_migrations SET dirty = true",
		"ALTER TABLE flags DISABLE ROW LEVEL SECURITY",
	};
	struct schema *s = *state;
	FF_CLEANUP(ff_freep) char *as_superuser = two_tenants(s);
	char sql[300];

	for (size_t i = 0; i < FF_COUNT(refused); i++) {
		(void)snprintf(sql, sizeof sql, "SET ROLE ffs_app; SET ffs.tenant_id = 7; %s", refused[i]);
		assert_refused(s->dsn, sql, "row-level security");
	}
	for (size_t i = 0; i < FF_COUNT(no_right); i++) {
		(void)snprintf(sql, sizeof sql, "SET ROLE ffs_app; SET ffs.tenant_id = 7; %s", no_right[i]);
		assert_refused(s->dsn, sql, "");
	}
	assert_answer(s->dsn,
		"SET ROLE ffs_app; SET ffs.tenant_id = 7; WITH u AS (UPDATE flags SET version = 99 WHERE tenant_id = 8"
		" RETURNING 1) SELECT count(*) FROM u",
		"0");
	assert_answer(as_superuser, "SELECT string_agg(version::text, ' ') FROM flags", "2 2");
}

static void
test_lookups_are_for_the_service_and_show_no_more_than_they_must(void **state)
{
	static const struct {
		const char *sql, *answer;
	} open[] = {
		{"SELECT * FROM ffs_tenant_by_key('t7')", "7,3,42"},
		{"SELECT * FROM ffs_tenant_by_key('nobody')", ""},
		{"SELECT * FROM ffs_tenant_states('{t8,nobody}')", "t8,3,42"},
		{"SELECT tenant, revoked, json FROM ffs_key_by_id('k8')", "t8,f,{}"},
		{"SELECT count(*) FROM ffs_tenants('', 10)", "0"}, /* only in the operator's name */
		{"SET ffs.tenant_id = 7; SELECT count(*) FROM ffs_tenants('', 10)", "0"},
		{"SET ffs.tenant_id = 0; SELECT count(*) FROM ffs_tenants('', 10)", "2"},
	};
	struct schema *s = *state;
	char sql[300];

	free(two_tenants(s));
	for (size_t i = 0; i < FF_COUNT(open); i++) {
		(void)snprintf(sql, sizeof sql, "SET ROLE ffs_app; %s", open[i].sql);
		assert_answer(s->dsn, sql, open[i].answer);
	}
	assert_answer(s->dsn,
		"SELECT count(*) FROM pg_proc WHERE proname LIKE 'ffs%' AND prosecdef"
		" AND (NOT proconfig @> '{\"search_path=public, pg_temp\"}' OR has_function_privilege('public', oid, "
		"'EXECUTE'))",
		"0");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_migrations_go_up_down_and_up_with_data),
		TEST(test_bookkeeping_is_golang_migrates),
		TEST(test_failure_is_undone_marked_and_explained),
		TEST(test_older_schema_is_not_served_and_newer_one_is),
		TEST(test_of_many_at_once_each_migration_is_run_by_one),
		TEST(test_lock_is_golang_migrates),
		TEST(test_every_table_has_row_level_security_forced),
		TEST(test_service_sees_nothing_without_a_tenant_and_its_own_with_one),
		TEST(test_owner_is_kept_to_what_the_functions_need),
		TEST(test_service_cannot_write_for_another_tenant),
		TEST(test_lookups_are_for_the_service_and_show_no_more_than_they_must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
