/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_pointer.h"

static bool
is_escaped(char c)
{
	return c == '~' || c == '/';
}

ff_str
json_pointer_name(ff_str pointer, ff_str name, struct ff_arena *arena)
{
	size_t extra = 0, at = pointer.n;
	char *p;

	for (size_t i = 0; i < name.n; i++)
		extra += is_escaped(name.p[i]);
	p = ff_arena_alloc(arena, pointer.n + 1 + name.n + extra + 1);
	if (pointer.n)
		memcpy(p, pointer.p, pointer.n);
	p[at++] = '/';
	for (size_t i = 0; i < name.n; i++) {
		if (is_escaped(name.p[i])) {
			p[at++] = '~';
			p[at++] = name.p[i] == '~' ? '0' : '1';
		} else {
			p[at++] = name.p[i];
		}
	}
	p[at] = '\0';
	return ff_str_of(p, at);
}

ff_str
json_pointer_index(ff_str pointer, size_t index, struct ff_arena *arena)
{
	return ff_arena_printf(arena, "%.*s/%zu", FF_FMT(pointer), index);
}

static bool
unescape(ff_str token, ff_str *ret, struct ff_arena *arena)
{
	char *p = ff_arena_alloc(arena, token.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < token.n; i++) {
		char c = token.p[i];

		if (c == '~') {
			if (++i == token.n || (token.p[i] != '0' && token.p[i] != '1'))
				return false;
			c = token.p[i] == '0' ? '~' : '/';
		}
		p[n++] = c;
	}
	p[n] = '\0';
	*ret = ff_str_of(p, n);
	return true;
}

bool
json_pointer_next(ff_str *pointer, ff_str *ret_token, struct ff_arena *arena)
{
	ff_str rest, token;
	const char *slash;

	if (pointer->n == 0 || pointer->p[0] != '/')
		return false;
	rest = ff_str_of(pointer->p + 1, pointer->n - 1);
	slash = rest.n ? memchr(rest.p, '/', rest.n) : NULL;
	token = ff_str_of(rest.p, slash ? (size_t)(slash - rest.p) : rest.n);
	if (token.n && memchr(token.p, '~', token.n)) {
		if (!unescape(token, ret_token, arena))
			return false;
	} else {
		*ret_token = token;
	}
	*pointer = ff_str_of(rest.p + token.n, rest.n - token.n);
	return true;
}

uint32_t
json_pointer_index_of(ff_str token)
{
	uint64_t index;

	if (!ff_str_u64(token, &index) || index >= JSON_POINTER_INDEX_NONE || (token.n > 1 && token.p[0] == '0'))
		return JSON_POINTER_INDEX_NONE;
	return (uint32_t)index;
}

json_t *
json_pointer_get(const json_t *doc, ff_str pointer)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	ff_str token;

	while (doc && pointer.n) {
		if (!json_pointer_next(&pointer, &token, &scratch))
			return NULL;
		if (json_is_array(doc))
			doc = json_array_get(doc, json_pointer_index_of(token));
		else
			doc = json_object_getn(doc, token.p, token.n);
	}
	return (json_t *)doc;
}

ff_str
json_place_pointer(const struct json_place *at, struct ff_arena *arena)
{
	if (!at->up)
		return at->name;
	if (at->is_item)
		return json_pointer_index(json_place_pointer(at->up, arena), at->index, arena);
	return json_pointer_name(json_place_pointer(at->up, arena), at->name, arena);
}
