/* SPDX-License-Identifier: Apache-2.0 */
/* lifecycle.h - a serving process from its start to its end. */
#ifndef FF_APP_LIFECYCLE_H
#define FF_APP_LIFECYCLE_H

#include "app/config.h"

/*
 * Serves until SIGTERM or SIGINT, then stops: /readyz says 503, SHUTDOWN_DELAY_S go by, nothing more is accepted, what
 * is in flight is answered, all is closed. FF_OK after that, at most SHUTDOWN_GRACE_S after the delay. A second signal
 * ends the process at once. Called from the main thread, before any other is started. A failure is one of the start.
 */
FF_MUST ff_status lifecycle_run(const struct config *config, struct ff_err *reterr);

#endif
