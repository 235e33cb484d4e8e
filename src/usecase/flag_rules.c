/* SPDX-License-Identifier: Apache-2.0 */
/* flag_rules.c - what makes a document a flag: its environments, and the flags that require it. */
#include "base/json_pointer.h"
#include "usecase/edit.h"
#include "usecase/references.h"
#include "usecase/snapshot_load.h"

static ff_str
dump_and_drop(json_t *json, struct ff_arena *arena)
{
	ff_str text = json_doc_dump(json, arena);

	json_decref(json);
	return text;
}

static ff_str
config_text(struct edit *e, const struct flag *f, const struct flag_environment *config)
{
	return dump_and_drop(flag_write_environment(f, config), e->arena);
}

static ff_str
default_text(struct edit *e, const struct flag *f, ff_str environment)
{
	return config_text(e, f, flag_default_environment(f, environment, e->arena));
}

/* Environments of the document that the tenant does not have. */
static void
check_environments(struct edit *e, const json_t *candidate, const struct document_list *environments)
{
	const json_t *configs = json_object_get(candidate, "environments");
	const char *name;
	size_t name_n;
	json_t *config;

	if (!json_is_object(configs))
		return;
	json_doc_each (configs, name, name_n, config) {
		ff_str key = ff_str_of(name, name_n);

		if (!work_has_environment(environments, key))
			ff_faults_add(&e->faults, json_pointer_name(FF_STR("/environments"), key, e->arena),
				"there is no environment \"%.*s\"", FF_FMT(key));
	}
}

/*
 * The configuration of one environment: as the document has it; or, where it does not mention it, back to the defaults.
 * One that was never written and is not, or is as it would be anyway, stays unwritten. False then.
 */
static bool
make_part(struct edit *e, const struct flag *f, ff_str environment, struct document_part *ret)
{
	const struct document_part *old = document_part_of(&e->before, environment);
	const struct flag_environment *config = flag_environment_of(f, environment);
	const bool touched = ff_str_eq(e->touched, environment);
	struct document_part part = {.name = environment};

	if (!config && !old)
		return false;
	part.json = config ? config_text(e, f, config) : default_text(e, f, environment);
	if (old) {
		part.version = old->version;
		part.changed = touched || !ff_str_eq(old->json, part.json);
	} else {
		part.changed = touched || !e->before.version || !ff_str_eq(part.json, default_text(e, f, environment));
	}
	*ret = part;
	return old || part.changed;
}

static void
make_document(struct edit *e, const struct flag *f, const struct document_list *environments)
{
	struct document *d = &e->after;

	*d = (struct document){
		.kind = DOCUMENT_FLAG,
		.key = f->key,
		.json = dump_and_drop(flag_write_shared(f), e->arena),
		.parts = FF_ARENA_ARRAY(e->arena, struct document_part, environments->n),
		.archived = f->archived,
		.search =
			ff_arena_printf(e->arena, "%.*s\n%.*s\n%.*s", FF_FMT(f->key), FF_FMT(f->name), FF_FMT(f->description)),
		.tags = f->tags,
		.n_tags = f->n_tags,
	};
	for (uint32_t i = 0; i < environments->n; i++)
		if (make_part(e, f, environments->items[i].key, &d->parts[d->n_parts]))
			d->n_parts++;
	e->flag = f;
	e->references = flag_references(f, e->arena);
	references_to_store(e);
}

static ff_status
read_flag(struct edit *e, const json_t *candidate, struct ff_err *reterr)
{
	const struct document_list *environments;
	struct flag *flag;
	struct ff_err err;
	ff_status status;

	FF_TRY(work_environments(e->work, &environments, reterr));
	status = flag_read(candidate, e->arena, &flag, &err);
	if (status == FF_EINVALID)
		edit_take_faults(e, &err);
	else if (status != FF_OK)
		return ff_fail(reterr, status, "%s", err.detail);
	check_environments(e, candidate, environments);
	if (!e->faults.n)
		make_document(e, flag, environments);
	return FF_OK;
}

/* The first variation that `was` has and `is` has not; NULL where none is gone. */
static const struct variation *
lost_variation(const struct flag *was, const struct flag *is, ff_str named)
{
	for (uint32_t i = 0; i < was->n_variations; i++) {
		const struct variation *v = &was->variations[i];

		if (flag_variation(is, v->key) == VARIATION_NONE && (!named.p || ff_str_eq(named, v->key)))
			return v;
	}
	return NULL;
}

/* FF_EFLAGINUSE when a prerequisite of `user` names a variation that is gone. */
static ff_status
check_user_variations(struct edit *e, const struct flag *was, const struct flag *user, struct ff_err *reterr)
{
	for (uint32_t i = 0; i < user->n_environments; i++) {
		const struct flag_environment *config = &user->environments[i];

		for (uint32_t p = 0; p < config->n_prerequisites; p++) {
			const struct prerequisite *required = &config->prerequisites[p];

			for (uint32_t v = 0; ff_str_eq(required->flag, e->flag->key) && v < required->n_variations; v++)
				if (lost_variation(was, e->flag, required->variations[v]))
					return ff_fail(reterr, FF_EFLAGINUSE,
						"variation \"%.*s\" cannot be removed: flag \"%.*s\" requires it in environment \"%.*s\"",
						FF_FMT(required->variations[v]), FF_FMT(user->key), FF_FMT(config->key));
		}
	}
	return FF_OK;
}

static ff_status
requirers_agree(struct edit *e, struct ff_err *reterr)
{
	struct work *w = e->work;
	struct document shared = e->before;
	struct document_ref_list users;
	struct flag *was;
	bool archives;

	if (!e->before.version)
		return FF_OK;
	shared.n_parts = 0;
	FF_TRY(flag_from_document(&shared, e->arena, &was, reterr));
	archives = e->flag->archived && !was->archived;
	if (!archives && !lost_variation(was, e->flag, (ff_str){0}))
		return FF_OK;
	FF_TRY(work_ops(w)->used_by(w->tx, DOCUMENT_FLAG, e->flag->key, e->arena, &users, reterr));
	for (uint32_t i = 0; i < users.n; i++) {
		struct document d;
		struct flag *user;

		FF_TRY(work_ops(w)->get(w->tx, DOCUMENT_FLAG, users.from[i].key, e->arena, &d, reterr));
		FF_TRY(flag_from_document(&d, e->arena, &user, reterr));
		if (archives && !user->archived)
			return ff_fail(reterr, FF_EFLAGINUSE, "the flag \"%.*s\" cannot be archived: it is required by %.*s",
				FF_FMT(e->flag->key), FF_FMT(document_users_text(&users, e->arena)));
		FF_TRY(check_user_variations(e, was, user, reterr));
	}
	return FF_OK;
}

/* Shows the environments that were never configured, and all of them by key. */
static ff_status
show_environments(struct work *w, json_t *doc, struct ff_arena *arena, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *shared = json_copy(doc), *all = NULL;
	json_t *stored = json_object_get(doc, "environments");
	const struct document_list *environments;
	struct flag *f;

	FF_TRY(work_environments(w, &environments, reterr));
	json_object_del(shared, "environments");
	if (flag_read(shared, arena, &f, reterr) != FF_OK)
		return ff_fail(reterr, FF_ESTORAGE, "a stored flag cannot be read: %s", reterr ? reterr->detail : "");
	all = json_copy(stored); /* first those that this version had and the tenant has no more */
	for (uint32_t i = 0; i < environments->n; i++)
		json_object_deln(all, environments->items[i].key.p, environments->items[i].key.n);
	for (uint32_t i = 0; i < environments->n; i++) {
		ff_str key = environments->items[i].key;
		json_t *config = json_object_getn(stored, key.p, key.n);

		if (!config)
			config = document_versioned(0, flag_write_environment(f, flag_default_environment(f, key, arena)));
		else
			json_incref(config);
		json_doc_set(all, key, config);
	}
	json_object_set(doc, "environments", all);
	return FF_OK;
}

static const char *const fixed[] = {"key", "type", NULL};

const struct document_rules flag_rules = {
	.kind = DOCUMENT_FLAG,
	.noun = "flag",
	.fixed = fixed,
	.not_found = FF_EFLAGNOTFOUND,
	.in_use = FF_EFLAGINUSE,
	.has_environments = true,
	.read = read_flag,
	.others_agree = requirers_agree,
	.complete = show_environments,
};
