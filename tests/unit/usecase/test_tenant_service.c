/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/tenant_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"

static ff_status
create(struct fixture *f, const char *body)
{
	struct write_request request = {.now_ms = f->now_ms += 1000, .body = quoted(f, body)};

	return tenant_create(&f->call, &f->service, &request, &f->arena, &f->answer, &f->err);
}

static ff_status
delete_tenant(struct fixture *f, const char *key)
{
	struct write_request request = {.now_ms = f->now_ms += 1000};

	return tenant_delete(&f->call, &f->service, ff_str_z(key), &request, &f->arena, &f->answer, &f->err);
}

static void
test_bodies_that_are_refused(void **state)
{
	static const struct {
		const char *body;
		ff_status status;
	} rows[] = {
		{"", FF_EPARSE},
		{"[]", FF_EMALFORMED},
		{"{}", FF_EINVALID},
		{"{'key': 1}", FF_EINVALID},
		{"{'key': ''}", FF_EINVALID},
		{"{'key': '*'}", FF_EINVALID},
		{"{'key': 'a b'}", FF_EINVALID},
		{"{'key': 'a', 'name': 1}", FF_EINVALID},
		{"{'key': 'a', 'nmae': 'A'}", FF_EINVALID},
		{"{'key': 'acme'}", FF_ETENANTEXISTS},
	};

	for (unsigned i = 0; i < FF_COUNT(rows); i++)
		assert_int_equal(create(*state, rows[i].body), rows[i].status);
}

static void
test_new_tenant_is_empty_and_has_an_environment(void **state)
{
	static const struct step make_flag = {CREATE_FLAG, "", "{'key': 'a', 'type': 'boolean'}"};
	static const struct step get_flag = {GET_FLAG, "a", NULL};
	struct fixture *f = *state;

	fixture_step(f, &make_flag);
	assert_int_equal(create(f, "{'key': 'other', 'name': 'Other'}"), FF_OK);
	assert_at(f, f->answer.json, "/key", "'other'");
	assert_at(f, f->answer.json, "/name", "'Other'");
	assert_true(f->answer.revision > 0);
	f->call.tenant = FF_STR("other");
	fixture_step(f, &(struct step){GET_FLAG, "a", NULL, .status = FF_EFLAGNOTFOUND});
	fixture_step(f, &make_flag);
	fixture_step(f, &get_flag);
	assert_at(f, f->json, "/environments/production/version", "0");
}

static void
test_list_has_pages(void **state)
{
	struct page_request page = {.limit = 2};
	struct fixture *f = *state;
	ff_str json;

	assert_int_equal(create(f, "{'key': 'b'}"), FF_OK);
	assert_int_equal(create(f, "{'key': 'c'}"), FF_OK);
	assert_int_equal(tenant_list(&f->call, &f->service, &page, &f->arena, &json, &f->err), FF_OK);
	assert_at(f, json, "/items/0/key", "'acme'");
	assert_at(f, json, "/items/1/key", "'b'");
	assert_at(f, json, "/items/1/name", "''");
	assert_at(f, json, "/nextCursor", "'Yg'"); /* base64url of "b" */
	page.cursor = FF_STR("Yg");
	assert_int_equal(tenant_list(&f->call, &f->service, &page, &f->arena, &json, &f->err), FF_OK);
	assert_at(f, json, "/items/0/key", "'c'");
	assert_at(f, json, "/items/1", NULL);
	assert_at(f, json, "/nextCursor", "null");
	page.cursor = FF_STR("!");
	assert_int_equal(tenant_list(&f->call, &f->service, &page, &f->arena, &json, &f->err), FF_EMALFORMED);
}

static void
test_deleted_tenant_is_not_served_and_not_made_again(void **state)
{
	static const struct step make_flag = {CREATE_FLAG, "", "{'key': 'a', 'type': 'boolean'}"};
	struct fixture *f = *state;

	fixture_step(f, &make_flag);
	fixture_decide(f, "production", "a", "u"); /* loads it */
	assert_int_equal(delete_tenant(f, "nobody"), FF_ETENANTNOTFOUND);
	assert_int_equal(snapshot_table_stats(f->snapshots, 0).loaded, 1);
	assert_int_equal(delete_tenant(f, "acme"), FF_OK);
	assert_int_equal(snapshot_table_stats(f->snapshots, 0).loaded, 0);
	fixture_step(f, &(struct step){GET_FLAG, "a", NULL, .status = FF_ETENANTNOTFOUND});
	assert_int_equal(delete_tenant(f, "acme"), FF_ETENANTNOTFOUND);
	assert_int_equal(create(f, "{'key': 'acme'}"), FF_ETENANTEXISTS);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_bodies_that_are_refused),
		ROW(test_new_tenant_is_empty_and_has_an_environment),
		ROW(test_list_has_pages),
		ROW(test_deleted_tenant_is_not_served_and_not_made_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
