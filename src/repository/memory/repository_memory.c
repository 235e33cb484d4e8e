/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/memory/repository_memory.h"

#include <stdlib.h>

#include "repository/adapter.h"
#include "repository/memory/change_log.h"
#include "repository/memory/document_row.h"
#include "sys/clock.h"
#include "sys/random.h"

struct state {
	struct tenant_state at;
	struct document_table *tables[DOCUMENT_KINDS];
	struct change_entry *changes;
};

struct tenant {
	struct tenant *next;
	char *key;
	bool writing;        /* a write transaction is open */
	struct state *state; /* the current one */
};

struct memory {
	struct repository super;
	pthread_mutex_t mutex;  /* over all below, and what tenants point to */
	pthread_cond_t written; /* a write transaction has ended */
	struct tenant *tenants;
};

struct memory_tx {
	struct repository_tx super;
	const struct ff_call *call;
	struct tenant *tenant;
	int64_t now_ms;
	uint32_t items; /* logged so far */
	bool changed;
	struct state state; /* a reader's, or a writer's with its changes; `at` is that of the begin */
};

static struct memory *
memory_of(struct repository *r)
{
	return FF_CONTAINER(r, struct memory, super);
}

static struct memory_tx *
tx_of(struct repository_tx *tx)
{
	return FF_CONTAINER(tx, struct memory_tx, super);
}

static struct memory_tx *
writer_of(struct repository_tx *tx)
{
	ff_assert(tx->mode == TX_WRITE);
	return tx_of(tx);
}

static void
state_copy(struct state *to, const struct state *from)
{
	*to = *from;
	for (unsigned k = 0; k < DOCUMENT_KINDS; k++)
		document_table_ref(to->tables[k]);
	change_log_ref(to->changes);
}

static void
state_release(struct state *s)
{
	for (unsigned k = 0; k < DOCUMENT_KINDS; k++)
		document_table_unref(s->tables[k]);
	change_log_unref(s->changes);
}

static void
memory_close(struct repository *repository)
{
	struct memory *m = memory_of(repository);

	while (m->tenants) {
		struct tenant *t = m->tenants;

		ff_assert(!t->writing);
		m->tenants = t->next;
		state_release(t->state);
		free(t->state);
		free(t->key);
		free(t);
	}
	pthread_cond_destroy(&m->written);
	pthread_mutex_destroy(&m->mutex);
	free(m);
}

static ff_status
memory_ping(struct repository *repository, const struct ff_call *call, struct ff_err *reterr)
{
	(void)repository;
	return ff_call_over(call, reterr);
}

static struct tenant *
tenant_find(struct memory *m, ff_str key)
{
	struct tenant *t = m->tenants;

	while (t && !ff_str_eqz(key, t->key))
		t = t->next;
	return t;
}

static struct state *
first_state(const struct ff_call *call, int64_t now_ms)
{
	struct state *s = ff_xcalloc(1, sizeof *s);
	struct document environment = repository_first_environment;
	struct change change = repository_first_change;

	s->at = (struct tenant_state){.revision = 1, .head = random_u64()};
	for (unsigned k = 0; k < DOCUMENT_KINDS; k++)
		s->tables[k] = document_table_new();
	environment.created_at = environment.updated_at = now_ms;
	document_table_set(s->tables[DOCUMENT_ENVIRONMENT], document_row_new(&environment, false));
	change.at = now_ms;
	change.actor = call->actor;
	change.request_id = call->request_id;
	change.comment = call->comment;
	change_log_push(&s->changes, &change);
	return s;
}

static ff_status
memory_tenant_ensure(struct repository *repository, const struct ff_call *call, ff_str tenant, ff_str name,
	int64_t now_ms, struct ff_err *reterr)
{
	struct memory *m = memory_of(repository);

	(void)name; /* nothing asks for it yet */
	FF_TRY(ff_call_over(call, reterr));
	pthread_mutex_lock(&m->mutex);
	if (!tenant_find(m, tenant)) {
		struct tenant *t = ff_xcalloc(1, sizeof *t);

		t->key = ff_str_dupz(tenant);
		t->state = first_state(call, now_ms);
		t->next = m->tenants;
		m->tenants = t;
	}
	pthread_mutex_unlock(&m->mutex);
	return FF_OK;
}

/* With the mutex held. */
static ff_status
wait_turn(struct memory *m, const struct ff_call *call, enum tx_mode mode, struct tenant **ret, struct ff_err *reterr)
{
	struct tenant *t = tenant_find(m, call->tenant);

	FF_TRY(ff_call_over(call, reterr));
	if (!t)
		return repository_fail_tenant(call->tenant, reterr);
	while (mode == TX_WRITE && t->writing)
		FF_TRY(repository_wait(&m->written, &m->mutex, call, reterr));
	*ret = t;
	return FF_OK;
}

static ff_status
memory_begin(struct repository *repository, const struct ff_call *call, enum tx_mode mode, int64_t now_ms,
	struct repository_tx **ret, struct ff_err *reterr)
{
	struct memory *m = memory_of(repository);
	struct tenant *tenant = NULL;
	struct memory_tx *tx;
	ff_status status;

	pthread_mutex_lock(&m->mutex);
	status = wait_turn(m, call, mode, &tenant, reterr);
	if (tenant) {
		tx = ff_xcalloc(1, sizeof *tx);
		*tx = (struct memory_tx){.super = {repository, mode}, .call = call, .tenant = tenant, .now_ms = now_ms};
		state_copy(&tx->state, tenant->state);
		tenant->writing |= mode == TX_WRITE;
		*ret = &tx->super;
	}
	pthread_mutex_unlock(&m->mutex);
	return status;
}

/* Ends the transaction; `publish`: its state becomes the tenant's. */
static void
tx_end(struct memory_tx *tx, bool publish)
{
	struct memory *m = memory_of(tx->super.repository);

	pthread_mutex_lock(&m->mutex);
	if (publish) {
		struct state swap = *tx->tenant->state;

		*tx->tenant->state = tx->state;
		tx->state = swap;
	}
	if (tx->super.mode == TX_WRITE) {
		tx->tenant->writing = false;
		pthread_cond_broadcast(&m->written);
	}
	pthread_mutex_unlock(&m->mutex);
	state_release(&tx->state);
	free(tx);
}

static void
memory_rollback(struct repository_tx *tx)
{
	tx_end(tx_of(tx), false);
}

static ff_status
memory_commit(struct repository_tx *super, struct tenant_state *ret, struct ff_err *reterr)
{
	struct memory_tx *tx = tx_of(super);
	ff_status status = ff_call_over(tx->call, reterr);

	if (status != FF_OK) {
		tx_end(tx, false);
		return status;
	}
	if (tx->changed) {
		tx->state.at.revision++;
		tx->state.at.head = random_u64();
	}
	*ret = tx->state.at;
	tx_end(tx, tx->changed);
	return FF_OK;
}

static ff_status
memory_state(struct repository_tx *tx, struct tenant_state *ret, struct ff_err *reterr)
{
	(void)reterr;
	*ret = tx_of(tx)->state.at;
	return FF_OK;
}

static ff_status
memory_get(struct repository_tx *tx, enum document_kind kind, ff_str key, struct ff_arena *arena, struct document *ret,
	struct ff_err *reterr)
{
	const struct document_row *row = document_table_find(tx_of(tx)->state.tables[kind], key);

	if (!row || row->deleted)
		return repository_fail_missing(kind, key, reterr);
	document_row_read(row, NULL, arena, ret);
	return FF_OK;
}

static ff_status
memory_list(struct repository_tx *tx, const struct document_query *query, struct ff_arena *arena,
	struct document_list *ret, struct ff_err *reterr)
{
	const struct document_table *t = tx_of(tx)->state.tables[query->kind];
	uint32_t i = document_table_from(t, query->after);
	struct document_query folded = *query;

	(void)reterr;
	if (query->after.n && i < t->n && ff_str_eq(t->rows[i]->doc.key, query->after))
		i++;
	folded.q = repository_lower(arena, query->q);
	*ret = (struct document_list){.items = FF_ARENA_ARRAY(arena, struct document, query->limit)};
	for (; i < t->n && !ret->more; i++) {
		if (!document_row_matches(t->rows[i], &folded))
			continue;
		if (ret->n < query->limit)
			document_row_read(t->rows[i], NULL, arena, &ret->items[ret->n++]);
		else
			ret->more = true;
	}
	return FF_OK;
}

static ff_status
memory_each(struct repository_tx *tx, enum document_kind kind, ff_str part,
	bool (*visit)(void *arg, const struct document *d), void *arg, struct ff_err *reterr)
{
	struct document_table *t = document_table_ref(tx_of(tx)->state.tables[kind]); /* `visit` may put */
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	bool more = true;

	(void)reterr;
	for (uint32_t i = 0; i < t->n && more; i++) {
		struct document d;

		if (t->rows[i]->deleted)
			continue;
		ff_arena_reset(&scratch);
		document_row_read(t->rows[i], &part, &scratch, &d);
		more = visit(arg, &d);
	}
	document_table_unref(t);
	return FF_OK;
}

static bool
names(const struct document_ref *ref, enum document_kind kind, ff_str key)
{
	return ref->to_kind == kind && ff_str_eq(ref->to_key, key);
}

static int
part_cmp(const void *a, const void *b)
{
	return ff_str_cmp(((const struct document_part *)a)->name, ((const struct document_part *)b)->name);
}

/* The parts of `d` that name (kind, key), by name. False when it doesn't name it at all. */
static bool
naming_parts(
	const struct document *d, enum document_kind kind, ff_str key, struct ff_arena *arena, struct document *ret)
{
	bool found = false;

	*ret = (struct document){.kind = d->kind};
	for (uint32_t i = 0; i < d->n_refs; i++) {
		if (!names(&d->refs[i], kind, key))
			continue;
		found = true;
		if (d->refs[i].part.n == 0)
			continue;
		ret->parts = repository_more(arena, ret->parts, ret->n_parts, sizeof *ret->parts);
		ret->parts[ret->n_parts++] = (struct document_part){.name = ff_arena_str(arena, d->refs[i].part)};
	}
	if (found)
		ret->key = ff_arena_str(arena, d->key);
	if (ret->n_parts)
		qsort(ret->parts, ret->n_parts, sizeof *ret->parts, part_cmp);
	return found;
}

static ff_status
memory_used_by(struct repository_tx *tx, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document_ref_list *ret, struct ff_err *reterr)
{
	struct state *s = &tx_of(tx)->state;

	(void)reterr;
	*ret = (struct document_ref_list){0};
	for (unsigned k = 0; k < DOCUMENT_KINDS; k++)
		for (uint32_t i = 0; i < s->tables[k]->n; i++) {
			struct document from;

			if (!naming_parts(&s->tables[k]->rows[i]->doc, kind, key, arena, &from))
				continue;
			ret->from = repository_more(arena, ret->from, ret->n, sizeof *ret->from);
			ret->from[ret->n++] = from;
		}
	return FF_OK;
}

static ff_status
memory_uses(struct repository_tx *tx, enum document_kind kind, ff_str key, struct ff_arena *arena,
	struct document_ref **ret, uint32_t *ret_n, struct ff_err *reterr)
{
	const struct document_row *row = document_table_find(tx_of(tx)->state.tables[kind], key);

	(void)reterr;
	*ret_n = row ? row->doc.n_refs : 0;
	*ret = FF_ARENA_ARRAY(arena, struct document_ref, *ret_n);
	for (uint32_t i = 0; i < *ret_n; i++)
		(*ret)[i] = (struct document_ref){
			.to_kind = row->doc.refs[i].to_kind,
			.to_key = ff_arena_str(arena, row->doc.refs[i].to_key),
			.part = ff_arena_str(arena, row->doc.refs[i].part),
		};
	return FF_OK;
}

static bool
is_live(const struct memory_tx *tx, enum document_kind kind, ff_str key)
{
	const struct document_row *row = document_table_find(tx->state.tables[kind], key);

	return row && !row->deleted;
}

/* Replaces the row of d->key by `d`. */
static void
write_row(struct memory_tx *tx, const struct document *d, bool deleted)
{
	document_table_own(&tx->state.tables[d->kind]);
	document_table_set(tx->state.tables[d->kind], document_row_new(d, deleted));
	tx->changed = true;
}

/* The parts after the put: those that were there, with the changed ones of `d` over them; d's versions are set. */
static void
merge_parts(const struct document_row *old, struct document *d, struct ff_arena *scratch, struct document *ret)
{
	uint32_t n = 0;
	struct document_part *parts =
		FF_ARENA_ARRAY(scratch, struct document_part, d->n_parts + (old ? old->doc.n_parts : 0));

	for (uint32_t i = 0; i < d->n_parts; i++) {
		struct document_part *p = &d->parts[i];
		const struct document_part *was = old ? document_row_part(old, p->name) : NULL;

		p->version = p->changed ? (was ? was->version : 0) + 1 : was && was->json.n ? was->version : 0;
		if (p->changed)
			parts[n++] = *p;
	}
	for (uint32_t i = 0; old && i < old->doc.n_parts; i++) {
		bool replaced = false;

		for (uint32_t k = 0; k < d->n_parts && !replaced; k++)
			replaced = d->parts[k].changed && ff_str_eq(d->parts[k].name, old->doc.parts[i].name);
		if (!replaced)
			parts[n++] = old->doc.parts[i];
	}
	qsort(parts, n, sizeof *parts, part_cmp);
	ret->parts = parts;
	ret->n_parts = n;
}

static int
ref_cmp(const void *a, const void *b)
{
	const struct document_ref *x = a, *y = b;
	int c = ff_str_cmp(x->part, y->part);

	if (c == 0)
		c = (x->to_kind > y->to_kind) - (x->to_kind < y->to_kind);
	return c ? c : ff_str_cmp(x->to_key, y->to_key);
}

/* The refs sorted, each once. */
static void
order_refs(struct document *d, struct ff_arena *scratch)
{
	struct document_ref *refs = FF_ARENA_ARRAY(scratch, struct document_ref, d->n_refs);
	uint32_t n = 0;

	if (d->n_refs == 0)
		return;
	memcpy(refs, d->refs, d->n_refs * sizeof *refs);
	qsort(refs, d->n_refs, sizeof *refs, ref_cmp);
	for (uint32_t i = 0; i < d->n_refs; i++)
		if (n == 0 || ref_cmp(&refs[n - 1], &refs[i]))
			refs[n++] = refs[i];
	d->refs = refs;
	d->n_refs = n;
}

static ff_status
memory_put(struct repository_tx *super, struct document *d, uint64_t expected_version, struct ff_err *reterr)
{
	struct memory_tx *tx = writer_of(super);
	const struct document_row *old = document_table_find(tx->state.tables[d->kind], d->key);
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	bool live = old && !old->deleted;
	struct document row;

	ff_assert(d->json.n && (d->kind == DOCUMENT_FLAG || d->n_parts == 0));
	FF_TRY(repository_may_put(d->kind, d->key, live ? old->doc.version : 0, expected_version, reterr));
	for (uint32_t i = 0; i < d->n_parts; i++)
		if (d->parts[i].changed && !is_live(tx, DOCUMENT_ENVIRONMENT, d->parts[i].name))
			return repository_fail_missing(DOCUMENT_ENVIRONMENT, d->parts[i].name, reterr);
	d->version = (old ? old->doc.version : 0) + 1;
	d->revision = tx->state.at.revision + 1;
	d->created_at = live ? old->doc.created_at : tx->now_ms;
	d->updated_at = tx->now_ms;
	row = *d;
	row.search = repository_lower(&scratch, d->search);
	merge_parts(old, d, &scratch, &row);
	order_refs(&row, &scratch);
	write_row(tx, &row, false);
	return FF_OK;
}

/* `d` without what belonged to the part `name` (NULL: to any): its json and its refs. */
static void
drop_parts(struct document *d, const ff_str *name, struct ff_arena *scratch)
{
	struct document_part *parts = FF_ARENA_ARRAY(scratch, struct document_part, d->n_parts);
	struct document_ref *refs = FF_ARENA_ARRAY(scratch, struct document_ref, d->n_refs);
	uint32_t n_refs = 0;

	for (uint32_t i = 0; i < d->n_parts; i++) {
		parts[i] = d->parts[i];
		if (!name || ff_str_eq(parts[i].name, *name))
			parts[i].json = (ff_str){NULL, 0};
	}
	for (uint32_t i = 0; i < d->n_refs; i++)
		if (name && !ff_str_eq(d->refs[i].part, *name))
			refs[n_refs++] = d->refs[i];
	d->parts = parts;
	d->refs = refs;
	d->n_refs = n_refs;
}

/* Every flag loses its part of the environment `name`. */
static void
drop_environment(struct memory_tx *tx, ff_str name, struct ff_arena *scratch)
{
	struct document_table *flags = document_table_ref(tx->state.tables[DOCUMENT_FLAG]);

	for (uint32_t i = 0; i < flags->n; i++) {
		const struct document_part *part = document_row_part(flags->rows[i], name);
		struct document d = flags->rows[i]->doc;

		if (!part || part->json.n == 0)
			continue;
		ff_arena_reset(scratch);
		drop_parts(&d, &name, scratch);
		d.revision = tx->state.at.revision + 1;
		write_row(tx, &d, false);
	}
	document_table_unref(flags);
}

static ff_status
memory_remove(struct repository_tx *super, enum document_kind kind, ff_str key, uint64_t expected_version,
	uint64_t *ret_version, struct ff_err *reterr)
{
	struct memory_tx *tx = writer_of(super);
	const struct document_row *old = document_table_find(tx->state.tables[kind], key);
	FF_CLEANUP(ff_arena_release) struct ff_arena scratch = FF_ARENA_INIT;
	struct document tombstone;

	FF_TRY(repository_may_remove(kind, key, old && !old->deleted ? old->doc.version : 0, expected_version, reterr));
	if (kind == DOCUMENT_ENVIRONMENT)
		drop_environment(tx, key, &scratch);
	tombstone = old->doc;
	drop_parts(&tombstone, NULL, &scratch);
	tombstone.version++;
	tombstone.revision = tx->state.at.revision + 1;
	tombstone.updated_at = tx->now_ms;
	tombstone.n_tags = 0;
	tombstone.search = tombstone.json = (ff_str){NULL, 0};
	*ret_version = tombstone.version;
	write_row(tx, &tombstone, true);
	return FF_OK;
}

static ff_status
memory_log(struct repository_tx *super, const struct change *c, struct ff_err *reterr)
{
	struct memory_tx *tx = writer_of(super);
	struct change change = *c;

	(void)reterr;
	change.revision = tx->state.at.revision + 1;
	change.item = tx->items++;
	change.at = tx->now_ms;
	change.actor = tx->call->actor;
	change.request_id = tx->call->request_id;
	change.comment = tx->call->comment;
	change_log_push(&tx->state.changes, &change);
	tx->changed = true;
	return FF_OK;
}

static ff_status
memory_changes(struct repository_tx *tx, const struct change_query *query, struct ff_arena *arena,
	struct change_list *ret, struct ff_err *reterr)
{
	(void)reterr;
	change_log_query(tx_of(tx)->state.changes, query, arena, ret);
	return FF_OK;
}

static ff_status
memory_version_chain(struct repository_tx *tx, enum document_kind kind, ff_str key, uint64_t version,
	struct ff_arena *arena, struct change_list *ret, struct ff_err *reterr)
{
	if (!change_log_chain(tx_of(tx)->state.changes, kind, key, version, arena, ret))
		return repository_fail_version(kind, key, version, reterr);
	return FF_OK;
}

static const struct repository_ops memory_ops = {
	.name = "memory",
	.close = memory_close,
	.ping = memory_ping,
	.tenant_ensure = memory_tenant_ensure,
	.begin = memory_begin,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.state = memory_state,
	.get = memory_get,
	.list = memory_list,
	.each = memory_each,
	.used_by = memory_used_by,
	.uses = memory_uses,
	.put = memory_put,
	.remove = memory_remove,
	.log = memory_log,
	.changes = memory_changes,
	.version_chain = memory_version_chain,
};

struct repository *
repository_memory_new(void)
{
	struct memory *m = ff_xcalloc(1, sizeof *m);

	m->super.ops = &memory_ops;
	pthread_mutex_init(&m->mutex, NULL);
	repository_cond_init(&m->written);
	return &m->super;
}
