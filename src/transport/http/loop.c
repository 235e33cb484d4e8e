/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/loop.h"

#include <sched.h>
#include <stdlib.h>

#include "sys/clock.h"
#include "sys/epoch.h"
#include "transport/http/conn.h"

enum { OUT_MAX = RESPONSE_FIELDS_MAX + RESPONSE_JOINED_MAX + 512 };

/* The loop whose thread this is: how http_finish knows whether it may answer at once. */
static _Thread_local const struct loop *this_loop;

/*
 * Wakes the loop. Whoever does so is counted in `pokers` from before it gives until after it has woken, and the loop
 * does not close its handles before the count is back at 0.
 */
static void
poke_begin(struct loop *l)
{
	atomic_fetch_add(&l->pokers, 1);
}

static void
poke_end(struct loop *l)
{
	if (!atomic_load(&l->ended))
		uv_async_send(&l->wake);
	atomic_fetch_sub(&l->pokers, 1);
}

void
loop_give(struct loop *l, struct conn *c)
{
	poke_begin(l);
	c->next_given = atomic_load_explicit(&l->given, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(
		&l->given, &c->next_given, c, memory_order_release, memory_order_relaxed))
		;
	poke_end(l);
}

void
loop_stop(struct loop *l, enum loop_stopping how)
{
	poke_begin(l);
	if (atomic_load(&l->stop_asked) < (int)how)
		atomic_store(&l->stop_asked, how);
	poke_end(l);
}

/* To the exchange's loop, which finds it when it is woken. */
static void
give_back(struct workspace *ws)
{
	struct loop *l = ws->loop;

	poke_begin(l);
	ws->next = atomic_load_explicit(&l->finished, memory_order_relaxed);
	while (
		!atomic_compare_exchange_weak_explicit(&l->finished, &ws->next, ws, memory_order_release, memory_order_relaxed))
		;
	poke_end(l);
}

void
http_finish(struct http_exchange *x)
{
	struct workspace *ws = FF_CONTAINER(x, struct workspace, x);

	/* Not answered from here: that would recurse through all that a client has pipelined. */
	if (this_loop == ws->loop && ws->in_handle) {
		ff_assert(!ws->finished);
		ws->finished = true;
		return;
	}
	give_back(ws);
}

void
http_resume(struct http_exchange *x)
{
	struct workspace *ws = FF_CONTAINER(x, struct workspace, x);

	ws->resumes = true;
	give_back(ws);
}

void
loop_enter(struct loop *l)
{
	int64_t second;

	if (l->online)
		return;
	epoch_online();
	l->online = true;
	l->now_ns = clock_mono_ns();
	second = clock_wall_ms() / 1000;
	if (second != l->date_s) {
		l->date_s = second;
		response_date(second, l->date);
	}
}

static void
on_before_wait(uv_prepare_t *handle)
{
	struct loop *l = handle->data;

	if (l->online) {
		l->online = false;
		epoch_offline();
	}
}

ff_str
loop_date(const struct loop *l)
{
	return ff_str_of(l->date, sizeof l->date);
}

static void
on_turns(uv_idle_t *handle)
{
	struct loop *l = handle->data;

	loop_enter(l);
	/* Those that become ready meanwhile wait for the next round, after what the sockets have brought. */
	for (unsigned n = l->n_ready; n > 0 && l->n_ready > 0; n--) {
		struct conn *c = TAILQ_FIRST(&l->ready);

		loop_unready(l, c);
		conn_turn(c);
	}
	if (l->n_ready == 0)
		uv_idle_stop(handle);
}

void
loop_ready(struct loop *l, struct conn *c)
{
	ff_assert(!c->is_ready);
	c->is_ready = true;
	TAILQ_INSERT_TAIL(&l->ready, c, in_ready);
	if (l->n_ready++ == 0)
		uv_idle_start(&l->turns, on_turns);
}

void
loop_unready(struct loop *l, struct conn *c)
{
	if (!c->is_ready)
		return;
	c->is_ready = false;
	TAILQ_REMOVE(&l->ready, c, in_ready);
	l->n_ready--;
}

static void
on_expired(struct wheel_entry *e, void *arg)
{
	(void)arg;
	conn_expired(FF_CONTAINER(e, struct conn, deadline));
}

static void
on_tick(uv_timer_t *handle)
{
	struct loop *l = handle->data;

	loop_enter(l);
	wheel_advance(&l->wheel, uv_now(&l->uv), on_expired, l);
	if (l->wheel.n == 0)
		uv_timer_stop(handle);
}

void
loop_deadline(struct loop *l, struct wheel_entry *e, uint64_t timeout_ms)
{
	wheel_set(&l->wheel, e, timeout_ms == WHEEL_NEVER ? WHEEL_NEVER : uv_now(&l->uv) + timeout_ms);
	if (l->wheel.n > 0 && !uv_is_active((uv_handle_t *)&l->tick))
		uv_timer_start(&l->tick, on_tick, WHEEL_TICK_MS, WHEEL_TICK_MS);
}

static struct workspace *
workspace_new(struct loop *l)
{
	struct workspace *ws = ff_xcalloc(1, sizeof *ws);

	ws->loop = l;
	reader_init(&ws->reader);
	ff_arena_init(&ws->arena);
	ff_buf_init(&ws->out, OUT_MAX);
	ff_buf_init(&ws->x.response.fields, RESPONSE_FIELDS_MAX);
	ff_buf_init(&ws->x.response.body, RESPONSE_BODY_MAX);
	ws->x.arena = &ws->arena;
	ws->x.loop_data = l->app_data;
	return ws;
}

static void
workspace_free(struct workspace *ws)
{
	reader_release(&ws->reader);
	ff_arena_release(&ws->arena);
	ff_buf_release(&ws->out);
	ff_buf_release(&ws->x.response.fields);
	ff_buf_release(&ws->x.response.body);
	free(ws);
}

struct workspace *
loop_workspace(struct loop *l, struct conn *c)
{
	struct workspace *ws = l->free;

	if (ws) {
		l->free = ws->next;
		l->n_free--;
	} else {
		ws = workspace_new(l);
	}
	ws->conn = c;
	return ws;
}

void
loop_workspace_clear(struct workspace *ws)
{
	struct http_exchange *x = &ws->x;

	ff_arena_reset(&ws->arena);
	ff_buf_reset(&x->response.fields);
	ff_buf_reset(&x->response.body);
	if (x->response.body.cap > RESPONSE_BODY_KEEP)
		ff_buf_release(&x->response.body);
}

void
loop_workspace_done(struct loop *l, struct workspace *ws)
{
	if (l->n_free == WORKSPACES_KEPT) {
		workspace_free(ws);
		return;
	}
	reader_reset(&ws->reader);
	loop_workspace_clear(ws);
	ws->conn = NULL;
	ws->next = l->free;
	l->free = ws;
	l->n_free++;
}

static void
take_given(struct loop *l)
{
	struct conn *c = atomic_exchange_explicit(&l->given, NULL, memory_order_acquire);

	while (c) {
		struct conn *next = c->next_given;

		conn_open(l, c);
		c = next;
	}
}

static void
take_finished(struct loop *l)
{
	struct workspace *ws = atomic_exchange_explicit(&l->finished, NULL, memory_order_acquire);
	struct workspace *oldest = NULL;

	while (ws) {
		struct workspace *newer = ws->next;

		ws->next = oldest;
		oldest = ws;
		ws = newer;
	}
	while (oldest) {
		struct workspace *next = oldest->next;

		l->n_busy--;
		conn_finished(oldest);
		oldest = next;
	}
}

static void
stop_to(struct loop *l, enum loop_stopping how)
{
	struct conn *c;

	/* Closing only asks: no connection leaves the list before its callback. */
	if (how >= LOOP_DRAINS && l->stopping < LOOP_DRAINS) {
		l->stopping = LOOP_DRAINS;
		if (l->on_drain)
			l->on_drain(l->on_drain_arg);
		TAILQ_FOREACH(c, &l->conns, in_conns)
		conn_drain(c);
	}
	if (how == LOOP_ABORTS && l->stopping < LOOP_ABORTS) {
		l->stopping = LOOP_ABORTS;
		TAILQ_FOREACH(c, &l->conns, in_conns)
		conn_close(c);
	}
}

static void
on_wake(uv_async_t *handle)
{
	struct loop *l = handle->data;
	/* First: what was given before it was asked to stop is then in the list. */
	enum loop_stopping asked = (enum loop_stopping)atomic_load(&l->stop_asked);

	loop_enter(l);
	take_given(l);
	take_finished(l);
	stop_to(l, asked);
	loop_maybe_end(l);
}

static void
close_handles(struct loop *l)
{
	uv_close((uv_handle_t *)&l->wake, NULL);
	uv_close((uv_handle_t *)&l->before_wait, NULL);
	uv_close((uv_handle_t *)&l->turns, NULL);
	uv_close((uv_handle_t *)&l->tick, NULL);
}

void
loop_maybe_end(struct loop *l)
{
	if (l->stopping == LOOP_RUNS || l->n_conns > 0 || l->n_busy > 0 || atomic_load(&l->ended))
		return;
	atomic_store(&l->ended, true);
	while (atomic_load(&l->pokers) > 0)
		sched_yield();
	close_handles(l);
}

void
loop_discard(struct loop *l)
{
	close_handles(l);
	uv_run(&l->uv, UV_RUN_DEFAULT);
	loop_release(l);
}

ff_status
loop_init(
	struct loop *l, const struct http_server_config *config, unsigned index, atomic_uint *open, struct ff_err *reterr)
{
	int rc;

	l->config = config;
	l->index = index;
	l->open = open;
	TAILQ_INIT(&l->conns);
	TAILQ_INIT(&l->ready);
	if ((rc = uv_loop_init(&l->uv)) != 0)
		return ff_fail(reterr, FF_EINTERNAL, "cannot make an event loop: %s", uv_strerror(rc));
	if ((rc = uv_async_init(&l->uv, &l->wake, on_wake)) != 0) {
		uv_loop_close(&l->uv);
		return ff_fail(reterr, FF_EINTERNAL, "cannot make an event loop: %s", uv_strerror(rc));
	}
	uv_prepare_init(&l->uv, &l->before_wait);
	uv_idle_init(&l->uv, &l->turns);
	uv_timer_init(&l->uv, &l->tick);
	l->wake.data = l->before_wait.data = l->turns.data = l->tick.data = l;
	uv_prepare_start(&l->before_wait, on_before_wait);
	wheel_init(&l->wheel, uv_now(&l->uv));
	return FF_OK;
}

void
loop_run(struct loop *l)
{
	const struct http_app *ops = l->config->ops;

	this_loop = l;
	epoch_register();
	if (ops->loop_start)
		l->app_data = ops->loop_start(l->config->app, l->index);
	uv_run(&l->uv, UV_RUN_DEFAULT);
	on_before_wait(&l->before_wait);
	if (ops->loop_stop)
		ops->loop_stop(l->config->app, l->app_data);
	epoch_unregister();
	this_loop = NULL;
}

void
loop_release(struct loop *l)
{
	ff_assert(uv_loop_close(&l->uv) == 0);
	while (l->free) {
		struct workspace *next = l->free->next;

		workspace_free(l->free);
		l->free = next;
	}
}
