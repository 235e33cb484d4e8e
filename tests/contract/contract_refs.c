/* SPDX-License-Identifier: Apache-2.0 */
/* Who names whom. */
#include "contract.h"

/* "flag:a[production staging] segment:s " */
static ff_str
used_by(struct contract *t, enum document_kind kind, const char *key)
{
	struct repository_tx *tx = contract_begin(t, TX_READ);
	struct document_ref_list list = {0};
	ff_str text = FF_STR("");

	OK(t->r->ops->used_by(tx, kind, ff_str_z(key), t->arena, &list, &t->err));
	contract_rollback(tx);
	for (uint32_t i = 0; i < list.n; i++) {
		const struct document *d = &list.from[i];

		text = ff_arena_printf(t->arena, "%.*s%s:%.*s", FF_FMT(text), document_kind_name(d->kind), FF_FMT(d->key));
		for (uint32_t k = 0; k < d->n_parts; k++)
			text = ff_arena_printf(t->arena, "%.*s%c%.*s%s", FF_FMT(text), k ? ' ' : '[', FF_FMT(d->parts[k].name),
				k + 1 == d->n_parts ? "]" : "");
		text = ff_arena_printf(t->arena, "%.*s ", FF_FMT(text));
	}
	return text;
}

/* "production:segment:beta :segment:s " */
static ff_str
uses(struct contract *t, enum document_kind kind, const char *key)
{
	struct repository_tx *tx = contract_begin(t, TX_READ);
	struct document_ref *refs = NULL;
	uint32_t n = 0;
	ff_str text = FF_STR("");

	OK(t->r->ops->uses(tx, kind, ff_str_z(key), t->arena, &refs, &n, &t->err));
	contract_rollback(tx);
	for (uint32_t i = 0; i < n; i++)
		text = ff_arena_printf(t->arena, "%.*s%.*s:%s:%.*s ", FF_FMT(text), FF_FMT(refs[i].part),
			document_kind_name(refs[i].to_kind), FF_FMT(refs[i].to_key));
	return text;
}

static void
put_naming(struct contract *t, enum document_kind kind, const char *key, uint64_t version,
	const struct document_ref *refs, uint32_t n)
{
	struct document d = contract_document(kind, key, "{}");

	d.refs = refs;
	d.n_refs = n;
	contract_put_alone(t, &d, version);
}

static const struct document_ref flag_refs[] = {
	{DOCUMENT_SEGMENT, FF_STR("beta"), FF_STR("staging")},
	{DOCUMENT_SEGMENT, FF_STR("beta"), FF_STR("production")},
	{DOCUMENT_FLAG, FF_STR("base"), FF_STR("production")},
	{DOCUMENT_SEGMENT, FF_STR("beta"), FF_STR("staging")},
	{DOCUMENT_SEGMENT, FF_STR("alpha"), FF_STR("production")},
};
static const struct document_ref segment_refs[] = {{DOCUMENT_SEGMENT, FF_STR("beta"), FF_STR("")}};

static void
refs_are_found_from_both_ends(struct contract *t)
{
	put_naming(t, DOCUMENT_SEGMENT, "inner", 0, segment_refs, 1);
	put_naming(t, DOCUMENT_FLAG, "b", 0, flag_refs, FF_COUNT(flag_refs));
	put_naming(t, DOCUMENT_FLAG, "a", 0, flag_refs, 1);
	assert_str(used_by(t, DOCUMENT_SEGMENT, "beta"), "flag:a[staging] flag:b[production staging] segment:inner ");
	assert_str(used_by(t, DOCUMENT_SEGMENT, "alpha"), "flag:b[production] ");
	assert_str(used_by(t, DOCUMENT_FLAG, "base"), "flag:b[production] ");
	assert_str(used_by(t, DOCUMENT_FLAG, "beta"), "");
	assert_str(used_by(t, DOCUMENT_SEGMENT, "inner"), "");
	assert_str(uses(t, DOCUMENT_FLAG, "b"),
		"production:flag:base production:segment:alpha production:segment:beta staging:segment:beta ");
	assert_str(uses(t, DOCUMENT_SEGMENT, "inner"), ":segment:beta ");
	assert_str(uses(t, DOCUMENT_FLAG, "nope"), "");
}

static void
a_put_replaces_all_refs(struct contract *t)
{
	static const struct document_ref other[] = {{DOCUMENT_SEGMENT, FF_STR("gamma"), FF_STR("production")}};

	put_naming(t, DOCUMENT_FLAG, "f", 0, flag_refs, FF_COUNT(flag_refs));
	put_naming(t, DOCUMENT_FLAG, "f", 1, other, 1);
	assert_str(uses(t, DOCUMENT_FLAG, "f"), "production:segment:gamma ");
	assert_str(used_by(t, DOCUMENT_SEGMENT, "beta"), "");
	put_naming(t, DOCUMENT_FLAG, "f", 2, NULL, 0);
	assert_str(uses(t, DOCUMENT_FLAG, "f"), "");
	assert_str(used_by(t, DOCUMENT_SEGMENT, "gamma"), "");
}

static void
a_deleted_document_names_nobody(struct contract *t)
{
	put_naming(t, DOCUMENT_FLAG, "f", 0, flag_refs, FF_COUNT(flag_refs));
	put_naming(t, DOCUMENT_SEGMENT, "s", 0, segment_refs, 1);
	contract_remove_alone(t, DOCUMENT_FLAG, "f", 1);
	assert_str(used_by(t, DOCUMENT_SEGMENT, "beta"), "segment:s ");
	assert_str(uses(t, DOCUMENT_FLAG, "f"), "");
	contract_remove_alone(t, DOCUMENT_SEGMENT, "s", 1);
	assert_str(used_by(t, DOCUMENT_SEGMENT, "beta"), "");
}

static void
refs_of_a_rolled_back_put_are_gone(struct contract *t)
{
	struct document d = contract_document(DOCUMENT_FLAG, "f", "{}");
	struct repository_tx *tx;

	put_naming(t, DOCUMENT_FLAG, "f", 0, flag_refs, 1);
	tx = contract_begin(t, TX_WRITE);
	contract_put(t, tx, &d, 1);
	contract_rollback(tx);
	assert_str(uses(t, DOCUMENT_FLAG, "f"), "staging:segment:beta ");
}

CONTRACT_CASES(contract_refs, CONTRACT_CASE(refs_are_found_from_both_ends), CONTRACT_CASE(a_put_replaces_all_refs),
	CONTRACT_CASE(a_deleted_document_names_nobody), CONTRACT_CASE(refs_of_a_rolled_back_put_are_gone));
