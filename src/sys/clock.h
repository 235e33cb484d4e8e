/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - the two clocks. Only src/sys, src/transport and src/app ask them; everything below gets times as arguments.
 */
#ifndef FF_SYS_CLOCK_H
#define FF_SYS_CLOCK_H

#include "base/call.h"

/* Milliseconds since the Unix epoch, UTC. */
int64_t clock_wall_ms(void);
/* Milliseconds and nanoseconds on the monotonic clock. */
uint64_t clock_mono_ms(void);
uint64_t clock_mono_ns(void);

/* FF_OK, or FF_ETIMEOUT past the deadline, or FF_ECANCELLED when the caller has gone. */
FF_MUST ff_status ff_call_over(const struct ff_call *call, struct ff_err *reterr);
/* Milliseconds left until the deadline, at most `most`; 0 when over. */
unsigned ff_call_left_ms(const struct ff_call *call, unsigned most);

#endif
