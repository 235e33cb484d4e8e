/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/utf8.h"

static void
test_each_status_has_a_word_and_a_title(void **state)
{
	static const char *const codes[] = {
#define FF_STATUS(name, code, title) code,
#include "base/status.def"
#undef FF_STATUS
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(codes); i++) {
		assert_string_equal(ff_status_code((ff_status)i), codes[i]);
		assert_true(strlen(ff_status_title((ff_status)i)) > 0);
	}
	assert_string_equal(ff_status_code(FF_ECONFLICT), ff_status_code(FF_EPRECONDITION));
}

static void
test_failure_is_told_once_and_leaves_no_old_news(void **state)
{
	struct ff_err err = {.version = 7, .retry_after_s = 3};

	(void)state;
	assert_int_equal(ff_fail(&err, FF_EINVALID, "%d is %s", 9, "odd"), FF_EINVALID);
	assert_int_equal(err.status, FF_EINVALID);
	assert_string_equal(err.detail, "9 is odd");
	assert_int_equal(err.version, 0);
	assert_int_equal(err.retry_after_s, 0);
	assert_int_equal(ff_fail(NULL, FF_EBUSY, "nobody listens"), FF_EBUSY);
}

static void
test_long_details_end_with_a_whole_character(void **state)
{
	struct ff_err err;
	char text[2 * FF_ERR_DETAIL_MAX];

	(void)state;
	/* "é" is two bytes: with and without one before, the limit falls into and between characters. */
	for (size_t shift = 0; shift < 4; shift++) {
		memset(text, 'a', shift);
		for (size_t i = shift; i + 1 < sizeof text; i += 2)
			memcpy(text + i, "\xc3\xa9", 2);
		text[sizeof text - 2 + (shift & 1)] = '\0';
		(void)ff_fail(&err, FF_EINVALID, "%s", text);
		assert_true(utf8_valid(ff_str_z(err.detail)));
		assert_in_range(strlen(err.detail), FF_ERR_DETAIL_MAX - 4, FF_ERR_DETAIL_MAX - 1);
	}
}

static void
test_faults_keep_their_order_and_the_first_hundred(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct ff_faults faults;
	struct ff_err err;
	char expected[32];
	unsigned n = 0;

	(void)state;
	ff_faults_init(&faults, &arena);
	assert_null(faults.first);
	for (int i = 0; i < FF_FAULTS_MAX + 5; i++)
		ff_faults_add(&faults, FF_STR("/a"), "number %d", i);
	assert_int_equal(faults.n, FF_FAULTS_MAX + 5);
	for (const struct ff_fault *f = faults.first; f; f = f->next) {
		(void)snprintf(expected, sizeof expected, "number %u", n++);
		assert_string_equal(f->message.p, expected);
		assert_string_equal(f->pointer.p, "/a");
	}
	assert_int_equal(n, FF_FAULTS_MAX);
	assert_int_equal(ff_fail_faults(&err, FF_EINVALID, &faults, "the flag"), FF_EINVALID);
	assert_string_equal(err.detail, "the flag has 105 faults: /a: number 0");
	assert_ptr_equal(err.faults, faults.first);
}

static void
test_a_fault_of_the_whole_document_needs_no_pointer(void **state)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct ff_faults faults;
	struct ff_err err;

	(void)state;
	ff_faults_init(&faults, &arena);
	ff_faults_add(&faults, FF_STR(""), "is no object");
	assert_int_equal(ff_fail_faults(NULL, FF_EINVALID, &faults, "the flag"), FF_EINVALID);
	assert_int_equal(ff_fail_faults(&err, FF_EINVALID, &faults, "the flag"), FF_EINVALID);
	assert_string_equal(err.detail, "the flag has 1 fault: is no object");
}

static ff_status
try_both(ff_status first, int *reached)
{
	FF_TRY(first);
	*reached = 1;
	return FF_OK;
}

static void
test_try_returns_what_failed(void **state)
{
	int reached = 0;

	(void)state;
	assert_int_equal(try_both(FF_EBUSY, &reached), FF_EBUSY);
	assert_int_equal(reached, 0);
	assert_int_equal(try_both(FF_OK, &reached), FF_OK);
	assert_int_equal(reached, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_status_has_a_word_and_a_title),
		cmocka_unit_test(test_failure_is_told_once_and_leaves_no_old_news),
		cmocka_unit_test(test_long_details_end_with_a_whole_character),
		cmocka_unit_test(test_faults_keep_their_order_and_the_first_hundred),
		cmocka_unit_test(test_a_fault_of_the_whole_document_needs_no_pointer),
		cmocka_unit_test(test_try_returns_what_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
