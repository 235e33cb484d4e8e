/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wheel.h - deadlines, coarsely and for next to nothing.
 *
 * A ring of slots of WHEEL_TICK_MS each. Putting a deadline off, which every request does to its connection's, is one
 * store: the entry stays in its slot and is moved on when that comes round (Varghese and Lauck, 1987, made lazy). What
 * is due fires up to a tick late. One thread.
 */
#ifndef FF_TRANSPORT_HTTP_WHEEL_H
#define FF_TRANSPORT_HTTP_WHEEL_H

#include "base/common.h"

enum { WHEEL_TICK_MS = 50, WHEEL_SLOTS = 256 };

#define WHEEL_NEVER UINT64_MAX

/* Zeroed: without a deadline. */
struct wheel_entry {
	struct wheel_entry *prev, *next; /* NULL: in no slot */
	uint64_t due_ms, slot_tick;
};

struct wheel {
	uint64_t tick;                         /* the next one to fire */
	struct wheel_entry slots[WHEEL_SLOTS]; /* heads of rings */
	unsigned n;                            /* entries in slots */
};

void wheel_init(struct wheel *w, uint64_t now_ms);
/* Sets, moves or (WHEEL_NEVER) lifts the deadline. */
void wheel_set(struct wheel *w, struct wheel_entry *e, uint64_t due_ms);
void wheel_remove(struct wheel *w, struct wheel_entry *e);
/* Fires what is due. `expired` may set and remove any entry, its own too. */
void wheel_advance(struct wheel *w, uint64_t now_ms, void (*expired)(struct wheel_entry *e, void *arg), void *arg);

#endif
