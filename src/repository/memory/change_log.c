/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/memory/change_log.h"

#include <stdlib.h>

#include "repository/adapter.h"

void
change_log_push(struct change_entry **head, const struct change *c)
{
	size_t size = c->key.n + c->actor.n + c->request_id.n + c->comment.n + c->patch.n + c->full.n;
	struct change_entry *e = ff_xcalloc(1, sizeof *e + size);
	ff_str *strings[] = {
		&e->change.key, &e->change.actor, &e->change.request_id, &e->change.comment, &e->change.patch, &e->change.full};
	char *at = e->text;

	atomic_init(&e->refs, 1);
	e->older = *head;
	e->change = *c;
	for (size_t i = 0; i < FF_COUNT(strings); i++) {
		if (strings[i]->n)
			memcpy(at, strings[i]->p, strings[i]->n);
		strings[i]->p = at;
		at += strings[i]->n;
	}
	*head = e;
}

struct change_entry *
change_log_ref(struct change_entry *head)
{
	if (head)
		atomic_fetch_add(&head->refs, 1);
	return head;
}

void
change_log_unref(struct change_entry *head)
{
	while (head && atomic_fetch_sub(&head->refs, 1) == 1) {
		struct change_entry *older = head->older;

		free(head);
		head = older;
	}
}

static struct change
copy(struct ff_arena *arena, const struct change *c)
{
	struct change to = *c;
	ff_str *strings[] = {&to.key, &to.actor, &to.request_id, &to.comment, &to.patch, &to.full};

	for (size_t i = 0; i < FF_COUNT(strings); i++)
		*strings[i] = ff_arena_str(arena, *strings[i]);
	return to;
}

static void
append(struct change_list *list, struct ff_arena *arena, const struct change *c)
{
	list->items = repository_more(arena, list->items, list->n, sizeof *list->items);
	list->items[list->n++] = copy(arena, c);
}

static bool
is_of(const struct change *c, enum document_kind kind, ff_str key)
{
	return c->kind == kind && ff_str_eq(c->key, key);
}

static bool
matches(const struct change *c, const struct change_query *q)
{
	if (q->before_revision && c->revision >= q->before_revision &&
		(c->revision > q->before_revision || c->item >= q->before_item))
		return false;
	return (!q->one || is_of(c, q->kind, q->key)) && (!q->actor.n || ff_str_eq(c->actor, q->actor));
}

void
change_log_query(
	const struct change_entry *head, const struct change_query *query, struct ff_arena *arena, struct change_list *ret)
{
	*ret = (struct change_list){0};
	for (const struct change_entry *e = head; e && !ret->more; e = e->older) {
		if (!matches(&e->change, query))
			continue;
		if (ret->n < query->limit)
			append(ret, arena, &e->change);
		else
			ret->more = true;
	}
}

uint64_t
change_log_last(const struct change_entry *head, enum document_kind kind, ff_str key)
{
	while (head && !is_of(&head->change, kind, key))
		head = head->older;
	return head ? head->change.version : 0;
}

bool
change_log_chain(const struct change_entry *head, enum document_kind kind, ff_str key, uint64_t version,
	struct ff_arena *arena, struct change_list *ret)
{
	struct change_list list = {0};

	for (const struct change_entry *e = head; e; e = e->older) {
		const struct change *c = &e->change;

		if (!is_of(c, kind, key) || c->version > version)
			continue;
		if (list.n == 0 && c->version != version)
			return false;
		append(&list, arena, c);
		if (c->full.n)
			break;
	}
	for (uint32_t i = 0; i < list.n / 2; i++) {
		struct change swap = list.items[i];

		list.items[i] = list.items[list.n - 1 - i];
		list.items[list.n - 1 - i] = swap;
	}
	if (list.n)
		*ret = list;
	return list.n > 0;
}
