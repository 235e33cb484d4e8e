/* SPDX-License-Identifier: Apache-2.0 */
/* A write with an idempotency key happens once. */
#include "contract.h"

#include <pthread.h>
#include <sched.h>

#include "sys/clock.h"

#define FINGERPRINT FF_STR("\0fingerprint of exactly 32 byte\xff")

static struct contract
with_key(struct contract *t, const char *key)
{
	struct contract copy = *t;

	copy.call.idempotency_key = ff_str_z(key);
	return copy;
}

static void
put_outcome(struct contract *t, struct repository_tx *tx, const char *answer)
{
	const struct outcome outcome = {.fingerprint = FINGERPRINT, .answer = ff_str_z(answer), .at = 999};

	OK(t->r->ops->outcome_put(tx, &outcome, &t->err));
}

/* The answer that a transaction finds; "" where there is none. */
static ff_str
outcome_in(struct contract *t, struct repository_tx *tx)
{
	struct outcome outcome = {.answer = FF_STR("untouched")};
	bool found = true;

	OK(t->r->ops->outcome_get(tx, t->arena, &found, &outcome, &t->err));
	if (found) {
		assert_true(ff_str_eq(outcome.fingerprint, FINGERPRINT));
		return outcome.answer;
	}
	assert_str(outcome.answer, "untouched");
	return FF_STR("");
}

static ff_str
outcome(struct contract *t)
{
	struct repository_tx *tx = contract_begin(t, TX_WRITE);
	ff_str answer = outcome_in(t, tx);

	contract_rollback(tx);
	return answer;
}

static void
store_outcome(struct contract *t, const char *answer)
{
	struct repository_tx *tx = contract_begin(t, TX_WRITE);

	put_outcome(t, tx, answer);
	contract_commit(t, tx);
}

static void
an_outcome_is_found_by_whoever_repeats_the_request(struct contract *t)
{
	struct contract again = with_key(t, "k-1");
	struct document d = contract_flag(t, "f", "{}", "{}");
	struct repository_tx *tx;
	struct outcome found_outcome;
	bool found;

	again.now_ms = 4711;
	assert_str(outcome(&again), "");
	tx = contract_begin(&again, TX_WRITE);
	contract_put(&again, tx, &d, 0);
	put_outcome(&again, tx, "{\"version\":1}");
	assert_str(outcome_in(&again, tx), "{\"version\":1}"); /* it sees its own */
	assert_int_equal(contract_commit(&again, tx).revision, 2);
	again.now_ms = 5000;
	tx = contract_begin(&again, TX_WRITE);
	OK(t->r->ops->outcome_get(tx, t->arena, &found, &found_outcome, &t->err));
	contract_rollback(tx);
	assert_true(found);
	assert_str(found_outcome.answer, "{\"version\":1}");
	assert_int_equal(found_outcome.at, 4711);
}

static void
a_rollback_leaves_no_outcome(struct contract *t)
{
	struct contract k = with_key(t, "k-1");
	struct repository_tx *tx = contract_begin(&k, TX_WRITE);
	struct tenant_state state;

	put_outcome(&k, tx, "{}");
	contract_rollback(tx);
	assert_str(outcome(&k), "");
	tx = contract_begin(&k, TX_WRITE);
	put_outcome(&k, tx, "{}");
	k.call.deadline_ms = clock_mono_ms();
	EXPECT(FF_ETIMEOUT, t->r->ops->commit(tx, &state, &t->err));
	k.call.deadline_ms = UINT64_MAX;
	assert_str(outcome(&k), "");
}

static void
outcomes_are_told_apart_by_tenant_actor_and_key(struct contract *t)
{
	static const struct {
		const char *tenant, *actor, *key;
	} rows[] = {
		{"acme", "ada", "k-1"},
		{"acme", "ada", "k-2"},
		{"acme", "ada", "K-1"},
		{"acme", "ada k", "-1"},
		{"acme", "bob", "k-1"},
		{"globex", "ada", "k-1"},
		{"*", "ada", "k-1"},
	};

	OK(t->r->ops->tenant_ensure(t->r, &t->call, FF_STR("globex"), FF_STR(""), 1, &t->err));
	for (size_t i = 0; i < FF_COUNT(rows); i++) {
		struct contract row = with_key(t, rows[i].key);

		row.call.tenant = ff_str_z(rows[i].tenant);
		row.call.actor = ff_str_z(rows[i].actor);
		assert_str(outcome(&row), "");
		store_outcome(&row, ff_arena_printf(t->arena, "{%zu}", i).p);
	}
	for (size_t i = 0; i < FF_COUNT(rows); i++) {
		struct contract row = with_key(t, rows[i].key);

		row.call.tenant = ff_str_z(rows[i].tenant);
		row.call.actor = ff_str_z(rows[i].actor);
		assert_str(outcome(&row), ff_arena_printf(t->arena, "{%zu}", i).p);
	}
}

static void
an_outcome_is_found_for_a_day(struct contract *t)
{
	struct contract k = with_key(t, "k-1");

	k.now_ms = 1000;
	store_outcome(&k, "{1}");
	k.now_ms = 1000 + OUTCOME_TTL_MS - 1;
	assert_str(outcome(&k), "{1}");
	k.now_ms = 1000 + OUTCOME_TTL_MS;
	assert_str(outcome(&k), "");
	store_outcome(&k, "{2}"); /* in its place */
	assert_str(outcome(&k), "{2}");
	k.now_ms += OUTCOME_TTL_MS - 1;
	assert_str(outcome(&k), "{2}");
}

static void
an_outcome_alone_makes_no_revision(struct contract *t)
{
	struct contract k = with_key(t, "k-1");
	struct tenant_state before = contract_state(t), after;
	struct repository_tx *tx = contract_begin(&k, TX_WRITE);

	put_outcome(&k, tx, "{}");
	after = contract_commit(&k, tx);
	assert_int_equal(after.revision, before.revision);
	assert_int_equal(after.head, before.head);
	assert_int_equal(contract_state(t).revision, before.revision);
	assert_str(outcome(&k), "{}");
}

static void
a_twin_is_told_at_once_that_the_first_still_runs(struct contract *t)
{
	struct contract k = with_key(t, "k-1"), twin = with_key(t, "k-1");
	struct repository_tx *first = contract_begin(&k, TX_WRITE), *second = NULL;

	k.call.deadline_ms = twin.call.deadline_ms = clock_mono_ms() + 10000; /* it does not wait that long */
	EXPECT(FF_EIDEMPOTENCYINPROGRESS, t->r->ops->begin(t->r, &twin.call, TX_WRITE, 1, &second, &t->err));
	assert_non_null(strstr(t->err.detail, "k-1"));
	assert_null(second);
	contract_rollback(contract_begin(&twin, TX_READ)); /* reads have no twins */
	contract_commit(&k, first);

	first = contract_begin(&twin, TX_WRITE);
	EXPECT(FF_EIDEMPOTENCYINPROGRESS, t->r->ops->begin(t->r, &k.call, TX_WRITE, 1, &second, &t->err));
	contract_rollback(first);
	contract_rollback(contract_begin(&k, TX_WRITE));
}

static void
others_are_no_twins(struct contract *t)
{
	struct contract k = with_key(t, "k-1"), other;
	struct repository_tx *first = contract_begin(&k, TX_WRITE), *second = NULL;

	/* They wait for their turn, as without a key. */
	for (int i = 0; i < 3; i++) {
		other = with_key(t, i == 0 ? "k-2" : i == 1 ? "k-1" : "");
		if (i == 1)
			other.call.actor = FF_STR("bob");
		other.call.deadline_ms = clock_mono_ms() + 20;
		EXPECT(FF_ETIMEOUT, t->r->ops->begin(t->r, &other.call, TX_WRITE, 1, &second, &t->err));
	}
	contract_rollback(first);
}

static void
a_begin_that_fails_holds_no_idempotency_key(struct contract *t)
{
	struct contract k = with_key(t, "k-1"), other = with_key(t, "k-2");
	struct repository_tx *first = contract_begin(&other, TX_WRITE), *tx = NULL;

	k.call.deadline_ms = clock_mono_ms() + 20;
	EXPECT(FF_ETIMEOUT, t->r->ops->begin(t->r, &k.call, TX_WRITE, 1, &tx, &t->err));
	contract_rollback(first);
	k.call.deadline_ms = UINT64_MAX;
	k.call.tenant = FF_STR("nobody");
	EXPECT(FF_ETENANTNOTFOUND, t->r->ops->begin(t->r, &k.call, TX_WRITE, 1, &tx, &t->err));
	EXPECT(FF_ETENANTNOTFOUND, t->r->ops->begin(t->r, &k.call, TX_WRITE, 1, &tx, &t->err));
	k.call.tenant = FF_STR("acme");
	contract_rollback(contract_begin(&k, TX_WRITE));
}

enum { TWINS = 8 };

struct twin {
	struct contract *t;
	pthread_t thread;
	struct ff_arena arena;
	unsigned done, replayed, in_progress, faults;
};

/* As a use case does it, again and again until there is an answer. */
static bool
try_once(struct twin *w)
{
	const struct repository_ops *ops = w->t->r->ops;
	struct ff_call call = w->t->call;
	FF_CLEANUP(repository_rollbackp) struct repository_tx *tx = NULL;
	const struct outcome mine = {.fingerprint = FINGERPRINT, .answer = FF_STR("{}")};
	struct document d = contract_document(DOCUMENT_SEGMENT, "s", "{}");
	struct tenant_state state;
	struct outcome theirs;
	bool found;
	ff_status status = ops->begin(w->t->r, &call, TX_WRITE, 1, &tx, NULL);

	if (status == FF_EIDEMPOTENCYINPROGRESS) {
		w->in_progress++;
		return false;
	}
	w->faults += status != FF_OK || ops->outcome_get(tx, &w->arena, &found, &theirs, NULL) != FF_OK;
	if (w->faults || found) {
		w->replayed++;
		return true;
	}
	w->faults += ops->put(tx, &d, 0, NULL) != FF_OK; /* FF_ESEGMENTEXISTS if it were done twice */
	w->faults += ops->outcome_put(tx, &mine, NULL) != FF_OK;
	w->faults += ops->commit(FF_TAKE(tx), &state, NULL) != FF_OK;
	w->done++;
	return true;
}

static void *
insist(void *arg)
{
	struct twin *w = arg;

	while (!try_once(w))
		sched_yield();
	return NULL;
}

static void
of_many_twins_one_does_it(struct contract *t)
{
	struct contract k = with_key(t, "k-1");
	struct twin twins[TWINS] = {0};
	unsigned done = 0, replayed = 0, faults = 0;

	for (size_t i = 0; i < TWINS; i++) {
		twins[i].t = &k;
		assert_int_equal(pthread_create(&twins[i].thread, NULL, insist, &twins[i]), 0);
	}
	for (size_t i = 0; i < TWINS; i++) {
		pthread_join(twins[i].thread, NULL);
		ff_arena_release(&twins[i].arena);
		done += twins[i].done;
		replayed += twins[i].replayed;
		faults += twins[i].faults;
	}
	assert_int_equal(faults, 0);
	assert_int_equal(done, 1);
	assert_int_equal(replayed, TWINS - 1);
	assert_int_equal(contract_state(t).revision, 2);
}

CONTRACT_CASES(contract_idempotency, CONTRACT_CASE(an_outcome_is_found_by_whoever_repeats_the_request),
	CONTRACT_CASE(a_rollback_leaves_no_outcome), CONTRACT_CASE(outcomes_are_told_apart_by_tenant_actor_and_key),
	CONTRACT_CASE(an_outcome_is_found_for_a_day), CONTRACT_CASE(an_outcome_alone_makes_no_revision),
	CONTRACT_CASE(a_twin_is_told_at_once_that_the_first_still_runs), CONTRACT_CASE(others_are_no_twins),
	CONTRACT_CASE(a_begin_that_fails_holds_no_idempotency_key), CONTRACT_CASE(of_many_twins_one_does_it));
