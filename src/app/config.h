/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - the configuration: environment variables (config.def), read and checked once.
 *
 * A variable that is set to nothing counts as not set.
 */
#ifndef FF_APP_CONFIG_H
#define FF_APP_CONFIG_H

#include "base/buf.h"
#include "base/err.h"

/* Who needs a variable: the process that serves or opens the store, or a command that talks to a server. */
enum config_scope { CONFIG_SERVICE = 1, CONFIG_CLIENT = 2 };

enum config_kind { CONFIG_KIND_NUMBER, CONFIG_KIND_CHOICE, CONFIG_KIND_TEXT };

/* Where a value in force comes from. */
enum config_origin { CONFIG_FROM_DEFAULT, CONFIG_FROM_DEV, CONFIG_FROM_ENVIRONMENT };

enum config_index {
#define CONFIG_NUMBER(member, ...) CONFIG_INDEX_##member,
#define CONFIG_CHOICE(member, ...) CONFIG_INDEX_##member,
#define CONFIG_TEXT(member, ...) CONFIG_INDEX_##member,
#define CONFIG_SECRET(member, ...) CONFIG_INDEX_##member,
#include "app/config.def"
#undef CONFIG_NUMBER
#undef CONFIG_CHOICE
#undef CONFIG_TEXT
#undef CONFIG_SECRET
	CONFIG_VARIABLES
};

/* Texts are borrowed from the environment; NULL: not set and without default. */
struct config {
#define CONFIG_NUMBER(member, ...) unsigned member;
#define CONFIG_CHOICE(member, ...) unsigned member;
#define CONFIG_TEXT(member, ...) const char *member;
#define CONFIG_SECRET(member, ...) const char *member;
#include "app/config.def"
#undef CONFIG_NUMBER
#undef CONFIG_CHOICE
#undef CONFIG_TEXT
#undef CONFIG_SECRET
	bool dev;
	bool migrate; /* bring the schema up before serving; set by whoever serves */
	enum config_origin origins[CONFIG_VARIABLES];
};

/* What makes a text good. */
struct config_rule {
	const char *expects; /* "an IPv4 or IPv6 address" */
	bool (*holds)(ff_str value);
};

/* A row of the table. */
struct config_variable {
	const char *name, *fallback, *help; /* fallback NULL: not set */
	enum config_kind kind;
	unsigned scopes; /* bits of config_scope */
	bool secret;
	size_t offset; /* in struct config */
	unsigned least, most;
	const char *const *choices;
	const struct config_rule *rule;
};

extern const struct config_variable config_variables[CONFIG_VARIABLES];

/*
 * Reads the variables of `scopes` (bits of config_scope) from `environment` ("NAME=value" …, NULL; the first of a name
 * counts), the others get their defaults. With `dev`, BIND_ADDR is loopback and nothing else is accepted.
 * FF_EMALFORMED names every bad variable: reterr->faults, in `arena`, with the variable as the pointer.
 */
FF_MUST ff_status config_load(char *const *environment, unsigned scopes, bool dev, struct ff_arena *arena,
	struct config *ret, struct ff_err *reterr);

/* Calls `visit` for each name in `environment` that starts with FFS_ and is no variable: most likely a slip. */
void config_unknown(char *const *environment, void (*visit)(void *arg, ff_str name), void *arg);

/* The value in force as text; secrets as "(set)"; empty where there is none. */
void config_value_write(const struct config *c, enum config_index i, struct ff_buf *out);
/* What is accepted: "a number from 0 to 65535", "json or text", "an IPv4 or IPv6 address". */
void config_accepts_write(enum config_index i, struct ff_buf *out);
/* "default", "--dev", "environment". */
const char *config_origin_name(enum config_origin o);

#endif
