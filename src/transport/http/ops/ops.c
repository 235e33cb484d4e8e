/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/ops/ops.h"

#include <stdlib.h>

enum { PROBE_BYTES_MAX = 4 << 10 };

struct ops {
	struct ops_config config;
	struct ops_probe probes[OPS_PROBES_MAX];
	atomic_bool draining;
};

struct ops *
ops_new(const struct ops_config *config)
{
	struct ops *o = ff_xcalloc(1, sizeof *o);

	ff_assert(config->n_probes <= OPS_PROBES_MAX);
	o->config = *config;
	for (unsigned i = 0; i < config->n_probes; i++)
		o->probes[i] = config->probes[i];
	o->config.probes = o->probes;
	return o;
}

void
ops_free(struct ops *o)
{
	free(o);
}

void
ops_set_draining(struct ops *o)
{
	atomic_store(&o->draining, true);
}

static ff_status
get_healthz(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	(void)service;
	(void)call;
	(void)reterr;
	ff_buf_lit(&x->response.body, "{\"status\":\"ok\"}");
	return FF_OK;
}

/* Appends the probe's entry. */
static bool
put_probe(struct ff_buf *b, const struct ops_probe *probe)
{
	struct ff_buf members;
	bool up;

	ff_buf_init(&members, PROBE_BYTES_MAX);
	up = probe->up(probe->arg, &members);
	ff_buf_lit(b, "{\"name\":");
	ff_buf_json_str(b, ff_str_z(probe->name));
	ff_buf_str_put(b, up ? FF_STR(",\"status\":\"up\"") : FF_STR(",\"status\":\"down\""));
	ff_buf_str_put(b, probe->required ? FF_STR(",\"required\":true") : FF_STR(",\"required\":false"));
	ff_buf_str_put(b, ff_buf_str(&members));
	ff_buf_char(b, '}');
	ff_buf_release(&members);
	return up;
}

static ff_status
get_readyz(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	const struct ops *o = service;
	struct ff_buf *b = &x->response.body;
	struct ff_buf entries;
	bool draining = atomic_load(&o->draining), ready = true;

	(void)call;
	(void)reterr;
	ff_buf_init(&entries, OPS_PROBES_MAX * 2 * PROBE_BYTES_MAX);
	for (unsigned i = 0; i < o->config.n_probes; i++) {
		if (i > 0)
			ff_buf_char(&entries, ',');
		if (!put_probe(&entries, &o->probes[i]) && o->probes[i].required)
			ready = false;
	}
	x->response.status = ready && !draining ? 200 : 503;
	ff_buf_lit(b, "{\"status\":");
	ff_buf_json_str(b, draining ? FF_STR("draining") : ready ? FF_STR("ready") : FF_STR("unready"));
	ff_buf_lit(b, ",\"dependencies\":[");
	ff_buf_str_put(b, ff_buf_str(&entries));
	ff_buf_lit(b, "]}");
	ff_buf_release(&entries);
	return FF_OK;
}

static ff_status
get_version(void *service, struct http_exchange *x, const struct ff_call *call, struct ff_err *reterr)
{
	const struct ops *o = service;
	struct ff_buf *b = &x->response.body;

	(void)call;
	(void)reterr;
	ff_buf_lit(b, "{\"version\":");
	ff_buf_json_str(b, ff_str_z(o->config.version));
	ff_buf_lit(b, ",\"revision\":");
	ff_buf_json_str(b, ff_str_z(o->config.revision));
	ff_buf_lit(b, ",\"compiler\":");
	ff_buf_json_str(b, ff_str_z(o->config.compiler));
	ff_buf_lit(b, ",\"schemaVersion\":");
	ff_buf_u64(b, o->config.schema_version);
	ff_buf_char(b, '}');
	return FF_OK;
}

const struct route ops_routes[] = {
	{METHOD_GET, "/healthz", ACCESS_PUBLIC, RUN_INLINE, 0, 0, get_healthz},
	{METHOD_GET, "/readyz", ACCESS_PUBLIC, RUN_INLINE, 0, 0, get_readyz},
	{METHOD_GET, "/version", ACCESS_PUBLIC, RUN_INLINE, 0, 0, get_version},
};
const unsigned ops_routes_n = FF_COUNT(ops_routes);
