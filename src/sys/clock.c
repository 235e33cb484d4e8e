/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/clock.h"

#include <time.h>

static uint64_t
nanoseconds(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

int64_t
clock_wall_ms(void)
{
	return (int64_t)(nanoseconds(CLOCK_REALTIME) / 1000000u);
}

uint64_t
clock_mono_ns(void)
{
	return nanoseconds(CLOCK_MONOTONIC);
}

uint64_t
clock_mono_ms(void)
{
	return clock_mono_ns() / 1000000u;
}

unsigned
ff_call_left_ms(const struct ff_call *call, unsigned most)
{
	uint64_t now = clock_mono_ms();

	if (call->cancel && atomic_load_explicit(call->cancel, memory_order_relaxed))
		return 0;
	if (call->deadline_ms <= now)
		return 0;
	return call->deadline_ms - now < most ? (unsigned)(call->deadline_ms - now) : most;
}

ff_status
ff_call_over(const struct ff_call *call, struct ff_err *reterr)
{
	if (call->cancel && atomic_load_explicit(call->cancel, memory_order_relaxed))
		return ff_fail(reterr, FF_ECANCELLED, "the caller has gone away");
	if (call->deadline_ms <= clock_mono_ms())
		return ff_fail(reterr, FF_ETIMEOUT, "the deadline has passed");
	return FF_OK;
}
