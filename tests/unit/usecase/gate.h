/* SPDX-License-Identifier: Apache-2.0 */
/* gate.h - a repository in front of another: counts transactions, can hold them up and make them fail. Any thread. */
#ifndef FF_TESTS_UNIT_USECASE_GATE_H
#define FF_TESTS_UNIT_USECASE_GATE_H

#include <pthread.h>

#include "repository/repository.h"

struct gate {
	struct repository super;
	struct repository_ops ops;
	struct repository *inner; /* may be replaced while no transaction is open */
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool closed;      /* transactions wait in begin */
	unsigned waiting; /* as many do */
	unsigned begun;   /* since the start */
	unsigned failing; /* so many of the next ones fail … */
	ff_status with;   /* … with this */
};

void gate_init(struct gate *g, struct repository *inner);
void gate_release(struct gate *g);
void gate_close(struct gate *g);
void gate_open(struct gate *g);
/* Returns when `n` transactions wait. */
void gate_await(struct gate *g, unsigned n);
void gate_fail_next(struct gate *g, unsigned n, ff_status with);
unsigned gate_begun(struct gate *g);

#endif
