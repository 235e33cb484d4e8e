/* SPDX-License-Identifier: Apache-2.0 */
/* percent.h - percent-encoding of URLs (RFC 3986, 2.1). */
#ifndef FF_TRANSPORT_HTTP_PERCENT_H
#define FF_TRANSPORT_HTTP_PERCENT_H

#include "base/arena.h"

/*
 * Decodes %xx; borrows `s` where there is none, else the result is in the arena. False for a '%' without two
 * hexadecimal digits behind it and for %00. '+' stays a plus.
 */
FF_MUST bool percent_decode(ff_str s, struct ff_arena *arena, ff_str *ret);

#endif
