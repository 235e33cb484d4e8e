/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_patch.h"

static json_t *
parse(const char *text)
{
	struct ff_err err;
	json_t *json = NULL;

	if (json_doc_parse(ff_str_z(text), &json, &err) != FF_OK)
		fail_msg("%s: %s", text, err.detail);
	return json;
}

static void
assert_json(const json_t *got, const char *expected)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *other = parse(expected);

	if (!json_equal(got, other))
		fail_msg("got %s, expected %s", json_doc_dump(got, &arena).p, expected);
}

/* RFC 7396, appendix A. */
static void
test_merge_patch_does_what_its_rfc_shows(void **state)
{
	static const struct {
		const char *target, *patch, *result;
	} cases[] = {
		{"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
		{"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
		{"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
		{"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
		{"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
		{"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
		{"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
		{"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
		{"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
		{"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
		{"{\"a\":\"foo\"}", "null", "null"},
		{"{\"a\":\"foo\"}", "\"bar\"", "\"bar\""},
		{"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
		{"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
		{"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		json_t *target = parse(cases[i].target), *patch = parse(cases[i].patch);
		json_t *result = json_patch_merge(target, patch, NULL, 0);

		assert_json(result, cases[i].result);
		assert_json(target, cases[i].target);
		json_decref(target);
		json_decref(patch);
		json_decref(result);
	}
}

static void
test_merge_patch_replaces_named_places_whole(void **state)
{
	static const ff_str whole[] = {FF_STR("/environments/*/default"), FF_STR("/when"), FF_STR("/a~1b")};
	static const struct {
		const char *target, *patch, *result;
	} cases[] = {
		{"{\"when\":{\"all\":[]}}", "{\"when\":{\"any\":[]}}", "{\"when\":{\"any\":[]}}"},
		{"{\"when\":{\"all\":[]}}", "{\"when\":null}", "{}"},
		{"{\"a/b\":{\"x\":1}}", "{\"a/b\":{\"y\":1}}", "{\"a/b\":{\"y\":1}}"},
		{"{\"a\":{\"when\":{\"x\":1}}}", "{\"a\":{\"when\":{\"y\":1}}}", "{\"a\":{\"when\":{\"x\":1,\"y\":1}}}"},
		/* what is replaced whole is taken as it stands, null and all */
		{"{}", "{\"when\":{\"x\":null}}", "{\"when\":{\"x\":null}}"},
		{"{\"environments\":{\"p\":{\"default\":{\"variation\":\"on\"},\"enabled\":true}}}",
			"{\"environments\":{\"p\":{\"default\":{\"rollout\":5}}}}",
			"{\"environments\":{\"p\":{\"default\":{\"rollout\":5},\"enabled\":true}}}"},
		/* an environment may be called default, and is merged */
		{"{\"environments\":{\"default\":{\"enabled\":true,\"deny\":[]}}}",
			"{\"environments\":{\"default\":{\"enabled\":false}}}",
			"{\"environments\":{\"default\":{\"enabled\":false,\"deny\":[]}}}"},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		json_t *target = parse(cases[i].target), *patch = parse(cases[i].patch);
		json_t *result = json_patch_merge(target, patch, whole, FF_COUNT(whole));

		assert_json(result, cases[i].result);
		json_decref(target);
		json_decref(patch);
		json_decref(result);
	}
}

static void
test_merge_patch_shares_nothing_with_its_inputs(void **state)
{
	FF_CLEANUP(json_decrefp) json_t *target = parse("{\"a\":{\"x\":[1]}}"), *patch = parse("{\"b\":{\"y\":[2]}}");
	FF_CLEANUP(json_decrefp) json_t *result = json_patch_merge(target, patch, NULL, 0);

	(void)state;
	json_array_clear(json_object_get(json_object_get(result, "a"), "x"));
	json_array_clear(json_object_get(json_object_get(result, "b"), "y"));
	assert_json(target, "{\"a\":{\"x\":[1]}}");
	assert_json(patch, "{\"b\":{\"y\":[2]}}");
}

/* RFC 6902, appendix A, and the corners around it. */
static void
test_json_patch_does_what_its_rfc_shows(void **state)
{
	static const struct {
		const char *target, *patch, *result;
	} cases[] = {
		{"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]",
			"{\"baz\":\"qux\",\"foo\":\"bar\"}"},
		{"{\"foo\":[\"bar\",\"baz\"]}", "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
			"{\"foo\":[\"bar\",\"qux\",\"baz\"]}"},
		{"{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"remove\",\"path\":\"/baz\"}]", "{\"foo\":\"bar\"}"},
		{"{\"foo\":[\"bar\",\"qux\",\"baz\"]}", "[{\"op\":\"remove\",\"path\":\"/foo/1\"}]",
			"{\"foo\":[\"bar\",\"baz\"]}"},
		{"{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]",
			"{\"baz\":\"boo\",\"foo\":\"bar\"}"},
		{"{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}",
			"[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]",
			"{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}"},
		{"{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}",
			"[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]",
			"{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}"},
		{"{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}",
			"[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"qux\"},{\"op\":\"test\",\"path\":\"/foo/1\",\"value\":2}]",
			"{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}"},
		{"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/child\",\"value\":{\"grandchild\":{}}}]",
			"{\"foo\":\"bar\",\"child\":{\"grandchild\":{}}}"},
		{"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"xyz\":123}]",
			"{\"foo\":\"bar\",\"baz\":\"qux\"}"},
		{"{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":10}]", "{\"/\":9,\"~1\":10}"},
		{"{\"foo\":[\"bar\"]}", "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\",\"def\"]}]",
			"{\"foo\":[\"bar\",[\"abc\",\"def\"]]}"},
		{"{\"a\":[1,2]}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"},{\"op\":\"remove\",\"path\":\"/a/0\"}]",
			"{\"a\":[2],\"b\":[1,2]}"},
		{"[1,2,3]", "[{\"op\":\"replace\",\"path\":\"/1\",\"value\":[]}]", "[1,[],3]"},
		{"[1]", "[{\"op\":\"add\",\"path\":\"/1\",\"value\":null}]", "[1,null]"},
		{"{\"a\":1}", "[]", "{\"a\":1}"},
		{"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":2}]", "{\"a\":2}"},
		{"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":[7]}]", "[7]"},
		{"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"\",\"value\":null},{\"op\":\"test\",\"path\":\"\",\"value\":null}]",
			"null"},
		{"{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"\"}]", "1"},
		{"{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]", "{\"a\":{\"b\":1}}"},
		{"{\"a\":1,\"ab\":{}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/ab/c\"}]", "{\"ab\":{\"c\":1}}"},
		{"{\"a\":{}}", "[{\"op\":\"copy\",\"from\":\"\",\"path\":\"/a/b\"}]", "{\"a\":{\"b\":{\"a\":{}}}}"},
		/* numbers are tested by value */
		{"{\"a\":1,\"b\":2.0,\"c\":[{\"d\":3}]}",
			"[{\"op\":\"test\",\"path\":\"\",\"value\":{\"c\":[{\"d\":3.0}],\"b\":2,\"a\":1.0}}]",
			"{\"a\":1,\"b\":2.0,\"c\":[{\"d\":3}]}"},
		{"9223372036854775807", "[{\"op\":\"test\",\"path\":\"\",\"value\":9223372036854775807}]",
			"9223372036854775807"},
	};
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		json_t *target = parse(cases[i].target), *patch = parse(cases[i].patch), *result = NULL;
		struct ff_err err;

		if (json_patch_apply(target, patch, &arena, &result, &err) != FF_OK)
			fail_msg("case %zu: %s", i, err.detail);
		assert_json(result, cases[i].result);
		assert_json(target, cases[i].target);
		json_decref(target);
		json_decref(patch);
		json_decref(result);
	}
}

static void
test_json_patch_fails_whole_and_says_where(void **state)
{
	static const char target[] = "{\"a\":{\"b\":[1,2]},\"foo\":\"bar\",\"n\":9007199254740993}";
	static const struct {
		const char *patch, *pointer, *message;
	} cases[] = {
		{"[1]", "/0", "must be an object, not a number"},
		{"[{}]", "/0/op", "is required"},
		{"[{\"op\":1}]", "/0/op", "must be a string"},
		{"[{\"op\":\"spam\"}]", "/0/op",
			"there is no operation \"spam\"; there are add, remove, replace, move, copy and test"},
		{"[{\"op\":\"add\",\"value\":1}]", "/0/path", "is required"},
		{"[{\"op\":\"add\",\"path\":null,\"value\":1}]", "/0/path", "must be a JSON Pointer"},
		{"[{\"op\":\"add\",\"path\":\"x\",\"value\":1}]", "/0/path", "\"x\" is no JSON Pointer"},
		{"[{\"op\":\"add\",\"path\":\"/~2\",\"value\":1}]", "/0/path", "\"/~2\" is no JSON Pointer"},
		{"[{\"op\":\"add\",\"path\":\"/x\"}]", "/0/value", "is required"},
		{"[{\"op\":\"replace\",\"path\":\"/foo\"}]", "/0/value", "is required"},
		{"[{\"op\":\"test\",\"path\":\"/foo\"}]", "/0/value", "is required"},
		{"[{\"op\":\"add\",\"path\":\"/baz/bat\",\"value\":\"qux\"}]", "/0/path",
			"there is no object or list that could have \"bat\""},
		{"[{\"op\":\"add\",\"path\":\"/foo/bat\",\"value\":\"qux\"}]", "/0/path",
			"there is no object or list that could have \"bat\""},
		{"[{\"op\":\"add\",\"path\":\"/a/b/3\",\"value\":0}]", "/0/path", "\"3\" is no index of a list of 2 items"},
		{"[{\"op\":\"add\",\"path\":\"/a/b/01\",\"value\":0}]", "/0/path", "\"01\" is no index of a list of 2 items"},
		{"[{\"op\":\"add\",\"path\":\"/a/b/x\",\"value\":0}]", "/0/path", "\"x\" is no index of a list of 2 items"},
		{"[{\"op\":\"remove\",\"path\":\"/a/b/-\"}]", "/0/path", "there is nothing at \"/a/b/-\""},
		{"[{\"op\":\"remove\",\"path\":\"/a/b/2\"}]", "/0/path", "there is nothing at \"/a/b/2\""},
		{"[{\"op\":\"remove\",\"path\":\"/x\"}]", "/0/path", "there is nothing at \"/x\""},
		{"[{\"op\":\"remove\",\"path\":\"\"}]", "/0/path", "the whole document cannot be taken away"},
		{"[{\"op\":\"replace\",\"path\":\"/x\",\"value\":1}]", "/0/path", "there is nothing at \"/x\""},
		{"[{\"op\":\"move\",\"path\":\"/x\"}]", "/0/from", "is required"},
		{"[{\"op\":\"move\",\"from\":\"/x\",\"path\":\"/y\"}]", "/0/from", "there is nothing at \"/x\""},
		{"[{\"op\":\"move\",\"from\":\"/a\"}]", "/0/path", "is required"},
		{"[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/c\"}]", "/0/path", "what is moved cannot go into itself"},
		{"[{\"op\":\"move\",\"from\":\"\",\"path\":\"/c\"}]", "/0/path", "what is moved cannot go into itself"},
		{"[{\"op\":\"move\",\"from\":\"/a/b/0\",\"path\":\"/a/b/2\"}]", "/0/path",
			"\"2\" is no index of a list of 1 items"},
		{"[{\"op\":\"copy\",\"from\":\"/x\",\"path\":\"/y\"}]", "/0/from", "there is nothing at \"/x\""},
		{"[{\"op\":\"test\",\"path\":\"/foo\",\"value\":\"baz\"}]", "/0/value", "is not what is at \"/foo\""},
		{"[{\"op\":\"test\",\"path\":\"/a/b\",\"value\":[1]}]", "/0/value", "is not what is at \"/a/b\""},
		{"[{\"op\":\"test\",\"path\":\"/a/b\",\"value\":[1,3]}]", "/0/value", "is not what is at \"/a/b\""},
		{"[{\"op\":\"test\",\"path\":\"/a\",\"value\":{\"c\":[1,2]}}]", "/0/value", "is not what is at \"/a\""},
		{"[{\"op\":\"test\",\"path\":\"/a\",\"value\":{\"b\":{}}}]", "/0/value", "is not what is at \"/a\""},
		{"[{\"op\":\"test\",\"path\":\"/a/b/0\",\"value\":\"1\"}]", "/0/value", "is not what is at \"/a/b/0\""},
		{"[{\"op\":\"test\",\"path\":\"/a/b/0\",\"value\":1.5}]", "/0/value", "is not what is at \"/a/b/0\""},
		/* 2^53 + 1 is no double, and 2^53 not what is there */
		{"[{\"op\":\"test\",\"path\":\"/n\",\"value\":9007199254740992.0}]", "/0/value", "is not what is at \"/n\""},
		{"[{\"op\":\"test\",\"path\":\"/n\",\"value\":1e300}]", "/0/value", "is not what is at \"/n\""},
		/* all or none */
		{"[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"remove\",\"path\":\"/a\"}]", "/1/path",
			"there is nothing at \"/a\""},
	};
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *doc = parse(target);

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		json_t *patch = parse(cases[i].patch), *result = NULL;
		struct ff_err err = {.faults = NULL};

		assert_int_equal(json_patch_apply(doc, patch, &arena, &result, &err), FF_EINVALID);
		assert_null(result);
		assert_non_null(err.faults);
		assert_null(err.faults->next);
		assert_string_equal(err.faults->pointer.p, cases[i].pointer);
		assert_string_equal(err.faults->message.p, cases[i].message);
		assert_json(doc, target);
		json_decref(patch);
	}
}

static ff_status
apply(const json_t *doc, const json_t *patch, json_t **ret, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	ff_status status = json_patch_apply(doc, patch, &arena, ret, reterr);

	reterr->faults = NULL; /* they went with the arena */
	return status;
}

static json_t *
repeat(const char *op, unsigned n)
{
	json_t *patch = json_array();

	for (unsigned i = 0; i < n; i++)
		json_doc_append(patch, parse(op));
	return patch;
}

static void
test_operations_end_at_the_limit(void **state)
{
	static const char op[] = "{\"op\":\"test\",\"path\":\"\",\"value\":1}";
	FF_CLEANUP(json_decrefp) json_t *doc = parse("1"), *result = NULL;
	FF_CLEANUP(json_decrefp) json_t *at = repeat(op, JSON_PATCH_OPS_MAX), *past = repeat(op, JSON_PATCH_OPS_MAX + 1);
	struct ff_err err;

	(void)state;
	assert_int_equal(apply(doc, at, &result, &err), FF_OK);
	assert_int_equal(apply(doc, past, &result, &err), FF_EINVALID);
	assert_string_equal(err.detail, "the patch has 10001 operations, at most 10000");
}

static void
test_json_patch_bombs_are_refused(void **state)
{
	static const struct {
		const char *doc, *patch, *detail;
	} cases[] = {
		/* 32 levels put into 32: the second op makes 65 */
		{"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
			"[{\"op\":\"copy\",\"from\":\"\",\"path\":\"/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/"
			"0\"},"
			"{\"op\":\"copy\",\"from\":\"\",\"path\":\"/-\"}]",
			"the patch has 1 fault: /1: makes more than 64 levels"},
		/* doubles its list with each */
		{"[[\"0123456789012345678901234567890123456789012345678901234567890123456789\"]]",
			"[{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},"
			"{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},"
			"{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},"
			"{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},"
			"{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},"
			"{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},"
			"{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},"
			"{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},"
			"{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"},"
			"{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/0/-\"}]",
			"the patch has 1 fault: /17: is one too many: the patch may move and copy 16777216 bytes"},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		json_t *doc = parse(cases[i].doc), *patch = parse(cases[i].patch), *result = NULL;
		struct ff_err err;

		assert_int_equal(apply(doc, patch, &result, &err), FF_EINVALID);
		assert_string_equal(err.detail, cases[i].detail);
		json_decref(doc);
		json_decref(patch);
	}
}

static json_t *
numbers(unsigned from, unsigned n)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < n; i++)
		json_doc_append(list, json_integer(from + i));
	return list;
}

static void
test_json_patch_moves_long_lists_only_so_often(void **state)
{
	FF_CLEANUP(json_decrefp) json_t *doc = numbers(0, 100000), *result = NULL;
	FF_CLEANUP(json_decrefp) json_t *at = repeat("{\"op\":\"remove\",\"path\":\"/0\"}", 600);
	FF_CLEANUP(json_decrefp) json_t *past = repeat("{\"op\":\"remove\",\"path\":\"/0\"}", 700);
	struct ff_err err;

	(void)state;
	assert_int_equal(apply(doc, at, &result, &err), FF_OK);
	assert_int_equal(json_array_size(result), 99400);
	json_decref(FF_TAKE(result));
	assert_int_equal(apply(doc, past, &result, &err), FF_EINVALID);
}

static void
test_a_patch_is_a_list(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *doc = parse("{}"), *result = NULL;
	struct ff_err err;

	(void)state;
	assert_int_equal(json_patch_apply(doc, doc, &arena, &result, &err), FF_EINVALID);
	assert_string_equal(err.detail, "a JSON Patch must be a list of operations, not an object");
}

static void
test_difference_is_small_and_exact(void **state)
{
	static const struct {
		const char *from, *to, *patch;
	} cases[] = {
		{"{\"a\":1}", "{\"a\":1}", "[]"},
		{"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", "[]"},
		{"null", "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"a\":1}}]"},
		{"{\"a\":1}", "{\"a\":1.0}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":1.0}]"},
		{"{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":3}",
			"[{\"op\":\"remove\",\"path\":\"/b\"},{\"op\":\"add\",\"path\":\"/c\",\"value\":3}]"},
		{"{\"a/b\":{\"~\":[]}}", "{\"a/b\":{\"~\":{}}}", "[{\"op\":\"replace\",\"path\":\"/a~1b/~0\",\"value\":{}}]"},
		{"{\"a\":null}", "{}", "[{\"op\":\"remove\",\"path\":\"/a\"}]"},
		/* short lists are replaced whole, long ones change where they differ */
		{"[1,2,3]", "[1,3]", "[{\"op\":\"replace\",\"path\":\"\",\"value\":[1,3]}]"},
		{"[\"a long string to keep\",\"a long string to lose\",\"another long string to keep\"]",
			"[\"a long string to keep\",\"another long string to keep\"]", "[{\"op\":\"remove\",\"path\":\"/1\"}]"},
		{"[\"a long string to keep\",\"another long string to keep\"]",
			"[\"a long string to keep\",1,2,\"another long string to keep\"]",
			"[{\"op\":\"replace\",\"path\":\"\",\"value\":[\"a long string to keep\",1,2,\"another long string to "
			"keep\"]}]"},
		{"[{\"id\":\"a long string to keep\",\"on\":true},{\"id\":\"another long string to keep\",\"on\":true}]",
			"[{\"id\":\"a long string to keep\",\"on\":true},{\"id\":\"another long string to keep\",\"on\":false}]",
			"[{\"op\":\"replace\",\"path\":\"/1/on\",\"value\":false}]"},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		json_t *from = parse(cases[i].from), *to = parse(cases[i].to), *patch = json_patch_diff(from, to);

		assert_json(patch, cases[i].patch);
		json_decref(from);
		json_decref(to);
		json_decref(patch);
	}
}

/* xorshift64: the same documents in every run. */
static uint64_t
draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static json_t *
random_doc(uint64_t *seed, unsigned levels)
{
	static const char *const strings[] = {"", "a", "b/c", "~", "a longer string than the others", "\xc3\xa9"};
	unsigned kind = draw(seed) % (levels ? 8 : 6), n = draw(seed) % 6;
	json_t *json;

	switch (kind) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(draw(seed) & 1);
	case 2:
		return json_integer((json_int_t)(draw(seed) % 5));
	case 3:
		return json_real((double)(draw(seed) % 5));
	case 4:
	case 5:
		return json_doc_new_str(ff_str_z(strings[draw(seed) % FF_COUNT(strings)]));
	case 6:
		json = json_array();
		for (unsigned i = 0; i < n; i++)
			json_doc_append(json, random_doc(seed, levels - 1));
		return json;
	}
	json = json_object();
	for (unsigned i = 0; i < n; i++)
		json_doc_set(json, ff_str_z(strings[draw(seed) % FF_COUNT(strings)]), random_doc(seed, levels - 1));
	return json;
}

/* `json` with some of it changed. */
static json_t *
mutate(const json_t *json, uint64_t *seed)
{
	const char *name;
	size_t name_n;
	json_t *result, *value;

	if (draw(seed) % 8 == 0)
		return random_doc(seed, 3);
	if (json_is_array(json)) {
		result = json_array();
		for (size_t i = 0; i < json_array_size(json); i++)
			if (draw(seed) % 5)
				json_doc_append(result, mutate(json_array_get(json, i), seed));
		return result;
	}
	if (!json_is_object(json))
		return json_doc_copy(json);
	result = json_object();
	json_doc_each (json, name, name_n, value) {
		if (draw(seed) % 5)
			json_doc_set(result, ff_str_of(name, name_n), mutate(value, seed));
	}
	return result;
}

static void
assert_difference_leads_there(const json_t *from, const json_t *to)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *patch = json_patch_diff(from, to), *result = NULL;
	struct ff_err err;

	if (json_patch_apply(from, patch, &arena, &result, &err) != FF_OK)
		fail_msg("%s: %s", json_doc_dump(patch, &arena).p, err.detail);
	if (!json_equal(result, to))
		fail_msg("%s to %s: %s gives %s", json_doc_dump(from, &arena).p, json_doc_dump(to, &arena).p,
			json_doc_dump(patch, &arena).p, json_doc_dump(result, &arena).p);
}

static void
test_applying_a_difference_leads_to_the_other_document(void **state)
{
	uint64_t seed = 88172645463325252u;

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		FF_CLEANUP(json_decrefp) json_t *from = random_doc(&seed, 5), *near = mutate(from, &seed);
		FF_CLEANUP(json_decrefp) json_t *far = random_doc(&seed, 5);

		assert_difference_leads_there(from, near);
		assert_difference_leads_there(near, from);
		assert_difference_leads_there(from, far);
	}
}

/* Differences keep within what json_patch_apply allows, whatever changed. */
static void
test_differences_of_long_lists_can_be_applied(void **state)
{
	static const struct {
		unsigned from, n;
	} others[] = {{0, 0}, {0, 100}, {5000, 95000}, {10, 100000}, {100000, 100000}, {0, 120000}, {99990, 10}};
	FF_CLEANUP(json_decrefp) json_t *list = numbers(0, 100000);

	(void)state;
	for (size_t i = 0; i < FF_COUNT(others); i++) {
		FF_CLEANUP(json_decrefp) json_t *other = numbers(others[i].from, others[i].n);

		assert_difference_leads_there(list, other);
		assert_difference_leads_there(other, list);
	}
}

static void
test_a_difference_is_no_larger_than_it_must_be(void **state)
{
	FF_CLEANUP(ff_freep) char *name = ff_xcalloc(100001, 1);
	FF_CLEANUP(json_decrefp) json_t *from = json_object(), *to = json_object(), *patch = NULL;
	json_t *inner_from = json_object(), *inner_to = json_object();

	(void)state;
	/* 20,000 changes below one long name would be 2 GB of paths. */
	for (int i = 0; i < 20000; i++) {
		char member[16];

		(void)snprintf(member, sizeof member, "m%d", i);
		json_doc_set(inner_from, ff_str_z(member), json_integer(i));
		json_doc_set(inner_to, ff_str_z(member), json_integer(i + 1));
	}
	memset(name, 'n', 100000);
	json_doc_set(from, ff_str_z(name), inner_from);
	json_doc_set(to, ff_str_z(name), inner_to);
	patch = json_patch_diff(from, to);
	assert_int_equal(json_array_size(patch), 1);
	assert_true(json_doc_weight(patch) < 2 * json_doc_weight(to));
	assert_difference_leads_there(from, to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merge_patch_does_what_its_rfc_shows),
		cmocka_unit_test(test_merge_patch_replaces_named_places_whole),
		cmocka_unit_test(test_merge_patch_shares_nothing_with_its_inputs),
		cmocka_unit_test(test_json_patch_does_what_its_rfc_shows),
		cmocka_unit_test(test_json_patch_fails_whole_and_says_where),
		cmocka_unit_test(test_operations_end_at_the_limit),
		cmocka_unit_test(test_json_patch_bombs_are_refused),
		cmocka_unit_test(test_json_patch_moves_long_lists_only_so_often),
		cmocka_unit_test(test_a_patch_is_a_list),
		cmocka_unit_test(test_difference_is_small_and_exact),
		cmocka_unit_test(test_applying_a_difference_leads_to_the_other_document),
		cmocka_unit_test(test_differences_of_long_lists_can_be_applied),
		cmocka_unit_test(test_a_difference_is_no_larger_than_it_must_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
