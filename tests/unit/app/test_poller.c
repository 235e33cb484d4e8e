/* SPDX-License-Identifier: Apache-2.0 */
#include "app/poller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "observability/log.h"
#include "sys/clock.h"

enum { INTERVAL_MS = 1, WAIT_MS = 30000 };

/* A store of which only its readiness is asked: nothing is loaded, so that the snapshot table has nothing to ask. */
struct fake {
	struct repository super;
	atomic_bool down, waits;
	atomic_uint pings;
};

static ff_status
fake_ping(struct repository *r, const struct ff_call *call, struct ff_err *reterr)
{
	struct fake *f = FF_CONTAINER(r, struct fake, super);

	atomic_fetch_add(&f->pings, 1);
	while (atomic_load(&f->waits))
		if (ff_call_over(call, reterr) != FF_OK)
			return reterr->status;
	return atomic_load(&f->down) ? ff_fail(reterr, FF_EUNAVAILABLE, "out of order") : FF_OK;
}

static ff_status
fake_housekeep(struct repository *r, const struct ff_call *call, int64_t now_ms, struct housekeeping_counts *ret,
	struct ff_err *reterr)
{
	(void)r;
	(void)call;
	(void)now_ms;
	(void)reterr;
	*ret = (struct housekeeping_counts){0};
	return FF_OK;
}

static const struct repository_ops fake_ops = {.name = "fake", .ping = fake_ping, .housekeep = fake_housekeep};

/* A store that is there from the third try on. */
struct late {
	unsigned tries;
	atomic_bool prepared;
};

static ff_status
prepare_late(void *arg, const struct ff_call *call, struct ff_err *reterr)
{
	struct late *late = arg;

	FF_TRY(ff_call_over(call, reterr));
	assert_false(atomic_load(&late->prepared)); /* once is enough */
	if (++late->tries < 3)
		return ff_fail(reterr, FF_EUNAVAILABLE, "not yet");
	atomic_store(&late->prepared, true);
	return FF_OK;
}

struct fixture {
	struct fake store;
	struct snapshot_table *snapshots;
	struct key_table *keys;
	struct poller *poller;
};

static void
start_with(struct fixture *f, struct late *late)
{
	struct ff_err err;

	log_configure(LOG_ERROR, LOG_JSON);
	*f = (struct fixture){.store.super.ops = &fake_ops};
	f->snapshots = snapshot_table_new(&f->store.super, clock_mono_ms);
	f->keys = key_table_new(&f->store.super, clock_mono_ms);
	assert_int_equal(poller_start(
						 &(struct poller_config){
							 .repository = &f->store.super,
							 .snapshots = f->snapshots,
							 .keys = f->keys,
							 .interval_ms = INTERVAL_MS,
							 .prepare = late ? prepare_late : NULL,
							 .prepare_arg = late,
						 },
						 &f->poller, &err),
		FF_OK);
}

static void
start(struct fixture *f)
{
	start_with(f, NULL);
}

static void
stop(struct fixture *f)
{
	poller_stop(f->poller);
	key_table_free(f->keys);
	snapshot_table_free(f->snapshots);
}

/* Until that many more rounds have begun: the ones before them are over then. */
static void
wait_rounds(struct fixture *f, unsigned rounds)
{
	unsigned goal = atomic_load(&f->store.pings) + rounds;

	for (unsigned i = 0; i < WAIT_MS && atomic_load(&f->store.pings) < goal; i++)
		usleep(1000);
	assert_true(atomic_load(&f->store.pings) >= goal);
}

static void
test_store_is_asked_again_and_again(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	assert_true(poller_store_answers(f.poller));
	wait_rounds(&f, 5);
	assert_true(poller_store_answers(f.poller));
	stop(&f);
}

static void
test_failing_store_is_noticed_logged_once_and_comes_back(void **state)
{
	char path[] = "/tmp/test_poller.XXXXXX", text[4096];
	int file = mkstemp(path), saved = dup(STDERR_FILENO);
	struct fixture f;
	ssize_t n;

	(void)state;
	unlink(path);
	start(&f);
	dup2(file, STDERR_FILENO);
	atomic_store(&f.store.down, true);
	wait_rounds(&f, 5);
	assert_false(poller_store_answers(f.poller));
	atomic_store(&f.store.down, false);
	wait_rounds(&f, 3);
	assert_true(poller_store_answers(f.poller));
	stop(&f);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = pread(file, text, sizeof text, 0);
	close(file);
	assert_true(n > 0);
	assert_true(ff_str_contains(ff_str_of(text, (size_t)n), FF_STR("out of order")));
	assert_ptr_equal(memchr(text, '\n', (size_t)n), text + n - 1);
}

static void
test_store_that_comes_late_is_prepared_before_it_is_used(void **state)
{
	struct late late = {0};
	struct fixture f;

	(void)state;
	log_configure(LOG_ERROR, LOG_JSON);
	start_with(&f, &late);
	wait_rounds(&f, 3); /* a round whose preparation fails does not ask */
	assert_true(atomic_load(&late.prepared));
	assert_true(poller_store_answers(f.poller));
	stop(&f);
	assert_int_equal(late.tries, 3);
}

/* A store that hangs does not keep the service from stopping. */
static void
test_stop_cancels_the_round_that_is_running(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	atomic_store(&f.store.waits, true);
	wait_rounds(&f, 1);
	stop(&f);
	poller_stop(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_store_is_asked_again_and_again),
		cmocka_unit_test(test_failing_store_is_noticed_logged_once_and_comes_back),
		cmocka_unit_test(test_store_that_comes_late_is_prepared_before_it_is_used),
		cmocka_unit_test(test_stop_cancels_the_round_that_is_running),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
