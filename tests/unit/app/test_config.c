/* SPDX-License-Identifier: Apache-2.0 */
#include "app/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "observability/log.h"

#define KEY "ffs_root_0123456789abcdefghijkl_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

enum { SCOPES = CONFIG_SERVICE | CONFIG_CLIENT };

struct fixture {
	struct ff_arena arena;
	struct config config;
	struct ff_err err;
};

static ff_status
load(struct fixture *f, bool dev, const char *const *environment)
{
	return config_load((char *const *)environment, SCOPES, dev, &f->arena, &f->config, &f->err);
}

static void
release(struct fixture *f)
{
	ff_arena_release(&f->arena);
}

static void
test_defaults_hold_without_an_environment(void **state)
{
	FF_CLEANUP(release) struct fixture f = {0};

	(void)state;
	assert_int_equal(load(&f, false, (const char *const[]){NULL}), FF_OK);
	assert_int_equal(f.config.port, 8080);
	assert_string_equal(f.config.bind_addr, "0.0.0.0");
	assert_string_equal(f.config.data_dir, "./data");
	assert_int_equal(f.config.log_level, LOG_INFO);
	assert_int_equal(f.config.log_format, LOG_JSON);
	assert_int_equal(f.config.sdk_timeout_ms, 1000);
	assert_int_equal(f.config.poll_interval_ms, 1000);
	assert_int_equal(f.config.max_connections, 20000);
	assert_int_equal(f.config.idle_timeout_s, 60);
	assert_int_equal(f.config.pg_pool_size, 8);
	assert_int_equal(f.config.shutdown_delay_s, 0);
	assert_int_equal(f.config.shutdown_grace_s, 15);
	assert_null(f.config.root_key);
	assert_null(f.config.key);
	for (unsigned i = 0; i < CONFIG_VARIABLES; i++)
		assert_int_equal(f.config.origins[i], CONFIG_FROM_DEFAULT);
}

static void
test_environment_wins_and_is_named_as_the_origin(void **state)
{
	FF_CLEANUP(release) struct fixture f = {0};

	(void)state;
	assert_int_equal(load(&f, false,
						 (const char *const[]){"PORT=9090", "PORT=1", "BIND_ADDR=::1", "LOG_LEVEL=error",
							 "LOG_FORMAT=text", "FFS_ROOT_KEY=" KEY, "SDK_TIMEOUT_MS=", NULL}),
		FF_OK);
	assert_int_equal(f.config.port, 9090);
	assert_string_equal(f.config.bind_addr, "::1");
	assert_int_equal(f.config.log_level, LOG_ERROR);
	assert_int_equal(f.config.log_format, LOG_TEXT);
	assert_string_equal(f.config.root_key, KEY);
	assert_int_equal(f.config.origins[CONFIG_INDEX_port], CONFIG_FROM_ENVIRONMENT);
	/* Set to nothing is not set. */
	assert_int_equal(f.config.sdk_timeout_ms, 1000);
	assert_int_equal(f.config.origins[CONFIG_INDEX_sdk_timeout_ms], CONFIG_FROM_DEFAULT);
}

static void
test_dev_listens_on_loopback_only(void **state)
{
	static const struct {
		const char *entry;
		bool good;
	} cases[] = {
		{"BIND_ADDR=127.0.0.1", true},
		{"BIND_ADDR=127.9.9.9", true},
		{"BIND_ADDR=::1", true},
		{"BIND_ADDR=0.0.0.0", false},
		{"BIND_ADDR=192.0.2.1", false},
		{"BIND_ADDR=::", false},
		{"BIND_ADDR=128.0.0.1", false},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		FF_CLEANUP(release) struct fixture f = {0};
		ff_status status = load(&f, true, (const char *const[]){cases[i].entry, NULL});

		assert_int_equal(status, cases[i].good ? FF_OK : FF_EMALFORMED);
		if (!cases[i].good)
			assert_string_equal(f.err.faults->pointer.p, "BIND_ADDR");
	}
	FF_CLEANUP(release) struct fixture f = {0};

	assert_int_equal(load(&f, true, (const char *const[]){NULL}), FF_OK);
	assert_string_equal(f.config.bind_addr, "127.0.0.1");
	assert_int_equal(f.config.origins[CONFIG_INDEX_bind_addr], CONFIG_FROM_DEV);
}

static void
test_bad_values_are_refused_by_name(void **state)
{
	static const struct {
		const char *entry, *name;
	} cases[] = {
		{"PORT=65536", "PORT"},
		{"PORT=-1", "PORT"},
		{"PORT=80x", "PORT"},
		{"PORT= 80", "PORT"},
		{"PORT=0x50", "PORT"},
		{"PORT=99999999999999999999", "PORT"},
		{"BIND_ADDR=localhost", "BIND_ADDR"},
		{"BIND_ADDR=1.2.3", "BIND_ADDR"},
		{"BIND_ADDR=0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", "BIND_ADDR"},
		{"DATA_DIR=a\nb", "DATA_DIR"},
		{"LOG_LEVEL=INFO", "LOG_LEVEL"},
		{"LOG_FORMAT=xml", "LOG_FORMAT"},
		{"SDK_TIMEOUT_MS=0", "SDK_TIMEOUT_MS"},
		{"SDK_TIMEOUT_MS=10001", "SDK_TIMEOUT_MS"},
		{"POLL_INTERVAL_MS=9", "POLL_INTERVAL_MS"},
		{"HTTP_THREADS=65", "HTTP_THREADS"},
		{"MAX_CONNECTIONS=0", "MAX_CONNECTIONS"},
		{"IDLE_TIMEOUT_S=0", "IDLE_TIMEOUT_S"},
		{"PG_POOL_SIZE=0", "PG_POOL_SIZE"},
		{"PG_POOL_SIZE=65", "PG_POOL_SIZE"},
		{"SHUTDOWN_DELAY_S=601", "SHUTDOWN_DELAY_S"},
		{"SHUTDOWN_GRACE_S=0", "SHUTDOWN_GRACE_S"},
		{"FFS_ROOT_KEY=secret", "FFS_ROOT_KEY"},
		{"FFS_URL=127.0.0.1:8080", "FFS_URL"},
	};

	(void)state;
	for (size_t i = 0; i < FF_COUNT(cases); i++) {
		FF_CLEANUP(release) struct fixture f = {0};

		if (load(&f, false, (const char *const[]){cases[i].entry, NULL}) != FF_EMALFORMED)
			fail_msg("%s is taken", cases[i].entry);
		assert_non_null(f.err.faults);
		assert_string_equal(f.err.faults->pointer.p, cases[i].name);
		assert_null(f.err.faults->next);
	}
}

static void
test_all_bad_variables_are_named_at_once(void **state)
{
	static const char *const names[] = {"PORT", "LOG_LEVEL", "MAX_CONNECTIONS"};
	FF_CLEANUP(release) struct fixture f = {0};
	const struct ff_fault *fault;
	size_t n = 0;

	(void)state;
	f.config.port = 7;
	assert_int_equal(
		load(&f, false,
			(const char *const[]){"MAX_CONNECTIONS=none", "PORT=abc", "IDLE_TIMEOUT_S=5", "LOG_LEVEL=loud", NULL}),
		FF_EMALFORMED);
	for (fault = f.err.faults; fault; fault = fault->next)
		assert_string_equal(fault->pointer.p, names[n++]);
	assert_int_equal(n, FF_COUNT(names));
	assert_string_equal(f.err.faults->message.p, "must be a number from 0 to 65535, is \"abc\"");
	assert_string_equal(f.err.faults->next->message.p, "must be debug, info, warn or error, is \"loud\"");
	/* What was there stays: a failure writes nothing. */
	assert_int_equal(f.config.port, 7);
}

static void
test_values_of_secrets_are_never_shown(void **state)
{
	FF_CLEANUP(release) struct fixture f = {0};
	FF_CLEANUP(ff_buf_release) struct ff_buf out;

	(void)state;
	ff_buf_init(&out, 4096);
	assert_int_equal(load(&f, false, (const char *const[]){"FFS_ROOT_KEY=hunter2", NULL}), FF_EMALFORMED);
	assert_null(strstr(f.err.faults->message.p, "hunter2"));
	assert_null(strstr(f.err.detail, "hunter2"));

	assert_int_equal(load(&f, false, (const char *const[]){"FFS_ROOT_KEY=" KEY, "FFS_KEY=other", NULL}), FF_OK);
	config_value_write(&f.config, CONFIG_INDEX_root_key, &out);
	config_value_write(&f.config, CONFIG_INDEX_key, &out);
	assert_true(ff_str_eqz(ff_buf_str(&out), "(set)(set)"));
	for (unsigned i = 0; i < CONFIG_VARIABLES; i++)
		if (strstr(config_variables[i].name, "KEY"))
			assert_true(config_variables[i].secret);
}

static void
test_variables_of_other_scopes_are_not_looked_at(void **state)
{
	FF_CLEANUP(release) struct fixture f = {0};
	const char *const environment[] = {"PORT=abc", "FFS_URL=http://192.0.2.1", NULL};

	(void)state;
	assert_int_equal(config_load((char *const *)environment, CONFIG_CLIENT, false, &f.arena, &f.config, &f.err), FF_OK);
	assert_string_equal(f.config.url, "http://192.0.2.1");
	assert_int_equal(f.config.port, 8080);
}

static void
collect(void *arg, ff_str name)
{
	struct ff_buf *out = arg;

	ff_buf_printf(out, "%.*s ", FF_FMT(name));
}

static void
test_unknown_variables_of_ours_are_found(void **state)
{
	static const char *const environment[] = {
		"FFS_ROT_KEY=x", "FFS_ROOT_KEY=x", "FFS_URL=x", "PATH=/bin", "FFS_=", "ffs_x=1", "FFS_EMPTY", NULL};
	FF_CLEANUP(ff_buf_release) struct ff_buf out;

	(void)state;
	ff_buf_init(&out, 4096);
	config_unknown((char *const *)environment, collect, &out);
	assert_true(ff_str_eqz(ff_buf_str(&out), "FFS_ROT_KEY FFS_ FFS_EMPTY "));
}

/* Rows as the reference page shows them: names once, help there, the default one of what is accepted. */
static void
test_every_row_is_complete(void **state)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf out;

	(void)state;
	ff_buf_init(&out, 4096);
	for (unsigned i = 0; i < CONFIG_VARIABLES; i++) {
		const struct config_variable *v = &config_variables[i];
		FF_CLEANUP(release) struct fixture f = {0};
		char entry[256];

		assert_true(strlen(v->help) > 10);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(config_variables[k].name, v->name);
		ff_buf_reset(&out);
		config_accepts_write(i, &out);
		assert_true(out.n > 0);
		if (!v->fallback)
			continue;
		snprintf(entry, sizeof entry, "%s=%s", v->name, v->fallback);
		assert_int_equal(load(&f, false, (const char *const[]){entry, NULL}), FF_OK);
		ff_buf_reset(&out);
		config_value_write(&f.config, i, &out);
		assert_true(ff_str_eqz(ff_buf_str(&out), v->fallback));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults_hold_without_an_environment),
		cmocka_unit_test(test_environment_wins_and_is_named_as_the_origin),
		cmocka_unit_test(test_dev_listens_on_loopback_only),
		cmocka_unit_test(test_bad_values_are_refused_by_name),
		cmocka_unit_test(test_all_bad_variables_are_named_at_once),
		cmocka_unit_test(test_values_of_secrets_are_never_shown),
		cmocka_unit_test(test_variables_of_other_scopes_are_not_looked_at),
		cmocka_unit_test(test_unknown_variables_of_ours_are_found),
		cmocka_unit_test(test_every_row_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
