/* SPDX-License-Identifier: Apache-2.0 */
/* All or nothing, one revision at a time, and no longer than the call. */
#include "contract.h"

#include "sys/clock.h"

static void
begin_refuses_an_unknown_tenant(struct contract *t)
{
	struct repository_tx *tx = NULL;

	t->call.tenant = FF_STR("nobody");
	EXPECT(FF_ETENANTNOTFOUND, t->r->ops->begin(t->r, &t->call, TX_READ, 1, &tx, &t->err));
	EXPECT(FF_ETENANTNOTFOUND, t->r->ops->begin(t->r, &t->call, TX_WRITE, 1, &tx, &t->err));
	assert_non_null(strstr(t->err.detail, "nobody"));
	t->call.tenant = FF_STR("");
	EXPECT(FF_ETENANTNOTFOUND, t->r->ops->begin(t->r, &t->call, TX_WRITE, 1, &tx, &t->err));
	assert_null(tx);
}

static void
rollback_leaves_nothing(struct contract *t)
{
	struct tenant_state before, after;
	struct document kept = contract_flag(t, "kept", "{1}", "{1}"), lost = contract_flag(t, "lost", "{}", "{}"), got;
	struct change c = {.kind = DOCUMENT_FLAG, .key = FF_STR("lost"), .version = 1, .patch = FF_STR("[]")};
	struct change_list changes;
	struct repository_tx *tx;
	uint64_t version;

	contract_put_alone(t, &kept, 0);
	before = contract_state(t);
	tx = contract_begin(t, TX_WRITE);
	contract_put(t, tx, &lost, 0);
	kept.json = FF_STR("{2}");
	kept.parts[0].json = FF_STR("{2}");
	contract_put(t, tx, &kept, 1);
	OK(t->r->ops->log(tx, &c, &t->err));
	OK(t->r->ops->remove(tx, DOCUMENT_FLAG, FF_STR("kept"), 2, &version, &t->err));
	OK(t->r->ops->remove(tx, DOCUMENT_ENVIRONMENT, FF_STR("production"), 1, &version, &t->err));
	contract_rollback(tx);

	after = contract_state(t);
	assert_int_equal(after.revision, before.revision);
	assert_int_equal(after.head, before.head);
	assert_false(contract_get(t, DOCUMENT_FLAG, "lost", &got));
	assert_true(contract_get(t, DOCUMENT_FLAG, "kept", &got));
	assert_int_equal(got.version, 1);
	assert_str(got.json, "{1}");
	assert_str(got.parts[0].json, "{1}");
	assert_true(contract_get(t, DOCUMENT_ENVIRONMENT, "production", &got));
	tx = contract_begin(t, TX_READ);
	OK(t->r->ops->changes(tx, &(struct change_query){.limit = 9}, t->arena, &changes, &t->err));
	contract_rollback(tx);
	assert_int_equal(changes.n, 1);
}

static void
commit_raises_the_revision_once_for_many_items(struct contract *t)
{
	struct tenant_state before = contract_state(t), after, seen;
	struct repository_tx *tx = contract_begin(t, TX_WRITE);

	for (int i = 0; i < 20; i++) {
		struct document d = contract_flag(t, (char[]){(char)('a' + i), 0}, "{}", "{}");

		contract_put(t, tx, &d, 0);
		assert_int_equal(d.revision, before.revision + 1);
	}
	OK(t->r->ops->state(tx, &seen, &t->err));
	assert_int_equal(seen.revision, before.revision); /* before its own changes */
	after = contract_commit(t, tx);
	assert_int_equal(after.revision, before.revision + 1);
	assert_true(after.head != before.head);
	seen = contract_state(t);
	assert_int_equal(seen.revision, after.revision);
	assert_int_equal(seen.head, after.head);
}

static void
an_empty_commit_has_no_revision(struct contract *t)
{
	struct tenant_state before = contract_state(t), after;
	struct document d = contract_flag(t, "f", "{}", "{}");
	struct repository_tx *tx = contract_begin(t, TX_WRITE);

	after = contract_commit(t, tx);
	assert_int_equal(after.revision, before.revision);
	assert_int_equal(after.head, before.head);
	tx = contract_begin(t, TX_WRITE);
	EXPECT(FF_EFLAGNOTFOUND, t->r->ops->put(tx, &d, 5, &t->err)); /* a refusal is no change */
	after = contract_commit(t, tx);
	assert_int_equal(after.revision, before.revision);
	assert_int_equal(after.head, before.head);
	after = contract_commit(t, contract_begin(t, TX_READ));
	assert_int_equal(after.revision, before.revision);
	assert_int_equal(after.head, before.head);
}

static void
a_reader_keeps_the_state_it_began_with(struct contract *t)
{
	struct document a = contract_flag(t, "a", "{1}", "{1}"), b = contract_flag(t, "b", "{1}", "{1}"), got;
	struct tenant_state began, now;
	struct repository_tx *reader;
	uint64_t version;

	contract_put_alone(t, &a, 0);
	began = contract_state(t);
	reader = contract_begin(t, TX_READ);
	a.json = FF_STR("{2}");
	contract_put_alone(t, &a, 1);
	contract_put_alone(t, &b, 0);

	OK(t->r->ops->get(reader, DOCUMENT_FLAG, FF_STR("a"), t->arena, &got, &t->err));
	assert_str(got.json, "{1}");
	EXPECT(FF_EFLAGNOTFOUND, t->r->ops->get(reader, DOCUMENT_FLAG, FF_STR("b"), t->arena, &got, &t->err));
	OK(t->r->ops->state(reader, &now, &t->err));
	assert_int_equal(now.revision, began.revision);
	assert_int_equal(now.head, began.head);
	version = contract_remove_alone(t, DOCUMENT_FLAG, "a", 2);
	assert_int_equal(version, 3);
	OK(t->r->ops->get(reader, DOCUMENT_FLAG, FF_STR("a"), t->arena, &got, &t->err));
	contract_rollback(reader);
	assert_false(contract_get(t, DOCUMENT_FLAG, "a", &got));
}

static void
what_is_not_committed_is_not_seen(struct contract *t)
{
	struct document d = contract_flag(t, "f", "{}", "{}"), got;
	struct repository_tx *tx = contract_begin(t, TX_WRITE);

	contract_put(t, tx, &d, 0);
	assert_false(contract_get(t, DOCUMENT_FLAG, "f", &got));
	contract_commit(t, tx);
	assert_true(contract_get(t, DOCUMENT_FLAG, "f", &got));
}

static void
a_writer_waits_no_longer_than_its_deadline(struct contract *t)
{
	struct repository_tx *first = contract_begin(t, TX_WRITE), *second = NULL;
	uint64_t began = clock_mono_ms();

	t->call.deadline_ms = began + 50;
	EXPECT(FF_ETIMEOUT, t->r->ops->begin(t->r, &t->call, TX_WRITE, 1, &second, &t->err));
	assert_null(second);
	assert_true(clock_mono_ms() >= began + 50);
	t->call.deadline_ms = UINT64_MAX;
	contract_rollback(first);
	contract_rollback(contract_begin(t, TX_WRITE));
}

static void
a_writer_whose_caller_has_gone_stops_waiting(struct contract *t)
{
	struct repository_tx *first = contract_begin(t, TX_WRITE), *second = NULL;
	atomic_bool gone = true;

	t->call.cancel = &gone;
	EXPECT(FF_ECANCELLED, t->r->ops->begin(t->r, &t->call, TX_WRITE, 1, &second, &t->err));
	EXPECT(FF_ECANCELLED, t->r->ops->begin(t->r, &t->call, TX_READ, 1, &second, &t->err));
	EXPECT(FF_ECANCELLED, t->r->ops->ping(t->r, &t->call, &t->err));
	t->call.cancel = NULL;
	contract_rollback(first);
	OK(t->r->ops->ping(t->r, &t->call, &t->err));
}

static void
a_call_that_is_over_does_not_begin(struct contract *t)
{
	struct repository_tx *tx = NULL;

	t->call.deadline_ms = clock_mono_ms();
	EXPECT(FF_ETIMEOUT, t->r->ops->begin(t->r, &t->call, TX_READ, 1, &tx, &t->err));
	EXPECT(FF_ETIMEOUT, t->r->ops->begin(t->r, &t->call, TX_WRITE, 1, &tx, &t->err));
	EXPECT(FF_ETIMEOUT, t->r->ops->tenant_ensure(t->r, &t->call, FF_STR("new"), FF_STR(""), 1, &t->err));
	assert_null(tx);
}

static void
a_call_that_is_over_does_not_commit(struct contract *t)
{
	struct document d = contract_flag(t, "f", "{}", "{}"), got;
	struct repository_tx *tx = contract_begin(t, TX_WRITE);
	struct tenant_state state;
	atomic_bool gone = false;

	contract_put(t, tx, &d, 0);
	t->call.deadline_ms = clock_mono_ms();
	EXPECT(FF_ETIMEOUT, t->r->ops->commit(tx, &state, &t->err));
	t->call.deadline_ms = UINT64_MAX;
	t->call.cancel = &gone;
	tx = contract_begin(t, TX_WRITE);
	contract_put(t, tx, &d, 0);
	gone = true;
	EXPECT(FF_ECANCELLED, t->r->ops->commit(tx, &state, &t->err));
	t->call.cancel = NULL;
	assert_false(contract_get(t, DOCUMENT_FLAG, "f", &got));
	assert_int_equal(contract_state(t).revision, 1);
	contract_rollback(contract_begin(t, TX_WRITE)); /* nothing is held any more */
}

CONTRACT_CASES(contract_transactions, CONTRACT_CASE(begin_refuses_an_unknown_tenant),
	CONTRACT_CASE(rollback_leaves_nothing), CONTRACT_CASE(commit_raises_the_revision_once_for_many_items),
	CONTRACT_CASE(an_empty_commit_has_no_revision), CONTRACT_CASE(a_reader_keeps_the_state_it_began_with),
	CONTRACT_CASE(what_is_not_committed_is_not_seen), CONTRACT_CASE(a_writer_waits_no_longer_than_its_deadline),
	CONTRACT_CASE(a_writer_whose_caller_has_gone_stops_waiting), CONTRACT_CASE(a_call_that_is_over_does_not_begin),
	CONTRACT_CASE(a_call_that_is_over_does_not_commit));
