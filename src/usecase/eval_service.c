/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/eval_service.h"

#include <pthread.h>
#include <stdlib.h>

#include "sys/epoch.h"

enum { LINEAR_KEYS = 8 }; /* up to so many flags are compared one by one; more get a hash table */

/* A thread's scratch: made when the thread first asks, kept for its next requests, freed with the service. */
struct eval_thread {
	struct scratch *scratch;
	struct eval_thread *next;
};

struct eval_service {
	struct snapshot_table *snapshots;
	pthread_key_t mine; /* struct eval_thread * */
	pthread_mutex_t lock;
	struct eval_thread *threads; /* under lock */
};

struct eval_service *
eval_service_new(struct snapshot_table *snapshots)
{
	struct eval_service *s = ff_xcalloc(1, sizeof *s);

	s->snapshots = snapshots;
	ff_assert(pthread_key_create(&s->mine, NULL) == 0);
	ff_assert(pthread_mutex_init(&s->lock, NULL) == 0);
	return s;
}

void
eval_service_free(struct eval_service *s)
{
	if (!s)
		return;
	while (s->threads) {
		struct eval_thread *t = s->threads;

		s->threads = t->next;
		scratch_free(t->scratch);
		free(t);
	}
	pthread_mutex_destroy(&s->lock);
	pthread_key_delete(s->mine);
	free(s);
}

static struct scratch *
my_scratch(struct eval_service *s)
{
	struct eval_thread *t = pthread_getspecific(s->mine);

	if (__builtin_expect(t != NULL, 1))
		return t->scratch;
	t = ff_xcalloc(1, sizeof *t);
	t->scratch = scratch_new();
	ff_assert(pthread_setspecific(s->mine, t) == 0);
	pthread_mutex_lock(&s->lock);
	t->next = s->threads;
	s->threads = t;
	pthread_mutex_unlock(&s->lock);
	return t->scratch;
}

bool
evaluation_begin(
	struct eval_service *s, ff_str tenant, ff_str environment, struct ff_arena *arena, struct evaluation *ret)
{
	const struct snapshot *snapshot = snapshot_table_find(s->snapshots, tenant, environment);

	if (!snapshot)
		return false;
	ret->snapshot = snapshot;
	ret->client = false;
	ret->scratch = my_scratch(s);
	context_init(&ret->context, snapshot_schema(snapshot), arena);
	return true;
}

static bool
is_visible(const struct evaluation *e, const struct compiled_flag *flag)
{
	return !e->client || compiled_flag_client_visible(flag);
}

const struct compiled_flag *
evaluation_find(const struct evaluation *e, ff_str key)
{
	const struct compiled_flag *flag = snapshot_find(e->snapshot, key);

	return flag && is_visible(e, flag) ? flag : NULL;
}

void
evaluation_decide(struct evaluation *e, const struct compiled_flag *flag, int64_t now_ms, struct decision *ret)
{
	scratch_prepare(e->scratch, e->snapshot);
	evaluate(e->snapshot, flag, &e->context, now_ms, e->scratch, ret);
}

/* `"key":{…},` */
static void
write_flag(struct evaluation *e, const struct compiled_flag *flag, ff_str key, int64_t now_ms, struct ff_buf *out)
{
	struct decision decision;

	evaluate(e->snapshot, flag, &e->context, now_ms, e->scratch, &decision);
	if (flag) {
		ff_buf_str_put(out, compiled_flag_key_json(flag));
	} else {
		ff_buf_json_str(out, key);
		ff_buf_char(out, ':');
	}
	decision_write(&decision, out);
	ff_buf_char(out, ',');
}

/* The comma behind the last member, if there is one, becomes the closing brace. */
static void
close_object(struct ff_buf *out, size_t opened)
{
	if (out->n > opened)
		out->n--;
	ff_buf_char(out, '}');
}

static bool
is_among(const ff_str *keys, uint32_t n, ff_str key)
{
	for (uint32_t i = 0; i < n; i++)
		if (ff_str_eq(keys[i], key))
			return true;
	return false;
}

void
evaluation_write_flags(struct evaluation *e, const ff_str *keys, uint32_t n, int64_t now_ms, struct ff_buf *out)
{
	struct ff_map seen; /* key → its first place */
	size_t opened;

	if (n > LINEAR_KEYS)
		ff_map_init(&seen, e->context.arena, n);
	scratch_prepare(e->scratch, e->snapshot);
	ff_buf_char(out, '{');
	opened = out->n;
	for (uint32_t i = 0; i < n; i++) {
		bool repeated = n > LINEAR_KEYS ? ff_map_put(&seen, keys[i], i) != i : is_among(keys, i, keys[i]);

		if (!repeated)
			write_flag(e, evaluation_find(e, keys[i]), keys[i], now_ms, out);
	}
	close_object(out, opened);
}

void
evaluation_write_all(struct evaluation *e, int64_t now_ms, struct ff_buf *out)
{
	uint32_t n = snapshot_count(e->snapshot);
	size_t opened;

	scratch_prepare(e->scratch, e->snapshot);
	ff_buf_char(out, '{');
	opened = out->n;
	for (uint32_t i = 0; i < n; i++) {
		const struct compiled_flag *flag = snapshot_at(e->snapshot, i);

		if (is_visible(e, flag))
			write_flag(e, flag, (ff_str){NULL, 0}, now_ms, out);
	}
	close_object(out, opened);
}

uint64_t
eval_service_age_ms(const struct eval_service *s, ff_str tenant, ff_str environment, uint64_t mono_ms)
{
	return snapshot_table_age_ms(s->snapshots, tenant, environment, mono_ms);
}

/* Is what is loaded at least at `revision`? */
static bool
has_revision(const struct eval_service *s, ff_str tenant, ff_str environment, uint64_t revision)
{
	const struct snapshot *snapshot;
	bool has;

	epoch_online();
	snapshot = snapshot_table_find(s->snapshots, tenant, environment);
	has = snapshot && snapshot_revision(snapshot) >= revision;
	epoch_offline();
	return has;
}

ff_status
eval_service_load(struct eval_service *s, const struct ff_call *call, ff_str environment, uint64_t min_revision,
	struct ff_err *reterr)
{
	FF_TRY(snapshot_table_load(s->snapshots, call, environment, reterr));
	if (has_revision(s, call->tenant, environment, min_revision))
		return FF_OK;
	return snapshot_table_refresh(s->snapshots, call, min_revision, reterr);
}
