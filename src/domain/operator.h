/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operator.h - the table of operators: what each takes, how it is compiled, how it decides.
 *
 * Adding one is a row in operator.c, one function, and its golden cases (docs/how-to/add-an-operator.md).
 */
#ifndef FF_DOMAIN_OPERATOR_H
#define FF_DOMAIN_OPERATOR_H

#include "base/err.h"
#include "domain/operand.h"

enum operator_arity { ARITY_NONE, ARITY_ONE, ARITY_MANY }; /* MANY: one or many, as "value" or "values" */

struct operator_row; /* a row; static, compared by address; the rest of it is operator_impl.h's */

/* The operator called `name`, or NULL. */
const struct operator_row *operator_find(ff_str name);
const char *operator_name(const struct operator_row *op);
enum operator_arity operator_arity(const struct operator_row *op);
/* Bits of operand_type that it accepts. */
unsigned operator_operand_types(const struct operator_row *op);
/* May it be used on the attribute `$now`? */
bool operator_on_now(const struct operator_row *op);
/* All names, for messages and documentation: "eq, in, contains, …". */
ff_str operator_names(void);
/*
 * Is `operand` (of an accepted type) one that the operator can compile? FF_EINVALID with the reason in reterr->detail
 * otherwise ("regular expression does not compile at offset 4: missing closing parenthesis").
 */
FF_MUST ff_status operator_check(
	const struct operator_row *op, const struct operand *operand, bool ignore_case, struct ff_err *reterr);

#endif
