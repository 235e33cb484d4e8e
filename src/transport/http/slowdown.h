/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slowdown.h - how fast one address may fail to authenticate.
 *
 * SLOWDOWN_BURST attempts at once, then one every SLOWDOWN_STEP_MS. Of IPv6 an address is the /64, which is what one
 * customer has. Bounded: when there are more addresses than places, the one that has failed least is forgotten. Any
 * thread; a lock is taken for a moment, and only for those who fail.
 */
#ifndef FF_TRANSPORT_HTTP_SLOWDOWN_H
#define FF_TRANSPORT_HTTP_SLOWDOWN_H

#include "base/network.h"

enum { SLOWDOWN_BURST = 20, SLOWDOWN_STEP_MS = 1000 };

struct slowdown;

struct slowdown *slowdown_new(void);
void slowdown_free(struct slowdown *s);

/*
 * One more attempt has failed. 0: answer it; else it is one too many (and not counted), and this is for how many
 * seconds every further one is.
 */
unsigned slowdown_failed(struct slowdown *s, const struct address *a, uint64_t mono_ms);
/* The same without an attempt: what the next one would be told. */
unsigned slowdown_left_s(struct slowdown *s, const struct address *a, uint64_t mono_ms);

#endif
