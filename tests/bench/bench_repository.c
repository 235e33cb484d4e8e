/* SPDX-License-Identifier: Apache-2.0 */
/* bench_repository.c - the SQLite store with 10,000 flags of 1.2 KB: loading all, reading one, committing one. */
#include <stdio.h>
#include <stdlib.h>

#include "repository/sqlite/repository_sqlite.h"
#include "support/bench.h"
#include "support/scratch_dir.h"

enum {
	FLAGS = 10000,
	STRIDE = 7919, /* prime: flags are made in another order than that of their keys, as in life */
	SHARED_BYTES = 300,
	PART_BYTES = 900,
};

struct subject {
	struct repository *r;
	struct ff_call call;
	struct ff_err err;
	struct ff_arena arena;
	char text[PART_BYTES];
	uint64_t version; /* of flag-42 */
};

static void
must(struct subject *s, ff_status status)
{
	if (status == FF_OK)
		return;
	(void)fprintf(stderr, "bench_repository: %s\n", s->err.detail);
	exit(1);
}

static struct repository_tx *
begin(struct subject *s, enum tx_mode mode)
{
	struct repository_tx *tx;

	must(s, s->r->ops->begin(s->r, &s->call, mode, 1, &tx, &s->err));
	return tx;
}

static void
commit(struct subject *s, struct repository_tx *tx)
{
	struct tenant_state state;

	must(s, s->r->ops->commit(tx, &state, &s->err));
}

static void
put(struct subject *s, struct repository_tx *tx, ff_str key, uint64_t version)
{
	struct document_part part = {.name = FF_STR("production"), .json = ff_str_of(s->text, PART_BYTES), .changed = true};
	struct document d = {.key = key, .json = ff_str_of(s->text, SHARED_BYTES), .parts = &part, .n_parts = 1};

	must(s, s->r->ops->put(tx, &d, version, &s->err));
}

static bool
touch(void *arg, const struct document *d)
{
	*(size_t *)arg += d->json.n + d->parts[0].json.n;
	return true;
}

static void
load_all(void *arg)
{
	struct subject *s = arg;
	struct repository_tx *tx = begin(s, TX_READ);
	size_t bytes = 0;

	must(s, s->r->ops->each(tx, DOCUMENT_FLAG, FF_STR("production"), touch, &bytes, &s->err));
	commit(s, tx);
	ff_assert(bytes == (size_t)FLAGS * (SHARED_BYTES + PART_BYTES));
}

static void
read_one(void *arg)
{
	struct subject *s = arg;
	struct repository_tx *tx = begin(s, TX_READ);
	struct document d;

	ff_arena_reset(&s->arena);
	must(s, s->r->ops->get(tx, DOCUMENT_FLAG, FF_STR("flag-42"), &s->arena, &d, &s->err));
	commit(s, tx);
}

static void
commit_one(void *arg)
{
	struct subject *s = arg;
	struct repository_tx *tx = begin(s, TX_WRITE);

	put(s, tx, FF_STR("flag-42"), s->version++);
	commit(s, tx);
}

static void
fill(struct subject *s)
{
	struct repository_tx *tx;

	must(s, s->r->ops->tenant_ensure(s->r, &s->call, s->call.tenant, s->call.tenant, 1, &s->err));
	tx = begin(s, TX_WRITE);
	for (unsigned i = 0; i < FLAGS; i++) {
		ff_arena_reset(&s->arena);
		put(s, tx, ff_arena_printf(&s->arena, "flag-%u", i * STRIDE % FLAGS), 0);
	}
	commit(s, tx);
}

int
main(void)
{
	struct subject s = {
		.call = {.deadline_ms = UINT64_MAX, .tenant = FF_STR("acme"), .actor = FF_STR("bench")}, .version = 1};
	char *directory = scratch_make(), *path = scratch_path(directory, "ffs.db");

	memset(s.text, 'x', sizeof s.text);
	must(&s, repository_sqlite_open(&(struct repository_sqlite_config){.path = path}, &s.r, &s.err));
	fill(&s);
	bench("sqlite: load all of 10,000 flags", 3, load_all, &s);
	bench("sqlite: read one of 10,000 flags", 3000, read_one, &s);
	bench("sqlite: commit a change to one, synced to disk", 30, commit_one, &s);
	s.r->ops->close(s.r);
	ff_arena_release(&s.arena);
	free(path);
	scratch_remove(directory);
	return 0;
}
