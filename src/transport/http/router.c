/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/router.h"

#include <stdlib.h>

#include "observability/log.h"
#include "sys/clock.h"
#include "sys/random.h"
#include "sys/sha256.h"
#include "transport/http/auth.h"
#include "transport/http/problem.h"
#include "transport/http/route_tree.h"
#include "usecase/key_table.h"

enum {
	ROUTES_MAX = 256,
	REQUEST_ID_MAX = 128,    /* of a caller's */
	REQUEST_ID_BYTES = 24,   /* of ours: 8 digits of the loop, 16 of the request */
	SDK_TIMEOUT_MAX = 10000, /* ms, FFS-Timeout-Ms */
};

struct router {
	struct route_tree *tree;
	struct auth *auth;
	struct key_table *keys;
	struct pool *pool;
	unsigned sdk_timeout_ms, admin_timeout_ms, access_log_every;
	const struct route *routes[ROUTES_MAX];
	unsigned n_routes;
};

/* What a loop keeps for its requests. */
struct router_loop {
	struct sha256 *hash;
	uint64_t id_seed, id_next;
	unsigned until_log; /* sampled requests left until the next one is logged */
};

/* What the router remembers of one request. */
struct routing {
	struct router *router;
	const struct route_entry *entry;
	struct principal principal;
	struct auth_question question; /* to the store, about the key: before anything else */
	bool asked;
	struct ff_err asked_err; /* where it could not be answered; else FF_OK */
	struct ff_call call;
	ff_str allow;  /* with a 405 */
	route_fn fn;   /* what runs: the row's handler, or what it deferred to */
	bool deferred; /* a worker has it */
};

struct router *
router_new(const struct router_config *config)
{
	struct router *r = ff_xcalloc(1, sizeof *r);

	r->tree = route_tree_new();
	r->auth = auth_new(&(struct auth_config){
		.dev = config->dev,
		.root_key = config->root_key,
		.keys = config->keys,
		.trusted_proxies = config->trusted_proxies,
	});
	r->keys = config->keys;
	r->pool = config->pool;
	r->sdk_timeout_ms = config->sdk_timeout_ms;
	r->admin_timeout_ms = config->admin_timeout_ms;
	r->access_log_every = config->access_log_every;
	return r;
}

void
router_free(struct router *r)
{
	if (!r)
		return;
	route_tree_free(r->tree);
	auth_free(r->auth);
	free(r);
}

void
router_add(struct router *r, const struct route *routes, unsigned n, void *service)
{
	for (unsigned i = 0; i < n; i++) {
		ff_assert(r->n_routes < ROUTES_MAX);
		ff_assert((routes[i].body_max > 0) == (routes[i].body_types != 0));
		ff_assert(routes[i].run == RUN_INLINE || r->pool);
		route_tree_add(r->tree, &routes[i], service);
		r->routes[r->n_routes++] = &routes[i];
	}
}

const struct route *const *
router_routes(const struct router *r, unsigned *ret_n)
{
	*ret_n = r->n_routes;
	return r->routes;
}

const struct principal *
router_principal(const struct http_exchange *x)
{
	const struct routing *g = x->routing;

	return &g->principal;
}

/* Bijective, so that a counter gives ids that differ and look it (splitmix64: Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t
mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static char *
put_hex(char *at, uint64_t value, unsigned digits)
{
	while (digits-- > 0)
		*at++ = "0123456789abcdef"[value >> (digits * 4) & 15];
	return at;
}

/* A caller's id goes into logs and headers: only what needs no quoting anywhere is taken over. */
static bool
request_id_sane(ff_str id)
{
	if (id.n == 0 || id.n > REQUEST_ID_MAX)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];
		bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!alphanumeric && (c == '\0' || !strchr("._~:/+=-", c)))
			return false;
	}
	return true;
}

static void
set_request_id(struct http_exchange *x)
{
	ff_str sent = http_request_field(&x->request, FF_STR("X-Request-Id"));
	struct router_loop *l = x->loop_data;
	char *id;

	if (request_id_sane(sent)) {
		x->request_id = sent;
		return;
	}
	id = ff_arena_alloc(x->arena, REQUEST_ID_BYTES);
	put_hex(put_hex(id, l->id_seed >> 32, 8), mix(l->id_seed + l->id_next++), 16);
	x->request_id = ff_str_of(id, REQUEST_ID_BYTES);
}

static struct routing *
routing_new(struct router *r, struct http_exchange *x)
{
	struct routing *g = FF_ARENA_NEW(x->arena, struct routing);

	g->router = r;
	x->routing = g;
	set_request_id(x);
	return g;
}

static const struct {
	ff_str name;
	enum body_type type;
} media_types[] = {
	{{"application/json", 16}, BODY_JSON},
	{{"application/merge-patch+json", 28}, BODY_MERGE_PATCH},
	{{"application/json-patch+json", 27}, BODY_JSON_PATCH},
};

static ff_status
check_body_type(struct http_exchange *x, const struct route *route, struct ff_err *reterr)
{
	ff_str sent = http_request_field(&x->request, FF_STR("Content-Type"));
	ff_str type, parameters;

	ff_str_cut(sent, ';', &type, &parameters);
	type = ff_str_trim(type);
	for (unsigned i = 0; i < FF_COUNT(media_types); i++)
		if (route->body_types & media_types[i].type && ff_str_caseeq(type, media_types[i].name)) {
			x->body_type = media_types[i].type;
			return FF_OK;
		}
	return ff_fail(reterr, FF_EMEDIATYPE, "Content-Type is \"%.*s\"; %s", FF_FMT(type),
		route->body_types & BODY_JSON ? "send application/json" : "send a JSON patch type");
}

/* FFS-Timeout-Ms is the SDK's; the Admin API has one timeout. */
static ff_status
timeout_of(const struct router *r, const struct http_exchange *x, enum route_access access, uint64_t *ret_ms,
	struct ff_err *reterr)
{
	ff_str sent;

	*ret_ms = access == ACCESS_SDK ? r->sdk_timeout_ms : r->admin_timeout_ms;
	if (access != ACCESS_SDK)
		return FF_OK;
	sent = http_request_field(&x->request, FF_STR("FFS-Timeout-Ms"));
	if (!sent.p)
		return FF_OK;
	if (!ff_str_u64(sent, ret_ms) || *ret_ms < 1 || *ret_ms > SDK_TIMEOUT_MAX)
		return ff_fail(reterr, FF_EMALFORMED, "FFS-Timeout-Ms is \"%.*s\", not a number from 1 to %d", FF_FMT(sent),
			SDK_TIMEOUT_MAX);
	return FF_OK;
}

/* OPTIONS, or a method that the path does not have. */
static ff_status
answer_methods(struct http_exchange *x, struct routing *g, ff_str allow, struct ff_err *reterr)
{
	if (x->request.method == METHOD_OPTIONS) {
		x->response.status = 204;
		http_field(x, FF_STR("Allow"), allow);
		return FF_OK;
	}
	g->allow = allow;
	return ff_fail(reterr, FF_EMETHOD, "%.*s takes %.*s", FF_FMT(x->request.path), FF_FMT(allow));
}

static uint64_t
deadline_ms(const struct http_exchange *x, uint64_t timeout_ms)
{
	return x->started_ns / 1000000u + timeout_ms;
}

/* All that is decided before the body is read. FF_OK without an entry: answered already, or there is a question. */
static ff_status
admit(struct router *r, struct http_exchange *x, struct routing *g, struct ff_err *reterr)
{
	struct router_loop *l = x->loop_data;
	const struct route *route;
	struct route_match match;
	uint64_t timeout_ms;

	if (ff_str_eq(x->request.path, FF_STR("*")))
		return answer_methods(x, g, FF_STR("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"), reterr);
	FF_TRY(route_tree_match(r->tree, x->request.method, x->request.path, x->arena, &match, reterr));
	if (!match.node)
		return ff_fail(reterr, FF_ENOTFOUND, "there is nothing at %.*s", FF_FMT(x->request.path));
	if (!match.entry)
		return answer_methods(x, g, route_node_allow(match.node, x->arena), reterr);
	route = match.entry->route;
	x->route = route;
	memcpy(x->params, match.params, sizeof x->params);
	FF_TRY(auth_principal(r->auth, l->hash, x, route->access, g->asked, &g->principal, &g->question, reterr));
	if (g->question.id.n)
		return FF_OK;
	if (x->request.has_body && route->body_max)
		FF_TRY(check_body_type(x, route, reterr));
	FF_TRY(timeout_of(r, x, route->access, &timeout_ms, reterr));
	g->call = (struct ff_call){
		.deadline_ms = deadline_ms(x, timeout_ms),
		.cancel = &x->gone,
		.tenant = g->principal.tenant,
		.actor = g->principal.actor,
		.request_id = x->request_id,
		.comment = http_request_field(&x->request, FF_STR("FFS-Comment")),
		.idempotency_key = http_request_field(&x->request, FF_STR("Idempotency-Key")),
	};
	g->fn = route->handle;
	g->entry = match.entry;
	return FF_OK;
}

/* The last touch on every answer, whoever filled it. */
static void
complete(struct http_exchange *x)
{
	const struct http_response *response = &x->response;

	if (response->fields.overflow || response->body.overflow) {
		struct ff_err err;

		ff_fail(&err, FF_EINTERNAL, "the answer is larger than the service can send; ask for less at a time");
		problem_write(x, &err);
	}
	http_field(x, FF_STR("X-Request-Id"), x->request_id);
}

static void
fail(struct http_exchange *x, const struct ff_err *err)
{
	const struct routing *g = x->routing;

	problem_write(x, err);
	if (err->status == FF_EMETHOD && g->allow.n)
		http_field(x, FF_STR("Allow"), g->allow);
}

/* On a worker. */
static void
ask_store(void *arg)
{
	struct http_exchange *x = arg;
	struct routing *g = x->routing;
	struct router *r = g->router;

	if (key_table_look_up(r->keys, &g->call, g->question.id, &g->asked_err) == FF_OK)
		g->asked_err.status = FF_OK;
	auth_asked(r->auth, &g->question);
	http_resume(x);
}

/* Nobody is known to have sent this yet, so its body waits until somebody is. */
static ff_status
ask(struct router *r, struct http_exchange *x, struct routing *g, struct ff_err *reterr)
{
	ff_status status;

	g->asked = true;
	g->call = (struct ff_call){
		.deadline_ms = deadline_ms(x, x->route->access == ACCESS_SDK ? r->sdk_timeout_ms : r->admin_timeout_ms),
		.cancel = &x->gone,
		.actor = FF_STR("system"),
		.request_id = x->request_id,
	};
	status = pool_submit(r->pool, ask_store, x, reterr);
	if (status != FF_OK)
		auth_asked(r->auth, &g->question);
	return status;
}

static int64_t
router_begin(void *app, struct http_exchange *x)
{
	struct router *r = app;
	struct routing *g = x->routing ? x->routing : routing_new(r, x);
	struct ff_err err = g->asked_err;
	ff_status status = err.status;

	if (status == FF_OK)
		status = admit(r, x, g, &err);
	if (status == FF_OK && g->question.id.n) {
		status = ask(r, x, g, &err);
		if (status == FF_OK)
			return HTTP_BEGIN_LATER;
	}
	if (status != FF_OK)
		fail(x, &err);
	else if (g->entry)
		return g->entry->route->body_max;
	complete(x);
	return -1;
}

static void
finish(struct http_exchange *x, ff_status status, const struct ff_err *err)
{
	if (status != FF_OK)
		fail(x, err);
	else if (x->response.body.n && !ff_str_contains(ff_buf_str(&x->response.fields), FF_STR("Content-Type: ")))
		http_field(x, FF_STR("Content-Type"), FF_STR("application/json"));
	complete(x);
	http_finish(x);
}

static void
run_on_worker(void *arg)
{
	struct http_exchange *x = arg;
	struct routing *g = x->routing;
	struct ff_err err;
	ff_status status = ff_call_over(&g->call, &err);

	if (status == FF_OK)
		status = g->fn(g->entry->service, x, &g->call, &err);
	finish(x, status, &err);
}

ff_status
router_defer(struct http_exchange *x, route_fn fn, struct ff_err *reterr)
{
	struct routing *g = x->routing;
	ff_status status;

	ff_assert(!g->deferred);
	g->fn = fn;
	/* Before the submission: after it the exchange is the worker's. */
	g->deferred = true;
	status = pool_submit(g->router->pool, run_on_worker, x, reterr);
	if (status != FF_OK)
		g->deferred = false;
	return status;
}

static void
router_handle(void *app, struct http_exchange *x)
{
	struct routing *g = x->routing;
	struct ff_err err;
	ff_status status;

	(void)app;
	if (x->route->run == RUN_WORKER)
		status = router_defer(x, g->fn, &err);
	else
		status = g->fn(g->entry->service, x, &g->call, &err);
	/* Still readable: what a worker has finished goes through this loop, which is here. */
	if (!g->deferred)
		finish(x, status, &err);
}

/* The word for each status that the server answers by itself. */
static ff_status
refusal(unsigned http_status)
{
	switch (http_status) {
	case 408:
		return FF_ETIMEOUT;
	case 413:
	case 414:
	case 431:
		return FF_ETOOLARGE;
	case 503:
		return FF_EBUSY;
	default:
		return FF_EMALFORMED;
	}
}

static void
router_refuse(void *app, struct http_exchange *x, unsigned http_status, const char *detail)
{
	struct ff_err err;

	if (!x->routing)
		routing_new(app, x);
	ff_fail(&err, refusal(http_status), "%s", detail);
	if (http_status == 503)
		err.retry_after_s = 1;
	problem_write_as(x, http_status, &err);
	complete(x);
}

/* Failures and Admin requests always; SDK and public ones one in access_log_every. */
static bool
is_logged(const struct router *r, const struct http_exchange *x, unsigned status)
{
	struct router_loop *l = x->loop_data;

	if (status >= 400 || !x->route || x->route->access >= ACCESS_VIEWER)
		return true;
	if (r->access_log_every == 0)
		return false;
	if (l->until_log == 0)
		l->until_log = r->access_log_every;
	return --l->until_log == 0;
}

static void
router_done(void *app, struct http_exchange *x, unsigned status)
{
	const struct routing *g = x->routing;

	if (!log_enabled(LOG_INFO) || !is_logged(app, x, status))
		return;
	log_info("http", "request", LOG_Z("method", request_method_name(x->request.method)),
		LOG_STR("path", x->request.path), LOG_UINT("status", status), LOG_UINT("bytes", x->response.body.n),
		LOG_UINT("duration_us", (clock_mono_ns() - x->started_ns) / 1000u), LOG_STR("request_id", x->request_id),
		LOG_STR("tenant", g ? g->call.tenant : (ff_str){0}), LOG_STR("actor", g ? g->call.actor : (ff_str){0}),
		LOG_STR("peer", x->request.peer));
}

static void *
router_loop_start(void *app, unsigned loop)
{
	struct router_loop *l = ff_xcalloc(1, sizeof *l);

	(void)app;
	(void)loop;
	l->hash = sha256_new();
	l->id_seed = random_u64();
	return l;
}

static void
router_loop_stop(void *app, void *loop_data)
{
	struct router_loop *l = loop_data;

	(void)app;
	sha256_free(l->hash);
	free(l);
}

const struct http_app router_http_app = {
	.begin = router_begin,
	.handle = router_handle,
	.refuse = router_refuse,
	.done = router_done,
	.loop_start = router_loop_start,
	.loop_stop = router_loop_stop,
};
