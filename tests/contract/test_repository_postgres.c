/* SPDX-License-Identifier: Apache-2.0 */
/* What can happen to a store that is a server: each time the right status, nothing wedged, and back without a restart.
 */
#include "contract.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "repository/postgres/failure.h"
#include "repository/postgres/repository_postgres.h"
#include "support/cutting_proxy.h"
#include "support/postgres.h"
#include "sys/clock.h"

enum { POOL = 2, RECOVERY_MS = 20000 };

struct fixture {
	struct contract t;
	struct ff_arena arena;
	char *dsn;
};

static struct repository *
open_store(struct contract *t, const char *dsn, unsigned pool_size)
{
	struct repository *r = NULL;

	OK(repository_postgres_open(&(struct repository_postgres_config){.dsn = dsn, .pool_size = pool_size}, &r, &t->err));
	return r;
}

static const char *
migrated(void)
{
	static char *dsn;
	FF_CLEANUP(migrate_closep) struct migrate_driver *d = NULL;
	unsigned n;

	if (dsn)
		return dsn;
	dsn = postgres_database_new(NULL);
	assert_int_equal(
		repository_postgres_migrate_open(&(struct repository_postgres_config){.dsn = dsn}, &d, NULL), FF_OK);
	assert_int_equal(migrate_up(d, &migrations_postgres, MIGRATE_LATEST, &n, NULL), FF_OK);
	return dsn;
}

static int
setup(void **state)
{
	struct fixture *f = ff_xcalloc(1, sizeof *f);
	struct contract *t = &f->t;

	f->dsn = postgres_database_new(migrated());
	*t = (struct contract){
		.call = {.deadline_ms = UINT64_MAX, .tenant = FF_STR("acme"), .actor = FF_STR("ada")},
		.arena = &f->arena,
		.now_ms = 1,
	};
	t->r = open_store(t, f->dsn, POOL);
	OK(t->r->ops->tenant_ensure(t->r, &t->call, FF_STR("acme"), FF_STR(""), 1, &t->err));
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	f->t.r->ops->close(f->t.r);
	postgres_database_drop(f->dsn);
	ff_arena_release(&f->arena);
	free(f);
	return 0;
}

static ff_status
begin(struct contract *t, enum tx_mode mode, struct repository_tx **ret)
{
	return t->r->ops->begin(t->r, &t->call, mode, t->now_ms, ret, &t->err);
}

/* Until a transaction begins; in between nothing but the status of an outage. */
static struct repository_tx *
begin_again(struct contract *t, enum tx_mode mode)
{
	uint64_t until = clock_mono_ms() + RECOVERY_MS;
	struct repository_tx *tx = NULL;

	while (begin(t, mode, &tx) != FF_OK) {
		assert_int_equal(t->err.status, FF_EUNAVAILABLE);
		assert_true(t->err.retry_after_s > 0);
		assert_true(clock_mono_ms() < until);
		usleep(10000);
	}
	return tx;
}

/* A write that must not be there when all is over. */
static struct repository_tx *
begin_doomed(struct contract *t)
{
	struct document d = contract_document(DOCUMENT_SEGMENT, "doomed", "{}");
	struct repository_tx *tx = contract_begin(t, TX_WRITE);

	contract_put(t, tx, &d, 0);
	return tx;
}

static void
assert_lost(struct contract *t, struct repository_tx *tx, ff_status status)
{
	struct document d = contract_document(DOCUMENT_SEGMENT, "late", "{}");
	struct tenant_state after;

	EXPECT(status, t->r->ops->put(tx, &d, 0, &t->err));
	EXPECT(status, t->r->ops->put(tx, &d, 0, &t->err)); /* and so does all that follows */
	EXPECT(status, t->r->ops->commit(tx, &after, &t->err));
	assert_null(strstr(t->err.detail, "not known"));
}

static void
assert_as_before(struct contract *t, uint64_t revision)
{
	struct document got;

	assert_int_equal(contract_state(t).revision, revision);
	assert_false(contract_get(t, DOCUMENT_SEGMENT, "doomed", &got));
	assert_false(contract_get(t, DOCUMENT_SEGMENT, "late", &got));
}

static void
test_killed_server_is_unavailable_and_found_again(void **state)
{
	struct fixture *f = *state;
	struct contract *t = &f->t;
	struct document kept = contract_document(DOCUMENT_SEGMENT, "kept", "{}"), got;
	struct repository_tx *tx;
	uint64_t began;

	contract_put_alone(t, &kept, 0);
	tx = begin_doomed(t);
	postgres_kill();
	assert_lost(t, tx, FF_EUNAVAILABLE);
	began = clock_mono_ms();
	for (int i = 0; i < 20; i++) {
		EXPECT(FF_EUNAVAILABLE, begin(t, TX_READ, &tx));
		assert_true(t->err.retry_after_s > 0);
		EXPECT(FF_EUNAVAILABLE, t->r->ops->ping(t->r, &t->call, &t->err));
	}
	assert_true(clock_mono_ms() - began < RECOVERY_MS); /* refused, not waited for */
	postgres_start();
	contract_rollback(begin_again(t, TX_WRITE));
	assert_as_before(t, 2);
	assert_true(contract_get(t, DOCUMENT_SEGMENT, "kept", &got));
}

static void
terminate_backends(struct fixture *f)
{
	char sql[300];

	(void)snprintf(sql, sizeof sql,
		"SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = '%s' AND pid <> "
		"pg_backend_pid()",
		strstr(f->dsn, "dbname=ffs_") + strlen("dbname="));
	free(postgres_ask(postgres_admin(), sql));
}

/* Process and name of the only service connection, as the server shows them. */
static char *
shown_connection(const char *dsn)
{
	return postgres_ask(dsn,
		"SELECT string_agg(pid || ' ' || application_name, '; ') FROM pg_stat_activity"
		" WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'");
}

static void
test_connection_is_named_kept_and_replaced_when_it_is_old(void **state)
{
	struct fixture *f = *state;
	struct contract *t = &f->t, young = *t;
	FF_CLEANUP(ff_freep) char *first = NULL, *second = NULL, *third = NULL;
	const struct repository_postgres_config config = {
		.dsn = f->dsn, .application_name = "ffs here 1", .pool_size = POOL, .lifetime_s = 1};

	t->r->ops->close(t->r);
	t->r = open_store(t, f->dsn, POOL);
	OK(repository_postgres_open(&config, &young.r, &t->err));
	OK(young.r->ops->ping(young.r, &t->call, &t->err));
	first = shown_connection(f->dsn);
	assert_non_null(strstr(first, " ffs here 1"));
	usleep(1100 * 1000);
	OK(young.r->ops->ping(young.r, &t->call, &t->err));
	second = shown_connection(f->dsn);
	assert_string_not_equal(first, second);
	young.r->ops->close(young.r);
	OK(t->r->ops->ping(t->r, &t->call, &t->err));
	free(FF_TAKE(second));
	second = shown_connection(f->dsn);
	OK(t->r->ops->ping(t->r, &t->call, &t->err));
	third = shown_connection(f->dsn);
	assert_string_equal(second, third);
}

static void
test_killed_backend_is_not_noticed_between_transactions(void **state)
{
	struct fixture *f = *state;
	struct contract *t = &f->t;
	struct repository_tx *tx;

	tx = contract_begin(t, TX_READ);
	contract_rollback(contract_begin(t, TX_READ)); /* two connections */
	contract_rollback(tx);
	for (int i = 0; i < 3; i++) {
		terminate_backends(f);
		contract_rollback(contract_begin(t, TX_WRITE));
		terminate_backends(f);
		OK(t->r->ops->ping(t->r, &t->call, &t->err));
	}
}

static void
test_killed_backend_loses_its_transaction_only(void **state)
{
	struct fixture *f = *state;
	struct contract *t = &f->t;
	struct repository_tx *tx = begin_doomed(t);

	terminate_backends(f);
	assert_lost(t, tx, FF_EUNAVAILABLE);
	assert_as_before(t, 1);
}

static void
test_lost_reply_to_commit_says_so(void **state)
{
	struct fixture *f = *state;
	struct contract *t = &f->t, through = *t;
	struct document d = contract_document(DOCUMENT_SEGMENT, "s", "{}"), got;
	/* With the message's length before it: READ COMMITTED is said earlier. */
	struct cutting_proxy *proxy = cutting_proxy_start(f->dsn, "\vCOMMIT");
	FF_CLEANUP(ff_freep) char *dsn = postgres_dsn(f->dsn, "port=%u", cutting_proxy_port(proxy));
	struct tenant_state after;
	struct repository_tx *tx;

	through.r = open_store(t, dsn, POOL);
	tx = contract_begin(&through, TX_WRITE);
	contract_put(&through, tx, &d, 0);
	t = &through;
	EXPECT(FF_EUNAVAILABLE, t->r->ops->commit(tx, &after, &t->err));
	assert_non_null(strstr(t->err.detail, "not known"));
	assert_true(t->err.retry_after_s > 0);
	assert_true(contract_get(t, DOCUMENT_SEGMENT, "s", &got)); /* it was made, this time */
	assert_int_equal(got.version, 1);
	t->r->ops->close(t->r);
	cutting_proxy_stop(proxy);
}

static void
test_no_connection_left_is_waited_for_or_unavailable(void **state)
{
	struct fixture *f = *state;
	struct contract *t = &f->t;
	const char *name = strstr(f->dsn, "dbname=ffs_") + strlen("dbname=");
	struct repository_tx *first = contract_begin(t, TX_READ), *second = NULL;
	char sql[200];

	(void)snprintf(sql, sizeof sql, "ALTER DATABASE %s CONNECTION LIMIT 1", name);
	postgres_exec(postgres_admin(), sql);
	t->call.deadline_ms = clock_mono_ms() + 200;
	EXPECT(FF_ETIMEOUT, begin(t, TX_READ, &second)); /* the one that there is may come back */
	t->call.deadline_ms = UINT64_MAX;
	contract_rollback(first);
	contract_rollback(contract_begin(t, TX_WRITE));
	(void)snprintf(sql, sizeof sql, "ALTER DATABASE %s CONNECTION LIMIT 0", name);
	postgres_exec(postgres_admin(), sql);
	terminate_backends(f);
	EXPECT(FF_EUNAVAILABLE, begin(t, TX_READ, &second));
	assert_true(t->err.retry_after_s > 0);
	assert_non_null(strstr(t->err.detail, "too many connections"));
	(void)snprintf(sql, sizeof sql, "ALTER DATABASE %s CONNECTION LIMIT 10", name);
	postgres_exec(postgres_admin(), sql);
	contract_rollback(begin_again(t, TX_WRITE));
}

static void
test_pool_is_waited_for_no_longer_than_the_call(void **state)
{
	struct fixture *f = *state;
	struct contract *t = &f->t;
	struct repository_tx *first = contract_begin(t, TX_READ), *second = contract_begin(t, TX_READ), *third = NULL;
	atomic_bool gone = true;

	t->call.deadline_ms = clock_mono_ms() + 50;
	EXPECT(FF_ETIMEOUT, begin(t, TX_READ, &third));
	t->call.deadline_ms = UINT64_MAX;
	t->call.cancel = &gone;
	EXPECT(FF_ECANCELLED, begin(t, TX_READ, &third));
	t->call.cancel = NULL;
	contract_rollback(first);
	contract_rollback(contract_begin(t, TX_READ));
	contract_rollback(second);
}

/* Somebody else's session, which the store knows nothing of. */
static PGconn *
session(const char *dsn, const char *sql)
{
	FF_CLEANUP(ff_freep) char *as_superuser = postgres_dsn(dsn, "user=ffs");
	PGconn *db = PQconnectdb(as_superuser);
	PGresult *r = PQexec(db, sql);

	assert_true(PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK);
	PQclear(r);
	return db;
}

static void
assert_nobody_waits_in_the_server(void)
{
	uint64_t until = clock_mono_ms() + RECOVERY_MS;
	bool waits = true;

	while (waits) {
		FF_CLEANUP(ff_freep)
		char *n =
			postgres_ask(postgres_admin(), "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");

		waits = strcmp(n, "0") != 0;
		assert_true(clock_mono_ms() < until);
	}
}

static void
test_held_lock_is_given_up_and_cancelled_in_the_server(void **state)
{
	struct fixture *f = *state;
	struct contract *t = &f->t;
	struct repository_tx *tx = NULL;
	PGconn *other = session(f->dsn, "BEGIN; UPDATE tenants SET name = 'held'");

	t->call.deadline_ms = clock_mono_ms() + 100;
	EXPECT(FF_ETIMEOUT, begin(t, TX_WRITE, &tx));
	assert_nobody_waits_in_the_server();
	t->call.deadline_ms = UINT64_MAX;
	contract_rollback(contract_begin(t, TX_READ)); /* readers don't mind */
	PQfinish(other);
	contract_rollback(contract_begin(t, TX_WRITE));
}

static void
test_statement_that_hangs_ends_with_the_call(void **state)
{
	struct fixture *f = *state;
	struct contract *t = &f->t;
	struct document d = contract_document(DOCUMENT_SEGMENT, "doomed", "{}");
	struct repository_tx *tx = contract_begin(t, TX_WRITE);
	PGconn *other = session(f->dsn, "BEGIN; LOCK TABLE segments");

	t->call.deadline_ms = clock_mono_ms() + 100;
	EXPECT(FF_ETIMEOUT, t->r->ops->put(tx, &d, 0, &t->err));
	t->call.deadline_ms = UINT64_MAX;
	assert_nobody_waits_in_the_server();
	PQfinish(other);
	assert_lost(t, tx, FF_ETIMEOUT);
	assert_as_before(t, 1);
}

static void
test_database_without_schema_says_what_to_run(void **state)
{
	struct fixture *f = *state;
	struct contract *t = &f->t, bare = *t;
	char *empty = postgres_database_new(NULL);
	struct repository_tx *tx = NULL;

	bare.r = open_store(t, empty, POOL);
	t = &bare;
	EXPECT(FF_ESTORAGE, begin(t, TX_READ, &tx));
	assert_non_null(strstr(t->err.detail, "ffs migrate up"));
	EXPECT(FF_ESTORAGE, t->r->ops->ping(t->r, &t->call, &t->err));
	t->r->ops->close(t->r);
	postgres_database_drop(empty);
}

static void
test_failover_to_a_promoted_standby_needs_no_restart(void **state)
{
	struct fixture *f = *state;
	struct contract *t = &f->t, both = *t;
	FF_CLEANUP(ff_freep) char *dsn = postgres_standby(f->dsn);
	FF_CLEANUP(ff_freep)
	char *standby_only = postgres_dsn(
		dsn, "host=127.0.0.1 port=%.*s", (int)strcspn(strstr(dsn, "port="), ",") - 5, strstr(dsn, "port=") + 5);
	struct repository_tx *tx = NULL;
	struct document d = contract_document(DOCUMENT_SEGMENT, "s", "{}"), got;

	/* A standby alone is no store, though it answers. */
	both.r = open_store(t, standby_only, POOL);
	t = &both;
	EXPECT(FF_EUNAVAILABLE, begin(t, TX_READ, &tx));
	assert_non_null(strstr(t->err.detail, "read-only"));
	t->r->ops->close(t->r);

	/* Of both, the primary is found; then the other one is it. */
	both.r = open_store(t, dsn, POOL);
	contract_put_alone(t, &d, 0);
	postgres_kill();
	EXPECT(FF_EUNAVAILABLE, begin(t, TX_WRITE, &tx));
	postgres_promote();
	contract_rollback(begin_again(t, TX_WRITE));
	contract_environment(t, "after");
	assert_true(contract_get(t, DOCUMENT_ENVIRONMENT, "after", &got));
	t->r->ops->close(t->r);
	postgres_start();
	t = &f->t;
	contract_rollback(begin_again(t, TX_WRITE));
}

static void
test_errors_are_taken_by_their_sqlstate(void **state)
{
	static const struct {
		const char *sqlstate;
		ff_status status;
		bool lost;
	} rows[] = {
		{"57014", FF_ETIMEOUT, false},
		{"55P03", FF_EBUSY, false},
		{"40001", FF_EBUSY, false},
		{"40P01", FF_EBUSY, false},
		{"25006", FF_EUNAVAILABLE, true}, /* what was the primary is a standby now */
		{"25P03", FF_EUNAVAILABLE, true},
		{"08006", FF_EUNAVAILABLE, true},
		{"57P01", FF_EUNAVAILABLE, true},
		{"57P03", FF_EUNAVAILABLE, true},
		{"53300", FF_EUNAVAILABLE, false},
		{"53100", FF_EUNAVAILABLE, false},
		{"42P01", FF_ESTORAGE, false},
		{"42501", FF_ESTORAGE, false},
		{"XX001", FF_ESTORAGE, false},
		{"99999", FF_ESTORAGE, false},
		{NULL, FF_EUNAVAILABLE, true},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(rows); i++) {
		const struct pg_failure *failure = pg_failure_of(rows[i].sqlstate);

		assert_int_equal(failure->status, rows[i].status);
		assert_int_equal(failure->lost, rows[i].lost);
		assert_int_equal(failure->retry_after_s > 0, failure->status == FF_EBUSY || failure->status == FF_EUNAVAILABLE);
	}
	assert_non_null(strstr(pg_failure_of("42P01")->todo, "ffs migrate up"));
}

#define PASSWORD "hunter2-geheim"

static void
test_no_error_holds_the_password(void **state)
{
	static const char *const dsns[] = {
		"host=127.0.0.1 port=1 user=ffs password=" PASSWORD,
		"postgresql://ffs:" PASSWORD "@127.0.0.1:1/ffs",
		"postgresql://ffs:" PASSWORD "@nowhere.invalid/ffs",
		"postgresql://ffs:x@" PASSWORD "@127.0.0.1:1/ffs",
		"postgresql://ffs:" PASSWORD "/slash@127.0.0.1/ffs",
		"postgresql://ffs:" PASSWORD "@127.0.0.1:port/ffs",
		"postgresql://ffs@127.0.0.1/ffs?" PASSWORD "=1",
		"host=127.0.0.1 password=x " PASSWORD,
		"host=127.0.0.1 port=1 user=" PASSWORD " password=" PASSWORD,
		"host=/no/" PASSWORD " password=" PASSWORD,
		"host=127.0.0.1 port=1 password='" PASSWORD,
	};
	struct contract *t = &((struct fixture *)*state)->t;

	for (size_t i = 0; i < FF_COUNT(dsns); i++) {
		struct migrate_driver *d = NULL;
		struct repository *r = NULL;
		struct repository_tx *tx = NULL;
		ff_status status = repository_postgres_open(&(struct repository_postgres_config){.dsn = dsns[i]}, &r, &t->err);

		if (status == FF_OK) {
			EXPECT(FF_EUNAVAILABLE, r->ops->begin(r, &t->call, TX_READ, 1, &tx, &t->err));
			r->ops->close(r);
		} else {
			EXPECT(FF_EMALFORMED, status);
		}
		assert_null(strstr(t->err.detail, PASSWORD));
		status = repository_postgres_migrate_open(&(struct repository_postgres_config){.dsn = dsns[i]}, &d, &t->err);
		assert_int_not_equal(status, FF_OK);
		assert_null(strstr(t->err.detail, PASSWORD));
	}
}

enum { WRITERS = 16, VERSIONS = 20 };

struct writer {
	struct contract t;
	pthread_t thread;
	unsigned won[VERSIONS + 1], faults;
};

static ff_status
try_version(struct contract *t, uint64_t version)
{
	const struct repository_ops *ops = t->r->ops;
	struct change c = {.kind = DOCUMENT_SEGMENT, .key = FF_STR("s"), .version = version, .patch = FF_STR("[]")};
	struct document d = contract_document(DOCUMENT_SEGMENT, "s", "{}");
	FF_CLEANUP(repository_rollbackp) struct repository_tx *tx = NULL;
	struct tenant_state after;

	FF_TRY(ops->begin(t->r, &t->call, TX_WRITE, 1, &tx, &t->err));
	FF_TRY(ops->put(tx, &d, version - 1, &t->err));
	FF_TRY(ops->log(tx, &c, &t->err));
	return ops->commit(FF_TAKE(tx), &after, &t->err);
}

static void *
race(void *arg)
{
	struct writer *w = arg;

	for (uint64_t version = 1; version <= VERSIONS; version++) {
		ff_status status = try_version(&w->t, version);

		w->won[version] += status == FF_OK;
		w->faults += status != FF_OK && status != FF_ECONFLICT && status != FF_ESEGMENTEXISTS;
	}
	return NULL;
}

/* Two pools as two instances have them: they share nothing but the database. */
static void
test_sixteen_writers_of_two_instances_have_one_winner_a_version(void **state)
{
	struct fixture *f = *state;
	struct contract *t = &f->t;
	struct repository *instances[] = {open_store(t, f->dsn, 8), open_store(t, f->dsn, 8)};
	struct writer *writers = ff_xcalloc(WRITERS, sizeof *writers);
	struct change_list list;
	struct repository_tx *tx;

	for (size_t i = 0; i < WRITERS; i++) {
		writers[i].t = *t;
		writers[i].t.r = instances[i % FF_COUNT(instances)];
		assert_int_equal(pthread_create(&writers[i].thread, NULL, race, &writers[i]), 0);
	}
	for (size_t i = 0; i < WRITERS; i++) {
		pthread_join(writers[i].thread, NULL);
		assert_int_equal(writers[i].faults, 0);
	}
	for (unsigned version = 1; version <= VERSIONS; version++) {
		unsigned winners = 0;

		for (size_t i = 0; i < WRITERS; i++)
			winners += writers[i].won[version];
		assert_int_equal(winners, 1);
	}
	tx = contract_begin(t, TX_READ);
	OK(t->r->ops->changes(tx, &(struct change_query){.limit = 1000}, t->arena, &list, &t->err));
	contract_rollback(tx);
	assert_int_equal(list.n, VERSIONS + 1);
	for (uint32_t i = 0; i < list.n; i++)
		assert_int_equal(list.items[i].revision, VERSIONS + 1 - i); /* no gap, none twice */
	for (uint32_t i = 0; i < VERSIONS; i++)
		assert_int_equal(list.items[i].version, VERSIONS - i);
	free(writers);
	for (size_t i = 0; i < FF_COUNT(instances); i++)
		instances[i]->ops->close(instances[i]);
}

static void
test_twin_in_another_instance_is_told_that_the_first_still_runs(void **state)
{
	struct fixture *f = *state;
	struct contract *t = &f->t, twin;
	struct repository_tx *first, *second = NULL;

	t->call.idempotency_key = FF_STR("k-1");
	twin = *t;
	twin.r = open_store(t, f->dsn, POOL);
	first = contract_begin(t, TX_WRITE);
	t = &twin;
	EXPECT(FF_EIDEMPOTENCYINPROGRESS, begin(t, TX_WRITE, &second));
	contract_rollback(first);
	contract_rollback(contract_begin(t, TX_WRITE));
	t->r->ops->close(t->r);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_killed_server_is_unavailable_and_found_again),
		TEST(test_connection_is_named_kept_and_replaced_when_it_is_old),
		TEST(test_killed_backend_is_not_noticed_between_transactions),
		TEST(test_killed_backend_loses_its_transaction_only),
		TEST(test_lost_reply_to_commit_says_so),
		TEST(test_no_connection_left_is_waited_for_or_unavailable),
		TEST(test_pool_is_waited_for_no_longer_than_the_call),
		TEST(test_held_lock_is_given_up_and_cancelled_in_the_server),
		TEST(test_statement_that_hangs_ends_with_the_call),
		TEST(test_database_without_schema_says_what_to_run),
		TEST(test_errors_are_taken_by_their_sqlstate),
		TEST(test_no_error_holds_the_password),
		TEST(test_sixteen_writers_of_two_instances_have_one_winner_a_version),
		TEST(test_twin_in_another_instance_is_told_that_the_first_still_runs),
		TEST(test_failover_to_a_promoted_standby_needs_no_restart),
	};

	postgres_use_own();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
