/* SPDX-License-Identifier: Apache-2.0 */
/* The log: audit, history, versions. */
#include "contract.h"

static void
log_change(struct contract *t, struct repository_tx *tx, enum change_action action, const char *key, uint64_t version,
	const char *full)
{
	struct change c = {
		.kind = DOCUMENT_FLAG,
		.action = action,
		.key = ff_str_z(key),
		.version = version,
		.patch = ff_arena_printf(t->arena, "[%llu]", (unsigned long long)version),
		.full = ff_str_z(full),
		.revision = 999, /* not the caller's to say */
		.item = 999,
		.at = 999,
		.actor = FF_STR("nobody"),
	};

	OK(t->r->ops->log(tx, &c, &t->err));
}

static struct change_list
changes(struct contract *t, struct change_query query)
{
	struct repository_tx *tx = contract_begin(t, TX_READ);
	struct change_list list = {0};

	OK(t->r->ops->changes(tx, &query, t->arena, &list, &t->err));
	contract_rollback(tx);
	return list;
}

static void
a_new_tenant_has_logged_its_environment(struct contract *t)
{
	struct change_list list = changes(t, (struct change_query){.limit = 10});

	assert_int_equal(list.n, 1);
	assert_int_equal(list.items[0].revision, 1);
	assert_int_equal(list.items[0].kind, DOCUMENT_ENVIRONMENT);
	assert_int_equal(list.items[0].action, CHANGE_CREATED);
	assert_str(list.items[0].key, "production");
	assert_true(list.items[0].full.n > 0 && list.items[0].patch.n > 0);
}

static void
a_change_is_stamped_from_its_transaction(struct contract *t)
{
	struct repository_tx *tx;
	struct change_list list;
	struct change *c;

	t->call.request_id = FF_STR("req-1");
	t->call.comment = FF_STR("because");
	t->now_ms = 4711;
	tx = contract_begin(t, TX_WRITE);
	log_change(t, tx, CHANGE_UPDATED, "f", 7, "{full}");
	log_change(t, tx, CHANGE_DELETED, "g", 3, "");
	assert_int_equal(contract_commit(t, tx).revision, 2);

	list = changes(t, (struct change_query){.limit = 10});
	assert_int_equal(list.n, 3);
	c = &list.items[1];
	assert_int_equal(c->revision, 2);
	assert_int_equal(c->item, 0);
	assert_int_equal(c->action, CHANGE_UPDATED);
	assert_str(c->key, "f");
	assert_int_equal(c->version, 7);
	assert_int_equal(c->at, 4711);
	assert_str(c->actor, "ada");
	assert_str(c->request_id, "req-1");
	assert_str(c->comment, "because");
	assert_str(c->patch, "[7]");
	assert_str(c->full, "{full}");
	c = &list.items[0];
	assert_int_equal(c->item, 1);
	assert_int_equal(c->action, CHANGE_DELETED);
	assert_int_equal(c->full.n, 0);
}

/* Ten revisions of three items: a, b and one of its own; odd revisions are bob's. */
static void
log_thirty(struct contract *t)
{
	for (uint64_t version = 1; version <= 10; version++) {
		struct repository_tx *tx;

		t->call.actor = version % 2 ? FF_STR("bob") : FF_STR("ada");
		tx = contract_begin(t, TX_WRITE);
		log_change(t, tx, CHANGE_UPDATED, "a", version, "");
		log_change(t, tx, CHANGE_UPDATED, "b", version, "");
		log_change(t, tx, CHANGE_CREATED, "own", version, "");
		contract_commit(t, tx);
	}
}

static void
changes_are_paged_without_gap_or_repeat(struct contract *t)
{
	static const struct {
		struct change_query query;
		unsigned expected;
	} rows[] = {
		{{.limit = 1}, 31},
		{{.limit = 2}, 31},
		{{.limit = 7}, 31},
		{{.limit = 31}, 31},
		{{.limit = 4, .actor = FF_STR("bob")}, 15},
		{{.limit = 4, .actor = FF_STR("nobody")}, 0},
		{{.limit = 3, .one = true, .kind = DOCUMENT_FLAG, .key = FF_STR("b")}, 10},
		{{.limit = 3, .one = true, .kind = DOCUMENT_FLAG, .key = FF_STR("b"), .actor = FF_STR("bob")}, 5},
		{{.limit = 3, .one = true, .kind = DOCUMENT_SEGMENT, .key = FF_STR("b")}, 0},
		{{.limit = 3, .one = true, .kind = DOCUMENT_ENVIRONMENT, .key = FF_STR("production")}, 1},
	};

	log_thirty(t);
	for (size_t i = 0; i < FF_COUNT(rows); i++) {
		struct change_query query = rows[i].query;
		struct change last = {.revision = UINT64_MAX};
		unsigned n = 0, pages = 0;
		struct change_list list;

		do {
			list = changes(t, query);
			for (uint32_t k = 0; k < list.n; k++) {
				const struct change *c = &list.items[k];

				assert_true(c->revision < last.revision || (c->revision == last.revision && c->item < last.item));
				last = *c;
				n++;
			}
			query.before_revision = last.revision;
			query.before_item = last.item;
			assert_true(!list.more || list.n == query.limit);
		} while (list.more && ++pages < 100);
		assert_int_equal(n, rows[i].expected);
	}
}

static void
before_a_revision_means_older_than_all_of_it(struct contract *t)
{
	struct change_list list;

	log_thirty(t);
	list = changes(t, (struct change_query){.limit = 2, .before_revision = 5});
	assert_int_equal(list.items[0].revision, 4);
	assert_int_equal(list.items[0].item, 2);
	list = changes(t, (struct change_query){.limit = 2, .before_revision = 5, .before_item = 2});
	assert_int_equal(list.items[0].revision, 5);
	assert_int_equal(list.items[0].item, 1);
	list = changes(t, (struct change_query){.limit = 2, .before_revision = 1});
	assert_int_equal(list.n, 0);
}

/* 100 versions of f, whole every CHANGE_FULL_EVERY-th; 41 is a deletion. */
static void
log_hundred(struct contract *t)
{
	for (uint64_t version = 1; version <= 100; version++) {
		struct repository_tx *tx = contract_begin(t, TX_WRITE);
		bool whole = version == 1 || version % CHANGE_FULL_EVERY == 0;

		log_change(t, tx, version == 41 ? CHANGE_DELETED : CHANGE_UPDATED, "f", version, whole ? "{whole}" : "");
		log_change(t, tx, CHANGE_UPDATED, "other", version, "");
		contract_commit(t, tx);
	}
}

static void
a_version_is_rebuilt_from_the_last_whole_one(struct contract *t)
{
	static const struct {
		uint64_t version, from;
	} rows[] = {{1, 1}, {2, 1}, {31, 1}, {32, 32}, {33, 32}, {41, 32}, {42, 32}, {63, 32}, {64, 64}, {100, 96}};
	struct repository_tx *tx;

	log_hundred(t);
	tx = contract_begin(t, TX_READ);
	for (size_t i = 0; i < FF_COUNT(rows); i++) {
		struct change_list chain = {0};

		OK(t->r->ops->version_chain(tx, DOCUMENT_FLAG, FF_STR("f"), rows[i].version, t->arena, &chain, &t->err));
		assert_int_equal(chain.n, rows[i].version - rows[i].from + 1);
		assert_true(chain.n <= CHANGE_FULL_EVERY);
		for (uint32_t k = 0; k < chain.n; k++) {
			assert_int_equal(chain.items[k].version, rows[i].from + k);
			assert_int_equal(chain.items[k].full.n > 0, k == 0);
			assert_str(chain.items[k].key, "f");
		}
		assert_int_equal(chain.items[chain.n - 1].action == CHANGE_DELETED, rows[i].version == 41);
	}
	contract_rollback(tx);
}

static void
a_version_that_never_was_is_refused(struct contract *t)
{
	static const struct {
		enum document_kind kind;
		const char *key;
		uint64_t version;
	} rows[] = {
		{DOCUMENT_FLAG, "f", 0},
		{DOCUMENT_FLAG, "f", 101},
		{DOCUMENT_FLAG, "f", INT64_MAX},
		{DOCUMENT_FLAG, "f", UINT64_MAX},
		{DOCUMENT_SEGMENT, "f", 1},
		{DOCUMENT_FLAG, "nope", 1},
	};
	struct repository_tx *tx;
	struct change_list chain;

	log_hundred(t);
	tx = contract_begin(t, TX_READ);
	for (size_t i = 0; i < FF_COUNT(rows); i++)
		EXPECT(FF_EVERSIONNOTFOUND,
			t->r->ops->version_chain(
				tx, rows[i].kind, ff_str_z(rows[i].key), rows[i].version, t->arena, &chain, &t->err));
	contract_rollback(tx);
}

static void
a_history_without_a_whole_version_begins_with_its_first(struct contract *t)
{
	struct change_list chain;
	struct repository_tx *tx;

	log_thirty(t);
	tx = contract_begin(t, TX_READ);
	OK(t->r->ops->version_chain(tx, DOCUMENT_FLAG, FF_STR("a"), 5, t->arena, &chain, &t->err));
	contract_rollback(tx);
	assert_int_equal(chain.n, 5);
	assert_int_equal(chain.items[0].version, 1);
}

static void
a_transaction_sees_what_it_logged(struct contract *t)
{
	struct repository_tx *tx = contract_begin(t, TX_WRITE);
	struct change_list list;

	log_change(t, tx, CHANGE_CREATED, "f", 1, "{}");
	OK(t->r->ops->changes(tx, &(struct change_query){.limit = 5}, t->arena, &list, &t->err));
	assert_int_equal(list.n, 2);
	assert_int_equal(list.items[0].revision, 2);
	OK(t->r->ops->version_chain(tx, DOCUMENT_FLAG, FF_STR("f"), 1, t->arena, &list, &t->err));
	contract_rollback(tx);
	assert_int_equal(changes(t, (struct change_query){.limit = 5}).n, 1);
}

CONTRACT_CASES(contract_changes, CONTRACT_CASE(a_new_tenant_has_logged_its_environment),
	CONTRACT_CASE(a_change_is_stamped_from_its_transaction), CONTRACT_CASE(changes_are_paged_without_gap_or_repeat),
	CONTRACT_CASE(before_a_revision_means_older_than_all_of_it),
	CONTRACT_CASE(a_version_is_rebuilt_from_the_last_whole_one), CONTRACT_CASE(a_version_that_never_was_is_refused),
	CONTRACT_CASE(a_history_without_a_whole_version_begins_with_its_first),
	CONTRACT_CASE(a_transaction_sees_what_it_logged));
