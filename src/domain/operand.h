/* SPDX-License-Identifier: Apache-2.0 */
/* operand.h - a value that a condition compares with, as its author wrote it. */
#ifndef FF_DOMAIN_OPERAND_H
#define FF_DOMAIN_OPERAND_H

#include "base/str.h"

enum operand_type { OPERAND_STRING = 1, OPERAND_NUMBER = 2, OPERAND_BOOLEAN = 4 }; /* bits, for sets of types */

struct operand {
	enum operand_type type;
	bool boolean;
	double number;
	ff_str string; /* UTF-8, no NUL */
};

#endif
