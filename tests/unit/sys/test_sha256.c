/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/sha256.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* NIST's examples for SHA-256. */
static const struct {
	ff_str text;
	unsigned char hash[SHA256_BYTES];
} examples[] = {
	{{"abc", 3},
		{0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03,
			0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad}},
	{{"", 0},
		{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae,
			0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}},
};

static void
test_hash_is_sha256(void **state)
{
	struct sha256 *h = sha256_new();

	(void)state;
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < FF_COUNT(examples); i++) {
			unsigned char once[SHA256_BYTES], hash[SHA256_BYTES];

			sha256_once(examples[i].text, once);
			sha256_hash(h, examples[i].text, hash);
			assert_memory_equal(once, examples[i].hash, SHA256_BYTES);
			assert_memory_equal(hash, examples[i].hash, SHA256_BYTES);
		}
	sha256_free(h);
	sha256_free(NULL);
}

static void
test_parts_are_hashed_with_a_nul_behind_each(void **state)
{
	const ff_str parts[] = {FF_STR("ab"), {NULL, 0}, FF_STR("c")}, others[] = {FF_STR("a"), FF_STR("b"), FF_STR("c")};
	unsigned char list[SHA256_BYTES], whole[SHA256_BYTES];

	(void)state;
	sha256_once(ff_str_of("ab\0\0c", 6), whole);
	sha256_list(parts, FF_COUNT(parts), list);
	assert_memory_equal(list, whole, SHA256_BYTES);
	sha256_list(others, FF_COUNT(others), list);
	assert_memory_not_equal(list, whole, SHA256_BYTES);
}

static void
test_hashes_differ_wherever_one_bit_does(void **state)
{
	unsigned char other[SHA256_BYTES];

	(void)state;
	assert_true(sha256_equal(examples[0].hash, examples[0].hash));
	for (unsigned bit = 0; bit < SHA256_BYTES * 8; bit++) {
		memcpy(other, examples[0].hash, sizeof other);
		other[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_false(sha256_equal(examples[0].hash, other));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_is_sha256),
		cmocka_unit_test(test_parts_are_hashed_with_a_nul_behind_each),
		cmocka_unit_test(test_hashes_differ_wherever_one_bit_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
