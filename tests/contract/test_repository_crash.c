/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A writing process is killed, again and again: what it had acknowledged is there, and no change set is there in half,
 * the outcome for its idempotency key included.
 */
#include "contract.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "repository/sqlite/repository_sqlite.h"
#include "support/scratch_dir.h"

enum { KILLS = 20, LONGEST_LIFE_MS = 40, ACK_MAX = 100000 };

static ff_status
open_store(const char *path, struct contract *t, struct ff_arena *arena)
{
	*t = (struct contract){
		.call = {.deadline_ms = UINT64_MAX, .tenant = FF_STR("acme"), .actor = FF_STR("ada")},
		.arena = arena,
		.now_ms = 1,
	};
	FF_TRY(repository_sqlite_open(&(struct repository_sqlite_config){.path = path}, &t->r, &t->err));
	return t->r->ops->tenant_ensure(t->r, &t->call, FF_STR("acme"), FF_STR("Acme"), 1, &t->err);
}

/* The request that makes `version`; lasts until the next. */
static ff_str
idempotency_key(uint64_t version)
{
	static char key[32];

	return ff_str_of(key, (size_t)snprintf(key, sizeof key, "version-%llu", (unsigned long long)version));
}

static bool
has_outcome(struct contract *t, uint64_t version)
{
	struct outcome outcome;
	struct repository_tx *tx;
	bool found = false;

	t->call.idempotency_key = idempotency_key(version);
	tx = contract_begin(t, TX_WRITE);
	OK(t->r->ops->outcome_get(tx, t->arena, &found, &outcome, &t->err));
	contract_rollback(tx);
	return found;
}

/* One change set: both flags to the next version, and what the log says of it. */
static ff_status
write_pair(struct contract *t, uint64_t version)
{
	static const char *const keys[] = {"left", "right"};
	const struct repository_ops *ops = t->r->ops;
	FF_CLEANUP(repository_rollbackp) struct repository_tx *tx = NULL;
	const struct outcome outcome = {.fingerprint = FF_STR("0123456789abcdef0123456789abcdef"), .answer = FF_STR("{}")};
	struct tenant_state s;

	t->call.idempotency_key = idempotency_key(version);
	FF_TRY(ops->begin(t->r, &t->call, TX_WRITE, 1, &tx, &t->err));
	for (size_t i = 0; i < FF_COUNT(keys); i++) {
		struct document_part part = {.name = FF_STR("production"), .json = FF_STR("{}"), .changed = true};
		struct document d = contract_document(DOCUMENT_FLAG, keys[i], "{}");
		struct change c = {.kind = DOCUMENT_FLAG, .key = d.key, .version = version, .patch = FF_STR("[]")};

		d.parts = &part;
		d.n_parts = 1;
		FF_TRY(ops->put(tx, &d, version - 1, &t->err));
		FF_TRY(ops->log(tx, &c, &t->err));
	}
	FF_TRY(ops->outcome_put(tx, &outcome, &t->err));
	return ops->commit(FF_TAKE(tx), &s, &t->err);
}

static FF_NORETURN void
write_until_killed(const char *path, uint64_t version, int acks)
{
	struct ff_arena arena = FF_ARENA_INIT;
	struct contract t;

	if (open_store(path, &t, &arena) != FF_OK)
		_exit(1);
	for (int i = 0; i < ACK_MAX; i++) {
		if (write_pair(&t, ++version) != FF_OK)
			_exit(2);
		if (write(acks, &version, sizeof version) != sizeof version)
			_exit(3);
	}
	_exit(4);
}

/* Lets a process write for a while and kills it; the last version that it has acknowledged, at least `version`. */
static uint64_t
live_and_die(const char *path, uint64_t version, long life_us)
{
	struct timespec life = {.tv_nsec = life_us * 1000};
	uint64_t acked = version, next;
	int ends[2], status;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(ends[0]);
		write_until_killed(path, version, ends[1]);
	}
	close(ends[1]);
	if (read(ends[0], &next, sizeof next) == sizeof next) /* it has begun */
		acked = next;
	nanosleep(&life, NULL);
	kill(pid, SIGKILL);
	while (read(ends[0], &next, sizeof next) == sizeof next)
		acked = next;
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return acked;
}

/* Everything in the store agrees on one version, which is returned. */
static uint64_t
agreed_version(const char *path)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct contract store, *t = &store;
	struct document left, right;
	struct change_list changes;
	struct repository_tx *tx;
	uint64_t version;

	OK(open_store(path, t, &arena));
	assert_true(contract_get(t, DOCUMENT_FLAG, "left", &left));
	assert_true(contract_get(t, DOCUMENT_FLAG, "right", &right));
	version = left.version;
	assert_int_equal(right.version, version);
	assert_int_equal(left.parts[0].version, version);
	assert_int_equal(right.parts[0].version, version);
	assert_int_equal(contract_state(t).revision, version + 1);
	assert_int_equal(left.revision, version + 1);

	tx = contract_begin(t, TX_READ);
	OK(t->r->ops->changes(tx, &(struct change_query){.limit = ACK_MAX}, &arena, &changes, &t->err));
	contract_rollback(tx);
	assert_int_equal(changes.n, 2 * version + 1);
	for (uint32_t i = 0; i + 1 < changes.n; i++) {
		assert_int_equal(changes.items[i].revision, version + 1 - i / 2);
		assert_int_equal(changes.items[i].version, version - i / 2);
	}
	for (uint64_t v = 1; v <= version; v++)
		assert_true(has_outcome(t, v));
	assert_false(has_outcome(t, version + 1));
	t->r->ops->close(t->r);
	return version;
}

static void
test_killed_writer_loses_and_halves_nothing(void **state)
{
	char *directory = scratch_make(), *path = scratch_path(directory, "ffs.db");
	uint64_t version = 0;
	uint32_t random = 1;

	(void)state;
	for (int i = 0; i < KILLS; i++) {
		uint64_t acked, found;

		random = random * 1664525 + 1013904223; /* Numerical Recipes' */
		acked = live_and_die(path, version, (long)((random >> 8) % (LONGEST_LIFE_MS * 1000)));
		found = agreed_version(path);
		assert_true(found >= acked);
		assert_true(found <= acked + 1); /* committed, but the process died before it could say so */
		assert_true(found > version);
		version = found;
	}
	print_message("%d kills, %llu change sets\n", KILLS, (unsigned long long)version);
	free(path);
	scratch_remove(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_killed_writer_loses_and_halves_nothing)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
