/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/graph.h"

/* Of one node, in a depth-first search: not seen (height 0, not on the path), on the path, or done (height > 0). */
struct node {
	uint32_t next;   /* the edge to follow next */
	uint32_t height; /* nodes of the longest chain that begins here; grows until the node is done */
	bool on_path;
};

/* The search's path from its root to where it is. */
struct path {
	uint32_t *nodes;
	uint32_t n;
};

static void
enter(struct path *path, struct node *nodes, const struct graph *g, uint32_t i)
{
	nodes[i] = (struct node){.next = g->first[i], .height = 1, .on_path = true};
	path->nodes[path->n++] = i;
}

static void
leave(struct path *path, struct node *nodes)
{
	uint32_t i = path->nodes[--path->n];
	struct node *parent = path->n ? &nodes[path->nodes[path->n - 1]] : NULL;

	nodes[i].on_path = false;
	if (parent && parent->height < nodes[i].height + 1)
		parent->height = nodes[i].height + 1;
}

/* `again` was met for the second time: the cycle is what lies on the path from it on. */
static void
take_cycle(const struct path *path, uint32_t again, struct graph_shape *ret)
{
	uint32_t from = 0;

	while (path->nodes[from] != again)
		from++;
	ret->cycle = path->nodes + from;
	ret->n_cycle = path->n - from;
}

/* Searches from `root`; false when it met a cycle. */
static bool
search(const struct graph *g, uint32_t root, struct node *nodes, struct path *path, struct graph_shape *ret)
{
	enter(path, nodes, g, root);
	while (path->n) {
		struct node *node = &nodes[path->nodes[path->n - 1]];
		uint32_t to;

		if (node->next == g->first[path->nodes[path->n - 1] + 1]) {
			leave(path, nodes);
			continue;
		}
		to = g->to[node->next++];
		if (nodes[to].on_path) {
			take_cycle(path, to, ret);
			return false;
		}
		if (nodes[to].height == 0)
			enter(path, nodes, g, to);
		else if (node->height < nodes[to].height + 1)
			node->height = nodes[to].height + 1;
	}
	return true;
}

struct graph_shape
graph_shape(const struct graph *g, struct ff_arena *arena)
{
	struct node *nodes = FF_ARENA_ARRAY(arena, struct node, g->n);
	struct path path = {.nodes = FF_ARENA_ARRAY(arena, uint32_t, g->n)};
	struct graph_shape shape = {0};

	for (uint32_t i = 0; i < g->n; i++) {
		if (nodes[i].height == 0 && !search(g, i, nodes, &path, &shape))
			return shape;
		if (shape.depth < nodes[i].height)
			shape.depth = nodes[i].height;
	}
	return shape;
}
