/* SPDX-License-Identifier: Apache-2.0 */
/* str.h - a borrowed run of bytes. Not terminated, not owned, may hold NUL. {NULL, 0} is the empty string. */
#ifndef FF_BASE_STR_H
#define FF_BASE_STR_H

#include <string.h>

#include "base/common.h"

typedef struct {
	const char *p;
	size_t n;
} ff_str;

#define FF_STR(literal) ((ff_str){("" literal), sizeof(literal) - 1})
/* The two arguments of a "%.*s". */
#define FF_FMT(s) (int)(s).n, ((s).p ? (s).p : "")

static inline ff_str
ff_str_of(const char *p, size_t n)
{
	return (ff_str){p, n};
}

static inline ff_str
ff_str_z(const char *z)
{
	return z ? (ff_str){z, strlen(z)} : (ff_str){NULL, 0};
}

static inline bool
ff_str_eq(ff_str a, ff_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
ff_str_eqz(ff_str a, const char *z)
{
	return ff_str_eq(a, ff_str_z(z));
}

static inline bool
ff_str_starts(ff_str s, ff_str prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static inline bool
ff_str_ends(ff_str s, ff_str suffix)
{
	return s.n >= suffix.n && (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

/* From byte `from` on; empty when `from` is past the end. */
static inline ff_str
ff_str_from(ff_str s, size_t from)
{
	return from >= s.n ? (ff_str){NULL, 0} : (ff_str){s.p + from, s.n - from};
}

/* ASCII case only. */
bool ff_str_caseeq(ff_str a, ff_str b);
/* memcmp order, a prefix before what it begins: <0, 0, >0. */
int ff_str_cmp(ff_str a, ff_str b);
/* Does `s` hold `needle`? An empty needle is in everything. */
bool ff_str_contains(ff_str s, ff_str needle);
/* Cuts `s` at the first `sep`: *head before it, *tail after it. False, with all in *head, where there is none. */
bool ff_str_cut(ff_str s, char sep, ff_str *head, ff_str *tail);
/* Without leading and trailing spaces and tabs. */
ff_str ff_str_trim(ff_str s);
/* Decimal digits only, the whole string, no sign, no overflow. */
FF_MUST bool ff_str_u64(ff_str s, uint64_t *ret);
/* A terminated copy from ff_xmalloc; the caller frees it. */
char *ff_str_dupz(ff_str s);

#endif
