/* SPDX-License-Identifier: Apache-2.0 */
/* A tenant out and in again: all of it or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fixture.h"
#include "usecase/transfer_service.h"

#define STEPS(f, ...)                                      \
	do {                                                   \
		static const struct step steps_[] = {__VA_ARGS__}; \
		fixture_steps((f), steps_, FF_COUNT(steps_));      \
	} while (0)

static ff_status
import_json(struct fixture *f, ff_str json, struct transfer_counts *ret)
{
	f->err = (struct ff_err){0};
	return transfer_import(&f->call, &f->service, json, f->now_ms, &f->arena, ret, &f->err);
}

static ff_str
export_json(struct fixture *f)
{
	uint64_t revision;
	ff_str json;

	assert_int_equal(FF_OK, transfer_export(&f->call, &f->service, &f->arena, &json, &revision, &f->err));
	return json;
}

/* Two flags and two segments that name each other, the namer first. */
static const char transfer[] =
	"{'format': 'ffs-tenant/1', 'environments': [{'key': 'dev', 'name': 'Dev'}, {'key': 'production'}],"
	" 'segments': [{'key': 's', 'when': {'segment': 't'}}, {'key': 't', 'included': ['u']}],"
	" 'flags': [{'key': 'a', 'type': 'boolean', 'environments': {'dev': {'enabled': true, 'prerequisites':"
	" [{'flag': 'b', 'variations': ['on']}], 'rules': [{'when': {'segment': 's'}, 'serve': {'variation': 'on'}}]}}},"
	" {'key': 'b', 'type': 'boolean', 'environments': {'dev': {'enabled': true, 'default': {'variation': 'on'}}}}]}";

static void
test_import_writes_all_in_one_change_set(void **state)
{
	struct fixture *f = *state;
	struct transfer_counts counts;

	assert_int_equal(FF_OK, import_json(f, quoted(f, transfer), &counts));
	assert_int_equal(5, counts.created);
	assert_int_equal(1, counts.updated); /* production lost its name */
	assert_int_equal(0, counts.unchanged);
	assert_int_equal(3, counts.revision);
	STEPS(f, {GET_FLAG, "b", NULL}, {GET_FLAG, "a", NULL});
	assert_at(f, f->json, "/revision", "3");
	assert_at(f, fixture_decide(f, "dev", "a", "u"), "/variation", "'on'");
	assert_at(f, fixture_decide(f, "dev", "a", "v"), "/variation", "'off'");
}

static void
test_import_twice_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct transfer_counts counts;

	assert_int_equal(FF_OK, import_json(f, quoted(f, transfer), &counts));
	assert_int_equal(FF_OK, import_json(f, quoted(f, transfer), &counts));
	assert_int_equal(0, counts.created + counts.updated);
	assert_int_equal(6, counts.unchanged);
	assert_int_equal(3, counts.revision);
	assert_int_equal(FF_OK, import_json(f, export_json(f), &counts));
	assert_int_equal(3, counts.revision);
	assert_int_equal(7, counts.unchanged); /* staging is in the export */
}

static void
test_export_is_all_there_is(void **state)
{
	struct fixture *f = *state, other;
	struct transfer_counts counts;
	ff_str json;

	assert_int_equal(FF_OK, import_json(f, quoted(f, transfer), &counts));
	json = export_json(f);
	assert_at(f, json, "/format", "'ffs-tenant/1'");
	assert_at(f, json, "/environments/2/key", "'staging'");
	assert_at(f, json, "/segments/1/included", "['u']");
	assert_at(f, json, "/flags/0/environments/production", NULL); /* never configured */
	assert_at(f, json, "/flags/0/environments/dev/enabled", "true");
	fixture_open(&other);
	assert_int_equal(FF_OK, import_json(&other, json, &counts));
	assert_at(&other, fixture_decide(&other, "dev", "a", "u"), "/variation", "'on'");
	fixture_close(&other);
}

static void
test_import_keeps_what_it_does_not_mention(void **state)
{
	struct fixture *f = *state;
	struct transfer_counts counts;

	STEPS(f, {CREATE_FLAG, "", "{'key': 'b', 'type': 'boolean', 'environments': {'staging': {'enabled': true}}}"},
		{CREATE_FLAG, "", "{'key': 'z', 'type': 'boolean'}"});
	assert_int_equal(FF_OK, import_json(f, quoted(f, transfer), &counts));
	STEPS(f, {GET_FLAG, "z", NULL}, {GET_FLAG, "b", NULL});
	assert_at(f, f->json, "/environments/staging/enabled", "true");
	assert_at(f, f->json, "/environments/dev/enabled", "true");
}

static void
test_import_with_faults_writes_nothing_and_lists_them(void **state)
{
	static const struct {
		const char *json, *says;
		ff_status status;
	} cases[] = {
		{"[]", "must be an object", FF_EMALFORMED},
		{"{'format'", "", FF_EPARSE},
		{"{}", "/format: must be 'ffs-tenant/1'", FF_EINVALID},
		{"{'format': 'ffs-tenant/1', 'flag': []}", "/flag: is not known here", FF_EINVALID},
		{"{'format': 'ffs-tenant/1', 'flags': {}}", "/flags: must be a list", FF_EINVALID},
		{"{'format': 'ffs-tenant/1', 'segments': [{'key': 's'}, {'key': 's'}]}", "/segments/1/key: 's' is in the list",
			FF_EINVALID},
		{"{'format': 'ffs-tenant/1', 'segments': [{'key': 's'}], 'flags': [{'key': 'a', 'type': 'boolean'}, 7]}",
			"/flags/1: ", FF_EINVALID},
		{"{'format': 'ffs-tenant/1', 'segments': [{'key': 's', 'when': {'segment': 'nope'}}]}",
			"/segments/0/when/segment: there is no segment 'nope'", FF_EINVALID},
		{"{'format': 'ffs-tenant/1', 'segments': [{'key': 's', 'when': {'segment': 't'}}, {'key': 't', 'when':"
		 " {'segment': 's'}}]}",
			"/segments/0/when/segment: is a cycle: s → t → s", FF_EINVALID},
		{"{'format': 'ffs-tenant/1', 'flags': [{'key': 'a', 'type': 'boolean', 'environments': {'nope': {}}}]}",
			"/flags/0/environments/nope", FF_EINVALID},
	};
	struct fixture *f = *state;
	struct transfer_counts counts;

	for (unsigned i = 0; i < FF_COUNT(cases); i++) {
		FF_CLEANUP(ff_buf_release) struct ff_buf text;

		assert_int_equal(cases[i].status, import_json(f, quoted(f, cases[i].json), &counts));
		ff_buf_init(&text, 1 << 16);
		ff_buf_printf(&text, "%s\n", f->err.detail);
		for (const struct ff_fault *fault = f->err.faults; fault; fault = fault->next)
			ff_buf_printf(&text, "%.*s: %.*s\n", FF_FMT(fault->pointer), FF_FMT(fault->message));
		if (!ff_str_contains(ff_buf_str(&text), quoted(f, cases[i].says)))
			fail_msg("%s\nsays %.*s", cases[i].json, FF_FMT(ff_buf_str(&text)));
	}
	STEPS(f, {GET_SEGMENT, "s", NULL, {0}, FF_ESEGMENTNOTFOUND}, {GET_FLAG, "a", NULL, {0}, FF_EFLAGNOTFOUND});
	assert_int_equal(FF_OK, import_json(f, quoted(f, "{'format': 'ffs-tenant/1'}"), &counts));
	assert_int_equal(2, counts.revision); /* the tenant and its second environment */
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_import_writes_all_in_one_change_set),
		TEST(test_import_twice_changes_nothing),
		TEST(test_export_is_all_there_is),
		TEST(test_import_keeps_what_it_does_not_mention),
		TEST(test_import_with_faults_writes_nothing_and_lists_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
