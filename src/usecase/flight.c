/* SPDX-License-Identifier: Apache-2.0 */
#include "usecase/flight.h"

#include <stdlib.h>
#include <time.h>

#include "sys/clock.h"

enum {
	WAIT_SLICE_MS = 20, /* a wait is looked over so often for a caller that has gone away: nobody signals that */
};

struct flight *
flight_find(const struct flights *list, ff_str first, ff_str second)
{
	for (struct flight *f = list->first; f; f = f->next)
		if (ff_str_eq(f->first, first) && ff_str_eq(f->second, second))
			return f;
	return NULL;
}

struct flight *
flight_start(struct flights *list, ff_str first, ff_str second)
{
	struct flight *f = ff_xcalloc(1, sizeof *f);
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&f->landing, &attributes);
	pthread_condattr_destroy(&attributes);
	f->first = first;
	f->second = second;
	f->users = 1;
	f->next = list->first;
	list->first = f;
	return f;
}

static void
leave(struct flight *f)
{
	if (--f->users > 0)
		return;
	pthread_cond_destroy(&f->landing);
	free(f);
}

void
flight_land(struct flights *list, struct flight *f)
{
	struct flight **at = &list->first;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	f->landed = true;
	f->err.faults = NULL; /* those live in an arena that is the leader's */
	pthread_cond_broadcast(&f->landing);
	leave(f);
}

ff_status
flight_wait(struct flights *list, struct flight *f, pthread_mutex_t *lock, const struct ff_call *call, bool *ret_again,
	struct ff_err *reterr)
{
	ff_status status = FF_OK;

	*ret_again = false;
	f->users++;
	while (!f->landed && status == FF_OK) {
		uint64_t until = list->mono_ms() + ff_call_left_ms(call, WAIT_SLICE_MS);
		struct timespec ts = {.tv_sec = (time_t)(until / 1000), .tv_nsec = (long)(until % 1000) * 1000000};

		pthread_cond_timedwait(&f->landing, lock, &ts);
		if (!f->landed)
			status = ff_call_over(call, reterr);
	}
	if (f->landed) {
		status = f->status;
		if (status != FF_OK && reterr)
			*reterr = f->err;
		*ret_again = (status == FF_ETIMEOUT || status == FF_ECANCELLED) && ff_call_over(call, NULL) == FF_OK;
	}
	leave(f);
	return status;
}
