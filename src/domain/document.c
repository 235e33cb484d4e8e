/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/document.h"

#include "base/utf8.h"
#include "domain/flag.h"

enum { EXCERPT_BYTES = 64 };

void
reading_init(struct reading *r, struct ff_arena *arena, struct ff_faults *faults)
{
	*r = (struct reading){.arena = arena, .faults = faults};
}

void
reading_release(struct reading *r)
{
	ff_arena_release(&r->scratch);
}

void
document_fault(struct reading *r, const struct json_place *at, const char *fmt, ...)
{
	/* Those past the limit are only counted: nobody reads their places. */
	bool counted = r->faults->n >= FF_FAULTS_MAX;
	va_list args;

	va_start(args, fmt);
	ff_faults_vadd(r->faults, counted ? FF_STR("") : json_place_pointer(at, r->arena), fmt, args);
	va_end(args);
}

void
document_fault_kind(struct reading *r, const struct json_place *at, const char *expected, const json_t *json)
{
	document_fault(r, at, "must be %s, not %s", expected, json_doc_kind(json));
}

ff_str
document_excerpt(ff_str s)
{
	return utf8_cut(s, EXCERPT_BYTES);
}

static bool
is_too_large(const json_t *doc)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf text;

	ff_buf_init(&text, LIMIT_DOCUMENT_BYTES);
	json_doc_write(doc, &text);
	return text.overflow;
}

bool
reading_start(struct reading *r, const json_t *doc)
{
	struct json_place start = json_place_start(FF_STR(""));

	/* Depth first: writing recurses. */
	if (json_doc_deeper(doc, LIMIT_DOCUMENT_DEPTH)) {
		document_fault(r, &start, "has more than %d levels", LIMIT_DOCUMENT_DEPTH);
		return false;
	}
	if (is_too_large(doc)) {
		document_fault(r, &start, "is more than %d bytes", LIMIT_DOCUMENT_BYTES);
		return false;
	}
	return true;
}

/* A fault and, for each token of its pointer, which member or item that is: what faults are sorted by. */
struct located {
	struct ff_fault *fault;
	uint32_t path[LIMIT_DOCUMENT_DEPTH + 1];
	unsigned n;
};

static uint32_t
member_position(const json_t *object, ff_str name)
{
	uint32_t position = 0;
	size_t name_n;
	const char *other;
	json_t *value;

	json_doc_each (object, other, name_n, value) {
		if (ff_str_eq(ff_str_of(other, name_n), name))
			break;
		position++;
	}
	return position;
}

static void
locate(struct located *l, const json_t *doc, struct ff_arena *scratch)
{
	ff_str rest = l->fault->pointer, token;

	while (l->n < FF_COUNT(l->path) && json_pointer_next(&rest, &token, scratch)) {
		if (json_is_array(doc)) {
			uint32_t index = json_pointer_index_of(token);

			l->path[l->n++] = index;
			doc = json_array_get(doc, index);
		} else {
			l->path[l->n++] = member_position(doc, token);
			doc = json_object_getn(doc, token.p, token.n);
		}
	}
}

/* Parents before what is in them. */
static int
compare_located(const struct located *a, const struct located *b)
{
	for (unsigned i = 0; i < a->n && i < b->n; i++)
		if (a->path[i] != b->path[i])
			return a->path[i] < b->path[i] ? -1 : 1;
	return (a->n > b->n) - (a->n < b->n);
}

/* Insertion sort: stable, and there are at most FF_FAULTS_MAX. */
static void
sort_faults(struct ff_faults *faults, const json_t *doc, struct ff_arena *scratch)
{
	struct located *sorted = FF_ARENA_ARRAY(scratch, struct located, FF_FAULTS_MAX);
	unsigned n = 0;

	for (struct ff_fault *fault = faults->first; fault; fault = fault->next) {
		struct located l = {.fault = fault};
		unsigned at = n++;

		locate(&l, doc, scratch);
		for (; at && compare_located(&l, &sorted[at - 1]) < 0; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = l;
	}
	faults->last = &faults->first;
	for (unsigned i = 0; i < n; i++) {
		*faults->last = sorted[i].fault;
		faults->last = &sorted[i].fault->next;
	}
	*faults->last = NULL;
}

ff_status
reading_end(struct reading *r, const json_t *doc, const char *what, struct ff_err *reterr)
{
	if (!r->faults->n)
		return FF_OK;
	sort_faults(r->faults, doc, &r->scratch);
	return ff_fail_faults(reterr, FF_EINVALID, r->faults, what);
}

/* The row for `name`. Documents mostly have the table's order, so the search starts behind the last hit. */
static size_t
find_member(const struct member *members, size_t n_members, ff_str name, size_t from)
{
	for (size_t k = 0; k < n_members; k++) {
		size_t i = from + k < n_members ? from + k : from + k - n_members;

		if (ff_str_eq(members[i].name, name))
			return i;
	}
	return n_members;
}

static void
fault_unknown(struct reading *r, const struct json_place *at, const struct member *members, size_t n_members)
{
	FF_CLEANUP(ff_buf_release) struct ff_buf known;

	ff_buf_init(&known, FF_ERR_DETAIL_MAX);
	/* A document may have a million of them; those past the limit are only counted. */
	for (size_t i = 0; i < n_members && r->faults->n < FF_FAULTS_MAX; i++)
		if (members[i].read)
			ff_buf_printf(&known, "%s%.*s", known.n ? ", " : "", FF_FMT(members[i].name));
	document_fault(r, at, "is not known here; known are %.*s", FF_FMT(ff_buf_str(&known)));
}

void
document_read_members(struct reading *r, const json_t *object, const struct json_place *at,
	const struct member *members, size_t n_members, void *ret)
{
	const json_t *found[DOCUMENT_MEMBERS_MAX] = {NULL};
	size_t name_n, next = 0;
	const char *name;
	json_t *value;

	ff_assert(n_members <= DOCUMENT_MEMBERS_MAX);
	if (!json_is_object(object)) {
		document_fault_kind(r, at, "an object", object);
		return;
	}
	json_doc_each (object, name, name_n, value) {
		size_t i = find_member(members, n_members, ff_str_of(name, name_n), next);

		if (i < n_members) {
			found[i] = value;
			next = i + 1 < n_members ? i + 1 : 0;
		} else {
			struct json_place unknown = json_place_member(at, ff_str_of(name, name_n));

			fault_unknown(r, &unknown, members, n_members);
		}
	}
	for (size_t i = 0; i < n_members; i++) {
		struct json_place place = json_place_member(at, members[i].name);

		if (found[i] && members[i].read)
			members[i].read(r, found[i], &place, (char *)ret + members[i].offset);
		else if (!found[i] && members[i].required)
			document_fault(r, &place, "is required");
	}
}

bool
document_is_list(struct reading *r, const json_t *json, const struct json_place *at, size_t max)
{
	if (!json_is_array(json)) {
		document_fault_kind(r, at, "a list", json);
		return false;
	}
	if (json_array_size(json) > max) {
		document_fault(r, at, "has %zu items, at most %zu", json_array_size(json), max);
		return false;
	}
	return true;
}

bool
document_read_string(
	struct reading *r, const json_t *json, const struct json_place *at, size_t min, size_t max, ff_str *ret)
{
	ff_str s;

	if (!json_is_string(json)) {
		document_fault_kind(r, at, "a string", json);
		return false;
	}
	s = json_doc_str(json);
	if (s.n < min)
		document_fault(r, at, "must not be empty");
	else if (s.n > max)
		document_fault(r, at, "is %zu bytes, at most %zu", s.n, max);
	else if (s.n && memchr(s.p, '\0', s.n))
		document_fault(r, at, "must not contain NUL");
	else {
		*ret = ff_arena_str(r->arena, s);
		return true;
	}
	return false;
}

void
document_read_text(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	document_read_string(r, json, at, 0, LIMIT_STRING_BYTES, field);
}

void
document_read_nonempty(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	document_read_string(r, json, at, 1, LIMIT_STRING_BYTES, field);
}

void
document_read_key(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	ff_str key;

	if (!document_read_string(r, json, at, 1, LIMIT_KEY_BYTES, &key))
		return;
	if (key_valid(key))
		*(ff_str *)field = key;
	else
		document_fault(r, at, "must be of A-Z a-z 0-9 . _ - and start with a letter or digit: \"%.*s\"",
			FF_FMT(document_excerpt(key)));
}

void
document_read_bool(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	if (json_is_boolean(json))
		*(bool *)field = json_is_true(json);
	else
		document_fault_kind(r, at, "true or false", json);
}

void
document_keep(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	(void)r;
	(void)at;
	*(const json_t **)field = json;
}

void
seen_strings_init(struct seen_strings *set, struct reading *r, const ff_str *names, size_t expected)
{
	set->names = names;
	ff_map_init(&set->map, &r->scratch, (uint32_t)expected);
}

static void
fault_twice(struct reading *r, const struct json_place *at, const struct seen_strings *set, uint32_t list,
	uint32_t earlier, ff_str item)
{
	item = document_excerpt(item);
	if (list == earlier)
		document_fault(r, at, "\"%.*s\" is in the list already", FF_FMT(item));
	else
		document_fault(
			r, at, "\"%.*s\" is in the list for \"%.*s\" already", FF_FMT(item), FF_FMT(set->names[earlier]));
}

void
document_read_strings(struct reading *r, const json_t *json, const struct json_place *at, size_t max,
	struct seen_strings *set, uint32_t list, struct string_list *ret)
{
	ff_str *items;
	size_t n;

	if (!document_is_list(r, json, at, max))
		return;
	n = json_array_size(json);
	items = FF_ARENA_ARRAY(r->arena, ff_str, n);
	*ret = (struct string_list){items, 0};
	for (size_t i = 0; i < n; i++) {
		struct json_place place = json_place_item(at, i);
		uint32_t known = set->map.n, earlier;

		if (!document_read_string(r, json_array_get(json, i), &place, 1, LIMIT_STRING_BYTES, &items[ret->n]))
			continue;
		earlier = ff_map_put(&set->map, items[ret->n], list);
		if (set->map.n == known)
			fault_twice(r, &place, set, list, earlier, items[ret->n]);
		ret->n++;
	}
}

void
document_read_string_list(
	struct reading *r, const json_t *json, const struct json_place *at, size_t max, struct string_list *ret)
{
	struct seen_strings set;

	seen_strings_init(&set, r, NULL, json_array_size(json) <= max ? json_array_size(json) : 0);
	document_read_strings(r, json, at, max, &set, 0, ret);
}

json_t *
document_write_strings(const ff_str *items, uint32_t n)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < n; i++)
		json_doc_append(list, json_doc_new_str(items[i]));
	return list;
}
