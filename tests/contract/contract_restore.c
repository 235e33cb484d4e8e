/* SPDX-License-Identifier: Apache-2.0 */
/* A document comes from another store with its history. */
#include "contract.h"

static struct change
past(enum document_kind kind, const char *key, uint64_t version)
{
	return (struct change){
		.kind = kind,
		.action = version == 1 ? CHANGE_CREATED : CHANGE_UPDATED,
		.key = ff_str_z(key),
		.version = version,
		.at = (int64_t)(1000 + version),
		.actor = FF_STR("eve"),
		.request_id = FF_STR("req-then"),
		.comment = FF_STR("then"),
		.patch = FF_STR("[]"),
		.full = version == 1 ? FF_STR("{whole}") : FF_STR(""),
		.revision = 999, /* not the caller's to say */
		.item = 999,
	};
}

/* The flag f at version 3, its part at version 2. */
static struct document
flag_of_old(struct contract *t)
{
	struct document d = contract_flag(t, "f", "{3}", "{2}");

	d.version = 3;
	d.created_at = 1001;
	d.updated_at = 1003;
	d.parts[0].version = 2;
	d.parts[0].changed = false;
	return d;
}

static ff_status
restore_in(struct contract *t, struct repository_tx *tx, const struct document *d)
{
	const char *key = ff_arena_str(t->arena, d->key).p;
	struct change changes[3];

	for (uint64_t v = 1; v <= 3; v++)
		changes[v - 1] = past(d->kind, key, v);
	if (d->json.n == 0)
		changes[2].action = CHANGE_DELETED;
	return t->r->ops->restore(tx, d, changes, 3, &t->err);
}

static void
restore(struct contract *t, const struct document *d)
{
	struct repository_tx *tx = contract_begin(t, TX_WRITE);

	OK(restore_in(t, tx, d));
	contract_commit(t, tx);
}

static void
a_restored_flag_is_as_it_was(struct contract *t)
{
	const ff_str tag = FF_STR("red");
	const struct document_ref ref = {DOCUMENT_SEGMENT, FF_STR("s"), FF_STR("production")};
	struct document d = flag_of_old(t), got;
	struct document_ref_list users;
	struct repository_tx *tx;

	d.tags = &tag;
	d.refs = &ref;
	d.n_tags = d.n_refs = 1;
	d.search = FF_STR("Find Me");
	d.archived = true;
	t->now_ms = 9000;
	restore(t, &d);
	assert_true(contract_get(t, DOCUMENT_FLAG, "f", &got));
	assert_str(got.json, "{3}");
	assert_int_equal(got.version, 3);
	assert_int_equal(got.revision, 2);
	assert_int_equal(got.created_at, 1001);
	assert_int_equal(got.updated_at, 1003);
	assert_int_equal(got.n_parts, 1);
	assert_int_equal(got.parts[0].version, 2);
	assert_str(got.parts[0].json, "{2}");
	assert_str(
		contract_list(
			t, &(struct document_query){.limit = 9, .q = FF_STR("find"), .tag = tag, .archived = ARCHIVED_YES}, NULL),
		"f");
	tx = contract_begin(t, TX_READ);
	OK(t->r->ops->used_by(tx, DOCUMENT_SEGMENT, FF_STR("s"), t->arena, &users, &t->err));
	contract_rollback(tx);
	assert_int_equal(users.n, 1);

	d.parts[0].changed = true;
	assert_int_equal(contract_put_alone(t, &d, 3), 4);
	assert_int_equal(d.parts[0].version, 3);
	assert_int_equal(d.created_at, 1001);
}

static void
its_history_says_who_and_when(struct contract *t)
{
	struct document d = flag_of_old(t);
	struct change_list list;
	struct repository_tx *tx;

	restore(t, &d);
	assert_int_equal(contract_state(t).revision, 2);
	tx = contract_begin(t, TX_READ);
	OK(t->r->ops->changes(tx, &(struct change_query){.limit = 9}, t->arena, &list, &t->err));
	assert_int_equal(list.n, 4);
	for (uint32_t i = 0; i < 3; i++) {
		const struct change *c = &list.items[i];

		assert_int_equal(c->version, 3 - i);
		assert_int_equal(c->revision, 2);
		assert_int_equal(c->item, 2 - i);
		assert_int_equal(c->at, 1003 - i);
		assert_str(c->actor, "eve");
		assert_str(c->request_id, "req-then");
		assert_str(c->comment, "then");
	}
	OK(t->r->ops->version_chain(tx, DOCUMENT_FLAG, FF_STR("f"), 2, t->arena, &list, &t->err));
	contract_rollback(tx);
	assert_int_equal(list.n, 2);
	assert_str(list.items[0].full, "{whole}");
}

static void
a_restored_tombstone_goes_on_counting(struct contract *t)
{
	struct document d = flag_of_old(t), got;
	struct document again = contract_flag(t, "f", "{4}", "{}");

	d.json = FF_STR("");
	d.n_parts = 0;
	restore(t, &d);
	assert_false(contract_get(t, DOCUMENT_FLAG, "f", &got));
	assert_str(contract_list(t, &(struct document_query){.limit = 9}, NULL), "");
	assert_int_equal(contract_put_alone(t, &again, 0), 4);
}

static void
all_kinds_are_restored_in_one_revision(struct contract *t)
{
	struct document environment = contract_document(DOCUMENT_ENVIRONMENT, "beta", "{}");
	struct document segment = contract_document(DOCUMENT_SEGMENT, "s", "{}"), flag = flag_of_old(t), got;
	struct repository_tx *tx = contract_begin(t, TX_WRITE);
	struct change_list list;

	environment.version = segment.version = 3;
	flag.parts[0].name = FF_STR("beta");
	EXPECT(FF_EENVIRONMENTNOTFOUND, restore_in(t, tx, &flag));
	OK(restore_in(t, tx, &environment));
	OK(restore_in(t, tx, &segment));
	OK(restore_in(t, tx, &flag));
	assert_int_equal(contract_commit(t, tx).revision, 2);
	assert_true(contract_get(t, DOCUMENT_ENVIRONMENT, "beta", &got));
	assert_int_equal(got.version, 3);
	assert_true(contract_get(t, DOCUMENT_SEGMENT, "s", &got));
	assert_int_equal(got.version, 3);
	tx = contract_begin(t, TX_READ);
	OK(t->r->ops->changes(tx, &(struct change_query){.limit = 99, .before_revision = 0}, t->arena, &list, &t->err));
	contract_rollback(tx);
	assert_int_equal(list.n, 10);
	for (uint32_t i = 0; i < 9; i++)
		assert_int_equal(list.items[i].item, 8 - i);
}

/* What was there before keeps its place: live, deleted, or only in the log. */
static void
a_document_that_was_here_is_not_restored(struct contract *t)
{
	struct document live = contract_flag(t, "live", "{}", "{}"), dead = contract_flag(t, "dead", "{}", "{}"), got;
	const struct change c = {.kind = DOCUMENT_FLAG, .key = FF_STR("logged"), .version = 1, .patch = FF_STR("[]")};
	static const char *const keys[] = {"live", "dead", "logged"};
	struct tenant_state before;
	struct repository_tx *tx;

	contract_put_alone(t, &live, 0);
	contract_put_alone(t, &dead, 0);
	contract_remove_alone(t, DOCUMENT_FLAG, "dead", 1);
	tx = contract_begin(t, TX_WRITE);
	OK(t->r->ops->log(tx, &c, &t->err));
	contract_commit(t, tx);
	before = contract_state(t);
	tx = contract_begin(t, TX_WRITE);
	for (size_t i = 0; i < FF_COUNT(keys); i++) {
		struct document d = flag_of_old(t);

		d.key = ff_str_z(keys[i]);
		EXPECT(FF_EFLAGEXISTS, restore_in(t, tx, &d));
		assert_non_null(strstr(t->err.detail, keys[i]));
	}
	assert_int_equal(contract_commit(t, tx).revision, before.revision);
	assert_true(contract_get(t, DOCUMENT_FLAG, "live", &got));
	assert_int_equal(got.version, 1);
}

static void
a_restore_that_is_rolled_back_leaves_nothing(struct contract *t)
{
	struct document d = flag_of_old(t), got;
	struct repository_tx *tx = contract_begin(t, TX_WRITE);

	OK(restore_in(t, tx, &d));
	contract_rollback(tx);
	assert_false(contract_get(t, DOCUMENT_FLAG, "f", &got));
	assert_int_equal(contract_state(t).revision, 1);
	restore(t, &d);
	assert_true(contract_get(t, DOCUMENT_FLAG, "f", &got));
}

CONTRACT_CASES(contract_restore, CONTRACT_CASE(a_restored_flag_is_as_it_was),
	CONTRACT_CASE(its_history_says_who_and_when), CONTRACT_CASE(a_restored_tombstone_goes_on_counting),
	CONTRACT_CASE(all_kinds_are_restored_in_one_revision), CONTRACT_CASE(a_document_that_was_here_is_not_restored),
	CONTRACT_CASE(a_restore_that_is_rolled_back_leaves_nothing));
