/* SPDX-License-Identifier: Apache-2.0 */
/* What is only the SQLite store's: files that are damaged, foreign, locked or have no room, and what survives. */
#include "contract.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repository/sqlite/repository_sqlite.h"
#include "support/scratch_dir.h"
#include "sys/clock.h"

enum { PAGE = 4096, BIG = 2 * PAGE, FLAGS = 60, BUSY_MS = 30, CHILD_SKIPS = 77, ROOM = 400 * 1024 };

struct file {
	char *directory, *path;
	struct ff_arena arena;
	struct contract t;
};

static ff_status
open_file(struct file *f)
{
	struct repository_sqlite_config config = {.path = f->path, .busy_timeout_ms = BUSY_MS};
	struct contract *t = &f->t;

	*t = (struct contract){
		.call = {.deadline_ms = UINT64_MAX, .tenant = FF_STR("acme"), .actor = FF_STR("ada")},
		.arena = &f->arena,
		.now_ms = 1,
	};
	FF_TRY(repository_sqlite_open(&config, &t->r, &t->err));
	return t->r->ops->tenant_ensure(t->r, &t->call, FF_STR("acme"), FF_STR("Acme"), 1, &t->err);
}

static void
close_file(struct file *f)
{
	f->t.r->ops->close(f->t.r);
	f->t.r = NULL;
}

/* A closed store with some flags in it. */
static void
fill_file(struct file *f)
{
	struct contract *t = &f->t;
	struct repository_tx *tx;

	assert_int_equal(open_file(f), FF_OK);
	tx = contract_begin(t, TX_WRITE);
	for (int i = 0; i < FLAGS; i++) {
		struct document d = contract_flag(t, ff_arena_printf(t->arena, "flag-%03d", i).p, "{\"a\": 1}", "{\"b\": 2}");

		contract_put(t, tx, &d, 0);
	}
	contract_commit(t, tx);
	close_file(f);
}

static int
setup(void **state)
{
	struct file *f = ff_xcalloc(1, sizeof *f);

	f->directory = scratch_make();
	f->path = scratch_path(f->directory, "ffs.db");
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct file *f = *state;

	scratch_remove(f->directory);
	ff_arena_release(&f->arena);
	free(f->path);
	free(f);
	return 0;
}

/* Opening fails with one line that holds `words`. */
static void
assert_refused(struct file *f, const char *words)
{
	struct contract *t = &f->t;

	EXPECT(FF_ESTORAGE, open_file(f));
	if (!strstr(t->err.detail, words))
		fail_msg("\"%s\" does not say \"%s\"", t->err.detail, words);
	assert_null(strchr(t->err.detail, '\n'));
}

static void
run_sql(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static ff_str
read_all(struct file *f)
{
	FILE *in = fopen(f->path, "rb");
	struct stat st;
	char *p;

	assert_non_null(in);
	assert_int_equal(fstat(fileno(in), &st), 0);
	p = ff_arena_alloc(&f->arena, (size_t)st.st_size + 1);
	assert_int_equal(fread(p, 1, (size_t)st.st_size, in), st.st_size);
	(void)fclose(in);
	return ff_str_of(p, (size_t)st.st_size);
}

static void
write_all(struct file *f, ff_str bytes)
{
	FILE *out = fopen(f->path, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, out), bytes.n);
	assert_int_equal(fclose(out), 0);
}

static void
test_reopened_store_has_everything(void **state)
{
	struct file *f = *state;
	struct contract *t = &f->t;
	struct tenant_state before, after;
	struct document d;

	fill_file(f);
	assert_int_equal(open_file(f), FF_OK);
	before = contract_state(t);
	assert_int_equal(before.revision, 2);
	assert_true(contract_get(t, DOCUMENT_FLAG, "flag-059", &d));
	assert_str(d.parts[0].json, "{\"b\": 2}");
	assert_int_equal(contract_remove_alone(t, DOCUMENT_FLAG, "flag-000", 1), 2);
	after = contract_state(t);
	close_file(f);
	assert_int_equal(open_file(f), FF_OK);
	assert_int_equal(contract_state(t).revision, after.revision);
	assert_int_equal(contract_state(t).head, after.head);
	assert_false(contract_get(t, DOCUMENT_FLAG, "flag-000", &d));
	close_file(f);
}

static void
test_file_is_for_its_owner_only(void **state)
{
	struct file *f = *state;
	struct stat st;

	fill_file(f);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
test_any_overwritten_page_is_noticed(void **state)
{
	struct file *f = *state;
	ff_str whole;

	fill_file(f);
	whole = read_all(f);
	assert_true(whole.n >= 20 * PAGE);
	for (size_t page = 0; page < whole.n / PAGE; page++) {
		char *damaged = (char *)ff_arena_str(&f->arena, whole).p;

		memset(damaged + page * PAGE, 0xa5, PAGE);
		write_all(f, ff_str_of(damaged, whole.n));
		assert_refused(f, page == 0 ? "is not an SQLite database" : "is damaged");
	}
	write_all(f, whole);
	assert_int_equal(open_file(f), FF_OK);
	close_file(f);
}

static void
test_truncated_file_is_noticed(void **state)
{
	static const struct {
		size_t left, of; /* left/of of the file */
		const char *words;
	} rows[] = {{1, 2, "is damaged"}, {3, 4, "is damaged"}, {1, 1000, "is damaged"}};
	struct file *f = *state;
	ff_str whole;

	fill_file(f);
	whole = read_all(f);
	for (size_t i = 0; i < FF_COUNT(rows); i++) {
		write_all(f, ff_str_of(whole.p, whole.n * rows[i].left / rows[i].of));
		assert_refused(f, rows[i].words);
	}
	write_all(f, ff_str_of(whole.p, whole.n - PAGE));
	assert_refused(f, "is damaged");
}

static void
test_other_files_are_refused_and_left_alone(void **state)
{
	static const struct {
		const char *text; /* or */
		const char *sql;
		const char *words;
	} rows[] = {
		{"These are my notes. They are no database, and longer than a hundred bytes, so that SQLite reads a header "
		 "of them and finds that it is none.",
			NULL, "is not an SQLite database"},
		{NULL, "CREATE TABLE notes (text)", "database of another program"},
		{NULL, "PRAGMA application_id = 1234", "application id 1234"},
		{NULL, "PRAGMA application_id = 1234; CREATE TABLE flags (key)", "database of another program"},
	};
	struct file *f = *state;

	for (size_t i = 0; i < FF_COUNT(rows); i++) {
		ff_str before, after;

		if (rows[i].text)
			write_all(f, ff_str_z(rows[i].text));
		else
			run_sql(f->path, rows[i].sql);
		before = read_all(f);
		assert_refused(f, rows[i].words);
		after = read_all(f);
		assert_true(ff_str_eq(before, after));
		assert_int_equal(unlink(f->path), 0);
	}
}

static const struct outcome an_outcome = {
	.fingerprint = FF_STR("0123456789abcdef0123456789abcdef"), .answer = FF_STR("{\"version\":1}")};

static void
test_outcomes_keys_and_tenants_survive_a_restart(void **state)
{
	struct file *f = *state;
	struct contract *t = &f->t;
	struct document live = contract_key("live", "{}", 'a'), dead = contract_key("dead", "{}", 'b');
	struct key_record record;
	struct repository_tx *tx;
	struct outcome found_outcome;
	bool found;

	OK(open_file(f));
	t->call.tenant = REPOSITORY_OPERATOR;
	tx = contract_begin(t, TX_WRITE);
	OK(t->r->ops->tenant_create(tx, FF_STR("gone"), FF_STR(""), &t->err));
	OK(t->r->ops->tenant_remove(tx, FF_STR("gone"), &t->err));
	contract_commit(t, tx);
	t->call.tenant = FF_STR("acme");
	contract_put_alone(t, &dead, 0);
	contract_remove_alone(t, DOCUMENT_KEY, "dead", 1);
	t->call.idempotency_key = FF_STR("k-1");
	tx = contract_begin(t, TX_WRITE);
	contract_put(t, tx, &live, 0);
	OK(t->r->ops->outcome_put(tx, &an_outcome, &t->err));
	contract_commit(t, tx);
	OK(t->r->ops->key_used(
		t->r, &t->call, &(struct key_use){FF_STR("acme"), FF_STR("live"), (int64_t)1 << 41}, 1, &t->err));
	close_file(f);

	OK(open_file(f));
	OK(t->r->ops->key_find(t->r, &t->call, FF_STR("live"), t->arena, &record, &t->err));
	assert_false(record.revoked);
	assert_true(ff_str_eq(record.secret_sha256, contract_key("", "", 'a').secret_sha256));
	OK(t->r->ops->key_find(t->r, &t->call, FF_STR("dead"), t->arena, &record, &t->err));
	assert_true(record.revoked);
	assert_true(contract_get(t, DOCUMENT_KEY, "live", &live));
	assert_int_equal(live.last_used_at, (int64_t)1 << 41);
	t->call.idempotency_key = FF_STR("k-1");
	tx = contract_begin(t, TX_WRITE);
	OK(t->r->ops->outcome_get(tx, t->arena, &found, &found_outcome, &t->err));
	contract_rollback(tx);
	assert_true(found);
	assert_str(found_outcome.answer, "{\"version\":1}");
	assert_true(ff_str_eq(found_outcome.fingerprint, an_outcome.fingerprint));
	t->call.tenant = FF_STR("gone");
	EXPECT(FF_ETENANTNOTFOUND, t->r->ops->begin(t->r, &t->call, TX_READ, 1, &tx, &t->err));
	close_file(f);
}

static void *
find_outcome(void *arg)
{
	struct contract *t = arg;
	struct repository_tx *tx = contract_begin(t, TX_WRITE);
	struct outcome outcome;
	bool found = false;

	OK(t->r->ops->outcome_get(tx, t->arena, &found, &outcome, &t->err));
	contract_rollback(tx);
	return found ? t : NULL;
}

/* A second store on the same file knows as little of the first's transactions as another process. */
static void
test_twin_in_another_process_waits_and_finds_the_outcome(void **state)
{
	struct file *f = *state;
	struct contract *t = &f->t, first;
	struct repository_tx *tx;
	pthread_t thread;
	void *found;

	OK(open_file(f));
	first = *t;
	first.call.idempotency_key = FF_STR("k-1");
	OK(open_file(f));
	t->call.idempotency_key = FF_STR("k-1");
	tx = contract_begin(&first, TX_WRITE);
	assert_int_equal(pthread_create(&thread, NULL, find_outcome, t), 0);
	OK(first.r->ops->outcome_put(tx, &an_outcome, &first.err));
	contract_commit(&first, tx);
	pthread_join(thread, &found);
	assert_ptr_equal(found, t);
	close_file(f);
	first.r->ops->close(first.r);
}

static void
test_secrets_hash_is_in_no_document_change_or_tombstone(void **state)
{
	struct file *f = *state;
	struct contract *t = &f->t;
	struct document key = contract_key("one", "{}", 'a');
	struct change c = {.kind = DOCUMENT_KEY, .key = key.key, .version = 1, .patch = FF_STR("[]"), .full = key.json};
	struct repository_tx *tx;

	OK(open_file(f));
	tx = contract_begin(t, TX_WRITE);
	contract_put(t, tx, &key, 0);
	OK(t->r->ops->log(tx, &c, &t->err));
	contract_commit(t, tx);
	contract_remove_alone(t, DOCUMENT_KEY, "one", 1);
	close_file(f);
	run_sql(f->path, "PRAGMA secure_delete = OFF; VACUUM"); /* nothing but what the rows have */
	assert_null(memmem(read_all(f).p, read_all(f).n, key.secret_sha256.p, key.secret_sha256.n));
}

static void
test_schema_of_a_newer_ffs_is_refused(void **state)
{
	struct file *f = *state;

	fill_file(f);
	run_sql(f->path, "UPDATE schema_migrations SET version = 99");
	assert_refused(f, "is at version 99");
	assert_refused(f, "run the newer ffs");
}

static void
test_schema_that_failed_half_way_is_refused(void **state)
{
	struct file *f = *state;

	fill_file(f);
	run_sql(f->path, "UPDATE schema_migrations SET dirty = 1");
	assert_refused(f, "ffs migrate force");
}

static void
test_path_without_a_file_is_refused(void **state)
{
	struct file *f = *state;
	char *path = f->path;

	f->path = scratch_path(f->directory, "none/ffs.db");
	assert_refused(f, "No such file or directory");
	assert_refused(f, "DATA_DIR");
	free(f->path);
	f->path = f->directory;
	assert_refused(f, "is not a regular file");
	f->path = path;
}

/* Runs `fn` in a process of its own, whose limits and rights it may change. It returns 0, or which check failed. */
static void
in_child(struct file *f, int (*fn)(struct file *f))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(fn(f));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CHILD_SKIPS)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static bool
become_nobody(void)
{
	return geteuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0);
}

static int
open_without_rights(struct file *f)
{
	if (!become_nobody())
		return CHILD_SKIPS;
	if (open_file(f) != FF_ESTORAGE)
		return 1;
	return strstr(f->t.err.detail, "Permission denied") && strstr(f->t.err.detail, f->directory) ? 0 : 2;
}

static void
test_directory_that_cannot_be_written_is_refused(void **state)
{
	struct file *f = *state;

	fill_file(f);
	assert_int_equal(chmod(f->path, 0666), 0);
	assert_int_equal(chmod(f->directory, 0555), 0);
	in_child(f, open_without_rights);
	assert_int_equal(chmod(f->directory, 0700), 0);
}

static void
test_file_that_cannot_be_written_is_refused(void **state)
{
	struct file *f = *state;

	fill_file(f);
	assert_int_equal(chmod(f->path, 0444), 0);
	assert_int_equal(chmod(f->directory, 0777), 0);
	in_child(f, open_without_rights);
}

/* Writes change sets of two flags until the store refuses; *ret_n of them were acknowledged. */
static ff_status
write_until_refused(struct file *f, uint64_t *n)
{
	const struct repository_ops *ops = f->t.r->ops;
	char *big = ff_arena_alloc(&f->arena, BIG);

	memset(big, 'x', BIG);
	for (;;) {
		FF_CLEANUP(repository_rollbackp) struct repository_tx *tx = NULL;
		struct tenant_state s;

		FF_TRY(ops->begin(f->t.r, &f->t.call, TX_WRITE, 1, &tx, &f->t.err));
		for (const char *side = "lr"; *side; side++) {
			struct document d = contract_document(DOCUMENT_FLAG, "", "{}");

			d.key = ff_arena_printf(&f->arena, "%c%llu", *side, (unsigned long long)*n);
			d.json = ff_str_of(big, BIG);
			FF_TRY(ops->put(tx, &d, 0, &f->t.err));
		}
		FF_TRY(ops->commit(FF_TAKE(tx), &s, &f->t.err));
		if (s.revision != ++*n + 1)
			return FF_EINTERNAL;
	}
}

struct count {
	uint64_t n, left, right;
};

static bool
count_sides(void *arg, const struct document *d)
{
	struct count *c = arg;

	c->n++;
	c->left += d->key.p[0] == 'l';
	c->right += d->key.p[0] == 'r';
	return true;
}

/* Is exactly what was acknowledged there? */
static bool
holds(struct file *f, uint64_t n)
{
	const struct repository_ops *ops = f->t.r->ops;
	struct repository_tx *tx;
	struct tenant_state s = {0};
	struct count c = {0};

	if (ops->begin(f->t.r, &f->t.call, TX_READ, 1, &tx, &f->t.err) != FF_OK)
		return false;
	(void)ops->state(tx, &s, NULL);
	(void)ops->each(tx, DOCUMENT_FLAG, FF_STR(""), count_sides, &c, NULL);
	ops->rollback(tx);
	return s.revision == n + 1 && c.left == n && c.right == n;
}

/* The disk is full, then it isn't any more: `make_room`. */
static int
survive_full_disk(struct file *f, bool (*make_room)(struct file *f))
{
	uint64_t n = 0;

	if (open_file(f) != FF_OK)
		return 1;
	if (write_until_refused(f, &n) != FF_ESTORAGE || n == 0)
		return 2;
	if (!strstr(f->t.err.detail, f->path))
		return 3;
	if (!holds(f, n))
		return 4;
	if (write_until_refused(f, &n) != FF_ESTORAGE || !holds(f, n))
		return 5;
	if (!make_room(f))
		return 6;
	f->t.call.deadline_ms = clock_mono_ms() + 300; /* ends the writing, if it goes on */
	if (write_until_refused(f, &n) != FF_ETIMEOUT)
		return 7;
	f->t.call.deadline_ms = UINT64_MAX;
	if (!holds(f, n))
		return 8;
	close_file(f);
	if (open_file(f) != FF_OK || !holds(f, n))
		return 9;
	close_file(f);
	return 0;
}

static bool
lift_limit(struct file *f)
{
	struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};

	(void)f;
	return setrlimit(RLIMIT_FSIZE, &none) == 0;
}

static int
reach_file_size_limit(struct file *f)
{
	struct rlimit limit = {ROOM, RLIM_INFINITY};

	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &limit))
		return CHILD_SKIPS;
	return survive_full_disk(f, lift_limit);
}

static void
test_file_size_limit_loses_nothing(void **state)
{
	in_child(*state, reach_file_size_limit);
}

static bool
enlarge_disk(struct file *f)
{
	return mount("none", f->directory, "tmpfs", MS_REMOUNT, "size=1g") == 0;
}

static int
fill_small_disk(struct file *f)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		mount("none", f->directory, "tmpfs", 0, "size=600k"))
		return CHILD_SKIPS;
	return survive_full_disk(f, enlarge_disk);
}

static void
test_full_disk_loses_nothing(void **state)
{
	in_child(*state, fill_small_disk);
}

static void
test_lock_of_another_process_is_waited_for_no_longer_than_told(void **state)
{
	struct file *f = *state;
	struct contract *t = &f->t;
	struct repository_tx *tx;
	sqlite3 *other;

	assert_int_equal(open_file(f), FF_OK);
	assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	EXPECT(FF_EUNAVAILABLE, t->r->ops->begin(t->r, &t->call, TX_WRITE, 1, &tx, &t->err));
	assert_int_equal(t->err.retry_after_s, 1);
	t->call.deadline_ms = clock_mono_ms() + 5;
	EXPECT(FF_ETIMEOUT, t->r->ops->begin(t->r, &t->call, TX_WRITE, 1, &tx, &t->err));
	t->call.deadline_ms = UINT64_MAX;
	contract_rollback(contract_begin(t, TX_READ)); /* readers don't wait */
	assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	contract_rollback(contract_begin(t, TX_WRITE));
	sqlite3_close(other);
	close_file(f);
}

static bool
go_away(void *arg, const struct document *d)
{
	(void)d;
	atomic_store((atomic_bool *)arg, true);
	return true;
}

static void
test_transaction_whose_caller_leaves_in_the_middle_is_lost(void **state)
{
	struct file *f = *state;
	struct contract *t = &f->t;
	atomic_bool gone = false;
	struct repository_tx *tx;
	struct tenant_state s;
	struct document d, got;

	assert_int_equal(open_file(f), FF_OK);
	tx = contract_begin(t, TX_WRITE);
	for (int i = 0; i < 3000; i++) {
		d = contract_document(DOCUMENT_SEGMENT, ff_arena_printf(t->arena, "s%d", i).p, "{}");
		contract_put(t, tx, &d, 0);
	}
	contract_commit(t, tx);

	t->call.cancel = &gone;
	tx = contract_begin(t, TX_WRITE);
	d = contract_flag(t, "f", "{}", "{}");
	contract_put(t, tx, &d, 0);
	EXPECT(FF_ECANCELLED, t->r->ops->each(tx, DOCUMENT_SEGMENT, FF_STR(""), go_away, &gone, &t->err));
	gone = false; /* too late */
	EXPECT(FF_ECANCELLED, t->r->ops->put(tx, &d, 1, &t->err));
	EXPECT(FF_ECANCELLED, t->r->ops->get(tx, DOCUMENT_FLAG, FF_STR("f"), t->arena, &got, &t->err));
	EXPECT(FF_ECANCELLED, t->r->ops->commit(tx, &s, &t->err));
	assert_false(contract_get(t, DOCUMENT_FLAG, "f", &got));
	assert_int_equal(contract_state(t).revision, 2);
	contract_put_alone(t, &d, 0); /* the connection is as good as new */
	close_file(f);
}

static void
test_transactions_wait_for_a_reader_to_be_free(void **state)
{
	struct file *f = *state;
	struct contract *t = &f->t;
	struct repository_tx *open[4], *more;

	assert_int_equal(open_file(f), FF_OK);
	for (size_t i = 0; i < FF_COUNT(open); i++)
		open[i] = contract_begin(t, TX_READ);
	t->call.deadline_ms = clock_mono_ms() + 20;
	EXPECT(FF_ETIMEOUT, t->r->ops->begin(t->r, &t->call, TX_READ, 1, &more, &t->err));
	t->call.deadline_ms = UINT64_MAX;
	contract_rollback(open[0]);
	open[0] = contract_begin(t, TX_READ);
	for (size_t i = 0; i < FF_COUNT(open); i++)
		contract_rollback(open[i]);
	close_file(f);
}

static void *
open_and_close(void *arg)
{
	struct file f = {.path = ((struct file *)arg)->path};
	ff_status status = repository_sqlite_open(&(struct repository_sqlite_config){.path = f.path}, &f.t.r, &f.t.err);

	if (status == FF_OK)
		close_file(&f);
	else
		print_error("%s\n", f.t.err.detail);
	return status == FF_OK ? NULL : arg;
}

static void
test_many_may_open_a_new_file_at_once(void **state)
{
	pthread_t threads[6];
	unsigned faults = 0;

	for (size_t i = 0; i < FF_COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, open_and_close, *state), 0);
	for (size_t i = 0; i < FF_COUNT(threads); i++) {
		void *fault;

		pthread_join(threads[i], &fault);
		faults += fault != NULL;
	}
	assert_int_equal(faults, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_reopened_store_has_everything),
		TEST(test_file_is_for_its_owner_only),
		TEST(test_any_overwritten_page_is_noticed),
		TEST(test_truncated_file_is_noticed),
		TEST(test_other_files_are_refused_and_left_alone),
		TEST(test_outcomes_keys_and_tenants_survive_a_restart),
		TEST(test_twin_in_another_process_waits_and_finds_the_outcome),
		TEST(test_secrets_hash_is_in_no_document_change_or_tombstone),
		TEST(test_schema_of_a_newer_ffs_is_refused),
		TEST(test_schema_that_failed_half_way_is_refused),
		TEST(test_path_without_a_file_is_refused),
		TEST(test_directory_that_cannot_be_written_is_refused),
		TEST(test_file_that_cannot_be_written_is_refused),
		TEST(test_file_size_limit_loses_nothing),
		TEST(test_full_disk_loses_nothing),
		TEST(test_lock_of_another_process_is_waited_for_no_longer_than_told),
		TEST(test_transaction_whose_caller_leaves_in_the_middle_is_lost),
		TEST(test_transactions_wait_for_a_reader_to_be_free),
		TEST(test_many_may_open_a_new_file_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
