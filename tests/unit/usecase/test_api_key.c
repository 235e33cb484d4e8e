/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/api_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static bool
is_key(ff_str text)
{
	struct api_key key;

	return api_key_parse(text, &key);
}

static void
test_new_keys_are_valid_and_differ(void **state)
{
	char a[API_KEY_BYTES_MAX + 1], b[API_KEY_BYTES_MAX + 1];

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		enum api_key_kind kind = (enum api_key_kind)(i % API_KEY_KINDS);
		ff_str text = api_key_new(kind, a);
		struct api_key key;

		api_key_new(kind, b);
		assert_int_equal(strlen(a), text.n);
		assert_string_not_equal(a, b);
		assert_true(api_key_parse(text, &key));
		assert_int_equal(key.kind, kind);
		assert_int_equal(key.id.n, API_KEY_ID_BYTES);
		assert_int_equal(key.secret.n, API_KEY_SECRET_BYTES);
	}
}

/* Each of 62 letters, as often as the others: chi-square with 61 degrees of freedom is below 130 but once in a million.
 */
static void
test_letters_of_keys_are_even(void **state)
{
	enum { KEYS = 2000, LETTERS = KEYS * API_KEY_SECRET_BYTES };
	unsigned counts[256] = {0};
	double expected = (double)LETTERS / 62, chi_square = 0;
	char key[API_KEY_BYTES_MAX + 1];

	(void)state;
	for (unsigned i = 0; i < KEYS; i++) {
		ff_str text = api_key_new(API_KEY_SERVER, key);

		for (size_t k = text.n - API_KEY_SECRET_BYTES; k < text.n; k++)
			counts[(unsigned char)key[k]]++;
	}
	for (unsigned c = 0; c < FF_COUNT(counts); c++)
		if (counts[c])
			chi_square += (counts[c] - expected) * (counts[c] - expected) / expected;
	assert_true(chi_square < 130);
}

static void
test_other_texts_are_no_keys(void **state)
{
	static const char good[] = "ffs_root_0123456789abcdefghijkl_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
	static const struct {
		size_t at;
		char c;
	} slips[] = {{0, 'F'}, {8, '-'}, {9, '_'}, {20, ' '}, {31, 'x'}, {32, '-'}, {74, '\n'}};
	char bad[sizeof good];

	(void)state;
	assert_true(is_key(ff_str_z(good)));
	for (size_t i = 0; i < FF_COUNT(slips); i++) {
		memcpy(bad, good, sizeof bad);
		bad[slips[i].at] = slips[i].c;
		assert_false(is_key(ff_str_z(bad)));
	}
	assert_false(is_key(FF_STR("")));
	assert_false(is_key(ff_str_of(good, sizeof good - 2)));
	assert_false(is_key(FF_STR("ffs_")));
	assert_false(is_key(FF_STR("ffs_admin__")));
	assert_false(is_key(FF_STR("ffs_editor_0123456789abcdefghijkl_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG")));
	assert_false(
		is_key(ff_str_of("ffs_admin_0123456789abcdefghijkl_0123456789abcdefghijk\0mnopqrstuvwxyzABCDEFG", 76)));
	assert_false(is_key(FF_STR("ffs_root_0123456789abcdefghijkl_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_keys_are_valid_and_differ),
		cmocka_unit_test(test_letters_of_keys_are_even),
		cmocka_unit_test(test_other_texts_are_no_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
