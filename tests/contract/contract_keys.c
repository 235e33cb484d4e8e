/* SPDX-License-Identifier: Apache-2.0 */
/* Keys: documents like others, and what stands beside them. */
#include "contract.h"

static struct contract
other_tenant(struct contract *t)
{
	struct contract other = *t;

	OK(t->r->ops->tenant_ensure(t->r, &t->call, FF_STR("globex"), FF_STR("Globex"), 1, &t->err));
	other.call.tenant = FF_STR("globex");
	return other;
}

static struct key_record
find(struct contract *t, const char *id)
{
	struct key_record record = {0};

	OK(t->r->ops->key_find(t->r, &t->call, ff_str_z(id), t->arena, &record, &t->err));
	return record;
}

static bool
exists(struct contract *t, const char *id)
{
	struct key_record record;
	ff_status status = t->r->ops->key_find(t->r, &t->call, ff_str_z(id), t->arena, &record, &t->err);

	if (status != FF_OK)
		EXPECT(FF_EKEYNOTFOUND, status);
	return status == FF_OK;
}

/* What all keys of a tenant look like to a walk: "id=json:first byte of the hash" */
static bool
take_down(void *arg, const struct document *d)
{
	ff_str *text = arg;

	assert_int_equal(d->kind, DOCUMENT_KEY);
	assert_int_equal(d->n_parts, 0);
	assert_int_equal(d->secret_sha256.n, SECRET_SHA256_BYTES);
	if (ff_str_eqz(d->key, "one"))
		*text = d->secret_sha256.p[0] == '\0' ? FF_STR("a") : FF_STR("b");
	return true;
}

static void
a_key_is_a_document_without_its_hash(struct contract *t)
{
	struct document key = contract_key("one", "{1}", 'a'), got;
	struct document_list list;
	struct repository_tx *tx;

	assert_int_equal(contract_put_alone(t, &key, 0), 1);
	assert_true(contract_get(t, DOCUMENT_KEY, "one", &got));
	assert_str(got.json, "{1}");
	assert_int_equal(got.version, 1);
	assert_int_equal(got.revision, 2);
	assert_int_equal(got.secret_sha256.n, 0);
	assert_int_equal(got.last_used_at, 0);
	tx = contract_begin(t, TX_READ);
	OK(t->r->ops->list(
		tx, &(struct document_query){.kind = DOCUMENT_KEY, .limit = 5, .q = FF_STR("ONE")}, t->arena, &list, &t->err));
	contract_rollback(tx);
	assert_int_equal(list.n, 1);
	assert_str(list.items[0].json, "{1}");
	assert_int_equal(list.items[0].secret_sha256.n, 0);
}

static void
a_walk_gives_the_hash_of_each_key(struct contract *t)
{
	struct document one = contract_key("one", "{1}", 'a'), two = contract_key("two", "{2}", 'b');
	ff_str text = FF_STR("");
	struct repository_tx *tx;

	contract_put_alone(t, &one, 0);
	contract_put_alone(t, &two, 0);
	contract_remove_alone(t, DOCUMENT_KEY, "two", 1);
	tx = contract_begin(t, TX_READ);
	OK(t->r->ops->each(tx, DOCUMENT_KEY, FF_STR(""), take_down, &text, &t->err));
	contract_rollback(tx);
	assert_str(text, "a");
}

static void
a_key_is_found_from_any_tenant(struct contract *t)
{
	struct contract other = other_tenant(t);
	struct document key = contract_key("one", "{1}", 'b'), got;
	struct key_record record;

	assert_false(exists(t, "one"));
	contract_put_alone(t, &key, 0);
	other.call.tenant = FF_STR("");
	record = find(&other, "one");
	assert_str(record.tenant, "acme");
	assert_str(record.id, "one");
	assert_str(record.json, "{1}");
	assert_true(ff_str_eq(record.secret_sha256, contract_key("", "", 'b').secret_sha256));
	assert_false(record.revoked);
	other.call.tenant = FF_STR("globex");
	assert_false(contract_get(&other, DOCUMENT_KEY, "one", &got));
	assert_false(exists(t, "on"));
	assert_false(exists(t, ""));
}

static void
a_key_keeps_its_hash_when_it_changes(struct contract *t)
{
	struct document key = contract_key("one", "{1}", 'a');
	struct key_record record;

	contract_put_alone(t, &key, 0);
	key.json = FF_STR("{2}");
	key.secret_sha256 = (ff_str){0};
	assert_int_equal(contract_put_alone(t, &key, 1), 2);
	record = find(t, "one");
	assert_str(record.json, "{2}");
	assert_true(ff_str_eq(record.secret_sha256, contract_key("", "", 'a').secret_sha256));
	EXPECT(FF_ECONFLICT, ({
		struct repository_tx *tx = contract_begin(t, TX_WRITE);
		ff_status status = t->r->ops->put(tx, &key, 1, &t->err);

		contract_rollback(tx);
		status;
	}));
	assert_int_equal(t->err.version, 2);
}

static void
a_revoked_key_is_found_as_revoked_and_has_no_hash(struct contract *t)
{
	struct document key = contract_key("one", "{1}", 'a'), got;
	struct key_record record;

	contract_put_alone(t, &key, 0);
	assert_int_equal(contract_remove_alone(t, DOCUMENT_KEY, "one", 1), 2);
	assert_int_equal(contract_state(t).revision, 3);
	assert_false(contract_get(t, DOCUMENT_KEY, "one", &got));
	record = find(t, "one");
	assert_true(record.revoked);
	assert_str(record.tenant, "acme");
	assert_int_equal(record.secret_sha256.n, 0);
	assert_int_equal(record.json.n, 0);
}

static void
assert_taken(struct contract *t, const char *id)
{
	struct document key = contract_key(id, "{thief}", 'b');
	struct repository_tx *tx = contract_begin(t, TX_WRITE);

	EXPECT(FF_EKEYEXISTS, t->r->ops->put(tx, &key, 0, &t->err));
	assert_non_null(strstr(t->err.detail, id));
	assert_int_equal(contract_commit(t, tx).revision, 2); /* a refusal is no change, and the transaction goes on */
}

static void
an_id_is_one_keys_for_ever(struct contract *t)
{
	struct contract other = other_tenant(t);
	struct document key = contract_key("one", "{1}", 'a'), own = contract_key("own", "{}", 'a');

	contract_put_alone(&other, &own, 0);
	contract_put_alone(t, &key, 0);
	assert_taken(t, "one");
	assert_taken(&other, "one");
	assert_str(find(t, "one").json, "{1}");
	contract_remove_alone(&other, DOCUMENT_KEY, "own", 1);
	assert_taken(t, "own");
	assert_true(find(t, "own").revoked);
}

static void
a_key_that_is_rolled_back_never_was(struct contract *t)
{
	struct document key = contract_key("one", "{1}", 'a');
	struct repository_tx *tx = contract_begin(t, TX_WRITE);

	contract_put(t, tx, &key, 0);
	assert_false(exists(t, "one"));
	contract_rollback(tx);
	assert_false(exists(t, "one"));
	assert_int_equal(contract_put_alone(t, &key, 0), 1);
	assert_true(exists(t, "one"));
}

static void
a_key_names_its_environment(struct contract *t)
{
	struct document_ref ref = {.to_kind = DOCUMENT_ENVIRONMENT, .to_key = FF_STR("production")};
	struct document key = contract_key("one", "{1}", 'a');
	struct document_ref_list users;
	struct repository_tx *tx;

	key.refs = &ref;
	key.n_refs = 1;
	contract_put_alone(t, &key, 0);
	tx = contract_begin(t, TX_READ);
	OK(t->r->ops->used_by(tx, DOCUMENT_ENVIRONMENT, FF_STR("production"), t->arena, &users, &t->err));
	contract_rollback(tx);
	assert_int_equal(users.n, 1);
	assert_int_equal(users.from[0].kind, DOCUMENT_KEY);
	assert_str(users.from[0].key, "one");
	contract_remove_alone(t, DOCUMENT_KEY, "one", 1);
	tx = contract_begin(t, TX_READ);
	OK(t->r->ops->used_by(tx, DOCUMENT_ENVIRONMENT, FF_STR("production"), t->arena, &users, &t->err));
	contract_rollback(tx);
	assert_int_equal(users.n, 0);
}

static void
a_key_has_a_history(struct contract *t)
{
	struct change c = {.kind = DOCUMENT_KEY, .key = FF_STR("one"), .version = 1, .patch = FF_STR("[]")};
	struct change_query query = {.one = true, .kind = DOCUMENT_KEY, .key = FF_STR("one"), .limit = 9};
	struct document key = contract_key("one", "{1}", 'a');
	struct change_list list;
	struct repository_tx *tx = contract_begin(t, TX_WRITE);

	contract_put(t, tx, &key, 0);
	OK(t->r->ops->log(tx, &c, &t->err));
	contract_commit(t, tx);
	tx = contract_begin(t, TX_READ);
	OK(t->r->ops->changes(tx, &query, t->arena, &list, &t->err));
	contract_rollback(tx);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.items[0].kind, DOCUMENT_KEY);
	assert_string_equal(change_type(DOCUMENT_KEY, CHANGE_DELETED), "KeyDeleted");
}

static int64_t
last_used(struct contract *t, const char *id)
{
	struct document got = {0};

	assert_true(contract_get(t, DOCUMENT_KEY, id, &got));
	return got.last_used_at;
}

static void
last_uses_are_noted_without_a_revision(struct contract *t)
{
	struct document one = contract_key("one", "{1}", 'a'), two = contract_key("two", "{2}", 'b');
	const struct key_use uses[] = {
		{FF_STR("acme"), FF_STR("one"), 500},
		{FF_STR("acme"), FF_STR("nobodys"), 600},
		{FF_STR("globex"), FF_STR("two"), 700}, /* not its key */
		{FF_STR("acme"), FF_STR("one"), 400},
		{FF_STR("nowhere"), FF_STR("one"), 900},
	};
	struct tenant_state before;
	struct document got;

	contract_put_alone(t, &one, 0);
	contract_put_alone(t, &two, 0);
	other_tenant(t);
	before = contract_state(t);
	OK(t->r->ops->key_used(t->r, &t->call, uses, FF_COUNT(uses), &t->err));
	OK(t->r->ops->key_used(t->r, &t->call, NULL, 0, &t->err));
	assert_int_equal(last_used(t, "one"), 500);
	assert_int_equal(last_used(t, "two"), 0);
	assert_int_equal(contract_state(t).revision, before.revision);
	assert_int_equal(contract_state(t).head, before.head);
	assert_true(contract_get(t, DOCUMENT_KEY, "one", &got));
	assert_int_equal(got.version, 1);
	assert_int_equal(got.revision, one.revision);

	one.json = FF_STR("{2}"); /* a change of the key leaves it, and so does its end */
	one.secret_sha256 = (ff_str){0};
	contract_put_alone(t, &one, 1);
	assert_int_equal(last_used(t, "one"), 500);
	contract_remove_alone(t, DOCUMENT_KEY, "one", 2);
	OK(t->r->ops->key_used(t->r, &t->call, uses, 1, &t->err));
}

CONTRACT_CASES(contract_keys, CONTRACT_CASE(a_key_is_a_document_without_its_hash),
	CONTRACT_CASE(a_walk_gives_the_hash_of_each_key), CONTRACT_CASE(a_key_is_found_from_any_tenant),
	CONTRACT_CASE(a_key_keeps_its_hash_when_it_changes),
	CONTRACT_CASE(a_revoked_key_is_found_as_revoked_and_has_no_hash), CONTRACT_CASE(an_id_is_one_keys_for_ever),
	CONTRACT_CASE(a_key_that_is_rolled_back_never_was), CONTRACT_CASE(a_key_names_its_environment),
	CONTRACT_CASE(a_key_has_a_history), CONTRACT_CASE(last_uses_are_noted_without_a_revision));
