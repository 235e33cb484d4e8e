/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.c - the walk with a trace. Each step is an object {"step", "held", …}:
 *
 *     flag          there is no such flag
 *     enabled       is the environment switched on?
 *     prerequisite  "flag", "wanted": […], "served": what it evaluated to, absent where it is disabled or in error
 *     deny, allow   "unit"; an allowed one's "variation"
 *     condition     "rule" or, inside of a segment, "segment"; "index": which leaf of it, in the order written;
 *                   "attribute", "op", "negate", "saw" and "why", or "inSegment" and "why"
 *     split         "by", "unit", "bucket", "variation"; not held: no unit, or the part goes on to the next rule
 *     rule          "rule"
 *     default       "variation"
 */
#include "domain/walk.h"

struct trace {
	struct ff_buf *out;
	const struct compiled_flag *flag;
	const struct compiled_rule *rule; /* being tried */
	bool any;                         /* step was written */
};

static void
begin(struct trace *t, const char *step, bool held)
{
	if (t->any)
		ff_buf_char(t->out, ',');
	t->any = true;
	ff_buf_printf(t->out, "{\"step\":\"%s\",\"held\":%s", step, held ? "true" : "false");
}

static void
end(struct trace *t)
{
	ff_buf_char(t->out, '}');
}

static void
put_name(struct trace *t, const char *name)
{
	ff_buf_printf(t->out, ",\"%s\":", name);
}

static void
put_str(struct trace *t, const char *name, ff_str s)
{
	put_name(t, name);
	ff_buf_json_str(t->out, s);
}

static void
put_why(struct trace *t, const char *why)
{
	if (why)
		put_str(t, "why", ff_str_z(why));
}

static void
put_rule(struct trace *t)
{
	if (t->rule)
		put_str(t, "rule", t->rule->id);
}

static void
put_scalar(struct ff_buf *out, const struct value *v)
{
	char text[JSON_NUMBER_BYTES];

	switch (v->type) {
	case VALUE_BOOLEAN:
		ff_buf_str_put(out, v->boolean ? FF_STR("true") : FF_STR("false"));
		return;
	case VALUE_NUMBER:
		ff_buf_str_put(out, json_number_format(v->number, text));
		return;
	case VALUE_STRING:
		ff_buf_json_str(out, value_string(v));
		return;
	case VALUE_LIST:
	case VALUE_OBJECT: /* its content was not kept */
		ff_buf_lit(out, "{}");
		return;
	case VALUE_MISSING:
		break;
	}
	ff_buf_lit(out, "null");
}

static void
put_value(struct trace *t, const char *name, const struct value *v)
{
	put_name(t, name);
	if (v->type != VALUE_LIST) {
		put_scalar(t->out, v);
		return;
	}
	ff_buf_char(t->out, '[');
	for (uint32_t i = 0; i < v->n; i++) {
		if (i)
			ff_buf_char(t->out, ',');
		put_scalar(t->out, &v->items[i]);
	}
	ff_buf_char(t->out, ']');
}

static void
put_variation(struct trace *t, const char *name, const struct compiled_flag *f, int32_t variation)
{
	if (variation >= 0)
		put_str(t, name, f->variations[variation].key);
}

void
trace_enabled(struct trace *t, const struct compiled_flag *f)
{
	t->flag = f;
	begin(t, f ? "enabled" : "flag", f && f->enabled);
	if (!f)
		put_why(t, "there is no such flag");
	end(t);
}

void
trace_requirement(struct trace *t, const struct walk *w, const struct requirement *r, int32_t result, bool held)
{
	const struct compiled_flag *f = w->snapshot->required[r->number];
	bool first = true;

	begin(t, "prerequisite", held);
	if (!f) {
		put_why(t, "the flag is archived");
		end(t);
		return;
	}
	put_str(t, "flag", f->key);
	put_name(t, "wanted");
	ff_buf_char(t->out, '[');
	for (uint32_t i = 0; i < f->n_variations; i++) {
		if (!(r->variations >> i & 1))
			continue;
		if (!first)
			ff_buf_char(t->out, ',');
		first = false;
		ff_buf_json_str(t->out, f->variations[i].key);
	}
	ff_buf_char(t->out, ']');
	put_variation(t, "served", f, result);
	if (result == REQUIREMENT_FAILED)
		put_why(t, "the flag is disabled or in error");
	end(t);
}

void
trace_units(struct trace *t, const struct walk *w, const struct compiled_flag *f, int listed)
{
	if (f->units.n == 0)
		return;
	begin(t, "deny", listed == UNIT_DENIED);
	put_str(t, "unit", w->context->unit);
	end(t);
	if (listed == UNIT_DENIED)
		return;
	begin(t, "allow", listed >= UNIT_ALLOWED);
	put_str(t, "unit", w->context->unit);
	put_variation(t, "variation", f, listed - UNIT_ALLOWED);
	end(t);
}

static const char *
membership_why(enum membership m)
{
	switch (m) {
	case MEMBER_NO:
		return "neither listed nor does the segment's condition hold";
	case MEMBER_EXCLUDED:
		return "excluded from the segment";
	case MEMBER_INCLUDED:
		return "included in the segment";
	case MEMBER_BY_CONDITION:
		return "the segment's condition holds";
	}
	return NULL;
}

static void
put_leaf(struct trace *t, const struct walk *w, const struct step *s)
{
	struct value now;
	const struct value *v = walk_value(w, s, &now);

	put_str(t, "attribute", s->kind == STEP_NOW ? FF_STR("$now") : w->snapshot->schema.slot_names[s->number]);
	put_str(t, "op", ff_str_z(operator_name(operator_at(s->op))));
	if (s->negate)
		ff_buf_lit(t->out, ",\"negate\":true");
	put_value(t, "saw", v);
	if (s->kind == STEP_PRESENT)
		return;
	if (v->type == VALUE_MISSING)
		put_why(t, "the attribute is missing");
	else if (walk_match(s, v, w->scratch) == MATCH_WRONG_TYPE)
		put_why(t, "the operator cannot judge such a value");
}

void
trace_condition(
	struct trace *t, const struct walk *w, const struct step *s, int32_t at, const struct segment_frame *of, bool held)
{
	begin(t, "condition", held);
	if (of)
		put_str(t, "segment", w->snapshot->segments[of->segment]->key);
	else
		put_rule(t);
	ff_buf_printf(t->out, ",\"index\":%d", of ? at : at - t->rule->base);
	if (s->kind == STEP_SEGMENT) {
		put_str(t, "inSegment", w->snapshot->segments[s->number]->key);
		put_why(t, membership_why((enum membership)w->scratch->segments[s->number].result));
	} else {
		put_leaf(t, w, s);
	}
	end(t);
}

void
trace_split(struct trace *t, const struct walk *w, const struct compiled_serve *s, ff_str unit, uint32_t bucket,
	int32_t variation)
{
	begin(t, "split", variation >= 0);
	put_rule(t);
	put_str(t, "by", s->by == BY_UNIT ? FF_STR("userID") : w->snapshot->schema.slot_names[s->by]);
	if (variation == SERVE_NO_UNIT) {
		put_why(t, "the context has no such unit");
	} else {
		put_str(t, "unit", unit);
		ff_buf_printf(t->out, ",\"bucket\":%u", bucket);
		put_variation(t, "variation", t->flag, variation);
		if (variation == SERVE_PASS)
			put_why(t, "the unit is in the part that goes on to the next rule");
	}
	end(t);
}

void
trace_rule_begins(struct trace *t, const struct compiled_rule *rule)
{
	t->rule = rule;
}

void
trace_rule(struct trace *t, const struct compiled_rule *rule, bool held)
{
	begin(t, "rule", held);
	put_str(t, "rule", rule->id);
	end(t);
	t->rule = NULL;
}

void
trace_default(struct trace *t, const struct decision *d)
{
	begin(t, "default", d->error == DECISION_OK);
	put_variation(t, "variation", d->flag, d->variation);
	if (d->error != DECISION_OK)
		put_why(t, "the split has no unit: the off variation is served");
	end(t);
}

void
explain(const struct snapshot *snapshot, const struct compiled_flag *flag, const struct context *context,
	int64_t now_ms, struct scratch *scratch, struct decision *ret, struct ff_buf *steps)
{
	const struct walk w = {snapshot, context, now_ms, scratch};
	struct trace t = {.out = steps};

	ff_buf_char(steps, '[');
	if (flag && flag->enabled && flag->n_requirements)
		walk_requirements(&w, flag);
	walk_flag(&w, flag, ret, &t);
	ff_buf_char(steps, ']');
}
