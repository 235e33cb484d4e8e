/* SPDX-License-Identifier: Apache-2.0 */
/* Reading: get, list, each. */
#include "contract.h"

static void
get_refuses_what_is_not_there(struct contract *t)
{
	struct document d;

	assert_false(contract_get(t, DOCUMENT_FLAG, "nope", &d));
	assert_false(contract_get(t, DOCUMENT_SEGMENT, "nope", &d));
	assert_false(contract_get(t, DOCUMENT_ENVIRONMENT, "nope", &d));
	assert_non_null(strstr(t->err.detail, "nope"));
}

static void
get_returns_what_was_put(struct contract *t)
{
	struct document d = contract_flag(t, "checkout", "{\"shared\":1}", "{\"part\":1}"), got;

	t->now_ms = 1234;
	contract_put_alone(t, &d, 0);
	assert_true(contract_get(t, DOCUMENT_FLAG, "checkout", &got));
	assert_int_equal(got.kind, DOCUMENT_FLAG);
	assert_str(got.key, "checkout");
	assert_str(got.json, "{\"shared\":1}");
	assert_int_equal(got.version, 1);
	assert_int_equal(got.revision, 2);
	assert_int_equal(got.created_at, 1234);
	assert_int_equal(got.updated_at, 1234);
	assert_int_equal(got.n_parts, 1);
	assert_str(got.parts[0].name, "production");
	assert_str(got.parts[0].json, "{\"part\":1}");
	assert_int_equal(got.parts[0].version, 1);
}

static void
get_tells_kinds_apart(struct contract *t)
{
	struct document d = contract_document(DOCUMENT_SEGMENT, "beta", "{}"), got;

	contract_put_alone(t, &d, 0);
	assert_true(contract_get(t, DOCUMENT_SEGMENT, "beta", &got));
	assert_false(contract_get(t, DOCUMENT_FLAG, "beta", &got));
	assert_false(contract_get(t, DOCUMENT_ENVIRONMENT, "beta", &got));
}

static void
get_returns_all_bytes(struct contract *t)
{
	size_t n = 1 << 20;
	char *big = ff_arena_alloc(t->arena, n);
	struct document d = contract_document(DOCUMENT_SEGMENT, "big", "{}"), got;

	memset(big, 'x', n);
	memcpy(big + n / 2, FF_STR("\xc3\xa9\xf0\x9f\x8e\x89'\"%").p, 9);
	d.json = ff_str_of(big, n);
	contract_put_alone(t, &d, 0);
	assert_true(contract_get(t, DOCUMENT_SEGMENT, "big", &got));
	assert_true(ff_str_eq(got.json, d.json));
}

static void
a_new_tenant_has_the_environment_production(struct contract *t)
{
	struct tenant_state state = contract_state(t);
	struct document d;

	assert_int_equal(state.revision, 1);
	assert_true(contract_get(t, DOCUMENT_ENVIRONMENT, "production", &d));
	assert_int_equal(d.version, 1);
	assert_int_equal(d.revision, 1);
	assert_true(d.json.n > 0);
}

static void
ensuring_a_tenant_twice_changes_nothing(struct contract *t)
{
	struct tenant_state before = contract_state(t), after;

	OK(t->r->ops->tenant_ensure(t->r, &t->call, FF_STR("acme"), FF_STR("again"), 99, &t->err));
	after = contract_state(t);
	assert_int_equal(after.revision, before.revision);
	assert_int_equal(after.head, before.head);
}

static void
put_five(struct contract *t)
{
	static const struct {
		const char *key, *search, *tag;
		bool archived;
	} rows[] = {
		{"b", "Banana split", "fruit", false},
		{"B", "BERRY", "fruit", true},
		{"a.b", "checkout page", "page", false},
		{"a", "Checkout v2", "page", false},
		{"a-b", "100% juice_", "fruit", true},
	};
	struct repository_tx *tx = contract_begin(t, TX_WRITE);

	for (size_t i = 0; i < FF_COUNT(rows); i++) {
		struct document d = contract_flag(t, rows[i].key, "{}", "{}");
		ff_str tags[] = {FF_STR("all"), ff_str_z(rows[i].tag), FF_STR("all")};

		d.search = ff_str_z(rows[i].search);
		d.archived = rows[i].archived;
		d.tags = tags;
		d.n_tags = FF_COUNT(tags);
		contract_put(t, tx, &d, 0);
	}
	contract_commit(t, tx);
}

static void
list_finds_by_text_tag_and_archived_in_byte_order(struct contract *t)
{
	static const struct {
		struct document_query query;
		const char *keys;
		bool more;
	} rows[] = {
		{{.limit = 50}, "B a a-b a.b b", false},
		{{.limit = 5}, "B a a-b a.b b", false},
		{{.limit = 4}, "B a a-b a.b", true},
		{{.limit = 1}, "B", true},
		{{.limit = 2, .after = FF_STR("B")}, "a a-b", true},
		{{.limit = 2, .after = FF_STR("a-a")}, "a-b a.b", true},
		{{.limit = 2, .after = FF_STR("a.b")}, "b", false},
		{{.limit = 2, .after = FF_STR("b")}, "", false},
		{{.limit = 50, .archived = ARCHIVED_NO}, "a a.b b", false},
		{{.limit = 50, .archived = ARCHIVED_YES}, "B a-b", false},
		{{.limit = 1, .archived = ARCHIVED_YES}, "B", true},
		{{.limit = 1, .archived = ARCHIVED_YES, .after = FF_STR("B")}, "a-b", false},
		{{.limit = 50, .tag = FF_STR("fruit")}, "B a-b b", false},
		{{.limit = 50, .tag = FF_STR("all")}, "B a a-b a.b b", false},
		{{.limit = 50, .tag = FF_STR("FRUIT")}, "", false},
		{{.limit = 50, .tag = FF_STR("fru")}, "", false},
		{{.limit = 50, .q = FF_STR("CHECKOUT")}, "a a.b", false},
		{{.limit = 50, .q = FF_STR("berry")}, "B", false},
		{{.limit = 50, .q = FF_STR("split")}, "b", false},
		{{.limit = 50, .q = FF_STR("%")}, "a-b", false},
		{{.limit = 50, .q = FF_STR("_")}, "a-b", false},
		{{.limit = 50, .q = FF_STR("' OR 1=1 --")}, "", false},
		{{.limit = 50, .q = FF_STR("checkout"), .tag = FF_STR("page"), .after = FF_STR("a")}, "a.b", false},
		{{.limit = 50, .q = FF_STR("checkout"), .tag = FF_STR("fruit")}, "", false},
		{{.limit = 50, .kind = DOCUMENT_SEGMENT}, "", false},
		{{.limit = 50, .kind = DOCUMENT_ENVIRONMENT}, "production", false},
	};

	put_five(t);
	for (size_t i = 0; i < FF_COUNT(rows); i++) {
		bool more;
		ff_str keys = contract_list(t, &rows[i].query, &more);

		if (!ff_str_eqz(keys, rows[i].keys) || more != rows[i].more)
			fail_msg("row %zu: \"%.*s\"%s", i, FF_FMT(keys), more ? " and more" : "");
	}
}

static void
list_returns_documents_with_all_their_parts(struct contract *t)
{
	struct document_part parts[] = {
		{.name = FF_STR("staging"), .json = FF_STR("{\"s\":1}"), .changed = true},
		{.name = FF_STR("production"), .json = FF_STR("{\"p\":1}"), .changed = true},
	};
	struct document d = contract_document(DOCUMENT_FLAG, "x", "{\"x\":1}");
	struct document_query query = {.limit = 10};
	struct document_list list;
	struct repository_tx *tx;

	contract_environment(t, "staging");
	d.parts = parts;
	d.n_parts = FF_COUNT(parts);
	contract_put_alone(t, &d, 0);
	tx = contract_begin(t, TX_READ);
	OK(t->r->ops->list(tx, &query, t->arena, &list, &t->err));
	contract_rollback(tx);
	assert_int_equal(list.n, 1);
	assert_str(list.items[0].json, "{\"x\":1}");
	assert_int_equal(list.items[0].n_parts, 2);
	assert_str(list.items[0].parts[0].name, "production");
	assert_str(list.items[0].parts[0].json, "{\"p\":1}");
	assert_str(list.items[0].parts[1].name, "staging");
}

static void
a_change_of_tags_and_text_is_found_at_once(struct contract *t)
{
	struct document d = contract_flag(t, "b", "{}", "{}");

	put_five(t);
	d.search = FF_STR("renamed");
	contract_put_alone(t, &d, 1);
	assert_str(contract_list(t, &(struct document_query){.limit = 9, .q = FF_STR("banana")}, NULL), "");
	assert_str(contract_list(t, &(struct document_query){.limit = 9, .q = FF_STR("RENAMED")}, NULL), "b");
	assert_str(contract_list(t, &(struct document_query){.limit = 9, .tag = FF_STR("fruit")}, NULL), "B a-b");
	contract_remove_alone(t, DOCUMENT_FLAG, "B", 1);
	assert_str(contract_list(t, &(struct document_query){.limit = 9, .tag = FF_STR("fruit")}, NULL), "a-b");
}

struct walk {
	struct contract *t;
	ff_str seen;
	unsigned left; /* documents to go */
};

static bool
note(void *arg, const struct document *d)
{
	struct walk *w = arg;

	w->seen = ff_arena_printf(w->t->arena, "%.*s%.*s=%.*s", FF_FMT(w->seen), FF_FMT(d->key), FF_FMT(d->json));
	for (uint32_t i = 0; i < d->n_parts; i++)
		w->seen = ff_arena_printf(w->t->arena, "%.*s[%.*s:%llu=%.*s]", FF_FMT(w->seen), FF_FMT(d->parts[i].name),
			(unsigned long long)d->parts[i].version, FF_FMT(d->parts[i].json));
	w->seen = ff_arena_printf(w->t->arena, "%.*s ", FF_FMT(w->seen));
	return --w->left > 0;
}

static ff_str
walk(struct contract *t, enum document_kind kind, const char *part, unsigned most)
{
	struct repository_tx *tx = contract_begin(t, TX_READ);
	struct walk w = {.t = t, .left = most};

	OK(t->r->ops->each(tx, kind, ff_str_z(part), note, &w, &t->err));
	contract_rollback(tx);
	return w.seen;
}

static void
each_walks_all_documents_with_one_part(struct contract *t)
{
	struct document b = contract_flag(t, "b", "{B}", "{b}"), a = contract_flag(t, "a", "{A}", "{a}");
	struct document c = contract_document(DOCUMENT_FLAG, "c", "{C}"),
					s = contract_document(DOCUMENT_SEGMENT, "s", "{S}");
	struct document gone = contract_flag(t, "gone", "{G}", "{g}"), r = contract_document(DOCUMENT_SEGMENT, "r", "{R}");

	contract_put_alone(t, &b, 0);
	contract_put_alone(t, &c, 0);
	contract_put_alone(t, &a, 0);
	contract_put_alone(t, &gone, 0);
	contract_put_alone(t, &s, 0);
	contract_put_alone(t, &r, 0);
	contract_remove_alone(t, DOCUMENT_SEGMENT, "r", 1);
	contract_remove_alone(t, DOCUMENT_FLAG, "gone", 1);
	contract_environment(t, "staging");
	b.parts[0].name = FF_STR("staging");
	b.parts[0].json = FF_STR("{b2}");
	contract_put_alone(t, &b, 1);
	assert_str(walk(t, DOCUMENT_FLAG, "production", 99), "a={A}[production:1={a}] b={B}[production:1={b}] c={C} ");
	assert_str(walk(t, DOCUMENT_FLAG, "staging", 99), "a={A} b={B}[staging:1={b2}] c={C} ");
	assert_str(walk(t, DOCUMENT_FLAG, "", 99), "a={A} b={B} c={C} ");
	assert_str(walk(t, DOCUMENT_FLAG, "nowhere", 99), "a={A} b={B} c={C} ");
	assert_str(walk(t, DOCUMENT_FLAG, "", 2), "a={A} b={B} ");
	assert_str(walk(t, DOCUMENT_SEGMENT, "production", 99), "s={S} ");
}

struct inner {
	struct contract *t;
	struct repository_tx *tx;
	unsigned n;
};

static bool
use_the_transaction(void *arg, const struct document *d)
{
	struct inner *in = arg;
	struct contract *t = in->t;
	struct document got;

	OK(t->r->ops->get(in->tx, DOCUMENT_FLAG, d->key, t->arena, &got, &t->err));
	assert_true(ff_str_eq(got.key, d->key));
	contract_list(t, &(struct document_query){.limit = 3}, NULL);
	in->n++;
	return true;
}

static void
each_lets_the_visitor_use_the_transaction(struct contract *t)
{
	struct inner in = {.t = t};

	put_five(t);
	in.tx = contract_begin(t, TX_READ);
	OK(t->r->ops->each(in.tx, DOCUMENT_FLAG, FF_STR("production"), use_the_transaction, &in, &t->err));
	contract_rollback(in.tx);
	assert_int_equal(in.n, 5);
}

static void
kinds_and_changes_have_names(struct contract *t)
{
	enum document_kind kind;

	(void)t;
	for (unsigned k = 0; k < DOCUMENT_KINDS; k++) {
		assert_true(document_kind_parse(ff_str_z(document_kind_name(k)), &kind));
		assert_int_equal(kind, k);
	}
	assert_false(document_kind_parse(FF_STR("Flag"), &kind));
	assert_string_equal(change_type(DOCUMENT_FLAG, CHANGE_CREATED), "FlagCreated");
	assert_string_equal(change_type(DOCUMENT_SEGMENT, CHANGE_UPDATED), "SegmentUpdated");
	assert_string_equal(change_type(DOCUMENT_ENVIRONMENT, CHANGE_DELETED), "EnvironmentDeleted");
}

CONTRACT_CASES(contract_documents, CONTRACT_CASE(get_refuses_what_is_not_there),
	CONTRACT_CASE(get_returns_what_was_put), CONTRACT_CASE(get_tells_kinds_apart), CONTRACT_CASE(get_returns_all_bytes),
	CONTRACT_CASE(a_new_tenant_has_the_environment_production), CONTRACT_CASE(ensuring_a_tenant_twice_changes_nothing),
	CONTRACT_CASE(list_finds_by_text_tag_and_archived_in_byte_order),
	CONTRACT_CASE(list_returns_documents_with_all_their_parts),
	CONTRACT_CASE(a_change_of_tags_and_text_is_found_at_once), CONTRACT_CASE(each_walks_all_documents_with_one_part),
	CONTRACT_CASE(each_lets_the_visitor_use_the_transaction), CONTRACT_CASE(kinds_and_changes_have_names));
