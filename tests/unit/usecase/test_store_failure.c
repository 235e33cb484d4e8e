/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever operation of the store fails, in whichever step of a use case: it is told, and nothing is half written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fixture.h"
#include "gate.h"
#include "sys/clock.h"
#include "usecase/explain_service.h"
#include "usecase/transfer_service.h"

/* Operations get a transaction and nothing of ours, so there is one of these. */
static struct {
	const struct repository_ops *inner;
	unsigned until_failure; /* operations that still succeed; 0: none fails */
	bool failed;
} faulty;

static bool
fails(struct ff_err *reterr)
{
	if (!faulty.until_failure || --faulty.until_failure)
		return false;
	faulty.failed = true;
	ff_fail(reterr, FF_ESTORAGE, "injected");
	return true;
}

/* PASS(name, (parameters), (arguments)): fails, or is the inner one. */
#define PASS(name, parameters, arguments)                                  \
	static ff_status faulty_##name parameters                              \
	{                                                                      \
		return fails(reterr) ? FF_ESTORAGE : faulty.inner->name arguments; \
	}

PASS(state, (struct repository_tx * tx, struct tenant_state *ret, struct ff_err *reterr), (tx, ret, reterr))
PASS(get,
	(struct repository_tx * tx, enum document_kind kind, ff_str key, struct ff_arena *arena, struct document *ret,
		struct ff_err *reterr),
	(tx, kind, key, arena, ret, reterr))
PASS(list,
	(struct repository_tx * tx, const struct document_query *query, struct ff_arena *arena, struct document_list *ret,
		struct ff_err *reterr),
	(tx, query, arena, ret, reterr))
PASS(each,
	(struct repository_tx * tx, enum document_kind kind, ff_str part,
		bool (*visit)(void *arg, const struct document *d), void *arg, struct ff_err *reterr),
	(tx, kind, part, visit, arg, reterr))
PASS(used_by,
	(struct repository_tx * tx, enum document_kind kind, ff_str key, struct ff_arena *arena,
		struct document_ref_list *ret, struct ff_err *reterr),
	(tx, kind, key, arena, ret, reterr))
PASS(uses,
	(struct repository_tx * tx, enum document_kind kind, ff_str key, struct ff_arena *arena, struct document_ref **ret,
		uint32_t *ret_n, struct ff_err *reterr),
	(tx, kind, key, arena, ret, ret_n, reterr))
PASS(put, (struct repository_tx * tx, struct document *d, uint64_t expected, struct ff_err *reterr),
	(tx, d, expected, reterr))
PASS(remove,
	(struct repository_tx * tx, enum document_kind kind, ff_str key, uint64_t expected, uint64_t *ret,
		struct ff_err *reterr),
	(tx, kind, key, expected, ret, reterr))
PASS(outcome_get,
	(struct repository_tx * tx, struct ff_arena *arena, bool *found, struct outcome *ret, struct ff_err *reterr),
	(tx, arena, found, ret, reterr))
PASS(outcome_put, (struct repository_tx * tx, const struct outcome *outcome, struct ff_err *reterr),
	(tx, outcome, reterr))
PASS(log, (struct repository_tx * tx, const struct change *c, struct ff_err *reterr), (tx, c, reterr))
PASS(changes,
	(struct repository_tx * tx, const struct change_query *query, struct ff_arena *arena, struct change_list *ret,
		struct ff_err *reterr),
	(tx, query, arena, ret, reterr))
PASS(version_chain,
	(struct repository_tx * tx, enum document_kind kind, ff_str key, uint64_t version, struct ff_arena *arena,
		struct change_list *ret, struct ff_err *reterr),
	(tx, kind, key, version, arena, ret, reterr))

/* Ends the transaction also when it fails. */
static ff_status
faulty_commit(struct repository_tx *tx, struct tenant_state *ret, struct ff_err *reterr)
{
	if (!fails(reterr))
		return faulty.inner->commit(tx, ret, reterr);
	faulty.inner->rollback(tx);
	return FF_ESTORAGE;
}

struct setup {
	struct fixture f;
	struct gate gate; /* for its begin, which finds the inner repository */
	struct service service;
};

static void
setup(struct setup *s)
{
	static const struct step steps[] = {
		{CREATE_SEGMENT, "", "{'key': 's', 'included': ['u']}"},
		{CREATE_SEGMENT, "", "{'key': 't', 'when': {'segment': 's'}}"},
		{CREATE_FLAG, "", "{'key': 'b', 'type': 'boolean', 'environments': {'staging': {}}}"},
		{CREATE_FLAG, "",
			"{'key': 'a', 'type': 'boolean', 'environments': {'production': {'enabled': true, 'prerequisites': "
			"[{'flag':"
			" 'b', 'variations': ['on']}], 'rules': [{'when': {'segment': 't'}, 'serve': {'variation': 'on'}}]}}}"},
	};

	fixture_open(&s->f);
	fixture_steps(&s->f, steps, FF_COUNT(steps));
	gate_init(&s->gate, s->f.repository);
	faulty.inner = s->f.repository->ops;
	faulty.until_failure = 0;
	s->gate.ops.state = faulty_state;
	s->gate.ops.get = faulty_get;
	s->gate.ops.list = faulty_list;
	s->gate.ops.each = faulty_each;
	s->gate.ops.used_by = faulty_used_by;
	s->gate.ops.uses = faulty_uses;
	s->gate.ops.put = faulty_put;
	s->gate.ops.remove = faulty_remove;
	s->gate.ops.outcome_get = faulty_outcome_get;
	s->gate.ops.outcome_put = faulty_outcome_put;
	s->gate.ops.log = faulty_log;
	s->gate.ops.changes = faulty_changes;
	s->gate.ops.version_chain = faulty_version_chain;
	s->gate.ops.commit = faulty_commit;
	s->service = (struct service){.repository = &s->gate.super};
	s->f.service = s->service;
}

static void
teardown(struct setup *s)
{
	gate_release(&s->gate);
	fixture_close(&s->f);
}

static uint64_t
revision(struct setup *s)
{
	struct repository_tx *tx;
	struct tenant_state state;

	assert_int_equal(FF_OK, s->f.repository->ops->begin(s->f.repository, &s->f.call, TX_READ, 0, &tx, NULL));
	assert_int_equal(FF_OK, faulty.inner->state(tx, &state, NULL));
	faulty.inner->rollback(tx);
	return state.revision;
}

/* Does `step` again and again, each time with the next operation failing, until it gets through. */
static void
fail_everywhere(const struct step *step)
{
	enum { OPERATIONS_MAX = 200 };
	unsigned n;

	for (n = 1; n < OPERATIONS_MAX; n++) {
		struct setup s;
		uint64_t before;

		setup(&s);
		before = revision(&s);
		s.f.call.idempotency_key = FF_STR("k-1");
		s.f.fingerprint = FF_STR("0123456789abcdef0123456789abcdef");
		faulty.until_failure = n;
		faulty.failed = false;
		fixture_try(&s.f, step);
		if (!faulty.failed) {
			assert_int_equal(FF_OK, s.f.status);
			assert_int_equal(before + 1, revision(&s));
			teardown(&s);
			break;
		}
		assert_int_equal(FF_ESTORAGE, s.f.status);
		assert_string_equal("injected", s.f.err.detail);
		assert_int_equal(before, revision(&s));
		fixture_try(&s.f, step); /* what failed was not kept */
		assert_int_equal(FF_OK, s.f.status);
		assert_false(s.f.answer.replayed);
		assert_int_equal(before + 1, revision(&s));
		teardown(&s);
	}
	assert_true(n > 3 && n < OPERATIONS_MAX);
}

static void
test_no_failure_of_the_store_leaves_half_a_write(void **state)
{
	static const struct step steps[] = {
		{CREATE_FLAG, "",
			"{'key': 'c', 'type': 'boolean', 'environments': {'production': {'prerequisites': [{'flag': 'a', "
			"'variations':"
			" ['on']}]}}}"},
		{PUT_FLAG, "a", "{'name': 'A'}", IF_MATCH(1)},
		{MERGE_FLAG, "a", "{'archived': true, 'environments': {'staging': {'enabled': true}}}", IF_MATCH(1)},
		{MERGE_FLAG, "b",
			"{'variations': [{'key': 'on', 'value': true}, {'key': 'no', 'value': false}],"
			" 'environments': {'staging': {'offVariation': 'no', 'default': {'variation': 'no'}}}}",
			IF_MATCH(1)},
		{PUT_CONFIG, "a/staging", "{'rules': [{'when': {'segment': 's'}, 'serve': {'variation': 'on'}}]}", IF_MATCH(0)},
		{ROLLBACK_FLAG, "a", "{'to': 1}", IF_MATCH(1)},
		{DELETE_FLAG, "a", NULL, IF_MATCH(1)},
		{CREATE_SEGMENT, "", "{'key': 'x', 'when': {'segment': 't'}}"},
		{MEMBERS, "s", "{'add': ['v']}"},
		{CREATE_ENVIRONMENT, "", "{'key': 'dev'}"},
		{DELETE_ENVIRONMENT, "staging", NULL},
	};

	(void)state;
	for (unsigned i = 0; i < FF_COUNT(steps); i++)
		fail_everywhere(&steps[i]);
}

static ff_status
import_something(struct setup *s)
{
	struct transfer_counts counts;

	return transfer_import(&s->f.call, &s->service,
		quoted(&s->f,
			"{'format': 'ffs-tenant/1', 'environments': [{'key': 'dev'}], 'segments': [{'key': 's'}, {'key':"
			" 'x', 'when': {'segment': 's'}}], 'flags': [{'key': 'b', 'type': 'boolean', 'name': 'B'}]}"),
		s->f.now_ms, &s->f.arena, &counts, &s->f.err);
}

static ff_status
explain_draft(struct setup *s)
{
	ff_str json;

	return explain_evaluate(&s->f.call, &s->service,
		quoted(&s->f,
			"{'flag': {'key': 'a', 'type': 'boolean', 'environments': {'production': {'enabled': true, 'rules':"
			" [{'when': {'segment': 't'}, 'serve': {'variation': 'on'}}]}}}}"),
		s->f.now_ms, &s->f.arena, &json, &s->f.err);
}

static ff_status
read_history(struct setup *s)
{
	const struct page_request page = {.limit = 10};
	struct document_answer answer;
	ff_str json;

	FF_TRY(document_history(&s->f.call, &s->service, &flag_rules, FF_STR("a"), &page, &s->f.arena, &json, &s->f.err));
	return document_version(&s->f.call, &s->service, &flag_rules, FF_STR("a"), 1, &s->f.arena, &answer, &s->f.err);
}

static ff_status
read_all(struct setup *s)
{
	const struct page_request page = {.limit = 10};
	const struct document_filter any = {0};
	uint64_t at;
	ff_str json;

	FF_TRY(document_list(&s->f.call, &s->service, &flag_rules, &any, &page, &s->f.arena, &json, &s->f.err));
	return transfer_export(&s->f.call, &s->service, &s->f.arena, &json, &at, &s->f.err);
}

static void
test_every_failure_of_the_store_is_told(void **state)
{
	static ff_status (*const uses[])(struct setup *) = {import_something, explain_draft, read_history, read_all};

	(void)state;
	for (unsigned u = 0; u < FF_COUNT(uses); u++) {
		bool failed = true;

		for (unsigned n = 1; failed; n++) {
			struct setup s;
			uint64_t before;
			ff_status status;

			setup(&s);
			before = revision(&s);
			faulty.failed = false;
			faulty.until_failure = n;
			status = uses[u](&s);
			failed = faulty.failed;
			assert_int_equal(failed ? FF_ESTORAGE : FF_OK, status);
			assert_int_equal(before + (!failed && u == 0), revision(&s)); /* only an import that came through writes */
			teardown(&s);
		}
	}
}

static void
test_write_that_cannot_be_served_yet_is_made_all_the_same(void **state)
{
	static const struct step change = {MERGE_FLAG, "a", "{'name': 'A'}", IF_MATCH(1)};
	struct snapshot_table *snapshots;
	struct setup s;
	struct ff_err err;

	(void)state;
	setup(&s);
	snapshots = snapshot_table_new(&s.gate.super, clock_mono_ms);
	assert_int_equal(FF_OK, snapshot_table_load(snapshots, &s.f.call, FF_STR("production"), &err));
	s.f.service = (struct service){.repository = s.f.repository, .snapshots = snapshots};
	gate_fail_next(&s.gate, 1, FF_EUNAVAILABLE);
	fixture_step(&s.f, &change);
	assert_int_equal(2, s.f.answer.version);
	assert_int_equal(s.f.answer.revision - 1,
		snapshot_revision(snapshot_table_find(snapshots, s.f.call.tenant, FF_STR("production"))));
	assert_int_equal(FF_OK, snapshot_table_poll(snapshots, &s.f.call, &err)); /* and follows */
	assert_int_equal(
		s.f.answer.revision, snapshot_revision(snapshot_table_find(snapshots, s.f.call.tenant, FF_STR("production"))));
	snapshot_table_free(snapshots);
	teardown(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_failure_of_the_store_leaves_half_a_write),
		cmocka_unit_test(test_every_failure_of_the_store_is_told),
		cmocka_unit_test(test_write_that_cannot_be_served_yet_is_made_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
