/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/postgres/dsn.h"

#include <stdlib.h>

enum { HOST_TIMEOUT_MS = 3000, HOST_TIMEOUT_S_MAX = 60, MS_PER_S = 1000 };

/*
 * Ours, unless the string says otherwise: always the primary, and a peer that has vanished without a word is noticed
 * (also where nothing is under way, and by PQcancel, which has no other limit).
 */
static const struct {
	const char *keyword, *value;
} defaults[] = {
	{"target_session_attrs", "read-write"},
	{"keepalives_idle", "10"},
	{"keepalives_interval", "5"},
	{"keepalives_count", "3"},
	{"tcp_user_timeout", "10000"},
};

static const char *const secrets[] = {"password", "sslpassword"};

static const char *
value_of(const struct pg_dsn *d, const char *keyword)
{
	for (const PQconninfoOption *o = d->options; o->keyword; o++)
		if (strcmp(o->keyword, keyword) == 0)
			return o->val && *o->val ? o->val : NULL;
	return NULL;
}

static unsigned
count_items(const char *list)
{
	unsigned n = 1;

	for (; list && *list; list++)
		n += *list == ',';
	return n;
}

/* The item at `at` of a list with commas; of a list of one, that one. */
static const char *
item(const char *list, unsigned at, struct ff_arena *arena)
{
	ff_str head = ff_str_z(list), tail = head;

	if (count_items(list) == 1)
		return list;
	for (unsigned i = 0; i <= at; i++)
		(void)ff_str_cut(tail, ',', &head, &tail);
	return ff_arena_str(arena, head).p;
}

static ff_status
check(struct pg_dsn *d, struct ff_err *reterr)
{
	const char *host = value_of(d, "host"), *address = value_of(d, "hostaddr"), *limit = value_of(d, "connect_timeout");
	const char *port = value_of(d, "port");
	uint64_t seconds;

	/* In a URI, a password with an unescaped @ or / ends up in the host or port, and from there in every error. */
	if (host && strchr(host, '@'))
		return ff_fail(
			reterr, FF_EMALFORMED, "the host in PG_DSN has an @ in it: in a URI, write an @ of the password as %%40");
	if (port && port[strspn(port, "0123456789,")])
		return ff_fail(
			reterr, FF_EMALFORMED, "the port in PG_DSN is no number: in a URI, write a / of the password as %%2F");
	d->hosts = count_items(address ? address : host);
	if (d->hosts > DSN_HOSTS_MAX)
		return ff_fail(reterr, FF_EMALFORMED, "PG_DSN names %u hosts, at most %d", d->hosts, DSN_HOSTS_MAX);
	if (limit && ff_str_u64(ff_str_z(limit), &seconds) && seconds > 0)
		d->host_timeout_ms =
			(unsigned)(seconds < HOST_TIMEOUT_S_MAX ? seconds : (uint64_t)HOST_TIMEOUT_S_MAX) * MS_PER_S;
	return FF_OK;
}

ff_status
pg_dsn_open(const char *dsn, const char *application_name, struct pg_dsn **ret, struct ff_err *reterr)
{
	PQconninfoOption *options = PQconninfoParse(dsn, NULL);
	struct pg_dsn *d;
	ff_status status;

	if (!options)
		return ff_fail(reterr, FF_EMALFORMED,
			"PG_DSN is no connection string: write postgresql://user:password@host:5432/database, with special "
			"characters in it as %%XX, or host=… port=… dbname=… user=…");
	d = ff_xcalloc(1, sizeof *d);
	d->options = options;
	d->application_name = ff_xstrdup(application_name ? application_name : "ffs");
	d->host_timeout_ms = HOST_TIMEOUT_MS;
	status = check(d, reterr);
	if (status != FF_OK) {
		pg_dsn_free(d);
		return status;
	}
	*ret = d;
	return FF_OK;
}

void
pg_dsn_free(struct pg_dsn *d)
{
	if (!d)
		return;
	PQconninfoFree(d->options);
	free(d->application_name);
	free(d);
}

static void
add(struct pg_dsn_params *params, unsigned *n, const char *keyword, const char *value)
{
	ff_assert(*n + 1 < DSN_OPTIONS_MAX);
	params->keywords[*n] = keyword;
	params->values[(*n)++] = value;
}

void
pg_dsn_params(const struct pg_dsn *d, unsigned host, struct ff_arena *arena, struct pg_dsn_params *ret)
{
	static const char *const per_host[] = {"host", "hostaddr", "port"};
	unsigned n = 0;

	*ret = (struct pg_dsn_params){0};
	for (const PQconninfoOption *o = d->options; o->keyword; o++) {
		const char *value = o->val;

		for (size_t i = 0; value && i < FF_COUNT(per_host); i++)
			if (strcmp(o->keyword, per_host[i]) == 0)
				value = item(value, host, arena);
		if (value)
			add(ret, &n, o->keyword, value);
	}
	for (size_t i = 0; i < FF_COUNT(defaults); i++)
		if (!value_of(d, defaults[i].keyword))
			add(ret, &n, defaults[i].keyword, defaults[i].value);
	add(ret, &n, "fallback_application_name", d->application_name);
	add(ret, &n, "client_encoding", "UTF8"); /* the last of two counts */
}

const char *
pg_dsn_scrub(const struct pg_dsn *d, const char *text, struct ff_arena *arena)
{
	ff_str all = ff_arena_str(arena, ff_str_z(text));
	char *p = (char *)all.p;

	for (size_t i = 0; i < FF_COUNT(secrets); i++) {
		const char *secret = value_of(d, secrets[i]);
		char *at = p;

		while (secret && (at = strstr(at, secret)))
			for (size_t k = 0; secret[k]; k++)
				*at++ = '*';
	}
	while (all.n && (p[all.n - 1] == '\n' || p[all.n - 1] == ' '))
		p[--all.n] = '\0';
	for (size_t i = 0; i < all.n; i++)
		if (p[i] == '\n' || p[i] == '\t')
			p[i] = ' ';
	return p;
}
