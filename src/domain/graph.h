/* SPDX-License-Identifier: Apache-2.0 */
/* graph.h - who needs whom, among prerequisites or segments: is it free of cycles, and how long is its longest chain?
 */
#ifndef FF_DOMAIN_GRAPH_H
#define FF_DOMAIN_GRAPH_H

#include "base/arena.h"

/* Node i needs to[first[i]] … to[first[i + 1] - 1]. */
struct graph {
	uint32_t n;
	const uint32_t *first; /* n + 1 */
	const uint32_t *to;
};

struct graph_shape {
	uint32_t depth;        /* nodes of the longest chain */
	const uint32_t *cycle; /* a → b → …: each needs the next, the last one the first. NULL: none */
	uint32_t n_cycle;
};

/* In time linear in nodes and edges, without recursion. Results and work in `arena`. */
struct graph_shape graph_shape(const struct graph *g, struct ff_arena *arena);

#endif
