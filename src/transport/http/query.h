/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query.h - the query string of a request, strictly: name=value&name=value.
 *
 * '+' is a space, %xx is a byte. Refused with FF_EMALFORMED that names the parameter: a '%' without two hexadecimal
 * digits, NUL, bad UTF-8 after decoding, a parameter without a name, a name given twice, more than QUERY_PARAMS_MAX. A
 * name without '=' has an empty value. Empty stretches ("a=1&&b=2") are skipped.
 */
#ifndef FF_TRANSPORT_HTTP_QUERY_H
#define FF_TRANSPORT_HTTP_QUERY_H

#include "base/err.h"

enum { QUERY_PARAMS_MAX = 300 };

struct query_param {
	ff_str name, value; /* decoded; p is never NULL */
};

struct query {
	const struct query_param *params; /* in the order sent */
	unsigned n;
};

/* `text` is what stands behind the '?'. What needs decoding is decoded into `arena`, the rest is borrowed. */
FF_MUST ff_status query_read(ff_str text, struct ff_arena *arena, struct query *ret, struct ff_err *reterr);
/* The value of `name`; {NULL, 0} where it was not given (one given empty has a pointer). */
ff_str query_get(const struct query *q, ff_str name);
/*
 * The value of `name` as a decimal number from `min` to `max`; `fallback` where it was not given. Otherwise
 * FF_EMALFORMED.
 */
FF_MUST ff_status query_u64(const struct query *q, ff_str name, uint64_t min, uint64_t max, uint64_t fallback,
	uint64_t *ret, struct ff_err *reterr);

#endif
