/* SPDX-License-Identifier: Apache-2.0 */
/* Who is slowed down, and whose address it is. */
#include "transport/http/slowdown.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "transport/http/proxies.h"

enum { NOW_MS = 1000000 };

static struct address
address(const char *text)
{
	struct address a;

	assert_true(address_parse(ff_str_z(text), &a));
	return a;
}

static void
test_burst_is_free_then_one_a_step(void **state)
{
	const struct address a = address("203.0.113.7");
	struct slowdown *s = slowdown_new();

	(void)state;
	for (unsigned i = 0; i < SLOWDOWN_BURST; i++) {
		assert_int_equal(slowdown_left_s(s, &a, NOW_MS), 0);
		assert_int_equal(slowdown_failed(s, &a, NOW_MS), 0);
	}
	assert_int_equal(slowdown_left_s(s, &a, NOW_MS), 1);
	/* Those that are refused don't lengthen it. */
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(slowdown_failed(s, &a, NOW_MS), 1);
	assert_int_equal(slowdown_failed(s, &a, NOW_MS + SLOWDOWN_STEP_MS - 1), 1);
	assert_int_equal(slowdown_failed(s, &a, NOW_MS + SLOWDOWN_STEP_MS), 0);
	assert_int_equal(slowdown_failed(s, &a, NOW_MS + SLOWDOWN_STEP_MS), 1);
	slowdown_free(s);
	slowdown_free(NULL);
}

static void
exhaust(struct slowdown *s, const struct address *a)
{
	while (slowdown_failed(s, a, NOW_MS) == 0)
		;
}

static void
test_addresses_are_told_apart_but_for_what_one_customer_has(void **state)
{
	static const struct {
		const char *guilty, *asked;
		bool slowed;
	} rows[] = {
		{"203.0.113.7", "203.0.113.7", true},
		{"203.0.113.7", "::ffff:203.0.113.7", true},
		{"203.0.113.7", "203.0.113.8", false},
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
		{"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		{"::1", "0.0.0.1", false},
	};

	(void)state;
	for (unsigned i = 0; i < FF_COUNT(rows); i++) {
		const struct address guilty = address(rows[i].guilty), asked = address(rows[i].asked);
		struct slowdown *s = slowdown_new();

		exhaust(s, &guilty);
		assert_int_equal(slowdown_left_s(s, &asked, NOW_MS) > 0, rows[i].slowed);
		slowdown_free(s);
	}
}

/* Any number of addresses that failed once don't free one that failed often. */
static void
test_many_addresses_do_not_wash_one_clean(void **state)
{
	const struct address guilty = address("203.0.113.7");
	struct slowdown *s = slowdown_new();

	(void)state;
	exhaust(s, &guilty);
	for (uint64_t i = 0; i < 100000; i++) {
		const struct address other = {.high = i << 8 | 1, .v4 = false};

		assert_int_equal(slowdown_failed(s, &other, NOW_MS), 0);
	}
	assert_int_equal(slowdown_left_s(s, &guilty, NOW_MS), 1);
	slowdown_free(s);
}

static void
test_origin_is_the_last_address_that_is_not_trusted(void **state)
{
	static const struct {
		const char *trusted, *peer, *first, *second, *origin;
	} rows[] = {
		{"", "192.0.2.1", "203.0.113.7", NULL, "192.0.2.1"},
		{"10.0.0.0/8", "192.0.2.1", "203.0.113.7", NULL, "192.0.2.1"},
		{"10.0.0.0/8", "10.1.1.1", NULL, NULL, "10.1.1.1"},
		{"10.0.0.0/8", "10.1.1.1", "203.0.113.7", NULL, "203.0.113.7"},
		{"10.0.0.0/8", "::ffff:10.1.1.1", "203.0.113.7", NULL, "203.0.113.7"},
		{"10.0.0.0/8", "10.1.1.1", "1.1.1.1, 203.0.113.7 ,10.2.2.2", NULL, "203.0.113.7"},
		{"10.0.0.0/8", "10.1.1.1", "1.1.1.1", "203.0.113.7, 10.2.2.2", "203.0.113.7"},
		{"10.0.0.0/8", "10.1.1.1", "1.1.1.1, 203.0.113.7", "10.2.2.2", "203.0.113.7"},
		{"10.0.0.0/8", "10.1.1.1", "10.3.3.3, 10.2.2.2", NULL, "10.3.3.3"},
		{"10.0.0.0/8", "10.1.1.1", "1.1.1.1, nonsense, 10.2.2.2", NULL, "10.2.2.2"},
		{"10.0.0.0/8", "10.1.1.1", "", ",", "10.1.1.1"},
		{"10.0.0.0/8 , 2001:db8::/32", "2001:db8::1", "2001:db9::1", NULL, "2001:db9::1"},
	};

	(void)state;
	for (unsigned i = 0; i < FF_COUNT(rows); i++) {
		const struct http_field fields[] = {
			{FF_STR("X-Forwarded-For"), ff_str_z(rows[i].first)},
			{FF_STR("Accept"), FF_STR("198.51.100.1")},
			{FF_STR("x-forwarded-for"), ff_str_z(rows[i].second)},
		};
		const struct http_request request = {
			.fields = fields, .n_fields = FF_COUNT(fields), .peer = ff_str_z(rows[i].peer)};
		const struct address expected = address(rows[i].origin);
		struct proxies proxies;
		struct address origin;

		assert_true(proxies_parse(ff_str_z(rows[i].trusted), &proxies));
		origin = proxies_origin(&proxies, &request);
		if (origin.high != expected.high || origin.low != expected.low)
			fail_msg("row %u is not from %s", i, rows[i].origin);
	}
}

static void
test_lists_of_networks_that_are_none(void **state)
{
	static const char *const lists[] = {"x", "10.0.0.0/33", "10.0.0.0/8,,10.0.0.1", "10.0.0.1;10.0.0.2", " "};
	struct proxies proxies;
	static const ff_str one = {"10.0.0.1,", 9};
	char many[(PROXIES_MAX + 1) * 9];

	(void)state;
	for (unsigned i = 0; i < FF_COUNT(lists); i++)
		assert_false(proxies_parse(ff_str_z(lists[i]), &proxies));
	for (unsigned i = 0; i <= PROXIES_MAX; i++)
		memcpy(many + i * one.n, one.p, one.n);
	assert_true(proxies_parse(ff_str_of(many, PROXIES_MAX * one.n), &proxies));
	assert_int_equal(proxies.n, PROXIES_MAX);
	assert_false(proxies_parse(ff_str_of(many, sizeof many), &proxies));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst_is_free_then_one_a_step),
		cmocka_unit_test(test_addresses_are_told_apart_but_for_what_one_customer_has),
		cmocka_unit_test(test_many_addresses_do_not_wash_one_clean),
		cmocka_unit_test(test_origin_is_the_last_address_that_is_not_trusted),
		cmocka_unit_test(test_lists_of_networks_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
