/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/key_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_pointer.h"
#include "fixture.h"
#include "sys/sha256.h"
#include "usecase/api_key.h"

static ff_status
create(struct fixture *f, const char *body)
{
	struct write_request request = {.now_ms = f->now_ms += 1000, .body = quoted(f, body)};

	return key_create(&f->call, &f->service, &request, &f->arena, &f->answer, &f->err);
}

static ff_status
revoke(struct fixture *f, ff_str id, struct expected_version expected)
{
	struct write_request request = {.now_ms = f->now_ms += 1000, .expected = expected};

	return key_revoke(&f->call, &f->service, id, &request, &f->arena, &f->answer, &f->err);
}

static ff_str
text_at(struct fixture *f, const char *member)
{
	FF_CLEANUP(json_decrefp) json_t *doc = NULL;

	assert_int_equal(FF_OK, json_doc_parse(f->answer.json, &doc, NULL));
	return ff_arena_str(&f->arena, json_doc_str(json_object_get(doc, member)));
}

static void
test_bodies_that_are_refused(void **state)
{
	static const struct {
		const char *body, *says;
	} rows[] = {
		{"{}", "/kind"},
		{"{'kind': 'root', 'name': 'n'}", "/kind"},
		{"{'kind': 7, 'name': 'n'}", "/kind"},
		{"{'kind': 'admin', 'role': 'admin'}", "/name"},
		{"{'kind': 'admin', 'role': 'admin', 'name': ''}", "/name"},
		{"{'kind': 'admin', 'name': 'n'}", "/role"},
		{"{'kind': 'admin', 'name': 'n', 'role': 'owner'}", "/role"},
		{"{'kind': 'admin', 'name': 'n', 'role': 'admin', 'environment': 'production'}", "/environment"},
		{"{'kind': 'admin', 'name': 'n', 'role': 'admin', 'origins': []}", "/origins"},
		{"{'kind': 'server', 'name': 'n'}", "/environment"},
		{"{'kind': 'server', 'name': 'n', 'environment': 'nowhere'}", "/environment"},
		{"{'kind': 'server', 'name': 'n', 'environment': 'production', 'role': 'admin'}", "/role"},
		{"{'kind': 'server', 'name': 'n', 'environment': 'production', 'origins': []}", "/origins"},
		{"{'kind': 'client', 'name': 'n', 'environment': 'production', 'origins': 'x'}", "/origins"},
		{"{'kind': 'client', 'name': 'n', 'environment': 'production', 'origins': ['https://a', 'a.com']}",
			"/origins/1"},
		{"{'kind': 'client', 'name': 'n', 'environment': 'production', 'origins': ['https://a/path']}", "/origins/0"},
		{"{'kind': 'server', 'name': 'n', 'environment': 'production', 'expiresAt': 'soon'}", "/expiresAt"},
		{"{'kind': 'server', 'name': 'n', 'environment': 'production', 'expiresAt': '2001-01-01T00:00:00Z'}",
			"/expiresAt"},
		{"{'kind': 'server', 'name': 'n', 'environment': 'production', 'id': '0000000000000000000000'}", "/id"},
		{"{'kind': 'server', 'name': 'n', 'environment': 'production', 'key': 'mine'}", "/key"},
	};
	struct fixture *f = *state;

	for (unsigned i = 0; i < FF_COUNT(rows); i++) {
		bool told = false;

		assert_int_equal(create(f, rows[i].body), FF_EINVALID);
		for (const struct ff_fault *fault = f->err.faults; fault; fault = fault->next)
			told = told || ff_str_eqz(fault->pointer, rows[i].says);
		if (!told)
			fail_msg("%s: %s is not told", rows[i].body, rows[i].says);
	}
	assert_int_equal(create(f, "[]"), FF_EMALFORMED);
	assert_int_equal(create(f, ""), FF_EPARSE);
}

/* What the store keeps of a key must not be enough to present it. */
static void
test_only_the_hash_of_the_secret_is_stored(void **state)
{
	struct fixture *f = *state;
	const struct repository_ops *ops = f->repository->ops;
	const struct page_request page = {.limit = 10};
	unsigned char sha256[SHA256_BYTES];
	struct key_record record;
	struct api_key key;
	ff_str text, json;

	assert_int_equal(create(f, "{'kind': 'server', 'name': 'n', 'environment': 'staging'}"), FF_OK);
	text = text_at(f, "key");
	assert_true(api_key_parse(text, &key));
	assert_int_equal(key.kind, API_KEY_SERVER);
	assert_true(ff_str_eq(key.id, f->answer.key));
	assert_int_equal(ops->key_find(f->repository, &f->call, key.id, &f->arena, &record, &f->err), FF_OK);
	sha256_once(key.secret, sha256);
	assert_true(ff_str_eq(record.secret_sha256, ff_str_of((const char *)sha256, sizeof sha256)));
	assert_false(ff_str_contains(record.json, key.secret));
	assert_int_equal(key_list(&f->call, &f->service, &page, &f->arena, &json, &f->err), FF_OK);
	assert_false(ff_str_contains(json, key.secret));
	assert_true(ff_str_contains(json, key.id));
}

static void
test_key_is_told_as_it_was_made(void **state)
{
	struct fixture *f = *state;

	f->call.actor = FF_STR("key:abc");
	assert_int_equal(create(f,
						 "{'kind': 'client', 'name': 'web', 'environment': 'production', "
						 "'origins': ['https://a.example.com:8443'], 'expiresAt': '2126-01-01T00:00:00+01:00'}"),
		FF_OK);
	assert_at(f, f->answer.json, "/kind", "'client'");
	assert_at(f, f->answer.json, "/name", "'web'");
	assert_at(f, f->answer.json, "/environment", "'production'");
	assert_at(f, f->answer.json, "/origins", "['https://a.example.com:8443']");
	assert_at(f, f->answer.json, "/expiresAt", "'2125-12-31T23:00:00.000Z'");
	assert_at(f, f->answer.json, "/createdBy", "'key:abc'");
	assert_at(f, f->answer.json, "/role", NULL);
	assert_at(f, f->answer.json, "/version", "1");
	assert_int_equal(create(f, "{'kind': 'admin', 'name': 'ops', 'role': 'editor'}"), FF_OK);
	assert_at(f, f->answer.json, "/role", "'editor'");
	assert_at(f, f->answer.json, "/environment", NULL);
}

static void
test_revoked_key_is_gone_for_ever(void **state)
{
	struct fixture *f = *state;
	struct key_record record;
	ff_str id;

	assert_int_equal(create(f, "{'kind': 'admin', 'name': 'n', 'role': 'viewer'}"), FF_OK);
	id = f->answer.key;
	assert_int_equal(revoke(f, id, (struct expected_version)IF_MATCH(7)), FF_EPRECONDITION);
	assert_int_equal(revoke(f, id, (struct expected_version){0}), FF_OK);
	assert_int_equal(f->answer.version, 2);
	assert_int_equal(revoke(f, id, (struct expected_version){0}), FF_EKEYNOTFOUND);
	assert_int_equal(f->repository->ops->key_find(f->repository, &f->call, id, &f->arena, &record, &f->err), FF_OK);
	assert_true(record.revoked);
}

static void
test_key_of_another_tenant_cannot_be_revoked(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(create(f, "{'kind': 'admin', 'name': 'n', 'role': 'viewer'}"), FF_OK);
	assert_int_equal(FF_OK,
		f->repository->ops->tenant_ensure(f->repository, &f->call, FF_STR("other"), FF_STR(""), f->now_ms, NULL));
	f->call.tenant = FF_STR("other");
	assert_int_equal(revoke(f, f->answer.key, (struct expected_version){0}), FF_EKEYNOTFOUND);
}

static void
test_environment_stays_while_keys_are_for_it(void **state)
{
	static const struct step refused = {
		DELETE_ENVIRONMENT, "staging", NULL, .status = FF_EENVIRONMENTINUSE, .says = "used by key"};
	static const struct step deleted = {DELETE_ENVIRONMENT, "staging", NULL};
	struct fixture *f = *state;
	ff_str id;

	assert_int_equal(create(f, "{'kind': 'server', 'name': 'n', 'environment': 'staging'}"), FF_OK);
	id = f->answer.key;
	fixture_step(f, &refused);
	assert_int_equal(revoke(f, id, (struct expected_version){0}), FF_OK);
	fixture_step(f, &deleted);
}

static void
test_list_has_pages(void **state)
{
	struct page_request page = {.limit = 2};
	struct fixture *f = *state;
	unsigned seen = 0, pages = 0;

	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(create(f, "{'kind': 'admin', 'name': 'n', 'role': 'viewer'}"), FF_OK);
	do {
		FF_CLEANUP(json_decrefp) json_t *doc = NULL;
		ff_str json;

		assert_int_equal(key_list(&f->call, &f->service, &page, &f->arena, &json, &f->err), FF_OK);
		assert_int_equal(json_doc_parse(json, &doc, NULL), FF_OK);
		seen += (unsigned)json_array_size(json_object_get(doc, "items"));
		page.cursor = json_is_string(json_object_get(doc, "nextCursor"))
			? ff_arena_str(&f->arena, json_doc_str(json_object_get(doc, "nextCursor")))
			: (ff_str){0};
		pages++;
	} while (page.cursor.n);
	assert_int_equal(seen, 5);
	assert_int_equal(pages, 3);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_bodies_that_are_refused),
		ROW(test_only_the_hash_of_the_secret_is_stored),
		ROW(test_key_is_told_as_it_was_made),
		ROW(test_revoked_key_is_gone_for_ever),
		ROW(test_key_of_another_tenant_cannot_be_revoked),
		ROW(test_environment_stays_while_keys_are_for_it),
		ROW(test_list_has_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
