/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/environment_service.h"

#include "usecase/body.h"
#include "usecase/edit.h"
#include "usecase/page.h"
#include "usecase/snapshot_load.h"

ff_status
environment_list(const struct ff_call *call, const struct service *service, struct ff_arena *arena, ff_str *ret_json,
	struct ff_err *reterr)
{
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(page_release) struct page page;
	const struct document_list *environments;

	page_begin(&page);
	FF_TRY(work_begin(&w, call, service, TX_READ, 0, arena, reterr));
	FF_TRY(work_environments(&w, &environments, reterr));
	for (uint32_t i = 0; i < environments->n; i++) {
		FF_CLEANUP(json_decrefp) json_t *doc = NULL;

		FF_TRY(document_tree(&environment_rules, &environments->items[i], &doc, reterr));
		page_add(&page, doc);
	}
	*ret_json = page_end(&page, (ff_str){0}, arena);
	return FF_OK;
}

ff_status
environment_create(const struct ff_call *call, const struct service *service, const struct write_request *request,
	struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *body = NULL;
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(edit_release) struct edit e = {0};

	FF_TRY(body_object(request->body, &body, reterr));
	FF_TRY(work_begin_write(&w, call, service, request, arena, ret, reterr));
	if (w.replayed)
		return FF_OK;
	edit_new(&e, &w, &environment_rules, arena);
	FF_TRY(edit_apply(&e, body, FF_STR(""), reterr));
	return edit_finish(&e, ret, reterr);
}

/* The flags that have a configuration for an environment. */
struct configured {
	struct ff_arena *arena;
	ff_str environment;
	ff_str *keys;
	uint32_t n, cap;
	ff_str enabled; /* the first that is enabled there and not archived */
	ff_status status;
	struct ff_err *err;
};

static bool
visit(void *arg, const struct document *d)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	struct configured *c = arg;
	struct flag *flag;

	if (!document_part_of(d, c->environment))
		return true;
	c->status = flag_from_document(d, &scratch, &flag, c->err);
	if (c->status != FF_OK)
		return false;
	if (c->n == c->cap) {
		ff_str *more = FF_ARENA_ARRAY(c->arena, ff_str, c->cap ? c->cap * 2 : 64);

		if (c->n)
			memcpy(more, c->keys, c->n * sizeof *more);
		c->keys = more;
		c->cap = c->cap ? c->cap * 2 : 64;
	}
	c->keys[c->n++] = ff_arena_str(c->arena, d->key);
	if (!flag->archived && flag_environment_of(flag, c->environment)->enabled)
		c->enabled = c->keys[c->n - 1];
	return !c->enabled.n;
}

static ff_status
find_configured(struct work *w, ff_str environment, struct configured *ret, struct ff_err *reterr)
{
	*ret = (struct configured){.arena = w->arena, .environment = environment, .err = reterr};
	FF_TRY(work_ops(w)->each(w->tx, DOCUMENT_FLAG, environment, visit, ret, reterr));
	FF_TRY(ret->status);
	if (ret->enabled.n)
		return ff_fail(reterr, FF_EENVIRONMENTINUSE, "flag \"%.*s\" is enabled in environment \"%.*s\"",
			FF_FMT(ret->enabled), FF_FMT(environment));
	return FF_OK;
}

/* The flag's next version, without a configuration for the environment that is about to go. */
static ff_status
drop_configuration(struct work *w, ff_str flag, ff_str environment, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *candidate = NULL;
	FF_CLEANUP(edit_release) struct edit e = {0};
	json_t *configs;

	FF_TRY(edit_open(&e, w, &flag_rules, flag, &scratch, reterr));
	candidate = json_copy(e.before_json);
	configs = json_copy(json_object_get(candidate, "environments"));
	json_object_deln(configs, environment.p, environment.n);
	json_doc_set(candidate, FF_STR("environments"), configs);
	FF_TRY(edit_write(&e, candidate, reterr));
	if (e.faults.n) /* it could be written before; that it cannot be now is nothing the caller did */
		return ff_fail(reterr, FF_ESTORAGE, "flag \"%.*s\" cannot be written: %.*s", FF_FMT(flag),
			FF_FMT(e.faults.first->message));
	return FF_OK;
}

/* From here on the tenant's environments are those without it. */
static ff_status
hide_environment(struct work *w, ff_str key, struct ff_err *reterr)
{
	const struct document_list *known;
	struct document_list *list = &w->environments;
	uint32_t n = 0;

	FF_TRY(work_environments(w, &known, reterr));
	if (known->n == 1)
		return ff_fail(
			reterr, FF_EENVIRONMENTINUSE, "\"%.*s\" is the only environment; a tenant has at least one", FF_FMT(key));
	for (uint32_t i = 0; i < list->n; i++)
		if (!ff_str_eq(list->items[i].key, key))
			list->items[n++] = list->items[i];
	list->n = n;
	return FF_OK;
}

ff_status
environment_delete(const struct ff_call *call, const struct service *service, ff_str key,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr)
{
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(edit_release) struct edit e = {0};
	struct document_answer answer = {.key = key};
	struct configured configured;

	FF_TRY(work_begin_write(&w, call, service, request, arena, ret, reterr));
	if (w.replayed)
		return FF_OK;
	FF_TRY(edit_open(&e, &w, &environment_rules, key, arena, reterr));
	if (request->expected.source != EXPECT_UNSAID)
		FF_TRY(expected_check(&request->expected, e.before.version, environment_rules.noun, reterr));
	FF_TRY(find_configured(&w, key, &configured, reterr));
	FF_TRY(hide_environment(&w, key, reterr));
	for (uint32_t i = 0; i < configured.n; i++)
		FF_TRY(drop_configuration(&w, configured.keys[i], key, reterr));
	FF_TRY(edit_remove(&e, reterr));
	answer.version = e.after.version;
	FF_TRY(work_answer(&w, &answer, reterr));
	*ret = answer;
	return FF_OK;
}
