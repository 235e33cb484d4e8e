/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.h - is it UTF-8? As Unicode 15, table 3-7 has it: no overlong forms, no surrogates, nothing past U+10FFFF. */
#ifndef FF_BASE_UTF8_H
#define FF_BASE_UTF8_H

#include "base/str.h"

/* Bytes of the character at `p`, whose first byte is 0x80 or more; 0 if it is not UTF-8, or `end` cuts it. */
unsigned utf8_char_bytes(const char *p, const char *end);
/* The whole string. NUL is a character like any other. */
bool utf8_valid(ff_str s);

/* The longest beginning of `s` (UTF-8) that has at most `max` bytes and cuts no character in two. */
ff_str utf8_cut(ff_str s, size_t max);

#endif
