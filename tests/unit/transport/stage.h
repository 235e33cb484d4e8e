/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage.h - a server in this process with an app that does as its requests say:
 *
 *     /echo      answers with the body          /big/<bytes>  with so many bytes
 *     /refuse    `begin` answers 404            /empty        204
 *     /hold      keeps the exchange until the test gives it back with stage_give_back
 *     /block     answers, but keeps its loop in the handler until `gate` is open
 *     /mark      answers, and notes in `marked` the how-manieth request it is
 *     all else   the method and the path
 */
#ifndef FF_TESTS_STAGE_H
#define FF_TESTS_STAGE_H

#include "transport/http/server.h"

enum { STAGE_BODY_MAX = 8 << 20, STAGE_HELD_MAX = 64 };

struct stage {
	struct http_server *server;
	unsigned port, grace_ms;
	atomic_uint handled, gone, refused;
	atomic_uint done[600]; /* by status */
	_Atomic(struct http_exchange *) held[STAGE_HELD_MAX];
	atomic_uint n_held;
	atomic_bool gate;
	atomic_uint marked;
};

/* Generous limits, short deadlines nowhere: what a test leaves alone. */
struct http_server_config stage_config(void);
void stage_open(struct stage *s, struct http_server_config config);
/* stage_open with stage_config. */
void stage_open_default(struct stage *s);
/* Everything that was accepted has ended. */
void stage_close(struct stage *s);
/* Waits until the value is at least `least` (fails the test if it never gets there). */
void stage_await(const atomic_uint *value, unsigned least);
/* Finishes the i-th held exchange, from this thread, with its body "held". */
void stage_give_back(struct stage *s, unsigned i);

#endif
