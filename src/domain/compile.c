/* SPDX-License-Identifier: Apache-2.0 */
/* compile.c - flags and segments into blocks. */
#include "domain/compile.h"

#include <stdlib.h>

/* Puts "flag checkout-v2: " or the like before what went wrong inside. */
static ff_status
blame(struct ff_err *reterr, const char *kind, ff_str key, ff_status status)
{
	char detail[FF_ERR_DETAIL_MAX];

	if (!reterr)
		return status;
	memcpy(detail, reterr->detail, sizeof detail);
	return ff_fail(reterr, status, "%s %.*s: %s", kind, FF_FMT(key), detail);
}

static ff_str
take_text(struct compiler *c, struct block *block)
{
	ff_str s = block_str(block, ff_buf_str(&c->text));

	ff_assert(!c->text.overflow);
	ff_buf_reset(&c->text);
	return s;
}

static size_t
units_bytes(const struct unit_list *list)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < list->n_units; i++)
		bytes += list->units[i].n;
	return bytes;
}

static void
put_units(struct string_set *set, const struct unit_list *list, unsigned value)
{
	for (uint32_t i = 0; i < list->n_units; i++)
		string_set_put(set, list->units[i], value);
}

static void
compile_units(
	struct compiled_flag *ret, const struct flag_environment *environment, uint32_t n_variations, struct block *block)
{
	uint32_t n = environment->deny.n_units;
	size_t bytes = units_bytes(&environment->deny);

	for (uint32_t i = 0; i < n_variations && environment->allow; i++) {
		n += environment->allow[i].n_units;
		bytes += units_bytes(&environment->allow[i]);
	}
	if (n == 0)
		return;
	string_set_init(&ret->units, block, n, bytes, false);
	put_units(&ret->units, &environment->deny, UNIT_DENIED); /* first: who is denied and allowed is denied */
	for (uint32_t i = 0; i < n_variations && environment->allow; i++)
		put_units(&ret->units, &environment->allow[i], UNIT_ALLOWED + i);
}

static ff_status
compile_serve(struct compiler *c, const struct flag *f, const struct serve *serve, struct block *block,
	struct compiled_serve *ret, struct ff_err *reterr)
{
	struct compiled_part *parts;
	uint32_t end = 0;

	*ret = (struct compiled_serve){.variation = serve->variation};
	if (serve->n_parts == 0)
		return FF_OK;
	ret->bucket = bucket_function(serve->hash);
	if (!ret->bucket)
		return ff_fail(reterr, FF_EINVALID, "there is no hash %.*s", FF_FMT(serve->hash));
	parts = BLOCK_ARRAY(block, struct compiled_part, serve->n_parts);
	for (uint32_t i = 0; i < serve->n_parts; i++) {
		end += serve->parts[i].weight;
		parts[i] = (struct compiled_part){.end = end, .variation = serve->parts[i].variation};
	}
	if (end != SPLIT_TOTAL)
		return ff_fail(reterr, FF_EINVALID, "a split sums to %u thousandths of a percent, not %d", end, SPLIT_TOTAL);
	ret->parts = parts;
	ret->n_parts = serve->n_parts;
	ret->salt = serve->salt.n ? block_str(block, serve->salt) : block_str(block, f->key);
	ret->by = ff_str_eqz(serve->by, "userID") ? (uint32_t)BY_UNIT : schema_slot(&c->snapshot->schema, serve->by, false);
	return FF_OK;
}

/* The number of a flag that is required, given when first asked for. */
static uint32_t
required_number(struct compiler *c, uint32_t flag)
{
	if (c->required_number[flag] == REQUIRED_NONE)
		c->required_number[flag] = c->snapshot->n_required++;
	return c->required_number[flag];
}

static ff_status
compile_requirements(
	struct compiler *c, const struct flag_environment *environment, struct compiled_flag *ret, struct ff_err *reterr)
{
	struct requirement *requirements = BLOCK_ARRAY(&ret->block, struct requirement, environment->n_prerequisites);

	for (uint32_t i = 0; i < environment->n_prerequisites; i++) {
		const struct prerequisite *p = &environment->prerequisites[i];
		uint32_t flag = ff_map_get(&c->flag_index, p->flag);

		if (flag == (uint32_t)FF_MAP_NONE)
			return ff_fail(reterr, FF_EINVALID, "it requires the flag %.*s, which does not exist", FF_FMT(p->flag));
		requirements[i].number = required_number(c, flag);
		for (uint32_t j = 0; j < p->n_variations; j++) {
			int32_t variation = flag_variation(c->flags[flag], p->variations[j]);

			if (variation == VARIATION_NONE)
				return ff_fail(reterr, FF_EINVALID, "it requires the variation %.*s of %.*s, which has none such",
					FF_FMT(p->variations[j]), FF_FMT(p->flag));
			requirements[i].variations |= UINT64_C(1) << variation;
		}
	}
	ret->requirements = requirements;
	ret->n_requirements = environment->n_prerequisites;
	return FF_OK;
}

static ff_str
render_head(struct compiler *c, const struct variation *v, struct block *block)
{
	ff_buf_lit(&c->text, "{\"value\":");
	ff_buf_str_put(&c->text, v->value);
	ff_buf_lit(&c->text, ",\"variation\":");
	ff_buf_json_str(&c->text, v->key);
	return take_text(c, block);
}

static void
compile_variations(struct compiler *c, const struct flag *f, struct compiled_flag *ret)
{
	struct compiled_variation *variations = BLOCK_ARRAY(&ret->block, struct compiled_variation, f->n_variations);

	for (uint32_t i = 0; i < f->n_variations; i++) {
		ff_str head = render_head(c, &f->variations[i], &ret->block);

		variations[i] = (struct compiled_variation){
			.key = block_str(&ret->block, f->variations[i].key),
			.value = ff_str_of(head.p + strlen("{\"value\":"), f->variations[i].value.n),
			.head = head,
		};
	}
	ret->variations = variations;
	ret->n_variations = f->n_variations;
}

static ff_str
render_tail(struct compiler *c, enum reason reason, ff_str rule_id, uint64_t version, struct block *block)
{
	ff_buf_printf(&c->text, ",\"reason\":\"%s\"", reason_name(reason));
	if (reason == REASON_ERROR)
		ff_buf_printf(&c->text, ",\"errorCode\":\"%s\"", decision_error_name(DECISION_TARGETING_KEY_MISSING));
	if (rule_id.p) {
		ff_buf_lit(&c->text, ",\"ruleId\":");
		ff_buf_json_str(&c->text, rule_id);
	}
	ff_buf_printf(&c->text, ",\"version\":%llu}", (unsigned long long)version);
	return take_text(c, block);
}

/* Bits of the reasons, other than a rule, for which the flag can decide as it does. */
static unsigned
possible_reasons(const struct compiled_flag *f)
{
	if (!f->enabled)
		return 1u << REASON_DISABLED;
	return (f->fallback.n_parts ? 1u << REASON_SPLIT | 1u << REASON_ERROR : 1u << REASON_DEFAULT) |
		(f->n_requirements ? 1u << REASON_PREREQUISITE_FAILED : 0) |
		(f->units.n ? 1u << REASON_DENYLIST | 1u << REASON_ALLOWLIST : 0);
}

static ff_status
compile_rule(struct step_writer *w, const struct flag *f, const struct rule *rule, struct compiled_rule *ret,
	struct ff_err *reterr)
{
	ff_str id = rule->id.p ? rule->id : FF_STR("");

	FF_TRY(compile_condition(w, rule->when, &ret->base, &ret->first, reterr));
	FF_TRY(compile_serve(w->compiler, f, &rule->serve, w->block, &ret->serve, reterr));
	ret->id = block_str(w->block, id);
	ret->tail =
		render_tail(w->compiler, rule->serve.n_parts ? REASON_SPLIT : REASON_RULE_MATCH, id, f->version, w->block);
	return FF_OK;
}

static ff_status
compile_rules(struct compiler *c, const struct flag *f, const struct flag_environment *environment,
	struct compiled_flag *ret, struct ff_err *reterr)
{
	struct compiled_rule *rules = BLOCK_ARRAY(&ret->block, struct compiled_rule, environment->n_rules);
	struct step_writer writer;
	uint32_t n_leaves = 0;

	for (uint32_t i = 0; i < environment->n_rules; i++)
		n_leaves += condition_leaves(environment->rules[i].when);
	step_writer_init(&writer, c, &ret->block, n_leaves);
	for (uint32_t i = 0; i < environment->n_rules; i++) {
		ff_status status = compile_rule(&writer, f, &environment->rules[i], &rules[i], reterr);

		if (status != FF_OK)
			return blame(reterr, "rule", environment->rules[i].id, status);
	}
	ret->steps = writer.steps;
	ret->rules = rules;
	ret->n_rules = environment->n_rules;
	return FF_OK;
}

static ff_status
fill_flag(struct compiler *c, const struct flag *f, const struct flag_environment *environment,
	struct compiled_flag *ret, struct ff_err *reterr)
{
	ret->key = block_str(&ret->block, f->key);
	ff_buf_json_str(&c->text, f->key);
	ff_buf_char(&c->text, ':');
	ret->key_json = take_text(c, &ret->block);
	ret->version = f->version;
	ret->client_visible = f->client_visible;
	ret->enabled = environment->enabled;
	ret->off_variation = environment->off_variation;
	compile_variations(c, f, ret);
	compile_units(ret, environment, f->n_variations, &ret->block);
	FF_TRY(compile_requirements(c, environment, ret, reterr));
	FF_TRY(compile_rules(c, f, environment, ret, reterr));
	FF_TRY(compile_serve(c, f, &environment->fallback, &ret->block, &ret->fallback, reterr));
	ret->has_targeting = ret->units.n || ret->n_requirements || ret->n_rules || ret->fallback.n_parts;
	for (enum reason r = 0; r < REASON_COUNT; r++)
		if (possible_reasons(ret) & 1u << r)
			ret->tails[r] = render_tail(c, r, (ff_str){NULL, 0}, f->version, &ret->block);
	/* What depends on nothing is decided now. */
	if (!ret->enabled || !ret->has_targeting)
		evaluate(NULL, ret, NULL, 0, NULL, &ret->fixed);
	return FF_OK;
}

ff_status
compile_flag(struct compiler *c, const struct flag *f, const struct flag_environment *environment,
	struct compiled_flag **ret, struct ff_err *reterr)
{
	FF_CLEANUP(block_release) struct block block = {0};
	struct compiled_flag *flag = BLOCK_ARRAY(&block, struct compiled_flag, 1);
	ff_status status;

	flag->block = block;
	block_init(&block); /* the flag owns itself from here */
	status = fill_flag(c, f, environment, flag, reterr);
	if (status == FF_OK) {
		*ret = flag;
		return FF_OK;
	}
	block = flag->block;
	return blame(reterr, "flag", f->key, status);
}

static ff_status
fill_segment(struct compiler *c, const struct segment *s, struct compiled_segment *ret, struct ff_err *reterr)
{
	struct unit_list excluded = {s->excluded, s->n_excluded}, included = {s->included, s->n_included};
	struct step_writer writer;
	int32_t base;

	ret->key = block_str(&ret->block, s->key);
	ret->first = STEP_FAILED;
	if (s->n_excluded + s->n_included) {
		string_set_init(&ret->units, &ret->block, s->n_excluded + s->n_included,
			units_bytes(&excluded) + units_bytes(&included), false);
		put_units(&ret->units, &excluded, SEGMENT_EXCLUDED);
		put_units(&ret->units, &included, SEGMENT_INCLUDED);
	}
	if (!s->when)
		return FF_OK;
	step_writer_init(&writer, c, &ret->block, condition_leaves(s->when));
	ret->steps = writer.steps;
	return compile_condition(&writer, s->when, &base, &ret->first, reterr);
}

ff_status
compile_segment(struct compiler *c, const struct segment *s, struct compiled_segment **ret, struct ff_err *reterr)
{
	FF_CLEANUP(block_release) struct block block = {0};
	struct compiled_segment *segment = BLOCK_ARRAY(&block, struct compiled_segment, 1);
	ff_status status;

	segment->block = block;
	block_init(&block);
	status = fill_segment(c, s, segment, reterr);
	if (status == FF_OK) {
		*ret = segment;
		return FF_OK;
	}
	block = segment->block;
	return blame(reterr, "segment", s->key, status);
}
