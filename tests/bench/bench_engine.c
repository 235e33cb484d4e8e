/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_engine.c - what evaluating and compiling cost: one JSON object a line.
 *
 * "ns" and "allocations" are for one operation; "bytes" is what a snapshot holds.
 */
#include <stdio.h>
#include <stdlib.h>

#include "domain/limits.h"
#include "support/bench.h"
#include "support/engine.h"

enum { TEXT_MAX = 64 << 20 };

/* One flag, one prepared context. */
struct subject {
	struct engine engine;
	struct context context;
	const struct compiled_flag *flag;
};

static void
evaluate_one(void *arg)
{
	struct subject *s = arg;
	struct decision d;

	evaluate(s->engine.snapshot, s->flag, &s->context, 0, s->engine.scratch, &d);
	__asm__ volatile("" : : "r"(&d) : "memory"); /* the decision is wanted */
}

static void
bench_flag(const char *name, const char *doc, const char *context)
{
	struct subject s;

	engine_open_text(&s.engine, doc);
	engine_context_text(&s.engine, context, &s.context);
	s.flag = snapshot_at(s.engine.snapshot, 0);
	bench(name, 1000000, evaluate_one, &s);
	engine_close(&s.engine);
}

#define FLAG(config) \
	"{\"flags\":[{\"key\":\"checkout-v2\",\"type\":\"boolean\",\"environments\":{\"production\":" config "}}]}"
#define CONTEXT(user) "{\"userID\":\"" user "\",\"attributes\":{\"country\":\"FR\",\"plan\":\"free\",\"age\":31}}"
#define RULE(id, country)                                                                                          \
	"{\"id\":\"" id "\",\"when\":{\"all\":[{\"attribute\":\"country\",\"op\":\"in\",\"values\":[\"FR\",\"" country \
	"\"]},{\"attribute\":\"plan\",\"op\":\"eq\",\"value\":\"" id "\"}]},\"serve\":{\"variation\":\"on\"}}"
#define RULES "[" RULE("r1", "DE") "," RULE("r2", "AT") "," RULE("r3", "CH") "]"

/* A flag that allows 100,000 units, asked for a million different ones in turn. */
struct listed {
	struct subject subject;
	char units[4096][16];
	unsigned next;
};

static void
evaluate_listed(void *arg)
{
	struct listed *l = arg;
	struct subject *s = &l->subject;
	struct decision d;

	s->context.unit = ff_str_z(l->units[l->next++ % FF_COUNT(l->units)]);
	scratch_prepare(s->engine.scratch, s->engine.snapshot); /* another context, another request */
	evaluate(s->engine.snapshot, s->flag, &s->context, 0, s->engine.scratch, &d);
	__asm__ volatile("" : : "r"(&d) : "memory");
}

static void
bench_listed(void)
{
	static struct listed l;
	struct ff_buf doc;

	ff_buf_init(&doc, TEXT_MAX);
	ff_buf_lit(&doc,
		"{\"flags\":[{\"key\":\"f\",\"type\":\"boolean\",\"environments\":{\"production\":{\"enabled\":true,"
		"\"allow\":{\"on\":[");
	for (unsigned i = 0; i < LIMIT_UNITS; i++)
		ff_buf_printf(&doc, "%s\"user-%u\"", i ? "," : "", i);
	ff_buf_lit(&doc, "]}}}}]}");
	ff_buf_char(&doc, '\0');
	engine_open_text(&l.subject.engine, doc.p);
	engine_context_text(&l.subject.engine, "{}", &l.subject.context);
	l.subject.flag = snapshot_at(l.subject.engine.snapshot, 0);
	for (unsigned i = 0; i < FF_COUNT(l.units); i++)
		snprintf(l.units[i], sizeof l.units[i], "user-%u", i * 48);
	bench("evaluate flag with 100000 listed units", 1000000, evaluate_listed, &l);
	engine_close(&l.subject.engine);
	ff_buf_release(&doc);
}

/* `n` flags with three rules each; every other one ends in a split. */
static void
write_flags(struct ff_buf *doc, unsigned n)
{
	ff_buf_lit(doc, "{\"flags\":[");
	for (unsigned i = 0; i < n; i++)
		ff_buf_printf(doc,
			"%s{\"key\":\"flag-%u\",\"type\":\"boolean\",\"environments\":{\"production\":{\"enabled\":true,"
			"\"rules\":" RULES ",\"default\":%s}}}",
			i ? "," : "", i, i % 2 ? "{\"rollout\":25}" : "{\"variation\":\"off\"}");
	ff_buf_lit(doc, "]}");
	ff_buf_char(doc, '\0');
}

static void
evaluate_all(void *arg)
{
	struct subject *s = arg;
	uint32_t n = snapshot_count(s->engine.snapshot);

	scratch_prepare(s->engine.scratch, s->engine.snapshot);
	for (uint32_t i = 0; i < n; i++) {
		struct decision d;

		evaluate(s->engine.snapshot, snapshot_at(s->engine.snapshot, i), &s->context, 0, s->engine.scratch, &d);
		__asm__ volatile("" : : "r"(&d) : "memory");
	}
}

static void
bench_all(void)
{
	struct subject s;
	struct ff_buf doc;

	ff_buf_init(&doc, TEXT_MAX);
	write_flags(&doc, 100);
	engine_open_text(&s.engine, doc.p);
	engine_context_text(&s.engine, CONTEXT("user-12345678901"), &s.context);
	bench("evaluate all of 100 flags", 10000, evaluate_all, &s);
	engine_close(&s.engine);
	ff_buf_release(&doc);
}

static void
compile_all(void *arg)
{
	const struct snapshot_source *source = arg;
	struct snapshot *snapshot;

	if (snapshot_build(source, &snapshot, NULL) != FF_OK)
		abort();
	snapshot_free(snapshot);
}

static void
bench_compile(void)
{
	struct engine e;
	struct ff_buf doc;

	ff_buf_init(&doc, TEXT_MAX);
	write_flags(&doc, 10000);
	engine_open_text(&e, doc.p);
	bench("compile 10000 flags", 3, compile_all, &e.source);
	printf("{\"name\":\"snapshot of 10000 flags\",\"bytes\":%zu}\n", snapshot_bytes(e.snapshot));
	engine_close(&e);
	ff_buf_release(&doc);
}

int
main(void)
{
	bench_flag("evaluate static flag", FLAG("{\"enabled\":true}"), CONTEXT("user-12345678901"));
	bench_flag(
		"evaluate 3 rules x 2 conditions", FLAG("{\"enabled\":true,\"rules\":" RULES "}"), CONTEXT("user-12345678901"));
	bench_flag("evaluate split by 16-byte unit", FLAG("{\"enabled\":true,\"default\":{\"rollout\":25}}"),
		CONTEXT("user-12345678901"));
	bench_flag("evaluate split by UUID", FLAG("{\"enabled\":true,\"default\":{\"rollout\":25}}"),
		CONTEXT("550e8400-e29b-41d4-a716-446655440000"));
	bench_listed();
	bench_all();
	bench_compile();
	return 0;
}
