/* SPDX-License-Identifier: Apache-2.0 */
#include "app/root_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void
test_new_keys_are_valid_and_differ(void **state)
{
	char a[ROOT_KEY_BYTES + 1], b[ROOT_KEY_BYTES + 1];

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		root_key_new(a);
		root_key_new(b);
		assert_true(root_key_valid(ff_str_z(a)));
		assert_int_equal(strlen(a), ROOT_KEY_BYTES);
		assert_string_not_equal(a, b);
	}
}

/* Each of 62 letters, as often as the others: chi-square with 61 degrees of freedom is below 130 but once in a million.
 */
static void
test_letters_of_keys_are_even(void **state)
{
	enum { KEYS = 2000, LETTERS = KEYS * ROOT_KEY_SECRET_BYTES };
	unsigned counts[256] = {0};
	double expected = (double)LETTERS / 62, chi_square = 0;
	char key[ROOT_KEY_BYTES + 1];

	(void)state;
	for (unsigned i = 0; i < KEYS; i++) {
		root_key_new(key);
		for (unsigned k = ROOT_KEY_BYTES - ROOT_KEY_SECRET_BYTES; k < ROOT_KEY_BYTES; k++)
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
	assert_true(root_key_valid(ff_str_z(good)));
	for (size_t i = 0; i < FF_COUNT(slips); i++) {
		memcpy(bad, good, sizeof bad);
		bad[slips[i].at] = slips[i].c;
		assert_false(root_key_valid(ff_str_z(bad)));
	}
	assert_false(root_key_valid(FF_STR("")));
	assert_false(root_key_valid(ff_str_of(good, sizeof good - 2)));
	assert_false(
		root_key_valid(FF_STR("ffs_root_0123456789abcdefghijkl_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH")));
}

/* NIST's example for SHA-256: "abc". */
static void
test_hash_is_sha256(void **state)
{
	static const unsigned char expected[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde,
		0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00,
		0x15, 0xad};
	unsigned char hash[ROOT_KEY_SHA256_BYTES];

	(void)state;
	root_key_sha256(FF_STR("abc"), hash);
	assert_memory_equal(hash, expected, sizeof hash);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_keys_are_valid_and_differ),
		cmocka_unit_test(test_letters_of_keys_are_even),
		cmocka_unit_test(test_other_texts_are_no_keys),
		cmocka_unit_test(test_hash_is_sha256),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
