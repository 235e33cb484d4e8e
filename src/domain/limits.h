/* SPDX-License-Identifier: Apache-2.0 */
/* limits.h - how much a flag or segment may hold. The only place; each has a test. */
#ifndef FF_DOMAIN_LIMITS_H
#define FF_DOMAIN_LIMITS_H

enum {
	LIMIT_KEY_BYTES = 128, /* keys of flags, variations, segments, environments, rules' ids */
	LIMIT_VARIATIONS = 64,
	LIMIT_SPLIT_PARTS = 128,        /* a variation may have several parts of one split */
	LIMIT_RULES = 100,              /* per environment */
	LIMIT_CONDITION_DEPTH = 8,      /* levels, a lone leaf being one */
	LIMIT_CONDITION_NODES = 200,    /* per rule or segment */
	LIMIT_CONDITION_VALUES = 10000, /* per leaf */
	LIMIT_UNITS = 100000,           /* listed per environment (deny and allow together) or segment */
	LIMIT_PREREQUISITES = 16,       /* per environment */
	LIMIT_ENVIRONMENTS = 64,        /* per tenant */
	LIMIT_DOCUMENT_BYTES = 8 << 20,
	LIMIT_DOCUMENT_DEPTH = 64, /* levels of JSON, values of object flags included */
	LIMIT_STRING_BYTES = 4096, /* names, descriptions, attributes, operands, units, salts */
	LIMIT_TAGS = 64,
	LIMIT_SDK_BODY_BYTES = 1 << 20,
	LIMIT_CONTEXT_ATTRIBUTES = 256,
	LIMIT_CONTEXT_BYTES = 64 << 10,
	LIMIT_ATTRIBUTE_DEPTH = 4, /* names in a dotted path */
};

#endif
