/* SPDX-License-Identifier: Apache-2.0 */
#include "app/config.h"

#include <arpa/inet.h>
#include <limits.h>

#include "observability/log.h"
#include "transport/http/proxies.h"
#include "usecase/api_key.h"

enum { ENVIRONMENT_MAX = 100000 }; /* entries that are looked at; the kernel's limit on their bytes is lower */

static bool
is_text(ff_str value)
{
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < 0x20 || value.p[i] == 0x7f)
			return false;
	return true;
}

static bool
parse_address(ff_str value, int family, void *ret)
{
	char z[INET6_ADDRSTRLEN];

	if (value.n == 0 || value.n >= sizeof z)
		return false;
	memcpy(z, value.p, value.n);
	z[value.n] = '\0';
	return inet_pton(family, z, ret) == 1;
}

static bool
is_address(ff_str value)
{
	struct in_addr v4;
	struct in6_addr v6;

	return parse_address(value, AF_INET, &v4) || parse_address(value, AF_INET6, &v6);
}

static bool
is_loopback(ff_str value)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (parse_address(value, AF_INET, &v4))
		return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
	return parse_address(value, AF_INET6, &v6) && IN6_IS_ADDR_LOOPBACK(&v6);
}

static bool
is_url(ff_str value)
{
	return ff_str_starts(value, FF_STR("http://")) || ff_str_starts(value, FF_STR("https://"));
}

static bool
is_root_key(ff_str value)
{
	struct api_key key;

	return api_key_parse(value, &key) && key.kind == API_KEY_ROOT;
}

static bool
is_networks(ff_str value)
{
	struct proxies parsed;

	return proxies_parse(value, &parsed);
}

static const struct config_rule rule_text = {"text without control characters", is_text};
static const struct config_rule rule_address = {"an IPv4 or IPv6 address", is_address};
static const struct config_rule rule_url = {"a URL with http:// or https://", is_url};
static const struct config_rule rule_root_key = {"a key as `ffs keys root` prints it", is_root_key};
static const struct config_rule rule_networks = {"networks such as 10.0.0.0/8, separated by commas", is_networks};

/* In the order of enum log_level and enum log_format. */
static const char *const log_levels[] = {
	[LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error", NULL};
static const char *const log_formats[] = {[LOG_JSON] = "json", [LOG_TEXT] = "text", NULL};

const struct config_variable config_variables[CONFIG_VARIABLES] = {
#define ROW(member_, kind_, name_, scopes_, fallback_, help_)                                        \
	.name = (name_), .kind = (kind_), .scopes = (scopes_), .fallback = (fallback_), .help = (help_), \
	.offset = offsetof(struct config, member_)
#define CONFIG_NUMBER(member_, name_, scopes_, fallback_, least_, most_, help_) \
	[CONFIG_INDEX_##member_] = {                                                \
		ROW(member_, CONFIG_KIND_NUMBER, name_, scopes_, fallback_, help_), .least = (least_), .most = (most_)},
#define CONFIG_CHOICE(member_, name_, scopes_, fallback_, choices_, help_) \
	[CONFIG_INDEX_##member_] = {                                           \
		ROW(member_, CONFIG_KIND_CHOICE, name_, scopes_, fallback_, help_), .choices = (choices_)},
#define CONFIG_TEXT(member_, name_, scopes_, fallback_, rule_, help_) \
	[CONFIG_INDEX_##member_] = {ROW(member_, CONFIG_KIND_TEXT, name_, scopes_, fallback_, help_), .rule = &(rule_)},
#define CONFIG_SECRET(member_, name_, scopes_, rule_, help_) \
	[CONFIG_INDEX_##member_] = {                             \
		ROW(member_, CONFIG_KIND_TEXT, name_, scopes_, NULL, help_), .rule = &(rule_), .secret = true},
#include "app/config.def"
#undef CONFIG_NUMBER
#undef CONFIG_CHOICE
#undef CONFIG_TEXT
#undef CONFIG_SECRET
#undef ROW
};

static unsigned *
number_of(struct config *c, const struct config_variable *v)
{
	return (unsigned *)(void *)((char *)c + v->offset);
}

static const char **
text_of(struct config *c, const struct config_variable *v)
{
	return (const char **)(void *)((char *)c + v->offset);
}

static bool
find_choice(const struct config_variable *v, const char *value, unsigned *ret)
{
	for (unsigned i = 0; v->choices[i]; i++)
		if (strcmp(v->choices[i], value) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

/* False where `value` is none that `v` accepts. */
static bool
assign(struct config *c, const struct config_variable *v, const char *value)
{
	uint64_t number;

	switch (v->kind) {
	case CONFIG_KIND_NUMBER:
		if (!ff_str_u64(ff_str_z(value), &number) || number < v->least || number > v->most)
			return false;
		*number_of(c, v) = (unsigned)number;
		return true;
	case CONFIG_KIND_CHOICE:
		return find_choice(v, value, number_of(c, v));
	case CONFIG_KIND_TEXT:
		if (!v->rule->holds(ff_str_z(value)))
			return false;
		*text_of(c, v) = value;
		return true;
	}
	return false;
}

/* The value of `name`, or NULL where it is not set or empty. */
static const char *
environment_get(char *const *environment, const char *name)
{
	size_t n = strlen(name);

	for (unsigned i = 0; i < ENVIRONMENT_MAX && environment[i]; i++)
		if (strncmp(environment[i], name, n) == 0 && environment[i][n] == '=')
			return environment[i][n + 1] ? environment[i] + n + 1 : NULL;
	return NULL;
}

static void
add_fault(struct ff_faults *faults, enum config_index i, const char *value)
{
	const struct config_variable *v = &config_variables[i];
	struct ff_buf accepts;

	ff_buf_init(&accepts, FF_ERR_DETAIL_MAX);
	config_accepts_write(i, &accepts);
	if (v->secret)
		ff_faults_add(
			faults, ff_str_z(v->name), "must be %.*s (what it is set to is not shown)", FF_FMT(ff_buf_str(&accepts)));
	else
		ff_faults_add(faults, ff_str_z(v->name), "must be %.*s, is \"%.100s\"", FF_FMT(ff_buf_str(&accepts)), value);
	ff_buf_release(&accepts);
}

static void
apply_dev(struct config *c, struct ff_faults *faults)
{
	c->dev = true;
	if (c->origins[CONFIG_INDEX_bind_addr] == CONFIG_FROM_DEFAULT) {
		c->bind_addr = "127.0.0.1";
		c->origins[CONFIG_INDEX_bind_addr] = CONFIG_FROM_DEV;
	} else if (!is_loopback(ff_str_z(c->bind_addr))) {
		ff_faults_add(faults, FF_STR("BIND_ADDR"),
			"must be a loopback address with --dev, which asks for no keys, is \"%.100s\"", c->bind_addr);
	}
}

ff_status
config_load(char *const *environment, unsigned scopes, bool dev, struct ff_arena *arena, struct config *ret,
	struct ff_err *reterr)
{
	struct config c = {0};
	struct ff_faults faults;

	ff_faults_init(&faults, arena);
	for (unsigned i = 0; i < CONFIG_VARIABLES; i++) {
		const struct config_variable *v = &config_variables[i];
		const char *value = v->scopes & scopes ? environment_get(environment, v->name) : NULL;

		if (v->fallback)
			ff_assert(assign(&c, v, v->fallback));
		if (!value)
			continue;
		if (assign(&c, v, value))
			c.origins[i] = CONFIG_FROM_ENVIRONMENT;
		else
			add_fault(&faults, i, value);
	}
	if (dev)
		apply_dev(&c, &faults);
	if (faults.n > 0)
		return ff_fail_faults(reterr, FF_EMALFORMED, &faults, "the configuration");
	*ret = c;
	return FF_OK;
}

static bool
is_variable(ff_str name)
{
	for (unsigned i = 0; i < CONFIG_VARIABLES; i++)
		if (ff_str_eqz(name, config_variables[i].name))
			return true;
	return false;
}

void
config_unknown(char *const *environment, void (*visit)(void *arg, ff_str name), void *arg)
{
	for (unsigned i = 0; i < ENVIRONMENT_MAX && environment[i]; i++) {
		ff_str name, value;

		ff_str_cut(ff_str_z(environment[i]), '=', &name, &value);
		if (ff_str_starts(name, FF_STR("FFS_")) && !is_variable(name))
			visit(arg, name);
	}
}

void
config_value_write(const struct config *c, enum config_index i, struct ff_buf *out)
{
	const struct config_variable *v = &config_variables[i];
	const char *at = (const char *)c + v->offset;
	const char *text;
	unsigned number;

	switch (v->kind) {
	case CONFIG_KIND_NUMBER:
		memcpy(&number, at, sizeof number);
		ff_buf_u64(out, number);
		return;
	case CONFIG_KIND_CHOICE:
		memcpy(&number, at, sizeof number);
		ff_buf_str_put(out, ff_str_z(v->choices[number]));
		return;
	case CONFIG_KIND_TEXT:
		memcpy(&text, at, sizeof text);
		ff_buf_str_put(out, v->secret && text ? FF_STR("(set)") : ff_str_z(text));
		return;
	}
}

void
config_accepts_write(enum config_index i, struct ff_buf *out)
{
	const struct config_variable *v = &config_variables[i];

	switch (v->kind) {
	case CONFIG_KIND_NUMBER:
		ff_buf_printf(out, "a number from %u to %u", v->least, v->most);
		return;
	case CONFIG_KIND_CHOICE:
		for (unsigned k = 0; v->choices[k]; k++)
			ff_buf_printf(out, "%s%s", k == 0 ? "" : v->choices[k + 1] ? ", " : " or ", v->choices[k]);
		return;
	case CONFIG_KIND_TEXT:
		ff_buf_str_put(out, ff_str_z(v->rule->expects));
		return;
	}
}

const char *
config_origin_name(enum config_origin o)
{
	switch (o) {
	case CONFIG_FROM_DEFAULT:
		return "default";
	case CONFIG_FROM_DEV:
		return "--dev";
	case CONFIG_FROM_ENVIRONMENT:
		return "environment";
	}
	return "";
}
