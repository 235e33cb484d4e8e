/* SPDX-License-Identifier: Apache-2.0 */
/* Runs every case on every adapter: one row each below. */
#include "contract.h"

#include <stdlib.h>

#include "repository/memory/repository_memory.h"
#include "repository/postgres/repository_postgres.h"
#include "repository/sqlite/repository_sqlite.h"
#include "support/postgres.h"
#include "support/scratch_dir.h"

/* What one case works in: a directory, or a database. */
struct place {
	char *directory, *dsn;
};

struct adapter {
	const char *name;
	ff_status (*open)(struct place *place, struct repository **ret, struct ff_err *reterr);
	void (*remove)(struct place *place); /* afterwards; NULL: nothing is left */
};

struct running {
	const struct contract_case *test;
	const struct adapter *adapter;
	struct place place;
	struct ff_arena arena;
	struct contract t;
};

static ff_status
open_memory(struct place *place, struct repository **ret, struct ff_err *reterr)
{
	(void)place;
	(void)reterr;
	*ret = repository_memory_new();
	return FF_OK;
}

static ff_status
open_sqlite(struct place *place, struct repository **ret, struct ff_err *reterr)
{
	FF_CLEANUP(ff_freep) char *path = NULL;

	place->directory = scratch_make();
	path = scratch_path(place->directory, "ffs.db");
	return repository_sqlite_open(&(struct repository_sqlite_config){.path = path}, ret, reterr);
}

static void
remove_directory(struct place *place)
{
	scratch_remove(place->directory);
}

/* A copy of a database that has been migrated once. */
static ff_status
open_postgres(struct place *place, struct repository **ret, struct ff_err *reterr)
{
	static char *migrated;

	if (!migrated) {
		FF_CLEANUP(migrate_closep) struct migrate_driver *d = NULL;
		unsigned n;

		migrated = postgres_database_new(NULL);
		FF_TRY(repository_postgres_migrate_open(&(struct repository_postgres_config){.dsn = migrated}, &d, reterr));
		FF_TRY(migrate_up(d, &migrations_postgres, MIGRATE_LATEST, &n, reterr));
	}
	place->dsn = postgres_database_new(migrated);
	return repository_postgres_open(&(struct repository_postgres_config){.dsn = place->dsn}, ret, reterr);
}

static void
remove_database(struct place *place)
{
	postgres_database_drop(place->dsn);
}

static const struct adapter adapters[] = {
	{"memory", open_memory, NULL},
	{"sqlite", open_sqlite, remove_directory},
	{"postgres", open_postgres, remove_database},
};

static const struct contract_cases *const suites[] = {
	&contract_documents,
	&contract_writes,
	&contract_refs,
	&contract_changes,
	&contract_transactions,
	&contract_tenants,
	&contract_threads,
	&contract_keys,
	&contract_operator,
	&contract_idempotency,
	&contract_housekeeping,
	&contract_restore,
};

static int
setup(void **state)
{
	struct running *running = *state;
	struct contract *t = &running->t;

	*t = (struct contract){
		.call = {.deadline_ms = UINT64_MAX, .tenant = FF_STR("acme"), .actor = FF_STR("ada")},
		.arena = &running->arena,
		.now_ms = 1,
	};
	OK(running->adapter->open(&running->place, &t->r, &t->err));
	OK(t->r->ops->tenant_ensure(t->r, &t->call, FF_STR("acme"), FF_STR("Acme"), 1, &t->err));
	return 0;
}

static int
teardown(void **state)
{
	struct running *running = *state;

	running->t.r->ops->close(running->t.r);
	ff_arena_release(&running->arena);
	if (running->adapter->remove)
		running->adapter->remove(&running->place);
	return 0;
}

static void
run(void **state)
{
	struct running *running = *state;

	running->test->run(&running->t);
}

int
main(void)
{
	size_t n = 0, at = 0;
	struct running *running;
	struct CMUnitTest *tests;
	FF_CLEANUP(ff_arena_release) struct ff_arena names = FF_ARENA_INIT;
	int failed;

	for (size_t s = 0; s < FF_COUNT(suites); s++)
		n += suites[s]->n * FF_COUNT(adapters);
	running = ff_xcalloc(n, sizeof *running);
	tests = ff_xcalloc(n, sizeof *tests);
	for (size_t a = 0; a < FF_COUNT(adapters); a++)
		for (size_t s = 0; s < FF_COUNT(suites); s++)
			for (size_t i = 0; i < suites[s]->n; i++, at++) {
				const struct contract_case *test = &suites[s]->items[i];

				running[at] = (struct running){.test = test, .adapter = &adapters[a]};
				tests[at] = (struct CMUnitTest){
					.name = ff_arena_printf(&names, "%s: %s", adapters[a].name, test->name).p,
					.test_func = run,
					.setup_func = setup,
					.teardown_func = teardown,
					.initial_state = &running[at],
				};
			}
	failed = _cmocka_run_group_tests("repository contract", tests, n, NULL, NULL);
	free(tests);
	free(running);
	return failed;
}
