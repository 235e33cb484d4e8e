/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/flag_impl.h"

static json_t *
write_value(ff_str text)
{
	json_t *value = NULL;
	ff_status status = json_doc_parse(text, &value, NULL);

	ff_assert(status == FF_OK);
	return value;
}

static json_t *
write_variations(const struct flag *f)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < f->n_variations; i++) {
		json_t *variation = json_object();

		json_doc_set(variation, FF_STR("key"), json_doc_new_str(f->variations[i].key));
		json_doc_set(variation, FF_STR("value"), write_value(f->variations[i].value));
		json_doc_append(list, variation);
	}
	return list;
}

json_t *
flag_write_shared(const struct flag *f)
{
	json_t *doc = json_object();

	json_doc_set(doc, FF_STR("key"), json_doc_new_str(f->key));
	json_doc_set(doc, FF_STR("name"), json_doc_new_str(f->name));
	json_doc_set(doc, FF_STR("description"), json_doc_new_str(f->description));
	json_doc_set(doc, FF_STR("type"), json_doc_new_str(ff_str_z(flag_type_name(f->type))));
	json_doc_set(doc, FF_STR("variations"), write_variations(f));
	json_doc_set(doc, FF_STR("tags"), document_write_strings(f->tags, f->n_tags));
	json_doc_set(doc, FF_STR("owner"), json_doc_new_str(f->owner));
	json_doc_set(doc, FF_STR("temporary"), json_boolean(f->temporary));
	json_doc_set(doc, FF_STR("clientVisible"), json_boolean(f->client_visible));
	json_doc_set(doc, FF_STR("archived"), json_boolean(f->archived));
	return doc;
}

static json_t *
write_prerequisites(const struct flag_environment *e)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < e->n_prerequisites; i++) {
		const struct prerequisite *p = &e->prerequisites[i];
		json_t *item = json_object();

		json_doc_set(item, FF_STR("flag"), json_doc_new_str(p->flag));
		json_doc_set(item, FF_STR("variations"), document_write_strings(p->variations, p->n_variations));
		json_doc_append(list, item);
	}
	return list;
}

static json_t *
write_allow(const struct flag *f, const struct flag_environment *e)
{
	json_t *lists = json_object();

	for (uint32_t i = 0; i < f->n_variations; i++) {
		const struct unit_list *units = &e->allow[i];

		if (units->n_units)
			json_doc_set(lists, f->variations[i].key, document_write_strings(units->units, units->n_units));
	}
	return lists;
}

static json_t *
write_rules(const struct flag *f, const struct flag_environment *e)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < e->n_rules; i++) {
		const struct rule *rule = &e->rules[i];
		json_t *item = json_object();

		json_doc_set(item, FF_STR("id"), json_doc_new_str(rule->id));
		json_doc_set(item, FF_STR("description"), json_doc_new_str(rule->description));
		json_doc_set(item, FF_STR("when"), condition_write(rule->when));
		json_doc_set(item, FF_STR("serve"), flag_write_serve(f, &rule->serve));
		json_doc_append(list, item);
	}
	return list;
}

json_t *
flag_write_environment(const struct flag *f, const struct flag_environment *e)
{
	json_t *off =
		e->off_variation == VARIATION_NONE ? json_null() : json_doc_new_str(f->variations[e->off_variation].key);
	json_t *doc = json_object();

	json_doc_set(doc, FF_STR("enabled"), json_boolean(e->enabled));
	json_doc_set(doc, FF_STR("offVariation"), off);
	json_doc_set(doc, FF_STR("prerequisites"), write_prerequisites(e));
	json_doc_set(doc, FF_STR("deny"), document_write_strings(e->deny.units, e->deny.n_units));
	json_doc_set(doc, FF_STR("allow"), write_allow(f, e));
	json_doc_set(doc, FF_STR("rules"), write_rules(f, e));
	json_doc_set(doc, FF_STR("default"), flag_write_serve(f, &e->fallback));
	return doc;
}
