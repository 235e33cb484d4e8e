/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operator_regex.c - `matches`, by PCRE2.
 *
 * Matching is bounded in work and memory and never allocates: the frames of PCRE2's interpreter come from a pool in the
 * scratch. The interpreter and not the JIT: JIT code counts its limits in another way, and one instance must not decide
 * otherwise than another only because its kernel forbids writable code.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "domain/operator_impl.h"

/*
 * MATCH_BUDGET: calls of PCRE2's match function (50 to 300 ns each) for all places in the subject together. PCRE2
 * limits them for each place at which a match may begin, so most subjects are judged with an equal share for each;
 * where that is not enough for one place, each is tried by itself, with a share that grows from SHARE_MIN by
 * SHARE_GROWTH while the budget lasts. DEPTH_MAX: nested backtracking points. HEAP_KIB: their frames.
 */
enum { MATCH_BUDGET = 50000, SHARE_MIN = 32, SHARE_GROWTH = 8 };
enum { DEPTH_MAX = 5000, HEAP_KIB = 256, POOL_BYTES = 3 * HEAP_KIB * 1024 };

struct regex {
	const pcre2_code *code;
	bool anchored; /* a match can begin at one place only */
};
_Static_assert(sizeof(struct regex) == REGEX_SIZE, "the table says how large an operand is");

/* The frames double until HEAP_KIB, and the old ones are not reused: less than twice HEAP_KIB together. */
struct regex_scratch {
	pcre2_match_data *data;
	pcre2_match_context *limits;
	size_t used;
	_Alignas(max_align_t) char pool[];
};

static void *
pool_alloc(size_t size, void *arg)
{
	struct regex_scratch *s = arg;
	void *p = s->pool + s->used;

	size = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (size > POOL_BYTES - s->used)
		return NULL;
	s->used += size;
	return p;
}

static void *
code_alloc(size_t size, void *arg)
{
	return block_alloc(arg, size);
}

/* Goes with the pool, or the block. */
static void
no_free(void *p, void *arg)
{
	(void)p;
	(void)arg;
}

struct regex_scratch *
regex_scratch_new(void)
{
	struct regex_scratch *s = ff_xmalloc(sizeof *s + POOL_BYTES);
	pcre2_general_context *general;

	s->used = 0;
	general = pcre2_general_context_create(pool_alloc, no_free, s);
	s->data = pcre2_match_data_create(1, general);
	s->limits = pcre2_match_context_create(general);
	ff_assert(s->data && s->limits);
	pcre2_set_depth_limit(s->limits, DEPTH_MAX);
	pcre2_set_heap_limit(s->limits, HEAP_KIB);
	return s;
}

void
regex_scratch_free(struct regex_scratch *s)
{
	free(s);
}

ff_status
regex_parse(const struct operand *operand, const struct operand_env *env, void *ret, struct ff_err *reterr)
{
	const uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | (env->ignore_case ? PCRE2_CASELESS : 0);
	PCRE2_SPTR pattern = (PCRE2_SPTR)(operand->string.n ? operand->string.p : "");
	pcre2_general_context *general = pcre2_general_context_create(code_alloc, no_free, env->block);
	pcre2_compile_context *context = pcre2_compile_context_create(general);
	PCRE2_UCHAR message[128];
	struct regex re = {0};
	PCRE2_SIZE offset;
	uint32_t in_force;
	int error;

	pcre2_set_max_pattern_length(context, LIMIT_STRING_BYTES);
	re.code = pcre2_compile(pattern, operand->string.n, options, &error, &offset, context);
	if (!re.code) {
		pcre2_get_error_message(error, message, sizeof message);
		return ff_fail(reterr, FF_EINVALID, "regular expression does not compile at offset %zu: %s", offset, message);
	}
	pcre2_pattern_info(re.code, PCRE2_INFO_ALLOPTIONS, &in_force);
	re.anchored = in_force & PCRE2_ANCHORED;
	memcpy(ret, &re, sizeof re);
	return FF_OK;
}

static int
run(const struct regex *re, ff_str s, size_t from, uint32_t options, uint32_t share, struct regex_scratch *scratch)
{
	pcre2_set_match_limit(scratch->limits, share);
	return pcre2_match(re->code, (PCRE2_SPTR)(s.n ? s.p : ""), s.n, from, options, scratch->data, scratch->limits);
}

static bool
continues_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Place by place, until one matches or the budget is spent. The subject is known to be UTF-8. */
static int
run_each_place(const struct regex *re, ff_str s, struct regex_scratch *scratch)
{
	uint32_t spent = 0;

	for (size_t from = 0; from <= s.n; from++) {
		int rc = PCRE2_ERROR_MATCHLIMIT;

		if (from < s.n && continues_character(s.p[from]))
			continue;
		for (uint32_t share = SHARE_MIN; rc == PCRE2_ERROR_MATCHLIMIT; share *= SHARE_GROWTH) {
			if (share > MATCH_BUDGET - spent)
				return rc;
			spent += share;
			rc = run(re, s, from, PCRE2_ANCHORED | PCRE2_NO_UTF_CHECK, share, scratch);
		}
		if (rc != PCRE2_ERROR_NOMATCH)
			return rc;
	}
	return PCRE2_ERROR_NOMATCH;
}

/* PCRE2 checks the subject's UTF-8 itself; what is none, or meets a limit, is no string that can be judged. */
static enum match
match_one(const struct regex *re, ff_str s, struct regex_scratch *scratch)
{
	uint32_t places = re->anchored ? 1 : (uint32_t)s.n + 1;
	int rc = run(re, s, 0, 0, MATCH_BUDGET / places + 1, scratch);

	if (rc == PCRE2_ERROR_MATCHLIMIT && places > 1)
		rc = run_each_place(re, s, scratch);
	if (rc >= 0)
		return MATCH_YES;
	return rc == PCRE2_ERROR_NOMATCH ? MATCH_NO : MATCH_WRONG_TYPE;
}

enum match
regex_match(const void *operands, const struct value *value, struct match_scratch *scratch)
{
	const struct operand_array *array = operands;
	const struct regex *items = array->items;
	enum match result = MATCH_NO;

	if (value->type != VALUE_STRING || value->n > LIMIT_CONTEXT_BYTES)
		return MATCH_WRONG_TYPE;
	for (uint32_t i = 0; i < array->n; i++) {
		enum match one = match_one(&items[i], value_string(value), scratch->regex);

		if (one == MATCH_YES)
			return MATCH_YES;
		if (one == MATCH_WRONG_TYPE)
			result = MATCH_WRONG_TYPE;
	}
	return result;
}
