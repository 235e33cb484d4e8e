/* SPDX-License-Identifier: Apache-2.0 */
/* Runs every case on every adapter: one row each below. */
#include "contract.h"

#include <stdlib.h>

#include "repository/memory/repository_memory.h"
#include "repository/sqlite/repository_sqlite.h"
#include "support/scratch_dir.h"

struct running {
	const struct contract_case *test;
	ff_status (*open)(const char *directory, struct repository **ret, struct ff_err *reterr);
	char *directory;
	struct ff_arena arena;
	struct contract t;
};

static ff_status
open_memory(const char *directory, struct repository **ret, struct ff_err *reterr)
{
	(void)directory;
	(void)reterr;
	*ret = repository_memory_new();
	return FF_OK;
}

static ff_status
open_sqlite(const char *directory, struct repository **ret, struct ff_err *reterr)
{
	FF_CLEANUP(ff_freep) char *path = scratch_path(directory, "ffs.db");

	return repository_sqlite_open(&(struct repository_sqlite_config){.path = path}, ret, reterr);
}

static const struct {
	const char *name;
	ff_status (*open)(const char *directory, struct repository **ret, struct ff_err *reterr);
} adapters[] = {
	{"memory", open_memory},
	{"sqlite", open_sqlite},
};

static const struct contract_cases *const suites[] = {
	&contract_documents,
	&contract_writes,
	&contract_refs,
	&contract_changes,
	&contract_transactions,
	&contract_tenants,
	&contract_threads,
};

static int
setup(void **state)
{
	struct running *running = *state;
	struct contract *t = &running->t;

	running->directory = scratch_make();
	*t = (struct contract){
		.call = {.deadline_ms = UINT64_MAX, .tenant = FF_STR("acme"), .actor = FF_STR("ada")},
		.arena = &running->arena,
		.now_ms = 1,
	};
	OK(running->open(running->directory, &t->r, &t->err));
	OK(t->r->ops->tenant_ensure(t->r, &t->call, FF_STR("acme"), FF_STR("Acme"), 1, &t->err));
	return 0;
}

static int
teardown(void **state)
{
	struct running *running = *state;

	running->t.r->ops->close(running->t.r);
	ff_arena_release(&running->arena);
	scratch_remove(running->directory);
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

				running[at] = (struct running){.test = test, .open = adapters[a].open};
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
