/* SPDX-License-Identifier: Apache-2.0 */
/* Migrations: the runner, and those of the SQLite store with data in it. */
#include "contract.h"

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "repository/sqlite/repository_sqlite.h"
#include "support/scratch_dir.h"

struct schema {
	char *directory, *path;
	struct migrate_driver *d;
	struct ff_err err;
};

#define MUST(status, expr)                                                                    \
	do {                                                                                      \
		ff_status must_ = (expr);                                                             \
		if (must_ != (status))                                                                \
			fail_msg("%s: %s: %s", #expr, ff_status_code(must_), must_ ? s->err.detail : ""); \
	} while (0)

static void
open_schema(struct schema *s)
{
	MUST(FF_OK, repository_sqlite_migrate_open(&(struct repository_sqlite_config){.path = s->path}, &s->d, &s->err));
}

static int
setup(void **state)
{
	struct schema *s = ff_xcalloc(1, sizeof *s);

	s->directory = scratch_make();
	s->path = scratch_path(s->directory, "ffs.db");
	open_schema(s);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct schema *s = *state;

	migrate_closep(&s->d);
	scratch_remove(s->directory);
	free(s->path);
	free(s);
	return 0;
}

/* All values of the first row, joined by commas; "" when there is none; "!" when the SQL fails. */
static void
query(struct schema *s, const char *sql, char ret[static 200])
{
	sqlite3_stmt *st;
	sqlite3 *db;

	ret[0] = '\0';
	assert_int_equal(sqlite3_open(s->path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		memcpy(ret, "!", 2);
	else if (sqlite3_step(st) == SQLITE_ROW)
		for (int i = 0, n = 0; i < sqlite3_column_count(st); i++)
			n += snprintf(ret + n, (size_t)(200 - n), "%s%s", i ? "," : "", (const char *)sqlite3_column_text(st, i));
	sqlite3_finalize(st);
	sqlite3_close(db);
}

#define assert_query(sql, expected)          \
	do {                                     \
		char got_[200];                      \
		query(s, (sql), got_);               \
		assert_string_equal(got_, expected); \
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
test_migrations_go_up_down_and_up_with_data(void **state)
{
	/* [v]: what is put in at version v, and how it is found there and above. */
	static const struct {
		const char *insert, *find, *found;
	} rows[] = {
		{"", "", ""},
		{"INSERT INTO tenants VALUES (1, 'acme', 'Acme', 3, 42, 1, NULL);"
		 "INSERT INTO environments VALUES (1, 'production', 1, 1, 1, 1, NULL, 0, '', '{}');"
		 "INSERT INTO flags VALUES (1, 'f', 2, 3, 1, 1, NULL, 0, 'f', '{}');"
		 "INSERT INTO flag_environments VALUES (1, 'f', 'production', 2, 3, '{}');",
			"SELECT t.key, f.key, f.version, e.environment FROM tenants t JOIN flags f ON f.tenant_id = t.id"
			" JOIN flag_environments e ON e.flag = f.key",
			"acme,f,2,production"},
		{"INSERT INTO segments VALUES (1, 's', 1, 3, 1, 1, NULL, 0, '', '{}');"
		 "INSERT INTO tags VALUES (1, 'flag', 'f', 'red');"
		 "INSERT INTO refs VALUES (1, 'flag', 'f', 'production', 'segment', 's');",
			"SELECT s.key, t.tag, r.to_key FROM segments s, tags t, refs r WHERE r.from_kind = 'flag'", "s,red,s"},
		{"INSERT INTO changes VALUES (1, 3, 0, 'flag', 'updated', 'f', 2, 1, 'ada', '', '', '[]', NULL);",
			"SELECT key, version FROM changes WHERE kind = 'flag'", "f,2"},
		{"INSERT INTO keys VALUES (1, 'id', 1, 4, 1, 1, NULL, 0, '', '{}', zeroblob(32), 0);"
		 "INSERT INTO refs VALUES (1, 'key', 'id', '', 'environment', 'production');"
		 "INSERT INTO changes VALUES (1, 4, 0, 'key', 'created', 'id', 1, 1, 'ada', '', '', '[]', NULL);",
			"SELECT k.key, (SELECT count(*) FROM changes), (SELECT count(*) FROM refs) FROM keys k", "id,2,2"},
		{"INSERT INTO outcomes VALUES (0, 'ada', 'k-1', zeroblob(32), '{}', 1);", "SELECT key, at FROM outcomes",
			"k-1,1"},
		{"INSERT INTO flags VALUES (1, 'gone', 2, 3, 1, 1, 7, 0, '', NULL);",
			"SELECT key FROM flags INDEXED BY flags_deleted WHERE deleted_at IS NOT NULL", "gone"},
	};
	struct schema *s = *state;
	unsigned n, latest = migrations_sqlite.n;

	assert_int_equal(latest, FF_COUNT(rows) - 1); /* a new migration brings its row */
	assert_at(s, 0, false);
	for (unsigned version = 1; version <= latest; version++) {
		MUST(FF_OK, migrate_up(s->d, &migrations_sqlite, version, &n, &s->err));
		assert_int_equal(n, 1);
		MUST(FF_OK, s->d->ops->exec(s->d, rows[version].insert, &s->err));
		for (unsigned v = 1; v <= version; v++)
			assert_query(rows[v].find, rows[v].found);
	}
	for (unsigned version = latest; version > 1; version--) {
		MUST(FF_OK, migrate_down(s->d, &migrations_sqlite, 1, &n, &s->err));
		assert_int_equal(n, 1);
		assert_at(s, version - 1, false);
		assert_query(rows[version].find, "!");
		for (unsigned v = 1; v < version; v++)
			assert_query(rows[v].find, rows[v].found);
	}
	MUST(FF_OK, migrate_up(s->d, &migrations_sqlite, MIGRATE_LATEST, &n, &s->err));
	assert_int_equal(n, latest - 1);
	assert_query(rows[1].find, rows[1].found);
	assert_query(rows[2].find, "");
	MUST(FF_OK, migrate_down(s->d, &migrations_sqlite, 99, &n, &s->err));
	assert_int_equal(n, latest);
	assert_at(s, 0, false);
	assert_query("SELECT count(*) FROM sqlite_schema WHERE name NOT IN ('schema_migrations', 'version_unique')", "0");
	assert_query("PRAGMA application_id", "0");
	MUST(FF_OK, migrate_up(s->d, &migrations_sqlite, MIGRATE_LATEST, &n, &s->err));
	assert_int_equal(n, latest);
}

static void
test_what_is_done_is_not_done_again(void **state)
{
	struct schema *s = *state;
	unsigned n;

	MUST(FF_OK, migrate_up(s->d, &migrations_sqlite, MIGRATE_LATEST, &n, &s->err));
	MUST(FF_OK, migrate_up(s->d, &migrations_sqlite, MIGRATE_LATEST, &n, &s->err));
	assert_int_equal(n, 0);
	MUST(FF_OK, migrate_up(s->d, &migrations_sqlite, migrations_sqlite.n, &n, &s->err));
	assert_int_equal(n, 0);
	MUST(FF_EINVALID, migrate_up(s->d, &migrations_sqlite, 1, &n, &s->err));
	assert_non_null(strstr(s->err.detail, "ffs migrate down"));
	MUST(FF_EINVALID, migrate_up(s->d, &migrations_sqlite, migrations_sqlite.n + 1, &n, &s->err));
	MUST(FF_OK, migrate_down(s->d, &migrations_sqlite, 0, &n, &s->err));
	assert_int_equal(n, 0);
}

static void
test_bookkeeping_is_golang_migrates(void **state)
{
	struct schema *s = *state;
	unsigned n;

	MUST(FF_OK, migrate_up(s->d, &migrations_sqlite, 2, &n, &s->err));
	assert_query("SELECT count(*), version, dirty FROM schema_migrations", "1,2,0");
	MUST(FF_OK, migrate_down(s->d, &migrations_sqlite, 2, &n, &s->err));
	assert_query("SELECT count(*) FROM schema_migrations", "0");
	for (unsigned i = 0; i < migrations_sqlite.n; i++) {
		char number[16];

		assert_int_equal(migrations_sqlite.items[i].version, i + 1);
		(void)snprintf(number, sizeof number, "%03u_", i + 1);
		assert_int_equal(strncmp(migrations_sqlite.items[i].name, number, 4), 0);
	}
}

static const struct migration broken_items[] = {
	{1, "001_first", "CREATE TABLE a (x); INSERT INTO a VALUES (1)", "DROP TABLE a"},
	{2, "002_second", "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)", "DROP TABLE b; DROP TABLE nowhere"},
};
static const struct migration mended_items[] = {
	{1, "001_first", "CREATE TABLE a (x); INSERT INTO a VALUES (1)", "DROP TABLE a"},
	{2, "002_second", "CREATE TABLE b (x)", "DROP TABLE b"},
};
static const struct migration_set broken = {"test", broken_items, 2}, mended = {"test", mended_items, 2};

static void
test_failure_is_undone_marked_and_explained(void **state)
{
	struct schema *s = *state;
	unsigned n;

	MUST(FF_ESTORAGE, migrate_up(s->d, &broken, MIGRATE_LATEST, &n, &s->err));
	assert_int_equal(n, 1);
	assert_non_null(strstr(s->err.detail, "002_second.up.sql"));
	assert_non_null(strstr(s->err.detail, "no such table: nowhere"));
	assert_non_null(strstr(s->err.detail, "ffs migrate force 1"));
	assert_at(s, 2, true);
	assert_query("SELECT count(*) FROM b", "!");
	assert_query("SELECT count(*) FROM a", "1");

	/* Until somebody has looked, nothing goes. */
	MUST(FF_ESTORAGE, migrate_up(s->d, &mended, MIGRATE_LATEST, &n, &s->err));
	assert_non_null(strstr(s->err.detail, "dirty"));
	MUST(FF_ESTORAGE, migrate_down(s->d, &mended, 1, &n, &s->err));
	MUST(FF_EINVALID, migrate_force(s->d, &mended, 3, &s->err));
	MUST(FF_OK, migrate_force(s->d, &mended, 1, &s->err));
	assert_at(s, 1, false);
	MUST(FF_OK, migrate_up(s->d, &mended, MIGRATE_LATEST, &n, &s->err));
	assert_int_equal(n, 1);

	MUST(FF_ESTORAGE, migrate_down(s->d, &broken, 2, &n, &s->err));
	assert_int_equal(n, 0);
	assert_non_null(strstr(s->err.detail, "002_second.down.sql"));
	assert_non_null(strstr(s->err.detail, "ffs migrate force 2"));
	assert_at(s, 1, true);
	MUST(FF_OK, migrate_force(s->d, &mended, 2, &s->err));
	MUST(FF_OK, migrate_down(s->d, &mended, 2, &n, &s->err));
	assert_at(s, 0, false);
}

static void
test_first_migration_may_fail_too(void **state)
{
	static const struct migration items[] = {{1, "001_first", "nonsense", ""}};
	static const struct migration_set set = {"test", items, 1};
	struct schema *s = *state;
	unsigned n;

	MUST(FF_ESTORAGE, migrate_up(s->d, &set, MIGRATE_LATEST, &n, &s->err));
	assert_non_null(strstr(s->err.detail, "ffs migrate force 0"));
	assert_at(s, 1, true);
	MUST(FF_OK, migrate_force(s->d, &set, 0, &s->err));
	assert_at(s, 0, false);
}

/* Not the migration's fault: nothing is marked, and it goes on as soon as there is room. */
static void
test_full_disk_is_no_reason_to_be_dirty(void **state)
{
	static const struct migration items[] = {
		{1, "001_first", "CREATE TABLE a (x)", ""},
		{2, "002_large", "CREATE TABLE b (x); INSERT INTO b VALUES (zeroblob(3000000))", ""},
	};
	static const struct migration_set set = {"test", items, 2};
	struct rlimit limit, small;
	struct schema *s = *state;
	unsigned n;

	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = limit;
	small.rlim_cur = 1000000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	MUST(FF_ESTORAGE, migrate_up(s->d, &set, MIGRATE_LATEST, &n, &s->err));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(n, 1);
	assert_non_null(strstr(s->err.detail, "002_large.up.sql was undone"));
	assert_at(s, 1, false);
	assert_query("SELECT count(*) FROM b", "!");
	MUST(FF_OK, migrate_up(s->d, &set, MIGRATE_LATEST, &n, &s->err));
	assert_at(s, 2, false);
}

static void
test_newer_schema_is_not_touched(void **state)
{
	struct schema *s = *state;
	unsigned n;

	MUST(FF_OK, migrate_up(s->d, &mended, MIGRATE_LATEST, &n, &s->err));
	MUST(FF_OK, s->d->ops->set(s->d, (struct migrate_state){.version = 9}, &s->err));
	MUST(FF_ESTORAGE, migrate_up(s->d, &mended, MIGRATE_LATEST, &n, &s->err));
	assert_non_null(strstr(s->err.detail, "version 9"));
	MUST(FF_ESTORAGE, migrate_down(s->d, &mended, 1, &n, &s->err));
	assert_at(s, 9, false);
}

struct racer {
	pthread_t thread;
	const char *path;
	unsigned applied;
	ff_status status;
};

static void *
race(void *arg)
{
	struct racer *r = arg;
	FF_CLEANUP(migrate_closep) struct migrate_driver *d = NULL;

	r->status = repository_sqlite_migrate_open(&(struct repository_sqlite_config){.path = r->path}, &d, NULL);
	if (r->status == FF_OK)
		r->status = migrate_up(d, &migrations_sqlite, MIGRATE_LATEST, &r->applied, NULL);
	return NULL;
}

static void
test_of_many_at_once_each_migration_is_run_by_one(void **state)
{
	struct schema *s = *state;
	struct racer racers[6] = {0};
	unsigned applied = 0;

	for (size_t i = 0; i < FF_COUNT(racers); i++) {
		racers[i].path = s->path;
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
	}
	for (size_t i = 0; i < FF_COUNT(racers); i++) {
		pthread_join(racers[i].thread, NULL);
		assert_int_equal(racers[i].status, FF_OK);
		applied += racers[i].applied;
	}
	assert_int_equal(applied, migrations_sqlite.n);
	assert_at(s, migrations_sqlite.n, false);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_migrations_go_up_down_and_up_with_data),
		TEST(test_what_is_done_is_not_done_again),
		TEST(test_bookkeeping_is_golang_migrates),
		TEST(test_failure_is_undone_marked_and_explained),
		TEST(test_first_migration_may_fail_too),
		TEST(test_full_disk_is_no_reason_to_be_dirty),
		TEST(test_newer_schema_is_not_touched),
		TEST(test_of_many_at_once_each_migration_is_run_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
