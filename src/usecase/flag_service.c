/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/flag_service.h"

#include "base/json_pointer.h"
#include "usecase/body.h"
#include "usecase/edit.h"

/* The configuration in a whole flag; borrowed. */
static json_t *
config_of(const json_t *flag, ff_str environment)
{
	return json_object_getn(json_object_get(flag, "environments"), environment.p, environment.n);
}

static ff_status
find_environment(struct work *w, ff_str key, struct ff_err *reterr)
{
	const struct document_list *environments;

	FF_TRY(work_environments(w, &environments, reterr));
	if (!work_has_environment(environments, key))
		return ff_fail(reterr, FF_EENVIRONMENTNOTFOUND, "there is no environment \"%.*s\"", FF_FMT(key));
	return FF_OK;
}

/* Out of the whole, complete flag. */
static struct document_answer
answer(const struct work *w, const json_t *flag, ff_str key, ff_str environment)
{
	const json_t *config = config_of(flag, environment);

	return (struct document_answer){
		.json = json_doc_dump(config, w->arena),
		.key = key,
		.version = (uint64_t)json_integer_value(json_object_get(config, "version")),
		.revision = w->revision,
	};
}

ff_status
flag_environment_get(const struct ff_call *call, const struct service *service, ff_str flag, ff_str environment,
	struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *doc = NULL;
	FF_CLEANUP(work_end) struct work w = {0};
	struct document d;

	FF_TRY(work_begin(&w, call, service, TX_READ, 0, arena, reterr));
	FF_TRY(work_ops(&w)->get(w.tx, DOCUMENT_FLAG, flag, arena, &d, reterr));
	FF_TRY(find_environment(&w, environment, reterr));
	FF_TRY(document_tree_complete(&w, &flag_rules, &d, arena, &doc, reterr));
	*ret = answer(&w, doc, flag, environment);
	return FF_OK;
}

/* The whole flag with this configuration changed. */
static ff_status
make_candidate(
	struct edit *e, const json_t *shown, enum write_format format, json_t *body, json_t **ret, struct ff_err *reterr)
{
	json_t *config, *configs, *candidate;

	FF_TRY(body_apply(format, config_of(shown, e->touched), body, e->arena, &config, reterr));
	candidate = json_copy(e->before_json);
	configs = json_copy(json_object_get(e->before_json, "environments"));
	json_doc_set(configs, e->touched, config);
	json_doc_set(candidate, FF_STR("environments"), configs);
	*ret = candidate;
	return FF_OK;
}

ff_status
flag_environment_update(const struct ff_call *call, const struct service *service, ff_str flag, ff_str environment,
	const struct write_request *request, struct ff_arena *arena, struct document_answer *ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *body = NULL, *shown = NULL, *candidate = NULL;
	FF_CLEANUP(work_end) struct work w = {0};
	FF_CLEANUP(edit_release) struct edit e = {0};
	struct expected_version expected = request->expected;
	struct document_answer changed;
	const struct document_part *part;

	FF_TRY(body_parse(request, &body, reterr));
	FF_TRY(body_version(body, &expected, reterr));
	FF_TRY(work_begin_write(&w, call, service, request, arena, ret, reterr));
	if (w.replayed)
		return FF_OK;
	FF_TRY(edit_open(&e, &w, &flag_rules, flag, arena, reterr));
	FF_TRY(find_environment(&w, environment, reterr));
	part = document_part_of(&e.before, environment);
	FF_TRY(expected_check(&expected, part ? part->version : 0, "configuration", reterr));
	FF_TRY(document_tree_complete(&w, &flag_rules, &e.before, arena, &shown, reterr));
	e.touched = environment;
	FF_TRY(make_candidate(&e, shown, request->format, body, &candidate, reterr));
	FF_TRY(edit_apply(&e, candidate, json_pointer_name(FF_STR("/environments"), environment, arena), reterr));
	FF_TRY(edit_complete(&e, reterr));
	changed = answer(&w, e.after_json, flag, environment);
	FF_TRY(work_answer(&w, &changed, reterr));
	*ret = changed;
	return FF_OK;
}
