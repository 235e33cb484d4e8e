/* SPDX-License-Identifier: Apache-2.0 */
/* value.h - the value of one attribute in a context, typed and ready to compare. */
#ifndef FF_DOMAIN_VALUE_H
#define FF_DOMAIN_VALUE_H

#include "base/str.h"

enum value_type {
	VALUE_MISSING, /* absent or null */
	VALUE_BOOLEAN,
	VALUE_NUMBER,
	VALUE_STRING,
	VALUE_LIST,
	VALUE_OBJECT, /* present, and nothing else can be asked of it */
};

/* 24 bytes. Strings and items are borrowed from the request. */
struct value {
	enum value_type type;
	uint32_t n;      /* STRING: bytes · LIST: items */
	uint32_t symbol; /* STRING: its number in the schema's table of strings; 0 = no flag compares with it */
	bool boolean;
	union {
		double number;
		const char *string;
		const struct value *items; /* never lists themselves: a nested list or object is VALUE_OBJECT here */
	};
};

#endif
