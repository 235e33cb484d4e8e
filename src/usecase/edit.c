/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/edit.h"

#include "base/json_patch.h"
#include "usecase/references.h"

void
edit_release(struct edit *e)
{
	json_decref(e->before_json);
	json_decref(e->after_json);
	e->before_json = e->after_json = NULL;
}

static void
edit_init(struct edit *e, struct work *w, const struct document_rules *rules, struct ff_arena *arena)
{
	*e = (struct edit){.work = w, .arena = arena, .rules = rules};
	ff_faults_init(&e->faults, arena);
}

ff_status
edit_open(struct edit *e, struct work *w, const struct document_rules *rules, ff_str key, struct ff_arena *arena,
	struct ff_err *reterr)
{
	edit_init(e, w, rules, arena);
	FF_TRY(work_ops(w)->get(w->tx, rules->kind, key, arena, &e->before, reterr));
	return document_tree(rules, &e->before, &e->before_json, reterr);
}

void
edit_new(struct edit *e, struct work *w, const struct document_rules *rules, struct ff_arena *arena)
{
	edit_init(e, w, rules, arena);
	e->before_json = json_null();
}

void
edit_take_faults(struct edit *e, const struct ff_err *err)
{
	if (!err->faults)
		ff_faults_add(&e->faults, FF_STR(""), "%s", err->detail);
	faults_gather(&e->faults, FF_STR(""), err->faults);
}

void
faults_gather(struct ff_faults *f, ff_str under, const struct ff_fault *from)
{
	for (; from; from = from->next)
		ff_faults_add(f, ff_arena_printf(f->arena, "%.*s%.*s", FF_FMT(under), FF_FMT(from->pointer)), "%.*s",
			FF_FMT(from->message));
}

/* What never changes: filled in where it is missing, a fault where it differs. */
static void
keep_fixed(struct edit *e, json_t *candidate)
{
	for (const char *const *name = e->rules->fixed; *name && e->before.version; name++) {
		json_t *was = json_object_get(e->before_json, *name), *is = json_object_get(candidate, *name);

		if (!is)
			json_object_set(candidate, *name, was);
		else if (!json_equal(was, is))
			ff_faults_add(&e->faults, ff_arena_printf(e->arena, "/%s", *name), "must stay %.*s: it never changes",
				FF_FMT(json_doc_dump(was, e->arena)));
	}
}

ff_status
edit_open_or_new(
	struct edit *e, struct work *w, const struct document_rules *rules, const json_t *doc, struct ff_err *reterr)
{
	const json_t *key = json_object_get(doc, "key");
	ff_status status = rules->not_found;
	struct ff_err err;

	if (json_is_string(key))
		status = edit_open(e, w, rules, json_doc_str(key), w->arena, &err);
	if (status == rules->not_found) {
		edit_new(e, w, rules, w->arena);
		return FF_OK;
	}
	if (status != FF_OK && reterr)
		*reterr = err;
	return status;
}

json_t *
edit_replacement(const struct edit *e, const json_t *doc)
{
	json_t *candidate = json_copy((json_t *)doc);
	json_t *mentioned = json_object_get(candidate, "environments"), *all;

	if (!e->rules->has_environments || !e->before.version || (mentioned && !json_is_object(mentioned)))
		return candidate; /* what is wrong with it is found when it is read */
	all = json_copy(json_object_get(e->before_json, "environments"));
	if (mentioned)
		json_object_update(all, mentioned);
	json_doc_set(candidate, FF_STR("environments"), all);
	return candidate;
}

static bool
same_as_before(const struct edit *e)
{
	if (!e->before.version || !ff_str_eq(e->before.json, e->after.json))
		return false;
	for (uint32_t i = 0; i < e->after.n_parts; i++)
		if (e->after.parts[i].changed)
			return false;
	return true;
}

static ff_status
log_change(struct edit *e, enum change_action action, uint64_t version, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *patch = json_patch_diff(e->before_json, e->after_json);
	struct change change = {
		.kind = e->rules->kind,
		.action = action,
		.key = e->before.version ? e->before.key : e->after.key,
		.version = version,
		.patch = json_doc_dump(patch, e->arena),
	};

	if (action == CHANGE_CREATED || (action == CHANGE_UPDATED && version % CHANGE_FULL_EVERY == 0))
		change.full = json_doc_dump(e->after_json, e->arena);
	return work_ops(e->work)->log(e->work->tx, &change, reterr);
}

ff_status
edit_write(struct edit *e, json_t *candidate, struct ff_err *reterr)
{
	const enum change_action action = e->before.version ? CHANGE_UPDATED : CHANGE_CREATED;

	keep_fixed(e, candidate);
	FF_TRY(e->rules->read(e, candidate, reterr));
	if (e->faults.n)
		return FF_OK;
	e->unchanged = e->only_if_changed && same_as_before(e);
	if (e->unchanged)
		return FF_OK;
	FF_TRY(work_ops(e->work)->put(e->work->tx, &e->after, e->before.version, reterr));
	FF_TRY(document_tree(e->rules, &e->after, &e->after_json, reterr));
	return log_change(e, action, e->after.version, reterr);
}

ff_status
edit_check(struct edit *e, struct ff_err *reterr)
{
	if (e->faults.n || e->unchanged)
		return FF_OK;
	FF_TRY(references_check(e, reterr));
	if (e->faults.n || !e->rules->others_agree)
		return FF_OK;
	return e->rules->others_agree(e, reterr);
}

ff_status
edit_verdict(const struct edit *e, ff_str inside, struct ff_err *reterr)
{
	struct ff_faults told;

	if (!e->faults.n)
		return FF_OK;
	ff_faults_init(&told, e->arena);
	for (const struct ff_fault *f = e->faults.first; f; f = f->next) {
		bool within = ff_str_starts(f->pointer, inside);

		ff_faults_add(&told, within ? ff_str_from(f->pointer, inside.n) : f->pointer, "%.*s", FF_FMT(f->message));
	}
	told.n = e->faults.n;
	return ff_fail_faults(reterr, FF_EINVALID, &told, e->rules->noun);
}

ff_status
edit_apply(struct edit *e, json_t *candidate, ff_str inside, struct ff_err *reterr)
{
	FF_TRY(edit_write(e, candidate, reterr));
	FF_TRY(edit_check(e, reterr));
	return edit_verdict(e, inside, reterr);
}

ff_status
edit_remove(struct edit *e, struct ff_err *reterr)
{
	const struct document *d = &e->before;
	struct document_ref_list users;
	uint64_t version;

	FF_TRY(work_ops(e->work)->used_by(e->work->tx, d->kind, d->key, e->arena, &users, reterr));
	if (users.n)
		return ff_fail(reterr, e->rules->in_use, "the %s \"%.*s\" is used by %.*s", e->rules->noun, FF_FMT(d->key),
			FF_FMT(document_users_text(&users, e->arena)));
	FF_TRY(work_ops(e->work)->remove(e->work->tx, d->kind, d->key, d->version, &version, reterr));
	e->after.version = version;
	e->after_json = json_null();
	return log_change(e, CHANGE_DELETED, version, reterr);
}

ff_status
edit_complete(struct edit *e, struct ff_err *reterr)
{
	return e->rules->complete ? e->rules->complete(e->work, e->after_json, e->arena, reterr) : FF_OK;
}

ff_status
edit_finish(struct edit *e, struct document_answer *ret, struct ff_err *reterr)
{
	struct document_answer answer;

	FF_TRY(edit_complete(e, reterr));
	answer = (struct document_answer){
		.json = json_doc_dump(e->after_json, e->work->arena),
		.key = e->after.key,
		.version = e->after.version,
	};
	FF_TRY(work_answer(e->work, &answer, reterr));
	*ret = answer;
	return FF_OK;
}
