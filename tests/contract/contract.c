/* SPDX-License-Identifier: Apache-2.0 */
#include "contract.h"

void
contract_expect(struct contract *t, ff_status got, ff_status wanted, const char *expr, const char *file, int line)
{
	if (got == wanted)
		return;
	print_error("%s: %s, not %s%s%s\n", expr, ff_status_code(got), ff_status_code(wanted), got == FF_OK ? "" : ": ",
		got == FF_OK ? "" : t->err.detail);
	_fail(file, line);
}

struct repository_tx *
contract_begin(struct contract *t, enum tx_mode mode)
{
	struct repository_tx *tx = NULL;

	OK(t->r->ops->begin(t->r, &t->call, mode, t->now_ms, &tx, &t->err));
	assert_ptr_equal(tx->repository, t->r);
	assert_int_equal(tx->mode, mode);
	return tx;
}

struct tenant_state
contract_commit(struct contract *t, struct repository_tx *tx)
{
	struct tenant_state state = {0};

	OK(t->r->ops->commit(tx, &state, &t->err));
	return state;
}

void
contract_rollback(struct repository_tx *tx)
{
	tx->repository->ops->rollback(tx);
}

struct tenant_state
contract_state(struct contract *t)
{
	struct repository_tx *tx = contract_begin(t, TX_READ);
	struct tenant_state state = {0};

	OK(t->r->ops->state(tx, &state, &t->err));
	contract_rollback(tx);
	return state;
}

struct document
contract_document(enum document_kind kind, const char *key, const char *json)
{
	return (struct document){.kind = kind, .key = ff_str_z(key), .json = ff_str_z(json), .search = ff_str_z(key)};
}

struct document
contract_flag(struct contract *t, const char *key, const char *json, const char *part_json)
{
	struct document d = contract_document(DOCUMENT_FLAG, key, json);

	d.parts = FF_ARENA_NEW(t->arena, struct document_part);
	d.parts[0] = (struct document_part){.name = FF_STR("production"), .json = ff_str_z(part_json), .changed = true};
	d.n_parts = 1;
	return d;
}

struct document
contract_key(const char *id, const char *json, char secret)
{
	static const char hashes[2][SECRET_SHA256_BYTES + 1] = {
		"\0bcdefghijklmnopqrstuvwxyz01234\xff", "\x80ONMLKJIHGFEDCBA9876543210zyxwv\0"};
	struct document d = contract_document(DOCUMENT_KEY, id, json);

	d.secret_sha256 = ff_str_of(hashes[secret - 'a'], SECRET_SHA256_BYTES);
	return d;
}

uint64_t
contract_put(struct contract *t, struct repository_tx *tx, struct document *d, uint64_t expected_version)
{
	OK(t->r->ops->put(tx, d, expected_version, &t->err));
	return d->version;
}

uint64_t
contract_put_alone(struct contract *t, struct document *d, uint64_t expected_version)
{
	struct repository_tx *tx = contract_begin(t, TX_WRITE);

	contract_put(t, tx, d, expected_version);
	contract_commit(t, tx);
	return d->version;
}

uint64_t
contract_remove_alone(struct contract *t, enum document_kind kind, const char *key, uint64_t expected_version)
{
	struct repository_tx *tx = contract_begin(t, TX_WRITE);
	uint64_t version = 0;

	OK(t->r->ops->remove(tx, kind, ff_str_z(key), expected_version, &version, &t->err));
	contract_commit(t, tx);
	return version;
}

void
contract_environment(struct contract *t, const char *key)
{
	struct document d = contract_document(DOCUMENT_ENVIRONMENT, key, "{}");

	contract_put_alone(t, &d, 0);
}

bool
contract_get(struct contract *t, enum document_kind kind, const char *key, struct document *ret)
{
	static const ff_status missing[] = {
		[DOCUMENT_FLAG] = FF_EFLAGNOTFOUND,
		[DOCUMENT_SEGMENT] = FF_ESEGMENTNOTFOUND,
		[DOCUMENT_ENVIRONMENT] = FF_EENVIRONMENTNOTFOUND,
		[DOCUMENT_KEY] = FF_EKEYNOTFOUND,
	};
	struct repository_tx *tx = contract_begin(t, TX_READ);
	ff_status status = t->r->ops->get(tx, kind, ff_str_z(key), t->arena, ret, &t->err);

	contract_rollback(tx);
	if (status != FF_OK)
		EXPECT(missing[kind], status);
	return status == FF_OK;
}

ff_str
contract_list(struct contract *t, const struct document_query *query, bool *ret_more)
{
	struct repository_tx *tx = contract_begin(t, TX_READ);
	struct document_list list = {0};
	ff_str keys = FF_STR("");

	OK(t->r->ops->list(tx, query, t->arena, &list, &t->err));
	contract_rollback(tx);
	for (uint32_t i = 0; i < list.n; i++)
		keys = ff_arena_printf(t->arena, "%.*s%s%.*s", FF_FMT(keys), i ? " " : "", FF_FMT(list.items[i].key));
	if (ret_more)
		*ret_more = list.more;
	return keys;
}
