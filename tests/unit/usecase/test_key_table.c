/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keys over the memory store: loading, following, forgetting, one question at a time. */
#include "usecase/key_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"
#include "gate.h"
#include "sys/clock.h"
#include "sys/epoch.h"
#include "usecase/key_service.h"
#include "usecase/tenant_service.h"

enum { QUESTIONERS = 4, READERS = 2, CHANGES = 50 };

/* A store that counts the questions about ids. */
struct counted {
	struct gate gate;
	atomic_uint questions, notes;
	bool fails;
};

static struct counted *the_store;
static uint64_t now_ms;

static uint64_t
test_clock(void)
{
	return now_ms;
}

static ff_status
counted_find(struct repository *r, const struct ff_call *call, ff_str id, struct ff_arena *arena,
	struct key_record *ret, struct ff_err *reterr)
{
	struct repository *inner = FF_CONTAINER(r, struct gate, super)->inner;

	atomic_fetch_add(&the_store->questions, 1);
	if (the_store->fails)
		return ff_fail(reterr, FF_EUNAVAILABLE, "injected");
	return inner->ops->key_find(inner, call, id, arena, ret, reterr);
}

static ff_status
counted_used(
	struct repository *r, const struct ff_call *call, const struct key_use *uses, uint32_t n, struct ff_err *reterr)
{
	struct repository *inner = FF_CONTAINER(r, struct gate, super)->inner;

	atomic_fetch_add(&the_store->notes, n);
	if (the_store->fails)
		return ff_fail(reterr, FF_EUNAVAILABLE, "injected");
	return inner->ops->key_used(inner, call, uses, n, reterr);
}

static ff_status
counted_revisions(struct repository *r, const struct ff_call *call, const ff_str *tenants, uint32_t n,
	struct tenant_state *ret, struct ff_err *reterr)
{
	struct repository *inner = FF_CONTAINER(r, struct gate, super)->inner;

	return inner->ops->revisions(inner, call, tenants, n, ret, reterr);
}

struct table_fixture {
	struct fixture f; /* its service changes the store, and does not tell the table */
	struct counted store;
	struct key_table *table;
};

static int
setup(void **state)
{
	struct table_fixture *t = ff_xcalloc(1, sizeof *t);

	fixture_open(&t->f);
	gate_init(&t->store.gate, t->f.repository);
	t->store.gate.ops.key_find = counted_find;
	t->store.gate.ops.key_used = counted_used;
	t->store.gate.ops.revisions = counted_revisions;
	the_store = &t->store;
	now_ms = 5000;
	t->table = key_table_new(&t->store.gate.super, test_clock);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct table_fixture *t = *state;

	key_table_free(t->table);
	gate_release(&t->store.gate);
	fixture_close(&t->f);
	free(t);
	return 0;
}

/* A server key's id; of the tenant of the fixture's call. */
static ff_str
make_key(struct fixture *f)
{
	struct write_request request = {
		.now_ms = f->now_ms += 1000, .body = quoted(f, "{'kind': 'server', 'name': 'n', 'environment': 'production'}")};

	assert_int_equal(FF_OK, key_create(&f->call, &f->service, &request, &f->arena, &f->answer, &f->err));
	return f->answer.key;
}

static void
revoke(struct fixture *f, ff_str id)
{
	struct write_request request = {.now_ms = f->now_ms += 1000};

	assert_int_equal(FF_OK, key_revoke(&f->call, &f->service, id, &request, &f->arena, &f->answer, &f->err));
}

static bool
is_there(struct table_fixture *t, ff_str id)
{
	bool there;

	epoch_register();
	epoch_online();
	there = key_table_find(t->table, id) != NULL;
	epoch_offline();
	epoch_unregister();
	return there;
}

static void
look_up(struct table_fixture *t, ff_str id)
{
	assert_int_equal(FF_OK, key_table_look_up(t->table, &t->f.call, id, &t->f.err));
}

static void
test_unknown_id_is_asked_for_once_a_second(void **state)
{
	const ff_str nobody = FF_STR("0000000000000000000000");
	struct table_fixture *t = *state;

	assert_false(key_table_is_unknown(t->table, nobody, now_ms));
	look_up(t, nobody);
	assert_false(is_there(t, nobody));
	assert_true(key_table_is_unknown(t->table, nobody, now_ms));
	assert_true(key_table_is_unknown(t->table, nobody, now_ms + KEY_UNKNOWN_MS - 1));
	assert_false(key_table_is_unknown(t->table, nobody, now_ms + KEY_UNKNOWN_MS));
	assert_false(key_table_is_unknown(t->table, FF_STR("0000000000000000000001"), now_ms));
	assert_int_equal(atomic_load(&t->store.questions), 1);
}

static void
test_first_use_loads_all_keys_of_the_tenant(void **state)
{
	struct table_fixture *t = *state;
	ff_str a = make_key(&t->f), b = make_key(&t->f);

	assert_false(is_there(t, a));
	look_up(t, a);
	assert_true(is_there(t, a));
	assert_true(is_there(t, b));
	assert_false(key_table_is_unknown(t->table, a, now_ms));
	assert_int_equal(atomic_load(&t->store.questions), 1);
}

static void
test_revoked_key_is_unknown_when_it_is_asked_for(void **state)
{
	struct table_fixture *t = *state;
	ff_str a = make_key(&t->f);

	revoke(&t->f, a);
	look_up(t, a);
	assert_false(is_there(t, a));
	assert_true(key_table_is_unknown(t->table, a, now_ms));
}

static void
test_failing_store_is_no_answer(void **state)
{
	struct table_fixture *t = *state;
	ff_str a = make_key(&t->f);

	t->store.fails = true;
	assert_int_equal(FF_EUNAVAILABLE, key_table_look_up(t->table, &t->f.call, a, &t->f.err));
	assert_false(key_table_is_unknown(t->table, a, now_ms));
	t->store.fails = false;
	gate_fail_next(&t->store.gate, 1, FF_ESTORAGE);
	assert_int_equal(FF_ESTORAGE, key_table_look_up(t->table, &t->f.call, a, &t->f.err));
	look_up(t, a);
	assert_true(is_there(t, a));
}

static void
test_revocation_arrives_with_the_poll(void **state)
{
	struct table_fixture *t = *state;
	ff_str a = make_key(&t->f), b = make_key(&t->f), c;

	look_up(t, a);
	revoke(&t->f, a);
	c = make_key(&t->f);
	assert_true(is_there(t, a));
	assert_int_equal(FF_OK, key_table_poll(t->table, &t->f.call, &t->f.err));
	assert_false(is_there(t, a));
	assert_true(is_there(t, b));
	assert_true(is_there(t, c));
}

static void
test_revocation_arrives_with_the_write_that_made_it(void **state)
{
	struct table_fixture *t = *state;
	ff_str a = make_key(&t->f);

	look_up(t, a);
	t->f.service.keys = t->table;
	revoke(&t->f, a);
	assert_false(is_there(t, a));
	assert_true(is_there(t, make_key(&t->f)));
}

static void
test_poll_of_an_unchanged_tenant_loads_nothing(void **state)
{
	struct table_fixture *t = *state;
	unsigned before;

	look_up(t, make_key(&t->f));
	before = gate_begun(&t->store.gate);
	assert_int_equal(FF_OK, key_table_poll(t->table, &t->f.call, &t->f.err));
	assert_int_equal(gate_begun(&t->store.gate), before);
}

static void
test_keys_of_a_deleted_tenant_go(void **state)
{
	struct table_fixture *t = *state;
	struct write_request request = {.now_ms = t->f.now_ms};
	ff_str a = make_key(&t->f);

	look_up(t, a);
	assert_int_equal(FF_OK,
		tenant_delete(&t->f.call, &t->f.service, t->f.call.tenant, &request, &t->f.arena, &t->f.answer, &t->f.err));
	assert_int_equal(FF_OK, key_table_poll(t->table, &t->f.call, &t->f.err));
	assert_false(is_there(t, a));
	look_up(t, a);
	assert_false(is_there(t, a));
}

static void
test_refresh_says_when_the_store_has_not_got_so_far(void **state)
{
	struct table_fixture *t = *state;

	assert_int_equal(FF_OK, key_table_refresh(t->table, &t->f.call, 1000, &t->f.err)); /* nothing is loaded */
	look_up(t, make_key(&t->f));
	assert_int_equal(FF_EREVISION, key_table_refresh(t->table, &t->f.call, 1000, &t->f.err));
}

static void
use(struct table_fixture *t, ff_str id, int64_t at)
{
	epoch_register();
	epoch_online();
	key_entry_used(key_table_find(t->table, id), at);
	epoch_offline();
	epoch_unregister();
}

static void
test_uses_are_noted_together_and_only_when_new(void **state)
{
	struct table_fixture *t = *state;
	ff_str a = make_key(&t->f), b = make_key(&t->f);
	const struct page_request page = {.limit = 10};
	ff_str json;

	look_up(t, a);
	use(t, a, 5000);
	use(t, a, 5999); /* within the second: not worth a write to memory that all loops read */
	assert_int_equal(FF_OK, key_table_note_uses(t->table, &t->f.call, &t->f.err));
	assert_int_equal(FF_OK, key_table_note_uses(t->table, &t->f.call, &t->f.err));
	assert_int_equal(atomic_load(&t->store.notes), 1);
	assert_int_equal(FF_OK, key_list(&t->f.call, &t->f.service, &page, &t->f.arena, &json, &t->f.err));
	assert_true(ff_str_contains(json, FF_STR("\"lastUsedAt\":\"1970-01-01T00:00:05.000Z\"")));
	assert_true(ff_str_contains(json, FF_STR("\"lastUsedAt\":null")));
	use(t, a, 7000);
	use(t, b, 7000);
	t->store.fails = true;
	assert_int_equal(FF_EUNAVAILABLE, key_table_note_uses(t->table, &t->f.call, &t->f.err));
	t->store.fails = false;
	assert_int_equal(FF_OK, key_table_note_uses(t->table, &t->f.call, &t->f.err));
	assert_int_equal(atomic_load(&t->store.notes), 5);
}

struct questioner {
	struct table_fixture *t;
	ff_str id;
	ff_status status;
};

static void *
question(void *arg)
{
	struct questioner *q = arg;

	q->status = key_table_look_up(q->t->table, &q->t->f.call, q->id, NULL);
	return NULL;
}

static void
test_however_many_ask_one_question_is_asked(void **state)
{
	struct table_fixture *t = *state;
	struct questioner q = {.t = t, .id = make_key(&t->f)};
	struct questioner all[QUESTIONERS];
	pthread_t threads[QUESTIONERS];

	gate_close(&t->store.gate);
	for (unsigned i = 0; i < QUESTIONERS; i++) {
		all[i] = q;
		assert_int_equal(0, pthread_create(&threads[i], NULL, question, &all[i]));
	}
	gate_await(&t->store.gate, 1);
	gate_open(&t->store.gate);
	for (unsigned i = 0; i < QUESTIONERS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(all[i].status, FF_OK);
	}
	assert_true(is_there(t, q.id));
	/* Those who came when it was answered already asked again; but never two at a time, and the keys are read once. */
	assert_true(gate_begun(&t->store.gate) == 1);
}

struct reader {
	struct table_fixture *t;
	ff_str id; /* of a key that stays */
	atomic_bool *stop;
	bool lost;
};

static void *
read_on(void *arg)
{
	struct reader *r = arg;

	epoch_register();
	while (!atomic_load(r->stop)) {
		struct key_entry *e;

		epoch_online();
		e = key_table_find(r->t->table, r->id);
		if (e && ff_str_eq(e->id, r->id))
			key_entry_used(e, clock_wall_ms());
		else
			r->lost = true;
		epoch_offline();
	}
	epoch_unregister();
	return NULL;
}

static void
test_readers_keep_their_key_while_others_come_and_go(void **state)
{
	struct table_fixture *t = *state;
	struct reader readers[READERS];
	pthread_t threads[READERS];
	atomic_bool stop = false;
	ff_str stays = make_key(&t->f);

	look_up(t, stays);
	t->f.service.keys = t->table;
	for (unsigned i = 0; i < READERS; i++) {
		readers[i] = (struct reader){.t = t, .id = stays, .stop = &stop};
		assert_int_equal(0, pthread_create(&threads[i], NULL, read_on, &readers[i]));
	}
	for (unsigned i = 0; i < CHANGES; i++)
		revoke(&t->f, make_key(&t->f));
	atomic_store(&stop, true);
	for (unsigned i = 0; i < READERS; i++) {
		pthread_join(threads[i], NULL);
		assert_false(readers[i].lost);
	}
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_unknown_id_is_asked_for_once_a_second),
		ROW(test_first_use_loads_all_keys_of_the_tenant),
		ROW(test_revoked_key_is_unknown_when_it_is_asked_for),
		ROW(test_failing_store_is_no_answer),
		ROW(test_revocation_arrives_with_the_poll),
		ROW(test_revocation_arrives_with_the_write_that_made_it),
		ROW(test_poll_of_an_unchanged_tenant_loads_nothing),
		ROW(test_keys_of_a_deleted_tenant_go),
		ROW(test_refresh_says_when_the_store_has_not_got_so_far),
		ROW(test_uses_are_noted_together_and_only_when_new),
		ROW(test_however_many_ask_one_question_is_asked),
		ROW(test_readers_keep_their_key_while_others_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
