/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wiring.h - the service put together: the only place where adapters are chosen.
 *
 * Opened in the order of the members, closed in the opposite one.
 */
#ifndef FF_APP_WIRING_H
#define FF_APP_WIRING_H

#include "app/config.h"
#include "app/poller.h"
#include "sys/pool.h"
#include "transport/http/ops/ops.h"
#include "transport/http/router.h"
#include "usecase/eval_service.h"
#include "usecase/key_table.h"
#include "usecase/service.h"

struct wiring {
	const struct config *config;
	struct repository *repository;
	struct snapshot_table *snapshots;
	struct key_table *keys;
	struct service service;
	struct eval_service *evaluation;
	struct poller *poller;
	struct pool *pool;
	struct ops *ops;
	struct router *router;
	struct http_server *server;
};

/* Everything up to and including the listening socket. On failure nothing remains. *ret must not move, and `config`
 * must last as long. */
FF_MUST ff_status wiring_open(const struct config *config, struct wiring *ret, struct ff_err *reterr);
/* Requests in flight have until `grace_ms` to be answered. */
void wiring_close(struct wiring *w, unsigned grace_ms);

#endif
