/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stdio.h>

#include "base/utf8.h"

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

/* Text that does not fit ends with a whole character: details go out as JSON, which has to be UTF-8. */
FF_PRINTF(2, 0)
static void
format(char text[static FF_ERR_DETAIL_MAX], const char *fmt, va_list args)
{
	int n = vsnprintf(text, FF_ERR_DETAIL_MAX, fmt, args);

	if (n >= FF_ERR_DETAIL_MAX)
		text[utf8_cut(ff_str_of(text, FF_ERR_DETAIL_MAX - 1), FF_ERR_DETAIL_MAX - 2).n] = '\0';
}

void
ff_faults_init(struct ff_faults *f, struct ff_arena *arena)
{
	*f = (struct ff_faults){.arena = arena};
	f->last = &f->first;
}

void
ff_faults_vadd(struct ff_faults *f, ff_str pointer, const char *fmt, va_list args)
{
	char message[FF_ERR_DETAIL_MAX];
	struct ff_fault *fault;

	if (f->n++ >= FF_FAULTS_MAX)
		return;
	format(message, fmt, args);
	fault = FF_ARENA_NEW(f->arena, struct ff_fault);
	fault->pointer = ff_arena_str(f->arena, pointer);
	fault->message = ff_arena_str(f->arena, ff_str_z(message));
	*f->last = fault;
	f->last = &fault->next;
}

void
ff_faults_add(struct ff_faults *f, ff_str pointer, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	ff_faults_vadd(f, pointer, fmt, args);
	va_end(args);
}

#undef ff_fail /* err.h shows the analyzer another one */
ff_status
ff_fail(struct ff_err *reterr, ff_status status, const char *fmt, ...)
{
	va_list args;

	if (!reterr)
		return status;
	*reterr = (struct ff_err){.status = status};
	va_start(args, fmt);
	format(reterr->detail, fmt, args);
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
