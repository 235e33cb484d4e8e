/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operand.h - the shape of the operand fuzzers: the input up to the first newline is an operand, the rest a value.
 *
 * The operand is refused with a reason, or compiles, and then matching any value ends with an answer; an operand and
 * the value made of it are asked of all operators given.
 */
#ifndef FF_TESTS_FUZZ_OPERAND_H
#define FF_TESTS_FUZZ_OPERAND_H

#include "base/utf8.h"
#include "domain/operator_impl.h"

#include "fuzz.h"

/* What operands are: documents bring UTF-8 without NUL, of bounded length. Values may be anything. */
static inline bool
operand_possible(ff_str s)
{
	return s.n <= LIMIT_STRING_BYTES && utf8_valid(s) && (s.n == 0 || !memchr(s.p, '\0', s.n));
}

static inline struct match_scratch *
operand_scratch(void)
{
	static struct match_scratch scratch;

	if (!scratch.regex)
		scratch.regex = regex_scratch_new();
	return &scratch;
}

/* The answer of `op` with one operand; WRONG_TYPE also where the operand is refused. */
static inline enum match
operand_ask(const char *name, ff_str operand, ff_str value, bool ignore_case)
{
	const struct operator_row *op = operator_find(ff_str_z(name));
	const struct operand o = {.type = OPERAND_STRING, .string = operand};
	const struct value v = {.type = VALUE_STRING, .string = value.p, .n = (uint32_t)value.n};
	FF_CLEANUP(block_release) struct block block = {0};
	const struct operand_env env = {.block = &block, .ignore_case = ignore_case};
	const void *operands;
	struct ff_err err;
	int64_t ms;

	if (operator_check(op, &o, ignore_case, &err) != FF_OK) {
		ff_assert(err.status == FF_EINVALID && err.detail[0]);
		ff_assert(operator_compile(op, &o, 1, &env, &operands, NULL) == FF_EINVALID);
		return MATCH_WRONG_TYPE;
	}
	ff_assert(operator_compile(op, &o, 1, &env, &operands, &err) == FF_OK);
	if (op->boundary)
		op->boundary(operands, &ms);
	return op->match(operands, &v, operand_scratch());
}

#define OPERAND_FUZZER(check)                                                    \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                 \
	{                                                                            \
		ff_str operand, value;                                                   \
                                                                                 \
		ff_str_cut(ff_str_of((const char *)data, size), '\n', &operand, &value); \
		if (operand_possible(operand))                                           \
			check(operand, value);                                               \
		return 0;                                                                \
	}

#endif
