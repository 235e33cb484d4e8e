/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing crosses tenants. */
#include "contract.h"

/*
 * The environment "shared"; the flag "f" in it, with two tags (one is `tag`) and a ref, and three versions in the log,
 * every `whole_every`-th of them whole; the flag "g" in the environment `of_g`; the segment "s".
 */
static void
put_everything(struct contract *t, const char *json, const char *tag, const char *of_g, uint64_t whole_every)
{
	struct document f = contract_flag(t, "f", json, json), g = contract_flag(t, "g", json, json);
	struct document s = contract_document(DOCUMENT_SEGMENT, "s", json);
	struct document_ref ref = {DOCUMENT_SEGMENT, FF_STR("s"), FF_STR("shared")};
	struct change c = {.kind = DOCUMENT_FLAG, .key = f.key, .patch = FF_STR("[]")};
	ff_str tags[] = {FF_STR("tag"), ff_str_z(tag)};
	struct repository_tx *tx;

	contract_environment(t, "shared");
	f.parts[0].name = FF_STR("shared");
	f.refs = &ref;
	f.n_refs = 1;
	f.tags = tags;
	f.n_tags = FF_COUNT(tags);
	g.parts[0].name = ff_str_z(of_g);
	tx = contract_begin(t, TX_WRITE);
	contract_put(t, tx, &f, 0);
	contract_put(t, tx, &g, 0);
	contract_put(t, tx, &s, 0);
	while (c.version++ < 3) {
		c.full = (c.version - 1) % whole_every ? FF_STR("") : f.json;
		OK(t->r->ops->log(tx, &c, &t->err));
	}
	contract_commit(t, tx);
}

struct inventory {
	struct contract *t;
	ff_str text;
};

static bool
take_down(void *arg, const struct document *d)
{
	struct inventory *in = arg;

	in->text = ff_arena_printf(in->t->arena, "%.*s %.*s@%d.%d=%.*s[", FF_FMT(in->text), FF_FMT(d->key), (int)d->version,
		(int)d->revision, FF_FMT(d->json));
	for (uint32_t i = 0; i < d->n_parts; i++)
		in->text = ff_arena_printf(in->t->arena, "%.*s %.*s@%d=%.*s", FF_FMT(in->text), FF_FMT(d->parts[i].name),
			(int)d->parts[i].version, FF_FMT(d->parts[i].json));
	in->text = ff_arena_printf(in->t->arena, "%.*s]", FF_FMT(in->text));
	return true;
}

static void
take_down_documents(struct inventory *in, struct repository_tx *tx)
{
	struct contract *t = in->t;

	for (unsigned k = 0; k <= DOCUMENT_ENVIRONMENT; k++) { /* keys: contract_keys.c */
		struct document_list list;

		OK(t->r->ops->each(tx, k, FF_STR("shared"), take_down, in, &t->err));
		OK(t->r->ops->list(tx, &(struct document_query){.kind = k, .limit = 9}, t->arena, &list, &t->err));
		for (uint32_t i = 0; i < list.n; i++)
			take_down(in, &list.items[i]);
	}
}

static void
take_down_log(struct inventory *in, struct repository_tx *tx)
{
	struct change_query of_f = {.one = true, .kind = DOCUMENT_FLAG, .key = FF_STR("f"), .limit = 99};
	struct change_query all = {.limit = 99};
	struct contract *t = in->t;
	struct change_list changes, history, chain = {0};

	OK(t->r->ops->changes(tx, &all, t->arena, &changes, &t->err));
	OK(t->r->ops->changes(tx, &of_f, t->arena, &history, &t->err));
	(void)t->r->ops->version_chain(tx, DOCUMENT_FLAG, FF_STR("f"), 2, t->arena, &chain, NULL);
	in->text = ff_arena_printf(t->arena, "%.*s; %u changes, %u of f, chain of %u beginning with %.*s", FF_FMT(in->text),
		changes.n, history.n, chain.n, FF_FMT(chain.n ? chain.items[0].full : FF_STR("nothing")));
}

/* All that a tenant has, as text. */
static ff_str
everything(struct contract *t)
{
	static const ff_str tags[] = {FF_STR("tag"), FF_STR("mine"), FF_STR("theirs")};
	struct inventory in = {.t = t};
	struct document_ref_list used_by;
	struct document_ref *uses;
	struct repository_tx *tx;
	struct tenant_state state;
	uint32_t n;

	for (size_t i = 0; i < FF_COUNT(tags); i++)
		in.text = ff_arena_printf(t->arena, "%.*s%.*s: %.*s; ", FF_FMT(in.text), FF_FMT(tags[i]),
			FF_FMT(contract_list(t, &(struct document_query){.limit = 9, .tag = tags[i]}, NULL)));
	tx = contract_begin(t, TX_READ);
	take_down_documents(&in, tx);
	take_down_log(&in, tx);
	OK(t->r->ops->state(tx, &state, &t->err));
	OK(t->r->ops->used_by(tx, DOCUMENT_SEGMENT, FF_STR("s"), t->arena, &used_by, &t->err));
	OK(t->r->ops->uses(tx, DOCUMENT_FLAG, FF_STR("f"), t->arena, &uses, &n, &t->err));
	contract_rollback(tx);
	return ff_arena_printf(t->arena, "%.*s; used by %u, uses %u; revision %d.%llx", FF_FMT(in.text), used_by.n, n,
		(int)state.revision, (unsigned long long)state.head);
}

/* Two tenants with the same keys, one of whom changes and deletes everything. */
static void
tenants_do_not_see_each_other(struct contract *t)
{
	struct contract other = *t;
	struct document d;
	ff_str mine, theirs;

	OK(t->r->ops->tenant_ensure(t->r, &t->call, FF_STR("globex"), FF_STR("Globex"), 1, &t->err));
	other.call.tenant = FF_STR("globex");
	theirs = everything(&other);
	put_everything(t, "{mine}", "mine", "production", 3);
	mine = everything(t);
	assert_true(ff_str_eq(everything(&other), theirs));
	d = contract_flag(&other, "f", "{theirs}", "{}");
	d.parts[0] = (struct document_part){.name = FF_STR("shared"), .json = FF_STR("{}")};
	contract_put_alone(&other, &d, 0);
	assert_int_equal(d.parts[0].version, 0); /* the part there is is mine */
	contract_remove_alone(&other, DOCUMENT_FLAG, "f", 1);
	assert_true(ff_str_eq(everything(t), mine));

	put_everything(&other, "{theirs}", "theirs", "shared", 1);
	assert_true(ff_str_eq(everything(t), mine));
	d = contract_flag(&other, "f", "{2}", "{2}");
	contract_put_alone(&other, &d, 3);
	assert_true(ff_str_eq(everything(t), mine));
	contract_remove_alone(&other, DOCUMENT_FLAG, "f", 4);
	contract_remove_alone(&other, DOCUMENT_SEGMENT, "s", 1);
	assert_true(ff_str_eq(everything(t), mine));
	assert_false(contract_get(&other, DOCUMENT_FLAG, "f", &d));

	theirs = everything(&other);
	contract_remove_alone(t, DOCUMENT_ENVIRONMENT, "shared", 1);
	assert_true(contract_get(t, DOCUMENT_FLAG, "g", &d));
	assert_int_equal(d.revision, 3); /* it never was in "shared", theirs is */
	assert_true(ff_str_eq(everything(&other), theirs));
}

/* And one of whom deletes an environment that both have. */
static void
an_environment_is_removed_from_one_tenant(struct contract *t)
{
	struct contract other = *t;
	ff_str mine;

	OK(t->r->ops->tenant_ensure(t->r, &t->call, FF_STR("globex"), FF_STR("Globex"), 1, &t->err));
	other.call.tenant = FF_STR("globex");
	put_everything(t, "{mine}", "mine", "shared", 3);
	put_everything(&other, "{theirs}", "theirs", "production", 1);
	mine = everything(t);
	contract_remove_alone(&other, DOCUMENT_ENVIRONMENT, "shared", 1);
	assert_true(ff_str_eq(everything(t), mine));
}

CONTRACT_CASES(contract_tenants, CONTRACT_CASE(tenants_do_not_see_each_other),
	CONTRACT_CASE(an_environment_is_removed_from_one_tenant));
