/* SPDX-License-Identifier: Apache-2.0 */
/* document_tree.c - stored documents as the trees that callers see. */
#include "base/rfc3339.h"
#include "usecase/edit.h"

enum { USERS_NAMED_MAX = 5 }; /* in a message */

static void
set_date(json_t *json, ff_str name, int64_t ms)
{
	char buf[RFC3339_BYTES];

	json_doc_set(json, name, json_doc_new_str(rfc3339_format(ms, buf)));
}

void
document_stamp(json_t *json, const struct document *d)
{
	json_doc_set(json, FF_STR("version"), json_integer((json_int_t)d->version));
	json_doc_set(json, FF_STR("revision"), json_integer((json_int_t)d->revision));
	set_date(json, FF_STR("createdAt"), d->created_at);
	set_date(json, FF_STR("updatedAt"), d->updated_at);
}

json_t *
document_versioned(uint64_t version, json_t *config)
{
	json_t *json = json_object();

	json_doc_set(json, FF_STR("version"), json_integer((json_int_t)version));
	json_object_update(json, config);
	json_decref(config);
	return json;
}

const struct document_part *
document_part_of(const struct document *d, ff_str name)
{
	for (uint32_t i = 0; i < d->n_parts; i++)
		if (ff_str_eq(d->parts[i].name, name))
			return &d->parts[i];
	return NULL;
}

/* What is stored was checked when it was written: failing to read it is the store's fault. */
static ff_status
parse_stored(const struct document *d, ff_str text, json_t **ret, struct ff_err *reterr)
{
	struct ff_err err;

	if (json_doc_parse(text, ret, &err) != FF_OK)
		return ff_fail(reterr, FF_ESTORAGE, "the stored %s \"%.*s\" cannot be read: %s", document_kind_name(d->kind),
			FF_FMT(d->key), err.detail);
	return FF_OK;
}

ff_status
document_tree(const struct document_rules *rules, const struct document *d, json_t **ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *json = NULL;
	json_t *environments;

	FF_TRY(parse_stored(d, d->json, &json, reterr));
	document_stamp(json, d);
	if (rules->has_environments) {
		environments = json_object();
		json_doc_set(json, FF_STR("environments"), environments);
		for (uint32_t i = 0; i < d->n_parts; i++) {
			json_t *config;

			FF_TRY(parse_stored(d, d->parts[i].json, &config, reterr));
			json_doc_set(environments, d->parts[i].name, document_versioned(d->parts[i].version, config));
		}
	}
	*ret = FF_TAKE(json);
	return FF_OK;
}

ff_status
document_tree_complete(struct work *w, const struct document_rules *rules, const struct document *d,
	struct ff_arena *arena, json_t **ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *json = NULL;

	FF_TRY(document_tree(rules, d, &json, reterr));
	if (rules->complete)
		FF_TRY(rules->complete(w, json, arena, reterr));
	*ret = FF_TAKE(json);
	return FF_OK;
}

static void
put_user(struct ff_buf *out, const struct document *user)
{
	ff_buf_printf(out, "%s %.*s", document_kind_name(user->kind), FF_FMT(user->key));
	for (uint32_t i = 0, shown = 0; i < user->n_parts; i++) {
		if (!user->parts[i].name.n)
			continue;
		ff_buf_printf(out, "%s%.*s", shown++ ? ", " : " (", FF_FMT(user->parts[i].name));
		if (i + 1 == user->n_parts)
			ff_buf_char(out, ')');
	}
}

ff_str
document_users_text(const struct document_ref_list *users, struct ff_arena *arena)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf out;
	uint32_t named = users->n < USERS_NAMED_MAX ? users->n : USERS_NAMED_MAX;

	ff_buf_init(&out, FF_ERR_DETAIL_MAX);
	for (uint32_t i = 0; i < named; i++) {
		if (i > 0)
			ff_buf_lit(&out, ", ");
		put_user(&out, &users->from[i]);
	}
	if (users->n > named)
		ff_buf_printf(&out, " and %u more", users->n - named);
	return ff_arena_str(arena, ff_buf_str(&out));
}
