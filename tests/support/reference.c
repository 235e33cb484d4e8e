/* SPDX-License-Identifier: Apache-2.0 */
#include "support/reference.h"

#include <arpa/inet.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/json_doc.h"
#include "base/json_number.h"
#include "base/rfc3339.h"

enum { TEXT_BYTES = 512 };
enum answer { NO, YES, WRONG_TYPE };

struct asked {
	const struct snapshot_source *source;
	const json_t *attributes;
	json_t *unit; /* NULL: missing */
	json_t *now;
};

uint32_t
reference_bucket(ff_str salt, ff_str unit)
{
	char input[TEXT_BYTES];

	ff_assert(salt.n + 1 + unit.n <= sizeof input);
	memcpy(input, salt.p, salt.n);
	input[salt.n] = '\0';
	memcpy(input + salt.n + 1, unit.p, unit.n);
	return (uint32_t)(((unsigned __int128)XXH64(input, salt.n + 1 + unit.n, 0) * 100000) >> 64);
}

static const char *
z_of(ff_str s, char buf[static TEXT_BYTES])
{
	ff_assert(s.n < TEXT_BYTES);
	memcpy(buf, s.p, s.n);
	buf[s.n] = '\0';
	return buf;
}

static void
lower(char *z)
{
	for (; *z; z++)
		if (*z >= 'A' && *z <= 'Z')
			*z = (char)(*z + 'a' - 'A');
}

static const json_t *
attribute(const struct asked *a, ff_str path)
{
	char name[TEXT_BYTES];
	const json_t *at;
	ff_str part;
	bool more;

	if (ff_str_eqz(path, "userID"))
		return a->unit;
	if (ff_str_eqz(path, "$now"))
		return a->now;
	at = json_object_get(a->attributes, z_of(path, name));
	if (at)
		return json_is_null(at) ? NULL : at;
	at = a->attributes;
	do {
		more = ff_str_cut(path, '.', &part, &path);
		at = json_object_get(at, z_of(part, name));
	} while (more);
	return json_is_null(at) ? NULL : at;
}

static int
order(double a, double b)
{
	return (a > b) - (a < b);
}

static bool
found(const char *pattern, const char *s)
{
	regex_t re;
	bool match;

	ff_assert(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) == 0);
	match = regexec(&re, s, 0, NULL, 0) == 0;
	regfree(&re);
	return match;
}

/* The versions that the tests use: numbers, and one identifier of letters. */
static bool
version(const char *z, double ret[4], char tag[static 32])
{
	int major, minor = 0, patch = 0;

	z += *z == 'v';
	tag[0] = '\0';
	if (!found("^[0-9]+(\\.[0-9]+(\\.[0-9]+)?)?(-[a-z]+)?$", z))
		return false;
	sscanf(z, "%d.%d.%d-%31s", &major, &minor, &patch, tag);
	ret[0] = major;
	ret[1] = minor;
	ret[2] = patch;
	ret[3] = tag[0] ? 0 : 1; /* a pre-release is before its release */
	return true;
}

static enum answer
compare_versions(const char *a, const char *b, int *ret)
{
	double x[4], y[4];
	char x_tag[32], y_tag[32];

	if (!version(a, x, x_tag) || !version(b, y, y_tag))
		return WRONG_TYPE;
	for (int i = 0; i < 4; i++) {
		*ret = order(x[i], y[i]);
		if (*ret)
			return YES;
	}
	*ret = strcmp(x_tag, y_tag);
	return YES;
}

static bool
related(const char *op, int c)
{
	const char *relation = strncmp(op, "semver_", 7) == 0 ? op + 7 : op;

	return (c < 0 && (strcmp(relation, "lt") == 0 || strcmp(relation, "lte") == 0)) ||
		(c > 0 && (strcmp(relation, "gt") == 0 || strcmp(relation, "gte") == 0)) ||
		(c == 0 && (strcmp(relation, "lte") == 0 || strcmp(relation, "gte") == 0 || strcmp(relation, "eq") == 0));
}

/* IPv4 only: bit by bit. */
static enum answer
in_network(const char *address, const char *network)
{
	char base[TEXT_BYTES];
	uint32_t a, b;
	int bits;

	snprintf(base, sizeof base, "%s", network);
	bits = (int)strtol(strchr(base, '/') + 1, NULL, 10);
	*strchr(base, '/') = '\0';
	if (inet_pton(AF_INET, address, &a) != 1)
		return WRONG_TYPE;
	ff_assert(inet_pton(AF_INET, base, &b) == 1);
	for (int i = 0; i < bits; i++)
		if ((ntohl(a) ^ ntohl(b)) >> (31 - i) & 1)
			return NO;
	return YES;
}

static enum answer
string_with_string(const char *op, const char *s, const char *operand)
{
	size_t n = strlen(s), m = strlen(operand);
	int c;

	if (strcmp(op, "eq") == 0 || strcmp(op, "in") == 0)
		return strcmp(s, operand) == 0;
	if (strcmp(op, "contains") == 0)
		return strstr(s, operand) != NULL;
	if (strcmp(op, "starts_with") == 0)
		return strncmp(s, operand, m) == 0;
	if (strcmp(op, "ends_with") == 0)
		return n >= m && strcmp(s + n - m, operand) == 0;
	if (strcmp(op, "matches") == 0)
		return found(operand, s);
	if (strcmp(op, "cidr") == 0)
		return in_network(s, operand);
	ff_assert(strncmp(op, "semver_", 7) == 0);
	return compare_versions(s, operand, &c) == WRONG_TYPE ? WRONG_TYPE : related(op, c);
}

static enum answer
with_time(const char *op, const json_t *v, const struct operand *operand)
{
	int64_t a, b = (int64_t)operand->number;

	if (json_is_number(v))
		a = (int64_t)json_number_value(v);
	else if (!json_is_string(v) || !rfc3339_parse(json_doc_str(v), &a))
		return WRONG_TYPE;
	if (operand->type == OPERAND_STRING)
		ff_assert(rfc3339_parse(operand->string, &b));
	return strcmp(op, "before") == 0 ? a < b : a > b;
}

static enum answer
with_one(const struct condition *c, const json_t *v, const struct operand *operand)
{
	const char *op = operator_name(c->op);
	char s[TEXT_BYTES], o[TEXT_BYTES];

	if (strcmp(op, "before") == 0 || strcmp(op, "after") == 0)
		return with_time(op, v, operand);
	switch (operand->type) {
	case OPERAND_BOOLEAN:
		return json_is_boolean(v) ? json_is_true(v) == operand->boolean : WRONG_TYPE;
	case OPERAND_NUMBER:
		if (!json_is_number(v))
			return WRONG_TYPE;
		if (strcmp(op, "in") == 0)
			return json_number_value(v) == operand->number;
		return related(op, order(json_number_value(v), operand->number));
	case OPERAND_STRING:
		break;
	}
	if (!json_is_string(v))
		return WRONG_TYPE;
	z_of(json_doc_str(v), s);
	z_of(operand->string, o);
	if (c->ignore_case) {
		lower(s);
		lower(o);
	}
	return string_with_string(op, s, o);
}

/* One scalar with all operands: the right type for one of them will do. */
static enum answer
with_any(const struct condition *c, const json_t *v)
{
	enum answer result = WRONG_TYPE;

	for (uint32_t i = 0; i < c->n_operands; i++) {
		enum answer one = with_one(c, v, &c->operands[i]);

		if (one == YES)
			return YES;
		if (one == NO)
			result = NO;
	}
	return result;
}

static bool
leaf(const struct asked *a, const struct condition *c)
{
	const json_t *v = attribute(a, c->attribute), *item;
	enum answer result = WRONG_TYPE;
	size_t i;

	if (strcmp(operator_name(c->op), "exists") == 0)
		return (v != NULL) != c->negate;
	if (!v)
		return false;
	if (!json_is_array(v))
		result = with_any(c, v);
	json_array_foreach (v, i, item) {
		enum answer one = with_any(c, item);

		if (one == YES || (one == NO && result == WRONG_TYPE))
			result = one;
	}
	return result != WRONG_TYPE && (result == YES) != c->negate;
}

static bool
listed(const struct asked *a, const ff_str *units, uint32_t n)
{
	for (uint32_t i = 0; i < n && a->unit; i++)
		if (ff_str_eq(units[i], json_doc_str(a->unit)))
			return true;
	return false;
}

static bool in_segment(const struct asked *a, ff_str key);

static bool
holds(const struct asked *a, const struct condition *c)
{
	switch (c->kind) {
	case CONDITION_ALL:
		for (uint32_t i = 0; i < c->n_children; i++)
			if (!holds(a, &c->children[i]))
				return false;
		return true;
	case CONDITION_ANY:
		for (uint32_t i = 0; i < c->n_children; i++)
			if (holds(a, &c->children[i]))
				return true;
		return false;
	case CONDITION_NOT:
		return !holds(a, c->children);
	case CONDITION_SEGMENT:
		return in_segment(a, c->segment);
	case CONDITION_LEAF:
		break;
	}
	return leaf(a, c);
}

static bool
in_segment(const struct asked *a, ff_str key)
{
	for (uint32_t i = 0; i < a->source->n_segments; i++) {
		const struct segment *s = a->source->segments[i];

		if (!ff_str_eq(s->key, key))
			continue;
		if (listed(a, s->excluded, s->n_excluded))
			return false;
		return listed(a, s->included, s->n_included) || (s->when && holds(a, s->when));
	}
	abort();
}

enum { NEXT = -1, NO_UNIT = -2 };

static int32_t
serve(const struct asked *a, const struct flag *f, const struct serve *s)
{
	char text[JSON_NUMBER_BYTES];
	const json_t *v;
	ff_str unit = {NULL, 0};
	uint32_t bucket, end = 0;

	if (s->n_parts == 0)
		return s->variation;
	v = attribute(a, s->by);
	if (json_is_string(v))
		unit = json_doc_str(v);
	else if (json_is_number(v))
		unit = json_number_format(json_number_value(v), text);
	else if (json_is_boolean(v))
		unit = json_is_true(v) ? FF_STR("true") : FF_STR("false");
	if (unit.n == 0)
		return NO_UNIT;
	bucket = reference_bucket(s->salt.n ? s->salt : f->key, unit);
	for (uint32_t i = 0;; i++) {
		end += s->parts[i].weight;
		if (end > bucket)
			return s->parts[i].variation;
	}
}

static struct reference_answer decide(const struct asked *a, ff_str key);

static bool
prerequisite_holds(const struct asked *a, const struct prerequisite *p)
{
	struct reference_answer got = decide(a, p->flag);

	if (got.error || strcmp(got.reason, "DISABLED") == 0 || !got.variation.n)
		return false;
	for (uint32_t i = 0; i < p->n_variations; i++)
		if (ff_str_eq(p->variations[i], got.variation))
			return true;
	return false;
}

static struct reference_answer
answer(const struct flag *f, int32_t variation, const char *reason)
{
	return (struct reference_answer){
		.reason = reason, .variation = variation >= 0 ? f->variations[variation].key : (ff_str){NULL, 0}};
}

static struct reference_answer
decide_in(const struct asked *a, const struct flag *f, const struct flag_environment *e)
{
	struct reference_answer ret;
	int32_t variation;

	if (!e->enabled)
		return answer(f, e->off_variation, "DISABLED");
	for (uint32_t i = 0; i < e->n_prerequisites; i++)
		if (!prerequisite_holds(a, &e->prerequisites[i]))
			return answer(f, e->off_variation, "PREREQUISITE_FAILED");
	if (listed(a, e->deny.units, e->deny.n_units))
		return answer(f, e->off_variation, "DENYLIST");
	for (uint32_t i = 0; i < f->n_variations; i++)
		if (listed(a, e->allow[i].units, e->allow[i].n_units))
			return answer(f, (int32_t)i, "ALLOWLIST");
	for (uint32_t i = 0; i < e->n_rules; i++) {
		const struct rule *rule = &e->rules[i];

		variation = holds(a, rule->when) ? serve(a, f, &rule->serve) : NEXT;
		if (variation < 0)
			continue;
		ret = answer(f, variation, rule->serve.n_parts ? "SPLIT" : "RULE_MATCH");
		ret.rule = rule->id;
		return ret;
	}
	variation = serve(a, f, &e->fallback);
	if (variation != NO_UNIT)
		return answer(f, variation, e->fallback.n_parts ? "SPLIT" : "DEFAULT");
	ret = answer(f, e->off_variation, "ERROR");
	ret.error = "TARGETING_KEY_MISSING";
	return ret;
}

static struct reference_answer
decide(const struct asked *a, ff_str key)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;

	for (uint32_t i = 0; i < a->source->n_flags; i++) {
		const struct flag *f = a->source->flags[i];
		const struct flag_environment *e = flag_environment_of(f, a->source->environment);

		if (ff_str_eq(f->key, key) && !f->archived)
			return decide_in(a, f, e ? e : flag_default_environment(f, a->source->environment, &arena));
	}
	return (struct reference_answer){.reason = "ERROR", .error = "FLAG_NOT_FOUND"};
}

struct reference_answer
reference_evaluate(const struct snapshot_source *source, const char *flag, const json_t *context, int64_t now_ms)
{
	const json_t *unit = json_object_get(context, "userID");
	struct asked a = {.source = source, .attributes = json_object_get(context, "attributes")};
	struct reference_answer ret;

	a.unit = json_string_length(unit) ? json_incref((json_t *)unit) : NULL;
	a.now = json_integer(now_ms);
	ret = decide(&a, ff_str_z(flag));
	json_decref(a.unit);
	json_decref(a.now);
	return ret;
}
