/* SPDX-License-Identifier: Apache-2.0 */
#include "support/sdk.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json_doc.h"
#include "domain/flag.h"
#include "repository/memory/repository_memory.h"
#include "sys/clock.h"
#include "sys/epoch.h"

enum { ANSWER_MAX = 16 << 20, TIMEOUT_MS = 1000, NOW_MS = 5000 };

static struct sdk *the_sdk; /* the one that is open: the table's clock has no argument */

static void
check(ff_status status, const struct ff_err *err)
{
	if (status == FF_OK)
		return;
	(void)fprintf(stderr, "sdk: %s\n", err->detail);
	abort();
}

static uint64_t
now_ms(void)
{
	return the_sdk->now_ms;
}

ff_status
router_defer(struct http_exchange *x, route_fn fn, struct ff_err *reterr)
{
	struct sdk *s = FF_CONTAINER(x, struct sdk, x);

	(void)reterr;
	s->deferred = fn;
	return FF_OK;
}

const struct principal *
router_principal(const struct http_exchange *x)
{
	(void)x;
	return &the_sdk->principal;
}

static struct ff_call
call_of(const struct sdk *s, ff_str tenant)
{
	return (struct ff_call){
		.deadline_ms = clock_mono_ms() + s->timeout_ms, .tenant = tenant, .actor = FF_STR("dev"), .cancel = &s->x.gone};
}

static void
put_segment(struct repository_tx *tx, const json_t *json, struct ff_arena *arena)
{
	struct document d = {.kind = DOCUMENT_SEGMENT, .key = json_doc_str(json_object_get(json, "key"))};
	struct segment *segment;
	struct ff_err err;
	json_t *written;

	check(segment_read(json, arena, &segment, &err), &err);
	written = segment_write(segment);
	d.json = json_doc_dump(written, arena);
	json_decref(written);
	check(tx->repository->ops->put(tx, &d, 0, &err), &err);
}

static void
put_flag(struct repository_tx *tx, const json_t *json, struct ff_arena *arena)
{
	struct document d = {.kind = DOCUMENT_FLAG};
	struct document existing;
	struct ff_err err;
	struct flag *flag;
	json_t *written;
	uint64_t version;

	check(flag_read(json, arena, &flag, &err), &err);
	d.key = flag->key;
	written = flag_write_shared(flag);
	d.json = json_doc_dump(written, arena);
	json_decref(written);
	d.n_parts = flag->n_environments;
	d.parts = FF_ARENA_ARRAY(arena, struct document_part, d.n_parts);
	for (uint32_t i = 0; i < d.n_parts; i++) {
		written = flag_write_environment(flag, &flag->environments[i]);
		d.parts[i].name = flag->environments[i].key;
		d.parts[i].json = json_doc_dump(written, arena);
		d.parts[i].changed = true;
		json_decref(written);
	}
	version =
		tx->repository->ops->get(tx, DOCUMENT_FLAG, d.key, arena, &existing, NULL) == FF_OK ? existing.version : 0;
	check(tx->repository->ops->put(tx, &d, version, &err), &err);
}

static void
ensure_environment(struct repository_tx *tx, ff_str key, struct ff_arena *arena)
{
	struct document d = {.kind = DOCUMENT_ENVIRONMENT, .key = key, .json = FF_STR("{}")};
	struct document existing;
	struct ff_err err;

	if (tx->repository->ops->get(tx, DOCUMENT_ENVIRONMENT, key, arena, &existing, NULL) != FF_OK)
		check(tx->repository->ops->put(tx, &d, 0, &err), &err);
}

void
sdk_write(struct sdk *s, ff_str tenant, const json_t *doc)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	const struct repository_ops *ops = s->repository->ops;
	struct ff_call call = call_of(s, tenant);
	struct tenant_state state;
	struct repository_tx *tx;
	struct ff_err err;
	const json_t *item;
	size_t i;

	check(ops->tenant_ensure(s->repository, &call, tenant, tenant, 0, &err), &err);
	check(ops->begin(s->repository, &call, TX_WRITE, 0, &tx, &err), &err);
	ensure_environment(tx, FF_STR("staging"), &arena);
	json_array_foreach (json_object_get(doc, "segments"), i, item)
		put_segment(tx, item, &arena);
	json_array_foreach (json_object_get(doc, "flags"), i, item)
		put_flag(tx, item, &arena);
	check(ops->commit(tx, &state, &err), &err);
}

void
sdk_open(struct sdk *s, const json_t *doc)
{
	struct ff_call call;
	struct ff_err err;

	*s = (struct sdk){
		.principal = {.kind = PRINCIPAL_DEV}, .tenant = FF_STR("default"), .timeout_ms = TIMEOUT_MS, .now_ms = NOW_MS};
	the_sdk = s;
	s->repository = repository_memory_new();
	s->snapshots = snapshot_table_new(s->repository, now_ms);
	s->service = eval_service_new(s->snapshots);
	s->x.arena = &s->arena;
	s->x.request.target = FF_STR("/");
	s->x.request.fields = s->fields;
	ff_buf_init(&s->x.response.fields, ANSWER_MAX);
	ff_buf_init(&s->x.response.body, ANSWER_MAX);
	sdk_write(s, FF_STR("default"), doc);
	epoch_register();
	call = call_of(s, FF_STR("default"));
	check(snapshot_table_load(s->snapshots, &call, FF_STR("production"), &err), &err);
	epoch_online();
}

void
sdk_close(struct sdk *s)
{
	epoch_offline();
	epoch_unregister();
	eval_service_free(s->service);
	snapshot_table_free(s->snapshots);
	s->repository->ops->close(s->repository);
	ff_buf_release(&s->x.response.fields);
	ff_buf_release(&s->x.response.body);
	ff_arena_release(&s->arena);
}

void
sdk_field(struct sdk *s, ff_str name, ff_str value)
{
	unsigned i = 0;

	while (i < s->x.request.n_fields && !ff_str_eq(s->fields[i].name, name))
		i++;
	if (!value.n && i < s->x.request.n_fields) {
		s->fields[i] = s->fields[--s->x.request.n_fields];
	} else if (value.n) {
		ff_assert(i < FF_COUNT(s->fields));
		s->fields[i] = (struct http_field){name, value};
		if (i == s->x.request.n_fields)
			s->x.request.n_fields++;
	}
}

static ff_status
run(struct sdk *s, route_fn handle, struct ff_err *reterr)
{
	struct ff_call call = call_of(s, s->tenant);
	ff_status status;

	s->deferred = NULL;
	s->x.started_ns = s->now_ms * 1000000u;
	ff_arena_reset(&s->arena);
	ff_buf_reset(&s->x.response.fields);
	ff_buf_reset(&s->x.response.body);
	status = handle(s->service, &s->x, &call, reterr);
	if (!s->deferred)
		return status;
	epoch_offline();
	status = s->deferred(s->service, &s->x, &call, reterr);
	epoch_online();
	return status;
}

ff_status
sdk_post(struct sdk *s, ff_str body, struct ff_err *reterr)
{
	s->x.request.body = body;
	return run(s, sdk_evaluate, reterr);
}

ff_status
sdk_get(struct sdk *s, ff_str key, ff_str query, struct ff_err *reterr)
{
	s->x.params[0] = key;
	s->x.request.query = query;
	return run(s, sdk_flag, reterr);
}
