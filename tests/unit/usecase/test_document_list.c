/* SPDX-License-Identifier: Apache-2.0 */
/* Lists: every document once, in order, in pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"

static void
create(struct fixture *f, const char *body)
{
	struct step step = {.verb = CREATE_FLAG, .key = ""};

	step.body = body;
	fixture_step(f, &step);
}

static ff_status
list(struct fixture *f, const struct document_filter *filter, ff_str cursor, uint32_t limit)
{
	const struct page_request page = {.cursor = cursor, .limit = limit};

	return document_list(&f->call, &f->service, &flag_rules, filter, &page, &f->arena, &f->json, &f->err);
}

/* Adds the page's keys to `keys`, each followed by a blank; the cursor of the next page, in the fixture's arena. */
static ff_str
take_keys(struct fixture *f, struct ff_buf *keys)
{
	FF_CLEANUP(json_decrefp) json_t *page = NULL;
	size_t i;
	json_t *item;

	assert_int_equal(FF_OK, json_doc_parse(f->json, &page, NULL));
	json_array_foreach (json_object_get(page, "items"), i, item) {
		ff_buf_str_put(keys, json_doc_str(json_object_get(item, "key")));
		ff_buf_char(keys, ' ');
	}
	return ff_arena_str(&f->arena, json_doc_str(json_object_get(page, "nextCursor")));
}

static void
assert_keys(struct fixture *f, const struct document_filter *filter, const char *wanted)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf keys;

	ff_buf_init(&keys, 1 << 20);
	assert_int_equal(FF_OK, list(f, filter, FF_STR(""), 500));
	take_keys(f, &keys);
	ff_buf_char(&keys, '\0');
	assert_string_equal(wanted, keys.p);
}

static void
test_pages_give_every_flag_once_in_order(void **state)
{
	static const uint32_t limits[] = {1, 2, 7, 16, 17, 39, 40, 41, 500};
	const struct document_filter any = {0};
	struct fixture *f = *state;
	FF_CLEANUP(ff_buf_release) struct ff_buf wanted;

	ff_buf_init(&wanted, 1 << 20);
	for (unsigned i = 0; i < 40; i++) {
		char body[80];

		snprintf(body, sizeof body, "{'key': 'f%02u', 'type': 'boolean'}", (i * 27) % 40); /* in no order */
		create(f, body);
		ff_buf_printf(&wanted, "f%02u ", i);
	}
	for (unsigned l = 0; l < FF_COUNT(limits); l++) {
		FF_CLEANUP(ff_buf_release) struct ff_buf keys;
		ff_str cursor = FF_STR("");
		unsigned pages = 0;

		ff_buf_init(&keys, 1 << 20);
		do {
			assert_int_equal(FF_OK, list(f, &any, cursor, limits[l]));
			cursor = take_keys(f, &keys);
			pages++;
		} while (cursor.n);
		assert_int_equal((40 + limits[l] - 1) / limits[l], pages);
		assert_int_equal(wanted.n, keys.n);
		assert_memory_equal(wanted.p, keys.p, keys.n);
	}
}

static void
test_lists_are_filtered(void **state)
{
	struct fixture *f = *state;

	create(f, "{'key': 'a', 'type': 'boolean', 'name': 'Checkout page', 'tags': ['pay', 'web']}");
	create(f, "{'key': 'b', 'type': 'boolean', 'description': 'about the CHECKOUT', 'tags': ['web']}");
	create(f, "{'key': 'check-c', 'type': 'boolean', 'archived': true}");
	assert_keys(f, &(struct document_filter){0}, "a b check-c ");
	assert_keys(f, &(struct document_filter){.q = FF_STR("check")}, "a b check-c ");
	assert_keys(f, &(struct document_filter){.q = FF_STR("checkout")}, "a b ");
	assert_keys(f, &(struct document_filter){.q = FF_STR("nothing")}, "");
	assert_keys(f, &(struct document_filter){.tag = FF_STR("web")}, "a b ");
	assert_keys(f, &(struct document_filter){.tag = FF_STR("pay"), .q = FF_STR("page")}, "a ");
	assert_keys(f, &(struct document_filter){.archived = FILTER_ARCHIVED_YES}, "check-c ");
	assert_keys(f, &(struct document_filter){.archived = FILTER_ARCHIVED_NO}, "a b ");
}

static void
test_list_refuses_what_is_no_cursor(void **state)
{
	static const char *const cursors[] = {"!", "YQ==", "A", "Y", "YR", "a b"};
	const struct document_filter any = {0};
	struct fixture *f = *state;

	for (unsigned i = 0; i < FF_COUNT(cursors); i++)
		assert_int_equal(FF_EMALFORMED, list(f, &any, ff_str_z(cursors[i]), 10));
}

/* A page of large documents ends early, and the next one goes on where it ended. */
static void
test_pages_are_bounded_in_bytes(void **state)
{
	enum { UNITS = 8000, FLAGS = 24 };
	const struct document_filter any = {0};
	struct fixture *f = *state;
	FF_CLEANUP(ff_buf_release) struct ff_buf body, keys;
	ff_str cursor = FF_STR("");
	unsigned pages = 0;

	ff_buf_init(&body, 8 << 20);
	ff_buf_init(&keys, 1 << 20);
	for (unsigned i = 0; i < FLAGS; i++) {
		ff_buf_reset(&body);
		ff_buf_printf(&body, "{'key': 'f%02u', 'type': 'boolean', 'environments': {'production': {'deny': ['u'", i);
		for (unsigned u = 0; u < UNITS; u++)
			ff_buf_printf(&body, ",'%0100u'", u);
		ff_buf_put(&body, "]}}}", 5);
		create(f, body.p);
	}
	do {
		assert_int_equal(FF_OK, list(f, &any, cursor, 500));
		cursor = take_keys(f, &keys);
		pages++;
	} while (cursor.n);
	assert_true(pages > 1);
	assert_int_equal(FLAGS * 4, keys.n);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_pages_give_every_flag_once_in_order),
		TEST(test_lists_are_filtered),
		TEST(test_list_refuses_what_is_no_cursor),
		TEST(test_pages_are_bounded_in_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
