/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route_tree.h - from a path to the row of a route table, one step a segment, however many rows there are.
 *
 * A literal segment wins over a {parameter} in the same place. Segments are compared and parameters given
 * percent-decoded, so %2F is data and never a separator. Built before the server starts, read by any thread after.
 */
#ifndef FF_TRANSPORT_HTTP_ROUTE_TREE_H
#define FF_TRANSPORT_HTTP_ROUTE_TREE_H

#include "transport/http/router.h"

struct route_node;
struct route_tree;

struct route_entry {
	const struct route *route;
	void *service;
};

enum { ROUTE_PARAMS_MAX = 2 };

struct route_match {
	const struct route_node *node;   /* NULL: there is no such path */
	const struct route_entry *entry; /* NULL: not with this method */
	ff_str params[ROUTE_PARAMS_MAX];
};

struct route_tree *route_tree_new(void);
void route_tree_free(struct route_tree *t);
/* The row must stay. Ends the process for a pattern that is malformed or taken: both are our own mistakes. */
void route_tree_add(struct route_tree *t, const struct route *route, void *service);
/* FF_EMALFORMED for a path that cannot be decoded; else FF_OK, also where nothing matches. Decoded parts live in
 * `arena`.
 */
FF_MUST ff_status route_tree_match(const struct route_tree *t, enum request_method method, ff_str path,
	struct ff_arena *arena, struct route_match *ret, struct ff_err *reterr);
/* The methods of a path, for Allow: "GET, HEAD, OPTIONS". */
ff_str route_node_allow(const struct route_node *node, struct ff_arena *arena);

#endif
