/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ops.h - what keeps the service running asks for: GET /healthz, /readyz, /version. No key, no waiting.
 *
 *     /healthz  {"status":"ok"}: the process lives
 *     /readyz   {"status":"ready","dependencies":[{"name":"store","status":"up","required":true}, …]}
 *               200, or 503 with "unready" (something required is down) or "draining" (it is about to stop)
 *     /version  {"version","revision","compiler","schemaVersion"}
 */
#ifndef FF_TRANSPORT_HTTP_OPS_OPS_H
#define FF_TRANSPORT_HTTP_OPS_OPS_H

#include "transport/http/router.h"

struct ops;

/*
 * One dependency. `up` says whether it can be used, from what is known already: it runs on a loop and must not wait. It
 * may append members of its own to the dependency's entry, each as `,"name":value`.
 */
struct ops_probe {
	const char *name;
	bool required;
	bool (*up)(void *arg, struct ff_buf *members);
	void *arg;
};

struct ops_config {
	const struct ops_probe *probes; /* copied */
	unsigned n_probes;
	const char *version, *revision, *compiler; /* borrowed, static */
	unsigned schema_version;
};

enum { OPS_PROBES_MAX = 16 };

struct ops *ops_new(const struct ops_config *config);
void ops_free(struct ops *o);
/* From now on /readyz says 503. Any thread. */
void ops_set_draining(struct ops *o);

/* Their service is the struct ops. */
extern const struct route ops_routes[];
extern const unsigned ops_routes_n;

#endif
