/* SPDX-License-Identifier: Apache-2.0 */
/* What nobody needs any more goes; no version number comes again. */
#include "contract.h"

static const int64_t horizon_ms = (int64_t)TOMBSTONE_HORIZON_DAYS * 24 * 3600 * 1000;

static struct housekeeping_counts
housekeep(struct contract *t, int64_t now_ms)
{
	struct housekeeping_counts counts = {99, 99, true};

	OK(t->r->ops->housekeep(t->r, &t->call, now_ms, &counts, &t->err));
	return counts;
}

static void
log_version(struct contract *t, struct repository_tx *tx, enum document_kind kind, const char *key, uint64_t version)
{
	struct change c = {.kind = kind, .key = ff_str_z(key), .version = version, .patch = FF_STR("[]")};

	c.action = version == 1 ? CHANGE_CREATED : CHANGE_DELETED;
	OK(t->r->ops->log(tx, &c, &t->err));
}

/* Created, and deleted as version 2; what of it is in the log is up to `logged`. */
static void
bury(struct contract *t, struct document *d, uint64_t logged)
{
	struct repository_tx *tx = contract_begin(t, TX_WRITE);
	const char *key = ff_arena_str(t->arena, d->key).p;
	uint64_t version;

	contract_put(t, tx, d, 0);
	OK(t->r->ops->remove(tx, d->kind, d->key, 1, &version, &t->err));
	for (uint64_t v = 1; v <= logged; v++)
		log_version(t, tx, d->kind, key, v);
	contract_commit(t, tx);
}

static void
there_may_be_nothing_to_do(struct contract *t)
{
	struct housekeeping_counts counts = housekeep(t, horizon_ms * 2);

	assert_int_equal(counts.outcomes, 0);
	assert_int_equal(counts.tombstones, 0);
	assert_false(counts.more);
}

static void
outcomes_go_when_they_are_not_found_any_more(struct contract *t)
{
	static const char *const tenants[] = {"acme", "globex", "*"};
	const struct outcome outcome = {.fingerprint = FF_STR("0123456789abcdef0123456789abcdef"), .answer = FF_STR("{}")};
	struct contract k = *t;

	OK(t->r->ops->tenant_ensure(t->r, &t->call, FF_STR("globex"), FF_STR(""), 1, &t->err));
	for (size_t i = 0; i < FF_COUNT(tenants); i++)
		for (int64_t at = 100; at <= 300; at += 100) {
			struct repository_tx *tx;

			k.call.tenant = ff_str_z(tenants[i]);
			k.call.idempotency_key = ff_arena_printf(t->arena, "k-%d", (int)at);
			k.now_ms = at;
			tx = contract_begin(&k, TX_WRITE);
			OK(t->r->ops->outcome_put(tx, &outcome, &t->err));
			contract_commit(t, tx);
		}
	assert_int_equal(housekeep(t, 100 + OUTCOME_TTL_MS - 1).outcomes, 0);
	assert_int_equal(housekeep(t, 200 + OUTCOME_TTL_MS).outcomes, 6);
	assert_int_equal(housekeep(t, 200 + OUTCOME_TTL_MS).outcomes, 0);
	assert_int_equal(housekeep(t, 300 + OUTCOME_TTL_MS).outcomes, 3);
}

static void
old_tombstones_of_flags_and_segments_go(struct contract *t)
{
	struct contract other = *t;
	struct document f = contract_flag(t, "f", "{}", "{}"), s = contract_document(DOCUMENT_SEGMENT, "s", "{}");
	struct document live = contract_flag(t, "live", "{}", "{}"), theirs = contract_flag(t, "f", "{}", "{}"), got;
	struct tenant_state before;
	struct change_list chain;
	struct repository_tx *tx;

	OK(t->r->ops->tenant_ensure(t->r, &t->call, FF_STR("globex"), FF_STR(""), 1, &t->err));
	other.call.tenant = FF_STR("globex");
	t->now_ms = 1000;
	bury(t, &f, 2);
	bury(t, &s, 2);
	contract_put_alone(t, &live, 0);
	other.now_ms = 2000;
	bury(&other, &theirs, 2);
	before = contract_state(t);

	assert_int_equal(housekeep(t, 999 + horizon_ms).tombstones, 0);
	assert_int_equal(housekeep(t, 1000 + horizon_ms).tombstones, 2);
	assert_int_equal(housekeep(t, 1000 + horizon_ms).tombstones, 0);
	assert_int_equal(housekeep(t, 2000 + horizon_ms).tombstones, 1);

	assert_int_equal(contract_state(t).revision, before.revision);
	assert_int_equal(contract_state(t).head, before.head);
	assert_true(contract_get(t, DOCUMENT_FLAG, "live", &got));
	assert_int_equal(got.n_parts, 1);
	assert_false(contract_get(t, DOCUMENT_FLAG, "f", &got));
	tx = contract_begin(t, TX_READ); /* the log is for ever */
	OK(t->r->ops->version_chain(tx, DOCUMENT_FLAG, FF_STR("f"), 2, t->arena, &chain, &t->err));
	contract_rollback(tx);
	assert_int_equal(chain.n, 2);
}

static void
other_tombstones_stay(struct contract *t)
{
	struct document environment = contract_document(DOCUMENT_ENVIRONMENT, "beta", "{}");
	struct document key = contract_key("one", "{}", 'a'), half = contract_flag(t, "half", "{}", "{}");
	struct document unlogged = contract_document(DOCUMENT_SEGMENT, "unlogged", "{}");

	bury(t, &environment, 2);
	bury(t, &key, 2);
	bury(t, &half, 1);
	bury(t, &unlogged, 0);
	assert_int_equal(housekeep(t, 2 * horizon_ms).tombstones, 0);
	assert_int_equal(contract_put_alone(t, &environment, 0), 3);
	assert_int_equal(contract_put_alone(t, &half, 0), 3);
	assert_int_equal(contract_put_alone(t, &unlogged, 0), 3);
}

static void
versions_go_on_after_a_purge(struct contract *t)
{
	struct document f = contract_flag(t, "f", "{}", "{}"), s = contract_document(DOCUMENT_SEGMENT, "s", "{}");

	contract_environment(t, "staging");
	contract_environment(t, "gone");
	contract_remove_alone(t, DOCUMENT_ENVIRONMENT, "gone", 1);
	bury(t, &f, 2);
	bury(t, &s, 2);
	assert_int_equal(housekeep(t, 2 * horizon_ms).tombstones, 2);

	t->now_ms = 5000;
	assert_int_equal(contract_put_alone(t, &s, 0), 3);
	assert_int_equal(s.created_at, 5000);
	assert_int_equal(contract_put_alone(t, &f, 0), 3);
	assert_int_equal(f.created_at, 5000);
	assert_int_equal(f.parts[0].version, 3);
	f.parts[0].name = FF_STR("staging"); /* comes later, but could have been there before too */
	contract_put_alone(t, &f, 3);
	assert_int_equal(f.parts[0].version, 3);
	contract_environment(t, "gone");
	f.parts[0].name = FF_STR("gone");
	contract_put_alone(t, &f, 4);
	assert_int_equal(f.parts[0].version, 3);
	contract_put_alone(t, &f, 5);
	assert_int_equal(f.parts[0].version, 4);
}

static void
a_new_one_that_is_rolled_back_counts_for_nothing(struct contract *t)
{
	struct document f = contract_flag(t, "f", "{}", "{}"), got;
	struct repository_tx *tx;

	bury(t, &f, 2);
	assert_int_equal(housekeep(t, 2 * horizon_ms).tombstones, 1);
	tx = contract_begin(t, TX_WRITE);
	contract_put(t, tx, &f, 0);
	contract_rollback(tx);
	assert_false(contract_get(t, DOCUMENT_FLAG, "f", &got));
	assert_int_equal(contract_put_alone(t, &f, 0), 3);
	assert_int_equal(f.parts[0].version, 3);
	assert_true(contract_get(t, DOCUMENT_FLAG, "f", &got));
	assert_int_equal(got.n_parts, 1);
}

static void
a_call_purges_no_more_than_its_limit(struct contract *t)
{
	struct repository_tx *tx = contract_begin(t, TX_WRITE);
	struct housekeeping_counts counts;

	for (int i = 0; i < HOUSEKEEPING_ROWS_MAX + 1; i++) {
		ff_str key = ff_arena_printf(t->arena, "s-%d", i);
		struct document d = contract_document(DOCUMENT_SEGMENT, key.p, "{}");
		uint64_t version;

		contract_put(t, tx, &d, 0);
		OK(t->r->ops->remove(tx, d.kind, key, 1, &version, &t->err));
		log_version(t, tx, d.kind, key.p, 2);
	}
	contract_commit(t, tx);
	counts = housekeep(t, 2 * horizon_ms);
	assert_int_equal(counts.tombstones, HOUSEKEEPING_ROWS_MAX);
	assert_true(counts.more);
	counts = housekeep(t, 2 * horizon_ms);
	assert_int_equal(counts.tombstones, 1);
	assert_false(counts.more);
}

CONTRACT_CASES(contract_housekeeping, CONTRACT_CASE(there_may_be_nothing_to_do),
	CONTRACT_CASE(outcomes_go_when_they_are_not_found_any_more), CONTRACT_CASE(old_tombstones_of_flags_and_segments_go),
	CONTRACT_CASE(other_tombstones_stay), CONTRACT_CASE(versions_go_on_after_a_purge),
	CONTRACT_CASE(a_new_one_that_is_rolled_back_counts_for_nothing),
	CONTRACT_CASE(a_call_purges_no_more_than_its_limit));
