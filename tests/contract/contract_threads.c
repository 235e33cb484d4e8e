/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads on one store. Threads count; the test asserts, when they are done. */
#include "contract.h"

#include <pthread.h>

#include "sys/clock.h"

enum { THREADS = 6, ROUNDS = 20, READ_ROUNDS = 60 };

struct worker {
	struct contract *t;
	pthread_t thread;
	unsigned number;
	unsigned won[ROUNDS + 1]; /* [v]: it made version v */
	unsigned faults;          /* statuses and states that must not be */
	const atomic_bool *writing;
};

static struct document
racing_document(const char *key, struct document_part *part)
{
	struct document d = contract_document(DOCUMENT_FLAG, key, "{}");

	*part = (struct document_part){.name = FF_STR("production"), .json = FF_STR("{}"), .changed = true};
	d.parts = part;
	d.n_parts = 1;
	return d;
}

/* One try to make `version` of both documents, which always go together. */
static ff_status
try_version(struct worker *w, uint64_t version)
{
	const struct repository_ops *ops = w->t->r->ops;
	struct ff_call call = w->t->call;
	FF_CLEANUP(repository_rollbackp) struct repository_tx *tx = NULL;
	struct change c = {.kind = DOCUMENT_FLAG, .key = FF_STR("left"), .version = version, .patch = FF_STR("[]")};
	struct document_part part;
	struct document d;
	struct tenant_state state;

	FF_TRY(ops->begin(w->t->r, &call, TX_WRITE, 1, &tx, NULL));
	d = racing_document("left", &part);
	FF_TRY(ops->put(tx, &d, version - 1, NULL));
	d = racing_document("right", &part);
	FF_TRY(ops->put(tx, &d, version - 1, NULL));
	FF_TRY(ops->log(tx, &c, NULL));
	return ops->commit(FF_TAKE(tx), &state, NULL);
}

static void *
race(void *arg)
{
	struct worker *w = arg;

	for (uint64_t version = 1; version <= ROUNDS; version++) {
		ff_status status = try_version(w, version);

		if (status == FF_OK)
			w->won[version]++;
		else if (status != FF_ECONFLICT && status != FF_EFLAGEXISTS)
			w->faults++;
	}
	return NULL;
}

static void
start(struct contract *t, struct worker *workers, unsigned n, void *(*fn)(void *))
{
	for (unsigned i = 0; i < n; i++) {
		workers[i].t = t;
		workers[i].number = i;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, fn, &workers[i]), 0);
	}
}

static unsigned
join(struct worker *workers, unsigned n)
{
	unsigned faults = 0;

	for (unsigned i = 0; i < n; i++) {
		pthread_join(workers[i].thread, NULL);
		faults += workers[i].faults;
	}
	return faults;
}

static void
assert_no_gap(struct contract *t, uint64_t newest)
{
	struct repository_tx *tx = contract_begin(t, TX_READ);
	struct change_list list;

	OK(t->r->ops->changes(tx, &(struct change_query){.limit = 1000}, t->arena, &list, &t->err));
	contract_rollback(tx);
	assert_int_equal(list.n, newest);
	for (uint32_t i = 0; i < list.n; i++)
		assert_int_equal(list.items[i].revision, newest - i);
}

static void
racing_writers_have_one_winner_a_version(struct contract *t)
{
	struct worker workers[THREADS] = {0};

	start(t, workers, THREADS, race);
	assert_int_equal(join(workers, THREADS), 0);
	for (unsigned version = 1; version <= ROUNDS; version++) {
		unsigned winners = 0;

		for (unsigned i = 0; i < THREADS; i++)
			winners += workers[i].won[version];
		assert_int_equal(winners, 1);
	}
	assert_int_equal(contract_state(t).revision, 1 + ROUNDS);
	assert_no_gap(t, 1 + ROUNDS);
}

/* Each writer has keys of its own; all of them are of one tenant. */
static void *
write_alone(void *arg)
{
	struct worker *w = arg;
	const struct repository_ops *ops = w->t->r->ops;
	struct ff_call call = w->t->call;
	char key[] = {(char)('a' + w->number), 0};

	for (uint64_t version = 1; version <= ROUNDS; version++) {
		struct change c = {.kind = DOCUMENT_FLAG, .key = ff_str_z(key), .version = version, .patch = FF_STR("[]")};
		struct document d = contract_document(DOCUMENT_FLAG, key, "{}");
		struct repository_tx *tx;
		struct tenant_state state;

		if (ops->begin(w->t->r, &call, TX_WRITE, 1, &tx, NULL) != FF_OK) {
			w->faults++;
			continue;
		}
		w->faults += ops->put(tx, &d, version - 1, NULL) != FF_OK;
		w->faults += ops->log(tx, &c, NULL) != FF_OK;
		w->faults += ops->commit(tx, &state, NULL) != FF_OK || state.revision != d.revision;
	}
	return NULL;
}

static void
concurrent_writers_make_revisions_without_gaps(struct contract *t)
{
	struct worker workers[THREADS] = {0};

	start(t, workers, THREADS, write_alone);
	assert_int_equal(join(workers, THREADS), 0);
	assert_no_gap(t, 1 + THREADS * ROUNDS);
}

/* `left` and `right` always have one version, and the tenant's revision is one more. */
static void *
read_consistently(void *arg)
{
	struct worker *w = arg;
	const struct repository_ops *ops = w->t->r->ops;
	struct ff_call call = w->t->call;
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;

	for (unsigned i = 0; i < READ_ROUNDS || atomic_load(w->writing); i++) {
		struct document left = {0}, right = {0};
		struct repository_tx *tx;
		struct tenant_state state;
		ff_status a, b;

		ff_arena_reset(&arena);
		if (ops->begin(w->t->r, &call, TX_READ, 1, &tx, NULL) != FF_OK) {
			w->faults++;
			continue;
		}
		a = ops->get(tx, DOCUMENT_FLAG, FF_STR("left"), &arena, &left, NULL);
		b = ops->get(tx, DOCUMENT_FLAG, FF_STR("right"), &arena, &right, NULL);
		w->faults += a != b || left.version != right.version;
		w->faults += ops->state(tx, &state, NULL) != FF_OK || state.revision != left.version + 1;
		ops->rollback(tx);
	}
	return NULL;
}

static void
readers_see_whole_change_sets_while_others_write(struct contract *t)
{
	struct worker writer = {0}, readers[THREADS] = {0};
	atomic_bool writing = true;
	unsigned faults;

	for (unsigned i = 0; i < THREADS; i++)
		readers[i].writing = &writing;
	start(t, readers, THREADS, read_consistently);
	start(t, &writer, 1, race);
	faults = join(&writer, 1);
	atomic_store(&writing, false);
	faults += join(readers, THREADS);
	assert_int_equal(faults, 0);
}

struct holder {
	struct contract *t;
	struct repository_tx *tx;
	atomic_bool gone;
	ff_status status;
};

static void *
wait_for_turn(void *arg)
{
	struct holder *h = arg;
	struct ff_call call = h->t->call;

	call.cancel = &h->gone;
	h->status = h->t->r->ops->begin(h->t->r, &call, TX_WRITE, 1, &h->tx, NULL);
	return NULL;
}

static void
a_waiting_writer_is_let_in_when_the_other_ends(struct contract *t)
{
	struct repository_tx *first = contract_begin(t, TX_WRITE);
	struct holder h = {.t = t};
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, wait_for_turn, &h), 0);
	contract_rollback(first);
	pthread_join(thread, NULL);
	assert_int_equal(h.status, FF_OK);
	contract_rollback(h.tx);
}

static void
a_waiting_writer_is_called_off(struct contract *t)
{
	struct repository_tx *first = contract_begin(t, TX_WRITE);
	struct holder h = {.t = t};
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, wait_for_turn, &h), 0);
	atomic_store(&h.gone, true);
	pthread_join(thread, NULL); /* hangs where nobody looks */
	assert_int_equal(h.status, FF_ECANCELLED);
	contract_rollback(first);
}

CONTRACT_CASES(contract_threads, CONTRACT_CASE(racing_writers_have_one_winner_a_version),
	CONTRACT_CASE(concurrent_writers_make_revisions_without_gaps),
	CONTRACT_CASE(readers_see_whole_change_sets_while_others_write),
	CONTRACT_CASE(a_waiting_writer_is_let_in_when_the_other_ends), CONTRACT_CASE(a_waiting_writer_is_called_off));
