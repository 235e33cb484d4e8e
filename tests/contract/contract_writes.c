/* SPDX-License-Identifier: Apache-2.0 */
/* Writing: put and remove, by compare-and-set. */
#include "contract.h"

static void
put_refuses_a_stale_version(struct contract *t)
{
	static const struct {
		uint64_t expected;
		ff_status status;
		uint64_t current;
	} rows[] = {
		{0, FF_EFLAGEXISTS, 0},
		{1, FF_ECONFLICT, 3},
		{2, FF_ECONFLICT, 3},
		{4, FF_ECONFLICT, 3},
		{UINT64_MAX, FF_ECONFLICT, 3},
	};
	struct document d = contract_flag(t, "f", "{}", "{}"), got;

	for (uint64_t version = 0; version < 3; version++)
		assert_int_equal(contract_put_alone(t, &d, version), version + 1);
	for (size_t i = 0; i < FF_COUNT(rows); i++) {
		struct repository_tx *tx = contract_begin(t, TX_WRITE);

		EXPECT(rows[i].status, t->r->ops->put(tx, &d, rows[i].expected, &t->err));
		assert_int_equal(t->err.version, rows[i].current);
		contract_rollback(tx);
	}
	assert_true(contract_get(t, DOCUMENT_FLAG, "f", &got));
	assert_int_equal(got.version, 3);
}

static void
put_refuses_by_kind(struct contract *t)
{
	static const struct {
		enum document_kind kind;
		ff_status missing, exists;
	} rows[] = {
		{DOCUMENT_FLAG, FF_EFLAGNOTFOUND, FF_EFLAGEXISTS},
		{DOCUMENT_SEGMENT, FF_ESEGMENTNOTFOUND, FF_ESEGMENTEXISTS},
		{DOCUMENT_ENVIRONMENT, FF_EENVIRONMENTNOTFOUND, FF_EENVIRONMENTEXISTS},
	};

	for (size_t i = 0; i < FF_COUNT(rows); i++) {
		struct document d = contract_document(rows[i].kind, "k", "{}");
		struct repository_tx *tx = contract_begin(t, TX_WRITE);
		uint64_t version;

		EXPECT(rows[i].missing, t->r->ops->put(tx, &d, 1, &t->err));
		EXPECT(rows[i].missing, t->r->ops->remove(tx, rows[i].kind, d.key, 1, &version, &t->err));
		contract_put(t, tx, &d, 0);
		EXPECT(rows[i].exists, t->r->ops->put(tx, &d, 0, &t->err));
		EXPECT(FF_ECONFLICT, t->r->ops->remove(tx, rows[i].kind, d.key, 2, &version, &t->err));
		assert_int_equal(t->err.version, 1);
		EXPECT(FF_ECONFLICT, t->r->ops->remove(tx, rows[i].kind, d.key, 0, &version, &t->err));
		contract_commit(t, tx);
	}
}

static void
a_refusal_leaves_the_transaction_as_it_was(struct contract *t)
{
	struct document a = contract_flag(t, "a", "{1}", "{1}"), b = contract_flag(t, "b", "{}", "{}"), got;
	struct repository_tx *tx = contract_begin(t, TX_WRITE);
	struct tenant_state state;
	uint64_t version;

	contract_put(t, tx, &a, 0);
	a.json = FF_STR("{2}");
	EXPECT(FF_ECONFLICT, t->r->ops->put(tx, &a, 7, &t->err));
	EXPECT(FF_EFLAGNOTFOUND, t->r->ops->remove(tx, DOCUMENT_FLAG, FF_STR("nope"), 1, &version, &t->err));
	contract_put(t, tx, &b, 0);
	state = contract_commit(t, tx);
	assert_int_equal(state.revision, 2);
	assert_true(contract_get(t, DOCUMENT_FLAG, "a", &got));
	assert_str(got.json, "{1}");
	assert_int_equal(got.version, 1);
	assert_true(contract_get(t, DOCUMENT_FLAG, "b", &got));
}

static void
put_fills_in_what_it_stored(struct contract *t)
{
	struct document d = contract_flag(t, "f", "{}", "{}");

	t->now_ms = 100;
	d.version = d.revision = 77; /* whatever it says before */
	contract_put_alone(t, &d, 0);
	assert_int_equal(d.version, 1);
	assert_int_equal(d.revision, 2);
	assert_int_equal(d.created_at, 100);
	assert_int_equal(d.updated_at, 100);
	assert_int_equal(d.parts[0].version, 1);
	t->now_ms = 200;
	contract_put_alone(t, &d, 1);
	assert_int_equal(d.version, 2);
	assert_int_equal(d.revision, 3);
	assert_int_equal(d.created_at, 100);
	assert_int_equal(d.updated_at, 200);
	assert_int_equal(d.parts[0].version, 2);
}

static void
a_put_changes_only_the_parts_it_says(struct contract *t)
{
	struct document_part parts[] = {
		{.name = FF_STR("production"), .json = FF_STR("{p1}"), .changed = true},
		{.name = FF_STR("staging"), .json = FF_STR("{s1}"), .changed = true},
	};
	struct document d = contract_document(DOCUMENT_FLAG, "f", "{}"), got;

	contract_environment(t, "staging");
	contract_environment(t, "test");
	d.parts = parts;
	d.n_parts = 2;
	contract_put_alone(t, &d, 0);

	/* Said, but not changed. */
	parts[0] = (struct document_part){.name = FF_STR("production"), .json = FF_STR("{lost}"), .version = 9};
	parts[1] = (struct document_part){.name = FF_STR("staging"), .json = FF_STR("{s2}"), .changed = true};
	contract_put_alone(t, &d, 1);
	assert_int_equal(d.parts[0].version, 1);
	assert_int_equal(d.parts[1].version, 2);

	/* Not said at all; and one that never was. */
	parts[0] = (struct document_part){.name = FF_STR("test"), .json = FF_STR("{lost}"), .version = 9};
	d.n_parts = 1;
	contract_put_alone(t, &d, 2);
	assert_int_equal(d.parts[0].version, 0);

	assert_true(contract_get(t, DOCUMENT_FLAG, "f", &got));
	assert_int_equal(got.version, 3);
	assert_int_equal(got.n_parts, 2);
	assert_str(got.parts[0].name, "production");
	assert_str(got.parts[0].json, "{p1}");
	assert_int_equal(got.parts[0].version, 1);
	assert_str(got.parts[1].name, "staging");
	assert_str(got.parts[1].json, "{s2}");
	assert_int_equal(got.parts[1].version, 2);
}

static void
put_refuses_a_part_of_an_unknown_environment(struct contract *t)
{
	struct document d = contract_flag(t, "f", "{}", "{}"), got;
	struct repository_tx *tx;

	contract_environment(t, "old");
	contract_remove_alone(t, DOCUMENT_ENVIRONMENT, "old", 1);
	tx = contract_begin(t, TX_WRITE);
	d.parts[0].name = FF_STR("nowhere");
	EXPECT(FF_EENVIRONMENTNOTFOUND, t->r->ops->put(tx, &d, 0, &t->err));
	assert_non_null(strstr(t->err.detail, "nowhere"));
	d.parts[0].name = FF_STR("old");
	EXPECT(FF_EENVIRONMENTNOTFOUND, t->r->ops->put(tx, &d, 0, &t->err));
	contract_commit(t, tx);
	assert_false(contract_get(t, DOCUMENT_FLAG, "f", &got));
}

static void
a_deleted_key_goes_on_counting_its_versions(struct contract *t)
{
	struct document d = contract_flag(t, "f", "{}", "{}"), got;

	t->now_ms = 10;
	assert_int_equal(contract_put_alone(t, &d, 0), 1);
	assert_int_equal(contract_put_alone(t, &d, 1), 2);
	assert_int_equal(contract_remove_alone(t, DOCUMENT_FLAG, "f", 2), 3);
	assert_false(contract_get(t, DOCUMENT_FLAG, "f", &got));
	assert_str(contract_list(t, &(struct document_query){.limit = 9}, NULL), "");

	struct repository_tx *tx = contract_begin(t, TX_WRITE);
	uint64_t version;

	EXPECT(FF_EFLAGNOTFOUND, t->r->ops->put(tx, &d, 3, &t->err));
	EXPECT(FF_EFLAGNOTFOUND, t->r->ops->remove(tx, DOCUMENT_FLAG, FF_STR("f"), 3, &version, &t->err));
	contract_rollback(tx);

	t->now_ms = 20;
	d.n_parts = 0;
	assert_int_equal(contract_put_alone(t, &d, 0), 4);
	assert_true(contract_get(t, DOCUMENT_FLAG, "f", &got));
	assert_int_equal(got.n_parts, 0); /* the old configuration stays gone */
	assert_int_equal(got.created_at, 20);
	d.n_parts = 1;
	assert_int_equal(contract_put_alone(t, &d, 4), 5);
	assert_int_equal(d.parts[0].version, 3);
}

static void
removing_an_environment_takes_its_parts(struct contract *t)
{
	struct document_part parts[] = {
		{.name = FF_STR("production"), .json = FF_STR("{p}"), .changed = true},
		{.name = FF_STR("staging"), .json = FF_STR("{s}"), .changed = true},
	};
	struct document_ref refs[] = {
		{DOCUMENT_SEGMENT, FF_STR("beta"), FF_STR("production")},
		{DOCUMENT_SEGMENT, FF_STR("beta"), FF_STR("staging")},
	};
	struct document with = contract_document(DOCUMENT_FLAG, "with", "{}"),
					without = contract_flag(t, "without", "{}", "{}");
	struct document_ref *uses;
	struct document got;
	struct repository_tx *tx;
	uint32_t n;

	contract_environment(t, "staging");
	with.parts = parts;
	with.n_parts = 2;
	with.refs = refs;
	with.n_refs = 2;
	contract_put_alone(t, &with, 0);
	contract_put_alone(t, &without, 0);
	assert_int_equal(contract_remove_alone(t, DOCUMENT_ENVIRONMENT, "staging", 1), 2);

	assert_true(contract_get(t, DOCUMENT_FLAG, "with", &got));
	assert_int_equal(got.version, 1);
	assert_int_equal(got.revision, contract_state(t).revision);
	assert_int_equal(got.n_parts, 1);
	assert_str(got.parts[0].name, "production");
	assert_true(contract_get(t, DOCUMENT_FLAG, "without", &got));
	assert_int_equal(got.revision, without.revision);
	tx = contract_begin(t, TX_READ);
	OK(t->r->ops->uses(tx, DOCUMENT_FLAG, FF_STR("with"), t->arena, &uses, &n, &t->err));
	contract_rollback(tx);
	assert_int_equal(n, 1);
	assert_str(uses[0].part, "production");

	/* Made again, it is empty, and its parts count on. */
	struct document again = contract_document(DOCUMENT_ENVIRONMENT, "staging", "{}");

	assert_int_equal(contract_put_alone(t, &again, 0), 3);
	assert_true(contract_get(t, DOCUMENT_FLAG, "with", &got));
	assert_int_equal(got.n_parts, 1);
	contract_put_alone(t, &with, 1);
	assert_int_equal(with.parts[1].version, 2);
}

static void
a_transaction_sees_its_own_changes(struct contract *t)
{
	struct document d = contract_flag(t, "f", "{1}", "{1}"), got;
	struct document_list list;
	struct repository_tx *tx = contract_begin(t, TX_WRITE);
	uint64_t version;

	contract_put(t, tx, &d, 0);
	OK(t->r->ops->get(tx, DOCUMENT_FLAG, FF_STR("f"), t->arena, &got, &t->err));
	assert_str(got.json, "{1}");
	d.json = FF_STR("{2}");
	assert_int_equal(contract_put(t, tx, &d, 1), 2);
	OK(t->r->ops->list(tx, &(struct document_query){.limit = 5}, t->arena, &list, &t->err));
	assert_int_equal(list.n, 1);
	assert_str(list.items[0].json, "{2}");
	OK(t->r->ops->remove(tx, DOCUMENT_FLAG, FF_STR("f"), 2, &version, &t->err));
	assert_int_equal(version, 3);
	EXPECT(FF_EFLAGNOTFOUND, t->r->ops->get(tx, DOCUMENT_FLAG, FF_STR("f"), t->arena, &got, &t->err));
	contract_commit(t, tx);
}

CONTRACT_CASES(contract_writes, CONTRACT_CASE(put_refuses_a_stale_version), CONTRACT_CASE(put_refuses_by_kind),
	CONTRACT_CASE(a_refusal_leaves_the_transaction_as_it_was), CONTRACT_CASE(put_fills_in_what_it_stored),
	CONTRACT_CASE(a_put_changes_only_the_parts_it_says), CONTRACT_CASE(put_refuses_a_part_of_an_unknown_environment),
	CONTRACT_CASE(a_deleted_key_goes_on_counting_its_versions), CONTRACT_CASE(removing_an_environment_takes_its_parts),
	CONTRACT_CASE(a_transaction_sees_its_own_changes));
