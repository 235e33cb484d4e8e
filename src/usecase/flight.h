/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flight.h - one load of a thing at a time, however many ask for it: one leads, the others wait for what comes of it.
 * Internal to usecase/.
 *
 * A flight has a name of two parts, which are the leader's and last until it lands. All calls are made under the
 * owner's lock.
 */
#ifndef FF_USECASE_FLIGHT_H
#define FF_USECASE_FLIGHT_H

#include <pthread.h>

#include "base/call.h"

struct flight {
	struct flight *next;
	ff_str first, second;
	unsigned users; /* the leader and those who wait */
	bool landed;
	pthread_cond_t landing;
	ff_status status; /* the leader's to fill before it lands */
	struct ff_err err;
};

struct flights {
	struct flight *first;
	uint64_t (*mono_ms)(void);
};

enum {
	/*
	 * Flights that one caller waits for or leads. The second begins after the call did, so it decides, unless its
	 * leader's deadline ends it: then another leads.
	 */
	FLIGHTS_MAX = 16,
};

/* The one of that name that is under way, or NULL. */
struct flight *flight_find(const struct flights *list, ff_str first, ff_str second);
/* Begins one that the caller leads, and has to land. */
struct flight *flight_start(struct flights *list, ff_str first, ff_str second);
/* Wakes those who wait; `f` is not the leader's any more. */
void flight_land(struct flights *list, struct flight *f);
/*
 * Waits until `f` has landed; `lock` is let go meanwhile. Its status, or FF_ETIMEOUT, FF_ECANCELLED. *ret_again: the
 * flight ended with its leader's time, which says nothing about the thing; the caller may try another.
 */
FF_MUST ff_status flight_wait(struct flights *list, struct flight *f, pthread_mutex_t *lock, const struct ff_call *call,
	bool *ret_again, struct ff_err *reterr);

#endif
