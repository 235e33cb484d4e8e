/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *code, *title;
} statuses[] = {
#define FF_STATUS(name, code, title) [name] = {code, title},
#include "base/status.def"
#undef FF_STATUS
};

const char *
ff_status_code(ff_status s)
{
	ff_assert((size_t)s < FF_COUNT(statuses));
	return statuses[s].code;
}

const char *
ff_status_title(ff_status s)
{
	ff_assert((size_t)s < FF_COUNT(statuses));
	return statuses[s].title;
}

void
ff_faults_init(struct ff_faults *f, struct ff_arena *arena)
{
	*f = (struct ff_faults){.arena = arena};
	f->last = &f->first;
}

void
ff_faults_add(struct ff_faults *f, ff_str pointer, const char *fmt, ...)
{
	char message[FF_ERR_DETAIL_MAX];
	struct ff_fault *fault;
	va_list args;

	if (f->n++ >= FF_FAULTS_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(message, sizeof message, fmt, args);
	va_end(args);
	fault = FF_ARENA_NEW(f->arena, struct ff_fault);
	fault->pointer = ff_arena_str(f->arena, pointer);
	fault->message = ff_arena_str(f->arena, ff_str_z(message));
	*f->last = fault;
	f->last = &fault->next;
}

ff_status
ff_fail(struct ff_err *reterr, ff_status status, const char *fmt, ...)
{
	va_list args;

	if (!reterr)
		return status;
	*reterr = (struct ff_err){.status = status};
	va_start(args, fmt);
	vsnprintf(reterr->detail, sizeof reterr->detail, fmt, args);
	va_end(args);
	return status;
}

ff_status
ff_fail_faults(struct ff_err *reterr, ff_status status, const struct ff_faults *faults, const char *what)
{
	const struct ff_fault *first = faults->first;

	ff_assert(first);
	ff_fail(reterr, status, "%s has %u fault%s: %s%s%.*s", what, faults->n, faults->n == 1 ? "" : "s",
		first->pointer.n ? first->pointer.p : "", first->pointer.n ? ": " : "", FF_FMT(first->message));
	if (reterr)
		reterr->faults = first;
	return status;
}
