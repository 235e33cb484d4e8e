/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/wheel.h"

static void
ring_init(struct wheel_entry *head)
{
	head->prev = head->next = head;
}

void
wheel_init(struct wheel *w, uint64_t now_ms)
{
	w->tick = now_ms / WHEEL_TICK_MS;
	w->n = 0;
	for (unsigned i = 0; i < WHEEL_SLOTS; i++)
		ring_init(&w->slots[i]);
}

/* The first tick at which `due_ms` has passed. */
static uint64_t
tick_of(uint64_t due_ms)
{
	return due_ms / WHEEL_TICK_MS + 1;
}

static void
link_entry(struct wheel *w, struct wheel_entry *e)
{
	uint64_t tick = tick_of(e->due_ms);
	struct wheel_entry *head;

	/* What lies beyond one turn waits in the last slot and is looked at again then. */
	if (tick < w->tick)
		tick = w->tick;
	if (tick > w->tick + WHEEL_SLOTS - 1)
		tick = w->tick + WHEEL_SLOTS - 1;
	e->slot_tick = tick;
	head = &w->slots[tick % WHEEL_SLOTS];
	e->prev = head->prev;
	e->next = head;
	head->prev->next = e;
	head->prev = e;
	w->n++;
}

void
wheel_remove(struct wheel *w, struct wheel_entry *e)
{
	if (!e->next)
		return;
	e->prev->next = e->next;
	e->next->prev = e->prev;
	e->prev = e->next = NULL;
	w->n--;
}

void
wheel_set(struct wheel *w, struct wheel_entry *e, uint64_t due_ms)
{
	e->due_ms = due_ms;
	if (e->next && e->slot_tick <= tick_of(due_ms))
		return;
	wheel_remove(w, e);
	if (due_ms != WHEEL_NEVER)
		link_entry(w, e);
}

void
wheel_advance(struct wheel *w, uint64_t now_ms, void (*expired)(struct wheel_entry *e, void *arg), void *arg)
{
	uint64_t last = now_ms / WHEEL_TICK_MS;

	/* After a long sleep one turn sees every slot. */
	if (last >= w->tick + WHEEL_SLOTS)
		w->tick = last - WHEEL_SLOTS + 1;
	while (w->tick <= last) {
		struct wheel_entry *head = &w->slots[w->tick % WHEEL_SLOTS];
		struct wheel_entry firing;

		/* Taken off first: an entry that is linked again must not land in the ring that is being walked. */
		ring_init(&firing);
		if (head->next != head) {
			firing = (struct wheel_entry){.prev = head->prev, .next = head->next};
			firing.prev->next = firing.next->prev = &firing;
			ring_init(head);
		}
		w->tick++;
		while (firing.next != &firing) {
			struct wheel_entry *e = firing.next;

			wheel_remove(w, e);
			if (e->due_ms <= now_ms)
				expired(e, arg);
			else if (e->due_ms != WHEEL_NEVER)
				link_entry(w, e);
		}
	}
}
