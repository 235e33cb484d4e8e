/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.h - how a function says that it failed.
 *
 * A function that can fail returns an ff_status and takes a caller-allocated `struct ff_err *` last. `ret`
 * parameters are written only on success, `reterr` only on failure. `reterr` may be NULL.
 */
#ifndef FF_BASE_ERR_H
#define FF_BASE_ERR_H

#include <stdarg.h>

#include "base/arena.h"

typedef enum {
#define FF_STATUS(name, code, title) name,
#include "base/status.def"
#undef FF_STATUS
} ff_status;

/* The stable word and the human title of a status; static strings. */
const char *ff_status_code(ff_status s);
const char *ff_status_title(ff_status s);

/* One fault in a document: where (JSON Pointer, RFC 6901; "" is the whole document) and what. */
struct ff_fault {
	ff_str pointer;
	ff_str message;
	struct ff_fault *next;
};

/* All faults found in one document, in the order found. Strings live in `arena`. */
struct ff_faults {
	struct ff_arena *arena;
	struct ff_fault *first, **last;
	unsigned n; /* those found; at most FF_FAULTS_MAX of them are kept */
};

enum { FF_FAULTS_MAX = 100 };

void ff_faults_init(struct ff_faults *f, struct ff_arena *arena);
FF_PRINTF(3, 4) void ff_faults_add(struct ff_faults *f, ff_str pointer, const char *fmt, ...);
FF_PRINTF(3, 0) void ff_faults_vadd(struct ff_faults *f, ff_str pointer, const char *fmt, va_list args);

enum { FF_ERR_DETAIL_MAX = 400 };

struct ff_err {
	ff_status status;
	char detail[FF_ERR_DETAIL_MAX]; /* one sentence: what was wrong, with which value, and what to do; no period needed
									 */
	const struct ff_fault *faults;  /* NULL, or a list that lives as long as the caller's arena */
	uint64_t version;               /* FF_ECONFLICT, FF_EPRECONDITION: the current version; else 0 */
	unsigned retry_after_s;         /* FF_EBUSY, FF_EUNAVAILABLE, FF_ERATELIMITED: when to come back; 0 = unsaid */
};

/* Fills *reterr (may be NULL) and returns `status`, so that a failure is one line: return ff_fail(reterr, FF_E…, "…").
 */
FF_PRINTF(3, 4) ff_status ff_fail(struct ff_err *reterr, ff_status status, const char *fmt, ...);
#ifdef __clang_analyzer__
/* What the analyzer cannot see from another file: the status that goes in comes out. */
#define ff_fail(reterr, status, ...) ((void)ff_fail(reterr, status, __VA_ARGS__), (status))
#endif
/* The same with the faults of a document. */
ff_status ff_fail_faults(struct ff_err *reterr, ff_status status, const struct ff_faults *faults, const char *what);

/* Returns from the calling function when `expr` is not FF_OK. */
#define FF_TRY(expr)                   \
	do {                               \
		ff_status ff_status_ = (expr); \
		if (ff_status_ != FF_OK)       \
			return ff_status_;         \
	} while (0)

#endif
