/* SPDX-License-Identifier: Apache-2.0 */
/* Tenants come and go, in transactions of the operator. */
#include "contract.h"

#include <pthread.h>

#include "sys/clock.h"

static struct contract
operator_of(struct contract *t)
{
	struct contract over = *t;

	over.call.tenant = REPOSITORY_OPERATOR;
	return over;
}

static void
create(struct contract *t, const char *key, const char *name)
{
	struct contract over = operator_of(t);
	struct repository_tx *tx = contract_begin(&over, TX_WRITE);

	OK(t->r->ops->tenant_create(tx, ff_str_z(key), ff_str_z(name), &t->err));
	contract_commit(t, tx);
}

static void
drop(struct contract *t, const char *key)
{
	struct contract over = operator_of(t);
	struct repository_tx *tx = contract_begin(&over, TX_WRITE);

	OK(t->r->ops->tenant_remove(tx, ff_str_z(key), &t->err));
	contract_commit(t, tx);
}

/* "key=name …", with "…" where there are more. */
static ff_str
tenants_in(struct contract *t, struct repository_tx *tx, const char *after, uint32_t limit)
{
	struct tenant_list list = {0};
	ff_str text = FF_STR("");

	OK(t->r->ops->tenant_list(tx, ff_str_z(after), limit, t->arena, &list, &t->err));
	assert_true(list.n <= limit);
	for (uint32_t i = 0; i < list.n; i++)
		text = ff_arena_printf(t->arena, "%.*s%s%.*s=%.*s", FF_FMT(text), i ? " " : "", FF_FMT(list.items[i].key),
			FF_FMT(list.items[i].name));
	return list.more ? ff_arena_printf(t->arena, "%.*s …", FF_FMT(text)) : text;
}

static ff_str
tenants(struct contract *t, const char *after, uint32_t limit)
{
	struct contract over = operator_of(t);
	struct repository_tx *tx = contract_begin(&over, TX_READ);
	ff_str text = tenants_in(t, tx, after, limit);

	contract_rollback(tx);
	return text;
}

static void
a_new_tenant_is_complete_at_revision_1(struct contract *t)
{
	struct contract over = operator_of(t), fresh = *t;
	struct repository_tx *tx;
	struct tenant_list list;
	struct change_list changes;
	struct document d;

	over.now_ms = 77;
	over.call.comment = FF_STR("because");
	tx = contract_begin(&over, TX_WRITE);
	OK(t->r->ops->tenant_create(tx, FF_STR("globex"), FF_STR("Globex Inc."), &t->err));
	OK(t->r->ops->tenant_list(tx, FF_STR("acme"), 9, t->arena, &list, &t->err)); /* it sees what it does */
	assert_int_equal(list.n, 1);
	assert_int_equal(list.items[0].created_at, 77);
	fresh.call.tenant = FF_STR("globex");
	EXPECT(FF_ETENANTNOTFOUND, t->r->ops->begin(t->r, &fresh.call, TX_READ, 1, &(struct repository_tx *){0}, &t->err));
	contract_commit(t, tx);

	assert_int_equal(contract_state(&fresh).revision, 1);
	assert_true(contract_get(&fresh, DOCUMENT_ENVIRONMENT, "production", &d));
	assert_int_equal(d.version, 1);
	assert_int_equal(d.created_at, 77);
	tx = contract_begin(&fresh, TX_READ);
	OK(t->r->ops->changes(tx, &(struct change_query){.limit = 9}, t->arena, &changes, &t->err));
	contract_rollback(tx);
	assert_int_equal(changes.n, 1);
	assert_int_equal(changes.items[0].revision, 1);
	assert_int_equal(changes.items[0].at, 77);
	assert_str(changes.items[0].actor, "ada");
	assert_str(changes.items[0].comment, "because");
	d = contract_flag(&fresh, "f", "{}", "{}");
	contract_put_alone(&fresh, &d, 0);
	assert_int_equal(d.revision, 2);
}

static void
a_tenant_is_created_once(struct contract *t)
{
	static const char *const taken[] = {"acme", "gone", "*"};
	struct contract over = operator_of(t);
	struct tenant_state before, after;
	struct repository_tx *tx;

	create(t, "gone", "");
	drop(t, "gone");
	before = contract_state(&over);
	for (size_t i = 0; i < FF_COUNT(taken); i++) {
		tx = contract_begin(&over, TX_WRITE);
		EXPECT(FF_ETENANTEXISTS, t->r->ops->tenant_create(tx, ff_str_z(taken[i]), FF_STR("Again"), &t->err));
		assert_non_null(strstr(t->err.detail, taken[i]));
		after = contract_commit(t, tx);
		assert_int_equal(after.revision, before.revision);
		assert_int_equal(after.head, before.head);
	}
	assert_str(tenants(t, "", 9), "acme=Acme");
	OK(t->r->ops->tenant_ensure(t->r, &t->call, FF_STR("gone"), FF_STR(""), 1, &t->err));
	assert_str(tenants(t, "", 9), "acme=Acme");
}

static void
a_tenant_that_is_rolled_back_never_was(struct contract *t)
{
	struct contract over = operator_of(t), fresh = *t;
	struct tenant_state before = contract_state(&over);
	struct repository_tx *tx = contract_begin(&over, TX_WRITE);

	OK(t->r->ops->tenant_create(tx, FF_STR("globex"), FF_STR("1"), &t->err));
	OK(t->r->ops->tenant_remove(tx, FF_STR("acme"), &t->err));
	EXPECT(FF_ETENANTNOTFOUND, t->r->ops->tenant_remove(tx, FF_STR("acme"), &t->err));
	assert_str(tenants_in(t, tx, "", 9), "globex=1");
	contract_rollback(tx);
	fresh.call.tenant = FF_STR("globex");
	EXPECT(FF_ETENANTNOTFOUND, t->r->ops->begin(t->r, &fresh.call, TX_READ, 1, &tx, &t->err));
	assert_int_equal(contract_state(&over).revision, before.revision);
	assert_int_equal(contract_state(t).revision, 1);
	create(t, "globex", "2");
	assert_str(tenants(t, "", 9), "acme=Acme globex=2");
}

static void
tenants_are_listed_by_key_in_pages(struct contract *t)
{
	static const char *const keys[] = {"zeta", "Upper", "a.b", "a-b", "a", "10", "gone"};
	static const struct {
		const char *after;
		uint32_t limit;
		const char *expected;
	} rows[] = {
		{"", 100, "10= Upper= a= a-b= a.b= acme=Acme zeta="},
		{"", 7, "10= Upper= a= a-b= a.b= acme=Acme zeta="},
		{"", 6, "10= Upper= a= a-b= a.b= acme=Acme …"},
		{"a", 2, "a-b= a.b= …"},
		{"b", 2, "zeta="},
		{"a-", 1, "a-b= …"},
		{"acme", 1, "zeta="},
		{"zeta", 5, ""},
	};

	for (size_t i = 0; i < FF_COUNT(keys); i++)
		create(t, keys[i], "");
	drop(t, "gone");
	for (size_t i = 0; i < FF_COUNT(rows); i++)
		assert_str(tenants(t, rows[i].after, rows[i].limit), rows[i].expected);
}

static void
a_reader_of_tenants_keeps_the_state_it_began_with(struct contract *t)
{
	struct contract over = operator_of(t);
	struct repository_tx *reader = contract_begin(&over, TX_READ);

	assert_str(tenants_in(t, reader, "", 9), "acme=Acme");
	create(t, "globex", "");
	drop(t, "acme");
	assert_str(tenants_in(t, reader, "", 9), "acme=Acme");
	contract_rollback(reader);
	assert_str(tenants(t, "", 9), "globex=");
}

static void
a_removed_tenant_is_not_found_by_anything(struct contract *t)
{
	struct contract over = operator_of(t), other = *t;
	struct document key = contract_key("one", "{1}", 'a'), flag = contract_flag(t, "f", "{}", "{}");
	struct tenant_state states[2] = {{9, 9}, {9, 9}};
	struct key_record record;
	struct repository_tx *tx = NULL;

	create(t, "globex", "");
	contract_put_alone(t, &key, 0);
	contract_put_alone(t, &flag, 0);
	drop(t, "acme");
	EXPECT(FF_ETENANTNOTFOUND, t->r->ops->begin(t->r, &t->call, TX_READ, 1, &tx, &t->err));
	EXPECT(FF_ETENANTNOTFOUND, t->r->ops->begin(t->r, &t->call, TX_WRITE, 1, &tx, &t->err));
	assert_null(tx);
	OK(t->r->ops->revisions(t->r, &t->call, (ff_str[]){FF_STR("acme"), FF_STR("globex")}, 2, states, &t->err));
	assert_int_equal(states[0].revision, 0);
	assert_int_equal(states[0].head, 0);
	assert_int_equal(states[1].revision, 1);
	OK(t->r->ops->key_find(t->r, &t->call, FF_STR("one"), t->arena, &record, &t->err));
	assert_true(record.revoked);
	assert_int_equal(record.secret_sha256.n, 0);
	assert_int_equal(record.json.n, 0);

	tx = contract_begin(&over, TX_WRITE);
	EXPECT(FF_ETENANTNOTFOUND, t->r->ops->tenant_remove(tx, FF_STR("acme"), &t->err));
	EXPECT(FF_ETENANTNOTFOUND, t->r->ops->tenant_remove(tx, FF_STR("nobody"), &t->err));
	EXPECT(FF_ETENANTNOTFOUND, t->r->ops->tenant_remove(tx, REPOSITORY_OPERATOR, &t->err));
	contract_rollback(tx);
	other.call.tenant = FF_STR("globex");
	assert_int_equal(contract_state(&other).revision, 1);
}

static void
each_change_of_tenants_is_a_revision_of_the_operators(struct contract *t)
{
	struct contract over = operator_of(t);
	struct tenant_state before = contract_state(&over), after;
	struct repository_tx *tx;

	assert_int_equal(before.revision, 1); /* acme */
	create(t, "globex", "");
	after = contract_state(&over);
	assert_int_equal(after.revision, 2);
	assert_true(after.head != before.head);
	tx = contract_begin(&over, TX_WRITE);
	OK(t->r->ops->tenant_create(tx, FF_STR("a"), FF_STR(""), &t->err));
	OK(t->r->ops->tenant_create(tx, FF_STR("b"), FF_STR(""), &t->err));
	OK(t->r->ops->tenant_remove(tx, FF_STR("globex"), &t->err));
	OK(t->r->ops->tenant_remove(tx, FF_STR("a"), &t->err));
	assert_int_equal(contract_commit(t, tx).revision, 3);
	assert_int_equal(contract_state(t).revision, 1);
	assert_str(tenants(t, "", 9), "acme=Acme b=");
	tx = contract_begin(&over, TX_WRITE); /* one that was never seen by anybody has a key for ever, too */
	EXPECT(FF_ETENANTEXISTS, t->r->ops->tenant_create(tx, FF_STR("a"), FF_STR(""), &t->err));
	contract_rollback(tx);
}

struct removal {
	struct contract over;
	pthread_t thread;
	atomic_bool done;
	ff_status status;
};

static void *
remove_acme(void *arg)
{
	struct removal *r = arg;
	const struct repository_ops *ops = r->over.r->ops;
	FF_CLEANUP(repository_rollbackp) struct repository_tx *tx = NULL;
	struct tenant_state state;

	r->status = ops->begin(r->over.r, &r->over.call, TX_WRITE, 1, &tx, NULL);
	if (r->status == FF_OK)
		r->status = ops->tenant_remove(tx, FF_STR("acme"), NULL);
	if (r->status == FF_OK)
		r->status = ops->commit(FF_TAKE(tx), &state, NULL);
	atomic_store(&r->done, true);
	return NULL;
}

static void
a_tenant_goes_when_its_writers_have_ended(struct contract *t)
{
	struct removal r = {.over = operator_of(t)};
	struct document d = contract_flag(t, "f", "{}", "{}");
	struct repository_tx *tx = contract_begin(t, TX_WRITE);

	contract_put(t, tx, &d, 0);
	assert_int_equal(pthread_create(&r.thread, NULL, remove_acme, &r), 0);
	OK(t->r->ops->log(
		tx, &(struct change){.kind = DOCUMENT_FLAG, .key = d.key, .version = 1, .patch = FF_STR("[]")}, &t->err));
	assert_false(atomic_load(&r.done)); /* it cannot be */
	assert_int_equal(contract_commit(t, tx).revision, 2);
	pthread_join(r.thread, NULL);
	assert_int_equal(r.status, FF_OK);
	EXPECT(FF_ETENANTNOTFOUND, t->r->ops->begin(t->r, &t->call, TX_READ, 1, &tx, &t->err));
}

static void
the_wait_for_its_writers_ends_with_the_call(struct contract *t)
{
	struct removal r = {.over = operator_of(t)};
	struct repository_tx *tx = contract_begin(t, TX_WRITE);

	r.over.call.deadline_ms = clock_mono_ms() + 50;
	assert_int_equal(pthread_create(&r.thread, NULL, remove_acme, &r), 0);
	pthread_join(r.thread, NULL);
	assert_int_equal(r.status, FF_ETIMEOUT);
	contract_rollback(tx);
	contract_rollback(contract_begin(t, TX_WRITE)); /* nothing is held any more */
}

static void
revisions_of_many_tenants_are_read_at_once(struct contract *t)
{
	const ff_str asked[] = {FF_STR("globex"), FF_STR("nobody"), FF_STR("acme"), FF_STR("globex")};
	struct document d = contract_flag(t, "f", "{}", "{}");
	struct tenant_state states[FF_COUNT(asked)], acme;

	create(t, "globex", "");
	contract_put_alone(t, &d, 0);
	acme = contract_state(t);
	OK(t->r->ops->revisions(t->r, &t->call, asked, FF_COUNT(asked), states, &t->err));
	assert_int_equal(states[0].revision, 1);
	assert_int_equal(states[1].revision, 0);
	assert_int_equal(states[1].head, 0);
	assert_int_equal(states[2].revision, 2);
	assert_int_equal(states[2].head, acme.head);
	assert_int_equal(states[3].head, states[0].head);
	OK(t->r->ops->revisions(t->r, &t->call, NULL, 0, NULL, &t->err));
	t->call.deadline_ms = clock_mono_ms();
	EXPECT(FF_ETIMEOUT, t->r->ops->revisions(t->r, &t->call, asked, 1, states, &t->err));
}

CONTRACT_CASES(contract_operator, CONTRACT_CASE(a_new_tenant_is_complete_at_revision_1),
	CONTRACT_CASE(a_tenant_is_created_once), CONTRACT_CASE(a_tenant_that_is_rolled_back_never_was),
	CONTRACT_CASE(tenants_are_listed_by_key_in_pages), CONTRACT_CASE(a_reader_of_tenants_keeps_the_state_it_began_with),
	CONTRACT_CASE(a_removed_tenant_is_not_found_by_anything),
	CONTRACT_CASE(each_change_of_tenants_is_a_revision_of_the_operators),
	CONTRACT_CASE(a_tenant_goes_when_its_writers_have_ended),
	CONTRACT_CASE(the_wait_for_its_writers_ends_with_the_call),
	CONTRACT_CASE(revisions_of_many_tenants_are_read_at_once));
