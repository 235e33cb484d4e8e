/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/alloc_count.h"
#include "support/engine.h"
#include "support/sdk.h"
#include "sys/clock.h"
#include "transport/http/problem.h"

struct fixture {
	struct sdk sdk;
	json_t *golden;
	struct ff_err err;
};

static int
setup(void **state)
{
	struct fixture *f = ff_xcalloc(1, sizeof *f);

	f->golden = golden_load("evaluate_bodies.json");
	sdk_open(&f->sdk, f->golden);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	sdk_close(&f->sdk);
	json_decref(f->golden);
	free(f);
	return 0;
}

/* ---- POST /v1/evaluate, by tests/golden/evaluate_bodies.json ---- */

static void
put_body(struct ff_buf *out, const json_t *test)
{
	const json_t *body = json_object_get(test, "body"), *piece;
	const char *hex = json_string_value(json_object_get(test, "bodyHex"));
	size_t i;

	ff_buf_reset(out);
	ff_buf_reserve(out, 1);
	for (; hex && *hex; hex += 2)
		ff_buf_char(out, (char)strtoul((char[]){hex[0], hex[1], '\0'}, NULL, 16));
	if (json_is_string(body))
		ff_buf_put(out, json_string_value(body), json_string_length(body));
	json_array_foreach (body, i, piece)
		for (json_int_t n = json_integer_value(json_array_get(piece, 1)); n > 0; n--)
			ff_buf_str_put(out, ff_str_z(json_string_value(json_array_get(piece, 0))));
}

/* The answer as JSON, every name in it only once. */
static json_t *
answer_of(const struct sdk *s)
{
	const struct ff_buf *body = &s->x.response.body;
	json_t *answer = json_loadb(body->p, body->n, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(answer);
	return answer;
}

static void
assert_decisions(const struct sdk *s, const json_t *test)
{
	json_t *answer = answer_of(s), *decisions = json_object_get(answer, "decisions"), *decision;
	const char *key;

	assert_true(json_is_integer(json_object_get(answer, "revision")));
	json_object_foreach (decisions, key, decision)
		json_object_del(decision, "version");
	if (!json_equal(decisions, json_object_get(test, "decisions")))
		fail_msg("%s: %.*s", json_string_value(json_object_get(test, "name")), FF_FMT(ff_buf_str(&s->x.response.body)));
	json_decref(answer);
}

static void
test_body_gives_decisions_or_says_where_it_is_wrong(void **state)
{
	struct fixture *f = *state;
	FF_CLEANUP(ff_buf_release) struct ff_buf body;
	const json_t *test;
	size_t i;

	ff_buf_init(&body, 1 << 20);
	json_array_foreach (json_object_get(f->golden, "cases"), i, test) {
		const char *name = json_string_value(json_object_get(test, "name"));
		const char *detail = json_string_value(json_object_get(test, "detail"));
		unsigned status;

		put_body(&body, test);
		f->err = (struct ff_err){0};
		status = problem_http_status(sdk_post(&f->sdk, ff_buf_str(&body), &f->err));
		if (status != json_integer_value(json_object_get(test, "status")))
			fail_msg("%s: %u %s", name, status, f->err.detail);
		if (status == 200)
			assert_decisions(&f->sdk, test);
		else if (!strstr(f->err.detail, detail))
			fail_msg("%s: \"%s\" is not in \"%s\"", name, detail, f->err.detail);
	}
}

static void
assert_field(const struct sdk *s, const char *line)
{
	if (!ff_str_contains(ff_buf_str(&s->x.response.fields), ff_str_z(line)))
		fail_msg("no %s in %.*s", line, FF_FMT(ff_buf_str(&s->x.response.fields)));
}

static void
assert_body(const struct sdk *s, const char *body)
{
	if (!ff_str_eqz(ff_buf_str(&s->x.response.body), body))
		fail_msg("not %s but %.*s", body, FF_FMT(ff_buf_str(&s->x.response.body)));
}

static void
test_answer_says_its_revision_and_age(void **state)
{
	struct fixture *f = *state;

	f->sdk.now_ms += 120;
	assert_int_equal(sdk_post(&f->sdk, FF_STR("{\"flagKeys\":[\"on-off\"]}"), &f->err), FF_OK);
	assert_body(&f->sdk,
		"{\"revision\":2,\"decisions\":{\"on-off\":{\"value\":true,\"variation\":\"on\",\"reason\":\"DEFAULT\","
		"\"version\":1}}}");
	assert_field(&f->sdk, "FFS-Revision: 2\r\n");
	assert_field(&f->sdk, "FFS-Age-Ms: 120\r\n");
	assert_null(f->sdk.deferred);
}

/* A loaded snapshot is answered from where the request came in; another one by a worker, once. */
static void
test_only_a_load_goes_to_a_worker(void **state)
{
	static const ff_str body = FF_STR("{\"flagKey\":\"on-off\",\"environment\":\"staging\"}");
	struct fixture *f = *state;

	assert_int_equal(sdk_post(&f->sdk, body, &f->err), FF_OK);
	assert_non_null(f->sdk.deferred);
	assert_int_equal(sdk_post(&f->sdk, body, &f->err), FF_OK);
	assert_null(f->sdk.deferred);
}

/* Then there is no schema to read the attributes by: they are checked, and read when it is there. */
static void
test_body_is_checked_before_anything_is_loaded_for_it(void **state)
{
	static const ff_str good = FF_STR("{\"attributes\":{\"country\":\"DE\",\"age\":31},\"flagKey\":\"by-country\"}");
	struct fixture *f = *state;

	sdk_write(&f->sdk, FF_STR("acme"), f->golden);
	f->sdk.tenant = FF_STR("acme");
	assert_int_equal(sdk_post(&f->sdk, FF_STR("{\"attributes\":{\"country\":tru}}"), &f->err), FF_EPARSE);
	assert_string_equal(f->err.detail, "an unknown word at byte 25, in /attributes/country");
	assert_null(f->sdk.deferred);
	assert_int_equal(sdk_post(&f->sdk, good, &f->err), FF_OK);
	assert_non_null(f->sdk.deferred);
	assert_true(ff_str_contains(ff_buf_str(&f->sdk.x.response.body), FF_STR("\"ruleId\":\"de\"")));
	assert_int_equal(sdk_post(&f->sdk, good, &f->err), FF_OK);
	assert_null(f->sdk.deferred);
}

static void
test_root_names_any_tenant_and_others_their_own(void **state)
{
	static const ff_str body = FF_STR("{\"flagKey\":\"on-off\",\"tenant\":\"acme\"}"), acme = FF_STR("acme");
	struct fixture *f = *state;

	sdk_write(&f->sdk, acme, f->golden);
	assert_int_equal(sdk_post(&f->sdk, body, &f->err), FF_EFORBIDDEN);
	f->sdk.principal.kind = PRINCIPAL_ROOT;
	assert_int_equal(sdk_post(&f->sdk, body, &f->err), FF_OK);
	assert_non_null(f->sdk.deferred);
	assert_int_equal(sdk_get(&f->sdk, FF_STR("on-off"), FF_STR("tenant=acme"), &f->err), FF_OK);
	assert_null(f->sdk.deferred);
	assert_int_equal(sdk_post(&f->sdk, FF_STR("{\"tenant\":\"nobody\"}"), &f->err), FF_ETENANTNOTFOUND);
}

static void
test_min_revision_asks_the_store_once(void **state)
{
	static const ff_str body = FF_STR("{\"flagKey\":\"later\"}"), min_revision = FF_STR("FFS-Min-Revision");
	struct fixture *f = *state;
	json_t *more = json_pack("{s:[{s:s,s:s}]}", "flags", "key", "later", "type", "boolean");

	sdk_field(&f->sdk, min_revision, FF_STR("2"));
	assert_int_equal(sdk_post(&f->sdk, body, &f->err), FF_OK);
	assert_null(f->sdk.deferred);
	sdk_write(&f->sdk, FF_STR("default"), more);
	assert_int_equal(sdk_post(&f->sdk, body, &f->err), FF_OK); /* 2 is what is loaded still */
	assert_field(&f->sdk, "FFS-Revision: 2\r\n");
	sdk_field(&f->sdk, min_revision, FF_STR("3"));
	assert_int_equal(sdk_post(&f->sdk, body, &f->err), FF_OK);
	assert_non_null(f->sdk.deferred);
	assert_field(&f->sdk, "FFS-Revision: 3\r\n");
	assert_int_equal(sdk_get(&f->sdk, FF_STR("later"), FF_STR(""), &f->err), FF_OK);
	assert_null(f->sdk.deferred);
	sdk_field(&f->sdk, min_revision, FF_STR("4"));
	assert_int_equal(sdk_post(&f->sdk, body, &f->err), FF_EREVISION);
	assert_int_equal(f->err.retry_after_s, 1);
	assert_int_equal(sdk_get(&f->sdk, FF_STR("later"), FF_STR(""), &f->err), FF_EREVISION);
	assert_int_equal(problem_http_status(FF_EREVISION), 503);
	json_decref(more);
}

static void
test_min_revision_must_be_a_number(void **state)
{
	static const char *const bad[] = {"x", "-1", "1.5", "99999999999999999999", "1 2"};
	struct fixture *f = *state;

	for (size_t i = 0; i < FF_COUNT(bad); i++) {
		sdk_field(&f->sdk, FF_STR("FFS-Min-Revision"), ff_str_z(bad[i]));
		assert_int_equal(sdk_post(&f->sdk, FF_STR("{}"), &f->err), FF_EMALFORMED);
		assert_non_null(strstr(f->err.detail, "FFS-Min-Revision must be a revision"));
	}
}

static void
test_wait_ends_at_the_deadline_or_with_the_caller(void **state)
{
	static const ff_str body = FF_STR("{\"environment\":\"staging\"}");
	struct fixture *f = *state;

	f->sdk.timeout_ms = 0;
	assert_int_equal(sdk_post(&f->sdk, body, &f->err), FF_ETIMEOUT);
	f->sdk.timeout_ms = 1000;
	atomic_store(&f->sdk.x.gone, true);
	assert_int_equal(sdk_post(&f->sdk, body, &f->err), FF_ECANCELLED);
	atomic_store(&f->sdk.x.gone, false);
	assert_int_equal(sdk_post(&f->sdk, body, &f->err), FF_OK);
}

/* ---- GET /v1/flags/{key} ---- */

static void
test_query_gives_a_decision_or_says_what_is_wrong(void **state)
{
	static const struct {
		const char *key, *query;
		ff_status status;
		const char *text; /* the answer, or a part of the detail */
	} cases[] = {
		{"nope", "", FF_EFLAGNOTFOUND, "there is no flag \"nope\" in the environment \"production\""},
		{"on-off", "a=%zz", FF_EMALFORMED, "query parameter 1, \"a\", has a bad percent-encoding"},
		{"on-off", "a=%00", FF_EMALFORMED, "or a NUL in it"},
		{"on-off", "%80=1", FF_EMALFORMED, "the name of query parameter 1 is not UTF-8"},
		{"on-off", "a=%c3", FF_EMALFORMED, "query parameter 1, \"a\", is not UTF-8"},
		{"on-off", "a=1&a=2", FF_EMALFORMED, "query parameter 2, \"a\", is given twice"},
		{"on-off", "a=1&a:number=2", FF_EMALFORMED, "query parameter \"a:number\": the attribute is given twice"},
		{"on-off", "a:number=", FF_EMALFORMED, "query parameter \"a:number\" takes a JSON number"},
		{"on-off", "a:number=0x1", FF_EMALFORMED, "takes a JSON number"},
		{"on-off", "a:boolean=1", FF_EMALFORMED, "query parameter \"a:boolean\" takes true or false"},
		{"on-off", "a:int=1", FF_EMALFORMED, "behind the last ':' stands a type"},
		{"on-off", "environment=", FF_EMALFORMED, "query parameter \"environment\" must be a key"},
		{"on-off", "environment=nowhere", FF_EENVIRONMENTNOTFOUND, "nowhere"},
		{"on-off", "tenant=acme", FF_EFORBIDDEN, "the tenant is \"default\" here, not \"acme\""},
		{"on-off", "", FF_OK,
			"{\"revision\":2,\"key\":\"on-off\",\"value\":true,\"variation\":\"on\",\"reason\":\"DEFAULT\",\"version\":"
			"1}"},
		{"on-off", "tenant=default&environment=staging", FF_OK,
			"{\"revision\":2,\"key\":\"on-off\",\"value\":false,\"variation\":\"off\",\"reason\":\"DEFAULT\","
			"\"version\":1}"},
		{"by-country", "userID=u-1", FF_OK,
			"{\"revision\":2,\"key\":\"by-country\",\"value\":true,\"variation\":\"on\",\"reason\":\"ALLOWLIST\","
			"\"version\":1}"},
		{"by-country", "country=DE&age:number=31", FF_OK,
			"{\"revision\":2,\"key\":\"by-country\",\"value\":true,\"variation\":\"on\",\"reason\":\"RULE_MATCH\","
			"\"ruleId\":\"de\",\"version\":1}"},
		{"by-country", "country:string=DE&age=31", FF_OK,
			"{\"revision\":2,\"key\":\"by-country\",\"value\":false,\"variation\":\"off\",\"reason\":\"DEFAULT\","
			"\"version\":1}"},
		{"by-country", "device.os=ios&beta:boolean=true", FF_OK,
			"{\"revision\":2,\"key\":\"by-country\",\"value\":true,\"variation\":\"on\",\"reason\":\"RULE_MATCH\","
			"\"ruleId\":\"ios\",\"version\":1}"},
		{"split", "userID=", FF_OK,
			"{\"revision\":2,\"key\":\"split\",\"value\":false,\"variation\":\"off\",\"reason\":\"ERROR\","
			"\"errorCode\":\"TARGETING_KEY_MISSING\",\"version\":1}"},
		{"nothing", "", FF_OK, "{\"revision\":2,\"key\":\"nothing\",\"reason\":\"PREREQUISITE_FAILED\",\"version\":1}"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		ff_status status = sdk_get(&f->sdk, ff_str_z(cases[i].key), ff_str_z(cases[i].query), &f->err);

		if (status != cases[i].status)
			fail_msg("%s?%s: %s", cases[i].key, cases[i].query, status == FF_OK ? "taken" : f->err.detail);
		if (status == FF_OK)
			assert_body(&f->sdk, cases[i].text);
		else if (!strstr(f->err.detail, cases[i].text))
			fail_msg("%s?%s: %s", cases[i].key, cases[i].query, f->err.detail);
	}
}

static void
test_query_has_256_attributes_at_most(void **state)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf query;
	struct fixture *f = *state;

	ff_buf_init(&query, 1 << 16);
	ff_buf_lit(&query, "userID=u&environment=production");
	for (unsigned i = 0; i < 256; i++)
		ff_buf_printf(&query, "&a%u=1", i);
	assert_int_equal(sdk_get(&f->sdk, FF_STR("on-off"), ff_buf_str(&query), &f->err), FF_OK);
	ff_buf_lit(&query, "&one=more");
	assert_int_equal(sdk_get(&f->sdk, FF_STR("on-off"), ff_buf_str(&query), &f->err), FF_EMALFORMED);
	assert_string_equal(f->err.detail, "more than 256 attributes");
}

/* ---- the promise of the hot path ---- */

static void
test_loaded_snapshot_is_answered_without_allocating(void **state)
{
	struct fixture *f = *state;
	const ff_str all =
		FF_STR("{\"userID\":\"u-9\",\"attributes\":{\"country\":\"\\u0044E\",\"age\":31,\"groups\":[\"a\"]}}");

	for (unsigned round = 0; round < 3; round++) {
		uint64_t before = alloc_count();

		assert_int_equal(sdk_post(&f->sdk, all, &f->err), FF_OK);
		assert_int_equal(sdk_get(&f->sdk, FF_STR("by-country"), FF_STR("age:number=1.5e300&x=%20"), &f->err), FF_OK);
		if (round > 0) /* the first grows arena, scratch and buffers to what the others need */
			assert_int_equal(alloc_count(), before);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_body_gives_decisions_or_says_where_it_is_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answer_says_its_revision_and_age, setup, teardown),
		cmocka_unit_test_setup_teardown(test_only_a_load_goes_to_a_worker, setup, teardown),
		cmocka_unit_test_setup_teardown(test_body_is_checked_before_anything_is_loaded_for_it, setup, teardown),
		cmocka_unit_test_setup_teardown(test_root_names_any_tenant_and_others_their_own, setup, teardown),
		cmocka_unit_test_setup_teardown(test_min_revision_asks_the_store_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_min_revision_must_be_a_number, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wait_ends_at_the_deadline_or_with_the_caller, setup, teardown),
		cmocka_unit_test_setup_teardown(test_query_gives_a_decision_or_says_what_is_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(test_query_has_256_attributes_at_most, setup, teardown),
		cmocka_unit_test_setup_teardown(test_loaded_snapshot_is_answered_without_allocating, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
