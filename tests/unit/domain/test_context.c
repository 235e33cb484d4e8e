/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "domain/context.h"
#include "domain/limits.h"

struct fixture {
	struct schema schema;
	struct ff_arena arena;
};

static int
setup(void **state)
{
	static const struct {
		const char *path;
		bool wants_symbols;
	} paths[] = {{"country", true}, {"age", false}, {"beta", false}, {"groups", true}, {"device", false},
		{"device.os", true}, {"device.os.version", false}, {"a.b.c.d", false}, {"a.b.c.d.e", false},
		{"only.inside", false}, {"userID", true}, {"$now", false}, {"x.", false}};
	struct fixture *f = ff_xcalloc(1, sizeof *f);

	schema_init(&f->schema);
	for (size_t i = 0; i < FF_COUNT(paths); i++)
		schema_slot(&f->schema, ff_str_z(paths[i].path), paths[i].wants_symbols);
	schema_symbol(&f->schema, FF_STR("DE"));
	schema_symbol(&f->schema, FF_STR("ios"));
	ff_arena_init(&f->arena);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	schema_release(&f->schema);
	ff_arena_release(&f->arena);
	ff_freep(state);
	return 0;
}

/* "text", "text"#symbol, 1.5, true, {}, [items], or - where nothing is. */
static void
show(struct ff_buf *out, const struct value *v)
{
	switch (v->type) {
	case VALUE_MISSING:
		ff_buf_lit(out, "-");
		break;
	case VALUE_BOOLEAN:
		ff_buf_str_put(out, v->boolean ? FF_STR("true") : FF_STR("false"));
		break;
	case VALUE_NUMBER:
		ff_buf_printf(out, "%g", v->number);
		break;
	case VALUE_STRING:
		ff_buf_json_str(out, ff_str_of(v->string, v->n));
		if (v->symbol)
			ff_buf_printf(out, "#%u", v->symbol);
		break;
	case VALUE_LIST:
		ff_buf_lit(out, "[");
		for (uint32_t i = 0; i < v->n; i++) {
			ff_buf_str_put(out, i ? FF_STR(",") : FF_STR(""));
			show(out, &v->items[i]);
		}
		ff_buf_lit(out, "]");
		break;
	case VALUE_OBJECT:
		ff_buf_lit(out, "{}");
		break;
	}
}

static void
assert_attribute(const struct context *c, const char *path, const char *expected)
{
	const struct schema_attribute *a = schema_find(c->schema, ff_str_z(path));
	FF_CLEANUP(ff_buf_release) struct ff_buf shown;

	ff_buf_init(&shown, 1 << 16);
	show(&shown, &c->values[a->slot]);
	ff_buf_char(&shown, '\0');
	assert_string_equal(shown.p, expected);
}

static ff_status
read(struct fixture *f, ff_str attributes, struct context *c, struct ff_err *reterr)
{
	struct json_reader r;

	context_init(c, &f->schema, &f->arena);
	json_reader_init(&r, attributes, &f->arena, JSON_READER_DEPTH_MAX);
	return context_read_attributes(c, &r, reterr);
}

static void
test_fault_in_attributes_is_told_with_its_place(void **state)
{
	static const struct {
		const char *attributes;
		ff_status status;
		const char *detail;
	} cases[] = {
		{"[]", FF_EMALFORMED, "the attributes must be an object, not a list at byte 0"},
		{"\"x\"", FF_EMALFORMED, "the attributes must be an object, not a string at byte 0"},
		{"nul", FF_EPARSE, "an unknown word at byte 0"},
		{"{\"country\":}", FF_EPARSE, "a value is expected, not '}' at byte 11, in /country"},
		{"{\"nobody asks\":[1,{\"x\":01}]}", FF_EPARSE,
			"',' or '}' is expected, not '1' at byte 24, in /nobody asks/1/x"},
		{"{\"age\":1,\"age\":2}", FF_EPARSE, "a member name for the second time at byte 9, in /age"},
		{"{\"device\":{\"os\":\"a\",\"os\":\"b\"}}", FF_EPARSE,
			"a member name for the second time at byte 20, in /device/os"},
		{"{\"device\":{\"os\":\"a\"", FF_EPARSE,
			"the document ends where ',' or '}' is expected at byte 19, in /device/os"},
		{"{\"groups\":[\"a\",{\"x\":tru}]}", FF_EPARSE, "an unknown word at byte 20, in /groups/1/x"},
		{"{\"groups\":[\"a\"", FF_EPARSE, "the document ends where ',' or ']' is expected at byte 14, in /groups/0"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		struct context c;
		struct ff_err err;

		assert_int_equal(read(f, ff_str_z(cases[i].attributes), &c, &err), cases[i].status);
		assert_string_equal(err.detail, cases[i].detail);
	}
}

static void
test_attributes_land_in_their_slots(void **state)
{
	static const struct {
		const char *attributes, *path, *expected;
	} cases[] = {
		{"null", "country", "-"},
		{"{}", "country", "-"},
		/* scalars, and their symbols only where asked for */
		{"{\"country\":\"DE\"}", "country", "\"DE\"#1"},
		{"{\"country\":\"\\u0044E\"}", "country", "\"DE\"#1"},
		{"{\"country\":\"FR\"}", "country", "\"FR\""},
		{"{\"country\":\"\"}", "country", "\"\""},
		{"{\"age\":\"DE\"}", "age", "\"DE\""},
		{"{\"age\":31.5}", "age", "31.5"},
		{"{\"beta\":true}", "beta", "true"},
		{"{\"beta\":false}", "beta", "false"},
		{"{\"country\":null}", "country", "-"},
		{"{\"country\":{}}", "country", "{}"},
		{"{\"country\":{\"x\":[1]}}", "country", "{}"},
		{"{\"nobody asks\":{\"country\":\"DE\"},\"age\":1}", "country", "-"},
		{"{\"nobody asks\":{\"country\":\"DE\"},\"age\":1}", "age", "1"},
		/* lists */
		{"{\"groups\":[]}", "groups", "[]"},
		{"{\"groups\":[\"x\",\"DE\",1,true,null,[\"DE\"],{\"a\":1}]}", "groups", "[\"x\",\"DE\"#1,1,true,-,{},{}]"},
		{"{\"groups\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}", "groups",
			"[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]"},
		{"{\"only\":[1,2]}", "only.inside", "-"},
		/* nested objects */
		{"{\"device\":{\"os\":\"ios\"}}", "device.os", "\"ios\"#2"},
		{"{\"device\":{\"os\":\"ios\"}}", "device", "{}"},
		{"{\"device\":{\"x\":1,\"os\":{\"version\":7}}}", "device.os.version", "7"},
		{"{\"device\":{\"x\":1,\"os\":{\"version\":7}}}", "device.os", "{}"},
		{"{\"device\":{\"os\":null}}", "device.os", "-"},
		{"{\"device\":{\"os\":[1,\"ios\"]}}", "device.os", "[1,\"ios\"#2]"},
		{"{\"device\":\"phone\"}", "device.os", "-"},
		{"{\"only\":{\"inside\":1}}", "only.inside", "1"},
		{"{\"x\":{\"\":1}}", "x.", "1"},
		{"{\"a\":{\"b\":{\"c\":{\"d\":4}}}}", "a.b.c.d", "4"},
		{"{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":5}}}}}", "a.b.c.d", "{}"},
		{"{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":5}}}}}", "a.b.c.d.e", "-"}, /* one name too deep */
		{"{\"a.b.c.d.e\":5}", "a.b.c.d.e", "5"},
		/* a literal dotted name wins, before and after, whatever it is */
		{"{\"device.os\":\"x\",\"device\":{\"os\":\"y\"}}", "device.os", "\"x\""},
		{"{\"device\":{\"os\":\"y\"},\"device.os\":\"x\"}", "device.os", "\"x\""},
		{"{\"device.os\":null,\"device\":{\"os\":\"y\"}}", "device.os", "-"},
		{"{\"device\":{\"os\":[\"y\"]},\"device.os\":null}", "device.os", "-"},
		{"{\"device.os\":1,\"device\":{\"os\":{\"version\":2}}}", "device.os", "1"},
		{"{\"device.os\":1,\"device\":{\"os\":{\"version\":2}}}", "device.os.version", "2"},
		/* but nothing is looked for inside it, nor do names inside have dots */
		{"{\"device.os\":{\"version\":2}}", "device.os.version", "-"},
		{"{\"device.os\":{\"version\":2}}", "device.os", "{}"},
		{"{\"device\":{\"os.version\":2}}", "device.os.version", "-"},
		{"{\"only.inside\":{\"x\":1},\"only\":{\"inside\":2}}", "only.inside", "{}"},
		/* what the evaluation itself gives a meaning */
		{"{\"userID\":\"DE\",\"$now\":\"2026-01-01T00:00:00Z\"}", "userID", "-"},
		{"{\"userID\":\"DE\",\"$now\":\"2026-01-01T00:00:00Z\"}", "$now", "-"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		struct context c;
		struct ff_err err;

		assert_int_equal(read(f, ff_str_z(cases[i].attributes), &c, &err), FF_OK);
		assert_attribute(&c, cases[i].path, cases[i].expected);
	}
}

static void
test_unit_is_what_conditions_on_userid_see(void **state)
{
	struct fixture *f = *state;
	struct context c;
	struct ff_err err;

	assert_int_equal(read(f, FF_STR("{\"userID\":\"other\"}"), &c, &err), FF_OK);
	assert_int_equal(c.unit.n, 0);
	context_set_unit(&c, FF_STR("DE"));
	assert_true(ff_str_eq(c.unit, FF_STR("DE")));
	assert_attribute(&c, "userID", "\"DE\"#1");
	context_set_unit(&c, FF_STR(""));
	assert_attribute(&c, "userID", "-");
}

static void
test_attributes_are_set_by_name(void **state)
{
	struct fixture *f = *state;
	struct context c;
	struct json_reader r;
	struct ff_err err;

	context_init(&c, &f->schema, &f->arena);
	assert_true(context_set_string(&c, FF_STR("country"), FF_STR("DE")));
	assert_true(context_set_number(&c, FF_STR("age"), 7));
	assert_true(context_set_boolean(&c, FF_STR("beta"), true));
	assert_true(context_set_string(&c, FF_STR("device.os"), FF_STR("ios")));
	assert_true(context_set_string(&c, FF_STR("only"), FF_STR("leads to others")));
	assert_true(context_set_string(&c, FF_STR("nobody asks"), FF_STR("x")));
	assert_true(context_set_string(&c, FF_STR("userID"), FF_STR("x")));
	assert_true(context_set_number(&c, FF_STR("$now"), 1));
	assert_attribute(&c, "country", "\"DE\"#1");
	assert_attribute(&c, "age", "7");
	assert_attribute(&c, "beta", "true");
	assert_attribute(&c, "device.os", "\"ios\"#2");
	assert_attribute(&c, "userID", "-");
	assert_attribute(&c, "$now", "-");
	json_reader_init(&r, FF_STR("{\"device\":{\"os\":\"other\"}}"), &f->arena, 4);
	assert_int_equal(context_read_attributes(&c, &r, &err), FF_OK);
	assert_attribute(&c, "device.os", "\"ios\"#2"); /* set by its dotted name */
}

static void
test_number_of_attributes_is_bounded(void **state)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf text;
	struct fixture *f = *state;
	struct context c;
	struct ff_err err;

	ff_buf_init(&text, 1 << 20);
	ff_buf_lit(&text, "{\"country\":\"DE\"");
	for (unsigned i = 1; i < LIMIT_CONTEXT_ATTRIBUTES; i++)
		ff_buf_printf(&text, ",\"a%u\":1", i);
	ff_buf_lit(&text, "}");
	assert_int_equal(read(f, ff_buf_str(&text), &c, &err), FF_OK);
	assert_false(context_set_string(&c, FF_STR("age"), FF_STR("x")));
	assert_false(context_set_number(&c, FF_STR("age"), 1));
	assert_false(context_set_boolean(&c, FF_STR("age"), true));
	assert_attribute(&c, "age", "-");
	text.n--;
	ff_buf_lit(&text, ",\"one\":2}");
	assert_int_equal(read(f, ff_buf_str(&text), &c, &err), FF_EMALFORMED);
	assert_non_null(strstr(err.detail, "more than 256 attributes at byte "));
}

static void
test_size_of_attributes_is_bounded(void **state)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf text;
	struct fixture *f = *state;

	ff_buf_init(&text, 1 << 20);
	for (unsigned over = 0; over < 2; over++) {
		struct context c;
		struct ff_err err;

		ff_buf_reset(&text);
		ff_buf_lit(&text, "{\"age\":1,\"long\":\"");
		while (text.n < LIMIT_CONTEXT_BYTES - 2 + over)
			ff_buf_char(&text, 'x');
		ff_buf_lit(&text, "\"}");
		assert_int_equal(read(f, ff_buf_str(&text), &c, &err), over ? FF_EMALFORMED : FF_OK);
		if (over)
			assert_string_equal(err.detail, "more than 65536 bytes of attributes at byte 65536");
		else
			assert_int_equal(c.n_bytes, LIMIT_CONTEXT_BYTES);
	}
}

/* Names longer together than any in the schema, levels deeper than any path: skipped, and still checked. */
static void
test_path_without_end_is_not_followed(void **state)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf text;
	struct fixture *f = *state;
	struct context c;
	struct ff_err err;

	ff_buf_init(&text, 1 << 20);
	ff_buf_lit(&text, "{\"device\":{\"");
	for (unsigned i = 0; i < 2 * LIMIT_STRING_BYTES; i++)
		ff_buf_char(&text, 'n');
	ff_buf_lit(&text, "\":1,\"os\":\"ios\"}}");
	assert_int_equal(read(f, ff_buf_str(&text), &c, &err), FF_OK);
	assert_attribute(&c, "device.os", "\"ios\"#2");
	ff_buf_reset(&text);
	for (unsigned i = 0; i < JSON_READER_DEPTH_MAX + 1; i++)
		ff_buf_lit(&text, "{\"a\":");
	assert_int_equal(read(f, ff_buf_str(&text), &c, &err), FF_EPARSE);
	assert_non_null(strstr(err.detail, "more than 64 levels"));
}

/* With nothing in it the schema has no slots: everything is skipped. */
static void
test_empty_schema_takes_nothing(void **state)
{
	struct fixture *f = *state;
	struct schema empty;
	struct json_reader r;
	struct context c;
	struct ff_err err;

	schema_init(&empty);
	context_init(&c, &empty, &f->arena);
	json_reader_init(&r, FF_STR("{\"country\":\"DE\",\"device.os\":{\"a\":[1]}}"), &f->arena, 4);
	assert_int_equal(context_read_attributes(&c, &r, &err), FF_OK);
	context_set_unit(&c, FF_STR("u"));
	assert_true(context_set_string(&c, FF_STR("a.b"), FF_STR("u")));
	assert_int_equal(c.n_attributes, 3);
	schema_release(&empty);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fault_in_attributes_is_told_with_its_place),
		cmocka_unit_test(test_attributes_land_in_their_slots),
		cmocka_unit_test(test_unit_is_what_conditions_on_userid_see),
		cmocka_unit_test(test_attributes_are_set_by_name),
		cmocka_unit_test(test_number_of_attributes_is_bounded),
		cmocka_unit_test(test_size_of_attributes_is_bounded),
		cmocka_unit_test(test_path_without_end_is_not_followed),
		cmocka_unit_test(test_empty_schema_takes_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
