/* SPDX-License-Identifier: Apache-2.0 */
#include "app/wiring.h"

#include <sched.h>

#include "app/build_info.h"
#include "app/samples.h"
#include "app/store.h"
#include "domain/limits.h"
#include "observability/log.h"
#include "sys/clock.h"
#include "transport/http/admin/admin.h"
#include "transport/http/sdk/sdk.h"
#include "usecase/transfer_service.h"

enum {
	MS_PER_S = 1000,
	QUEUE_PER_WORKER = 32, /* Admin requests that may wait; more are refused with 503 */
	START_TIMEOUT_MS = 30000,
	ADMIN_TIMEOUT_MS = 10000,
	HEADER_TIMEOUT_MS = 10000,
	BODY_TIMEOUT_MS = 30000,
	WRITE_TIMEOUT_MS = 30000,
	ACCESS_LOG_EVERY = 1000,
};

static const char default_tenant[] = "default";

static struct ff_call
start_call(void)
{
	return (struct ff_call){
		.deadline_ms = clock_mono_ms() + START_TIMEOUT_MS,
		.tenant = ff_str_z(default_tenant),
		.actor = FF_STR("system"),
		.comment = FF_STR("first start"),
	};
}

/* Nobody has written anything yet: only what the tenant began with is there. */
static ff_status
is_untouched(struct repository *r, const struct ff_call *call, bool *ret, struct ff_err *reterr)
{
	FF_CLEANUP(repository_rollbackp) struct repository_tx *tx = NULL;
	struct tenant_state state;

	FF_TRY(r->ops->begin(r, call, TX_READ, clock_wall_ms(), &tx, reterr));
	FF_TRY(r->ops->state(tx, &state, reterr));
	*ret = state.revision <= 1;
	return FF_OK;
}

static ff_status
import_samples(struct wiring *w, const struct ff_call *call, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct transfer_counts counts;
	bool untouched;

	FF_TRY(is_untouched(w->repository, call, &untouched, reterr));
	if (!untouched)
		return FF_OK;
	FF_TRY(transfer_import(call, &w->service, ff_str_z(samples_json), clock_wall_ms(), &arena, &counts, reterr));
	log_info("app", "sample flags are there to play with", LOG_UINT("created", counts.created));
	return FF_OK;
}

/* Keys of the environments, in `arena`. */
struct environment_keys {
	struct ff_arena arena;
	ff_str items[LIMIT_ENVIRONMENTS];
	unsigned n;
};

static bool
collect_environment(void *arg, const struct document *d)
{
	struct environment_keys *keys = arg;

	keys->items[keys->n++] = ff_arena_str(&keys->arena, d->key);
	return keys->n < FF_COUNT(keys->items);
}

static ff_status
list_environments(struct repository *r, const struct ff_call *call, struct environment_keys *ret, struct ff_err *reterr)
{
	FF_CLEANUP(repository_rollbackp) struct repository_tx *tx = NULL;

	FF_TRY(r->ops->begin(r, call, TX_READ, clock_wall_ms(), &tx, reterr));
	return r->ops->each(tx, DOCUMENT_ENVIRONMENT, FF_STR(""), collect_environment, ret, reterr);
}

static void
release_keys(struct environment_keys *keys)
{
	ff_arena_release(&keys->arena);
}

/*
 * Loads what will be asked for, so that the first requests need not wait for it. An environment that cannot be loaded
 * does not keep the others, and the Admin API that can repair it, from being served.
 */
static ff_status
preload(struct wiring *w, const struct ff_call *call, struct ff_err *reterr)
{
	FF_CLEANUP(release_keys) struct environment_keys keys = {.n = 0};
	struct ff_err err;
	ff_status status;

	status = key_table_load(w->keys, call, reterr);
	if (status == FF_OK)
		status = list_environments(w->repository, call, &keys, reterr);
	if (status == FF_ETENANTNOTFOUND) /* deleted: others may be there */
		return FF_OK;
	FF_TRY(status);
	for (unsigned i = 0; i < keys.n; i++)
		if (snapshot_table_load(w->snapshots, call, keys.items[i], &err))
			log_error("app", "an environment cannot be loaded", LOG_STR("environment", keys.items[i]), LOG_ERR(&err));
	return FF_OK;
}

/* What the store has to have before it is served from; then loads it. */
static ff_status
prepare(void *arg, const struct ff_call *from, struct ff_err *reterr)
{
	struct wiring *w = arg;
	struct ff_call call = start_call();

	call.deadline_ms = from->deadline_ms;
	call.cancel = from->cancel;
	FF_TRY(store_check_schema(w->config, reterr));
	FF_TRY(w->repository->ops->tenant_ensure(w->repository, &call, call.tenant, call.tenant, clock_wall_ms(), reterr));
	if (w->config->dev)
		FF_TRY(import_samples(w, &call, reterr));
	return preload(w, &call, reterr);
}

/* A store that cannot be reached is no reason not to start: it is prepared as soon as it can be. */
static bool
may_come_later(ff_status status)
{
	return status == FF_EUNAVAILABLE || status == FF_ETIMEOUT || status == FF_EBUSY;
}

/* The store, what is in memory of it, and the services over both. */
static ff_status
open_services(struct wiring *w, struct ff_err *reterr)
{
	struct ff_call call = start_call();
	struct ff_err err;
	ff_status status;

	FF_TRY(store_open(w->config, STORE_CREATE, &w->repository, reterr));
	w->snapshots = snapshot_table_new(w->repository, clock_mono_ms);
	w->keys = key_table_new(w->repository, clock_mono_ms);
	w->service = (struct service){.repository = w->repository, .snapshots = w->snapshots, .keys = w->keys};
	w->evaluation = eval_service_new(w->snapshots);
	status = prepare(w, &call, &err);
	if (may_come_later(status)) {
		log_warn("app", "the store does not answer; trying again and again", LOG_ERR(&err));
	} else if (status != FF_OK) {
		*reterr = err;
		return status;
	}
	return poller_start(
		&(struct poller_config){
			.repository = w->repository,
			.snapshots = w->snapshots,
			.keys = w->keys,
			.interval_ms = w->config->poll_interval_ms,
			.prepare = status == FF_OK ? NULL : prepare,
			.prepare_arg = w,
		},
		&w->poller, reterr);
}

static bool
store_is_up(void *arg, struct ff_buf *members)
{
	const struct wiring *w = arg;

	ff_buf_printf(members, ",\"adapter\":\"%s\"", w->repository->ops->name);
	return poller_store_answers(w->poller);
}

/* Snapshots that are loaded go on being served however old they are: their age is told, not judged. */
static bool
snapshots_are_up(void *arg, struct ff_buf *members)
{
	const struct wiring *w = arg;
	struct snapshot_table_stats stats = snapshot_table_stats(w->snapshots, clock_mono_ms());

	ff_buf_printf(members, ",\"loaded\":%u,\"bytes\":%zu,\"ageMs\":%llu", stats.loaded, stats.bytes,
		(unsigned long long)stats.oldest_age_ms);
	return true;
}

static struct ops *
open_ops(struct wiring *w)
{
	const struct ops_probe probes[] = {
		{"store", true, store_is_up, w},
		{"snapshots", false, snapshots_are_up, w},
	};

	return ops_new(&(struct ops_config){
		.probes = probes,
		.n_probes = FF_COUNT(probes),
		.version = build_version,
		.revision = build_revision,
		.compiler = build_compiler,
		.schema_version = store_schema_version(w->config),
	});
}

static unsigned
core_count(void)
{
	cpu_set_t cores;

	return sched_getaffinity(0, sizeof cores, &cores) == 0 ? (unsigned)CPU_COUNT(&cores) : 1;
}

static void
open_router(const struct config *config, struct wiring *w)
{
	w->router = router_new(&(struct router_config){
		.dev = config->dev,
		.root_key = config->dev ? FF_STR("") : ff_str_z(config->root_key),
		.keys = w->keys,
		.trusted_proxies = ff_str_z(config->trusted_proxies),
		.pool = w->pool,
		.sdk_timeout_ms = config->sdk_timeout_ms,
		.admin_timeout_ms = ADMIN_TIMEOUT_MS,
		.access_log_every = ACCESS_LOG_EVERY,
	});
	router_add(w->router, ops_routes, ops_routes_n, w->ops);
	router_add(w->router, admin_routes, admin_routes_n, &w->service);
	router_add(w->router, sdk_routes, sdk_routes_n, w->evaluation);
}

static ff_status
open_transport(const struct config *config, struct wiring *w, struct ff_err *reterr)
{
	FF_TRY(pool_open(config->pg_pool_size, config->pg_pool_size * QUEUE_PER_WORKER, &w->pool, reterr));
	w->ops = open_ops(w);
	open_router(config, w);
	return http_server_start(
		&(struct http_server_config){
			.bind_address = config->bind_addr,
			.port = config->port,
			.loops = config->http_threads ? config->http_threads : core_count(),
			.connections_max = config->max_connections,
			.idle_timeout_ms = config->idle_timeout_s * MS_PER_S,
			.header_timeout_ms = HEADER_TIMEOUT_MS,
			.body_timeout_ms = BODY_TIMEOUT_MS,
			.write_timeout_ms = WRITE_TIMEOUT_MS,
			.ops = &router_http_app,
			.app = w->router,
		},
		&w->server, reterr);
}

ff_status
wiring_open(const struct config *config, struct wiring *ret, struct ff_err *reterr)
{
	ff_status status;

	*ret = (struct wiring){.config = config};
	status = open_services(ret, reterr);
	if (status == FF_OK)
		status = open_transport(config, ret, reterr);
	if (status != FF_OK)
		wiring_close(ret, 0);
	return status;
}

void
wiring_close(struct wiring *w, unsigned grace_ms)
{
	if (w->server)
		http_server_stop(w->server, grace_ms);
	pool_close(w->pool);
	router_free(w->router);
	ops_free(w->ops);
	poller_stop(w->poller);
	eval_service_free(w->evaluation);
	key_table_free(w->keys);
	snapshot_table_free(w->snapshots);
	if (w->repository)
		w->repository->ops->close(w->repository);
	*w = (struct wiring){0};
}
