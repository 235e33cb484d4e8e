/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_number.h"
#include "domain/flag_impl.h"

enum { WEIGHT_PER_PERCENT = SPLIT_TOTAL / 100, PERCENT_MAX = 100 };

int32_t
flag_read_variation_name(struct reading *r, const json_t *json, const struct json_place *at, const struct flag *f)
{
	int32_t variation;
	ff_str name;

	if (!json_is_string(json)) {
		document_fault_kind(r, at, "the key of a variation", json);
		return VARIATION_NONE;
	}
	name = json_doc_str(json);
	variation = flag_variation(f, name);
	/* Without variations the flag has a fault already, and any name would be one more of the same. */
	if (variation == VARIATION_NONE && f->n_variations)
		document_fault(r, at, "there is no variation \"%.*s\"", FF_FMT(document_excerpt(name)));
	return variation;
}

/*
 * The thousandths of a percent in `json`; false with a fault where they are none. A decimal of three places is the
 * double nearest to it, and so is the quotient of its thousandths and 1000: both are rounded correctly.
 */
static bool
read_percent(struct reading *r, const json_t *json, const struct json_place *at, uint32_t *ret)
{
	double percent = json_number_value(json);
	uint32_t weight;

	if (!json_is_number(json)) {
		document_fault_kind(r, at, "a number from 0 to 100", json);
		return false;
	}
	if (!(percent >= 0 && percent <= PERCENT_MAX)) {
		document_fault(r, at, "must be from 0 to 100");
		return false;
	}
	weight = (uint32_t)(percent * WEIGHT_PER_PERCENT + 0.5);
	if ((double)weight / WEIGHT_PER_PERCENT != percent) {
		document_fault(r, at, "has more than three decimals");
		return false;
	}
	*ret = weight;
	return true;
}

static json_t *
write_percent(uint32_t weight)
{
	if (weight % WEIGHT_PER_PERCENT == 0)
		return json_integer(weight / WEIGHT_PER_PERCENT);
	return json_real((double)weight / WEIGHT_PER_PERCENT);
}

/* A part as it stands in the document. */
struct part {
	const json_t *variation, *percent;
};

static const struct member part_members[] = {
	{FF_STR("variation"), document_keep, offsetof(struct part, variation), true},
	{FF_STR("percent"), document_keep, offsetof(struct part, percent), true},
};

/* A split being read. */
struct split {
	struct reading *r;
	const struct flag *flag;
	enum serve_place where;
	bool has_none;    /* a part without a variation has been seen */
	bool bad_percent; /* then the sum says nothing */
	uint32_t sum;
};

static int32_t
read_part_variation(struct split *s, const json_t *json, const struct json_place *part)
{
	struct json_place at = json_place_member(part, FF_STR("variation"));

	if (!json_is_null(json))
		return flag_read_variation_name(s->r, json, &at, s->flag);
	if (s->where == SERVE_DEFAULT)
		document_fault(s->r, &at, "null is only for splits of rules: behind the default there is nothing");
	else if (s->has_none)
		document_fault(s->r, &at, "one part has null already");
	s->has_none = true;
	return VARIATION_NONE;
}

static void
read_part(struct split *s, const json_t *json, const struct json_place *at, struct split_part *ret)
{
	struct json_place percent_at = json_place_member(at, FF_STR("percent"));
	struct part part = {NULL, NULL};

	document_read_members(s->r, json, at, part_members, FF_COUNT(part_members), &part);
	ret->variation = part.variation ? read_part_variation(s, part.variation, at) : VARIATION_NONE;
	if (part.percent && read_percent(s->r, part.percent, &percent_at, &ret->weight))
		s->sum += ret->weight;
	else
		s->bad_percent = true;
}

static void
read_split(struct split *s, const json_t *json, const struct json_place *at, struct serve *ret)
{
	struct split_part *parts;
	uint32_t n;

	if (!document_is_list(s->r, json, at, LIMIT_SPLIT_PARTS))
		return;
	n = (uint32_t)json_array_size(json);
	parts = FF_ARENA_ARRAY(s->r->arena, struct split_part, n);
	for (uint32_t i = 0; i < n; i++) {
		struct json_place place = json_place_item(at, i);

		read_part(s, json_array_get(json, i), &place, &parts[i]);
	}
	if (!s->bad_percent && s->sum != SPLIT_TOTAL) {
		char digits[JSON_NUMBER_BYTES];
		ff_str sum = json_number_format((double)s->sum / WEIGHT_PER_PERCENT, digits);

		document_fault(s->r, at, "percents sum to %.*s, must be 100", FF_FMT(sum));
	}
	ret->parts = parts;
	ret->n_parts = n;
}

/* {"rollout": 25}: 25 % on, 75 % off. */
static void
read_rollout(struct split *s, const json_t *json, const struct json_place *at, struct serve *ret)
{
	int32_t on = flag_variation(s->flag, FF_STR("on")), off = flag_variation(s->flag, FF_STR("off"));
	struct split_part *parts;
	uint32_t weight;

	if (s->flag->type != FLAG_BOOLEAN || on == VARIATION_NONE || off == VARIATION_NONE) {
		if (s->flag->n_variations)
			document_fault(
				s->r, at, "is for boolean flags with variations \"on\" and \"off\"; others take a \"split\"");
		return;
	}
	if (!read_percent(s->r, json, at, &weight))
		return;
	parts = FF_ARENA_ARRAY(s->r->arena, struct split_part, 2);
	parts[0] = (struct split_part){on, weight};
	parts[1] = (struct split_part){off, SPLIT_TOTAL - weight};
	ret->parts = parts;
	ret->n_parts = 2;
}

static void
read_hash(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	ff_str *hash = field;

	if (document_read_string(r, json, at, 1, LIMIT_STRING_BYTES, hash) && !ff_str_eq(*hash, FF_STR("ffs1")))
		document_fault(r, at, "\"%.*s\": hashes other than \"ffs1\" are reserved for a later version",
			FF_FMT(document_excerpt(*hash)));
}

static void
read_traffic(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	(void)json;
	(void)field;
	document_fault(r, at, "is reserved for a later version");
}

static void
read_by(struct reading *r, const json_t *json, const struct json_place *at, void *field)
{
	ff_str *by = field;

	if (document_read_string(r, json, at, 1, LIMIT_STRING_BYTES, by) && ff_str_eq(*by, FF_STR("$now")))
		document_fault(r, at, "\"$now\" is no attribute of a user");
}

/* What is served, as it stands in the document. */
struct serving {
	const json_t *variation, *split, *rollout;
	ff_str by, salt, hash;
};

static const struct member serve_members[] = {
	{FF_STR("variation"), document_keep, offsetof(struct serving, variation), false},
	{FF_STR("split"), document_keep, offsetof(struct serving, split), false},
	{FF_STR("rollout"), document_keep, offsetof(struct serving, rollout), false},
	{FF_STR("by"), read_by, offsetof(struct serving, by), false},
	{FF_STR("salt"), document_read_nonempty, offsetof(struct serving, salt), false},
	{FF_STR("hash"), read_hash, offsetof(struct serving, hash), false},
	{FF_STR("traffic"), read_traffic, 0, false},
};

/* How a split is made says nothing about a single variation. */
static void
fault_split_members(struct reading *r, const json_t *json, const struct json_place *at)
{
	static const ff_str names[] = {FF_STR("by"), FF_STR("salt"), FF_STR("hash")};

	for (size_t i = 0; i < FF_COUNT(names); i++) {
		struct json_place place = json_place_member(at, names[i]);

		if (json_object_getn(json, names[i].p, names[i].n))
			document_fault(r, &place, "goes only with a \"split\"");
	}
}

void
flag_read_serve(struct reading *r, const json_t *json, const struct json_place *at, const struct flag *f,
	enum serve_place where, struct serve *ret)
{
	struct serving s = {.by = FF_STR("userID"), .hash = FF_STR("ffs1")};
	struct split split = {.r = r, .flag = f, .where = where};
	struct json_place place;
	int forms;

	document_read_members(r, json, at, serve_members, FF_COUNT(serve_members), &s);
	*ret = (struct serve){.variation = VARIATION_NONE};
	forms = (s.variation != NULL) + (s.split != NULL) + (s.rollout != NULL);
	if (forms != 1) {
		if (json_is_object(json))
			document_fault(
				r, at, "must have one of \"variation\", \"split\" and \"rollout\", has %s", forms ? "several" : "none");
		return;
	}
	if (s.variation) {
		place = json_place_member(at, FF_STR("variation"));
		ret->variation = flag_read_variation_name(r, s.variation, &place, f);
		fault_split_members(r, json, at);
		return;
	}
	ret->by = s.by;
	ret->salt = s.salt;
	ret->hash = s.hash;
	if (s.split) {
		place = json_place_member(at, FF_STR("split"));
		read_split(&split, s.split, &place, ret);
	} else {
		place = json_place_member(at, FF_STR("rollout"));
		read_rollout(&split, s.rollout, &place, ret);
	}
}

static json_t *
write_variation_name(const struct flag *f, int32_t variation)
{
	return variation == VARIATION_NONE ? json_null() : json_doc_new_str(f->variations[variation].key);
}

json_t *
flag_write_serve(const struct flag *f, const struct serve *s)
{
	json_t *serve = json_object(), *split;

	if (s->n_parts == 0) {
		json_doc_set(serve, FF_STR("variation"), write_variation_name(f, s->variation));
		return serve;
	}
	split = json_array();
	for (uint32_t i = 0; i < s->n_parts; i++) {
		json_t *part = json_object();

		json_doc_set(part, FF_STR("variation"), write_variation_name(f, s->parts[i].variation));
		json_doc_set(part, FF_STR("percent"), write_percent(s->parts[i].weight));
		json_doc_append(split, part);
	}
	json_doc_set(serve, FF_STR("split"), split);
	json_doc_set(serve, FF_STR("by"), json_doc_new_str(s->by));
	if (s->salt.n)
		json_doc_set(serve, FF_STR("salt"), json_doc_new_str(s->salt));
	json_doc_set(serve, FF_STR("hash"), json_doc_new_str(s->hash));
	return serve;
}
