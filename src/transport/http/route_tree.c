/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/route_tree.h"

#include <stdlib.h>

#include "transport/http/percent.h"

/* One place in a path. Siblings are few, so a list of them is faster than a hash. */
struct route_node {
	ff_str literal;
	struct route_node *literals; /* children, by literal */
	struct route_node *param;    /* the child for any other segment */
	struct route_node *next;
	struct route_entry *entries[REQUEST_METHODS];
};

struct route_tree {
	struct ff_arena arena;
	struct route_node root;
};

struct route_tree *
route_tree_new(void)
{
	return ff_xcalloc(1, sizeof(struct route_tree));
}

void
route_tree_free(struct route_tree *t)
{
	if (!t)
		return;
	ff_arena_release(&t->arena);
	free(t);
}

static struct route_node *
find_literal(const struct route_node *node, ff_str segment)
{
	for (struct route_node *child = node->literals; child; child = child->next)
		if (ff_str_eq(child->literal, segment))
			return child;
	return NULL;
}

static struct route_node *
grow_literal(struct route_tree *t, struct route_node *node, ff_str segment)
{
	struct route_node *child = find_literal(node, segment);

	if (child)
		return child;
	child = FF_ARENA_NEW(&t->arena, struct route_node);
	child->literal = segment;
	child->next = node->literals;
	node->literals = child;
	return child;
}

static struct route_node *
grow_param(struct route_tree *t, struct route_node *node)
{
	if (!node->param)
		node->param = FF_ARENA_NEW(&t->arena, struct route_node);
	return node->param;
}

void
route_tree_add(struct route_tree *t, const struct route *route, void *service)
{
	struct route_node *node = &t->root;
	ff_str rest = ff_str_z(route->pattern);
	unsigned n_params = 0;
	struct route_entry *entry;

	ff_assert(rest.n > 1 && rest.p[0] == '/');
	rest = ff_str_from(rest, 1);
	for (bool more = true; more;) {
		ff_str segment;

		more = ff_str_cut(rest, '/', &segment, &rest);
		ff_assert(segment.n > 0);
		if (segment.p[0] == '{') {
			ff_assert(segment.p[segment.n - 1] == '}' && ++n_params <= ROUTE_PARAMS_MAX);
			node = grow_param(t, node);
		} else {
			node = grow_literal(t, node, segment);
		}
	}
	ff_assert(!node->entries[route->method]);
	entry = FF_ARENA_NEW(&t->arena, struct route_entry);
	*entry = (struct route_entry){route, service};
	node->entries[route->method] = entry;
}

static bool
has_entries(const struct route_node *node)
{
	for (unsigned m = 0; m < REQUEST_METHODS; m++)
		if (node->entries[m])
			return true;
	return false;
}

ff_status
route_tree_match(const struct route_tree *t, enum request_method method, ff_str path, struct ff_arena *arena,
	struct route_match *ret, struct ff_err *reterr)
{
	struct route_match match = {0};
	const struct route_node *node = &t->root;
	ff_str rest = ff_str_from(path, 1);
	unsigned n_params = 0;

	for (bool more = true; more && node;) {
		const struct route_node *child;
		ff_str raw, segment;

		more = ff_str_cut(rest, '/', &raw, &rest);
		if (!percent_decode(raw, arena, &segment))
			return ff_fail(reterr, FF_EMALFORMED, "the path has a bad percent-encoding: \"%.*s\"", FF_FMT(raw));
		child = find_literal(node, segment);
		if (!child && segment.n && (child = node->param))
			match.params[n_params++] = segment;
		node = child;
	}
	if (node && has_entries(node)) {
		match.node = node;
		match.entry = node->entries[method];
		if (!match.entry && method == METHOD_HEAD)
			match.entry = node->entries[METHOD_GET];
	}
	*ret = match;
	return FF_OK;
}

ff_str
route_node_allow(const struct route_node *node, struct ff_arena *arena)
{
	ff_str list = {0};

	for (unsigned m = 0; m < REQUEST_METHODS; m++) {
		bool takes = node->entries[m] || (m == METHOD_HEAD && node->entries[METHOD_GET]) || m == METHOD_OPTIONS;

		if (takes)
			list = ff_arena_printf(
				arena, "%.*s%s%s", FF_FMT(list), list.n ? ", " : "", request_method_name((enum request_method)m));
	}
	return list;
}
