/* SPDX-License-Identifier: Apache-2.0 */
/* json_scan.h - JSON's strings and numbers, byte by byte. json_reader.c's own; others use the reader. */
#ifndef FF_BASE_JSON_SCAN_H
#define FF_BASE_JSON_SCAN_H

#include "base/arena.h"

/* On success `at` stands behind what was read; on failure at the byte that is wrong, and `fault` says why. */
struct json_scan {
	const char *at, *end;
	struct ff_arena *arena;
	const char *fault;
};

/* Stands on the opening quote. Borrows from the input, or unescapes into the arena. */
FF_MUST bool json_scan_string(struct json_scan *s, ff_str *ret);
/* Stands on '-' or a digit. Bit for bit what strtod makes of the text. */
FF_MUST bool json_scan_number(struct json_scan *s, double *ret);

#define JSON_BYTES(x) (UINT64_C(0x0101010101010101) * (x))

/* The high bit of each byte of `w` that is zero. Above the first such byte, others may be marked too. */
static inline uint64_t
json_zero_bytes(uint64_t w)
{
	return (w - JSON_BYTES(1)) & ~w & JSON_BYTES(0x80);
}

/*
 * The first byte of [p, end) that cannot be copied as it is (a quote, a backslash, a control character, the start of a
 * longer character), or end. Eight at a time: see "Bit Twiddling Hacks", "word has a byte less than n".
 */
static inline const char *
json_scan_plain(const char *p, const char *end)
{
	for (; end - p >= 8; p += 8) {
		uint64_t w, special;

		memcpy(&w, p, sizeof w);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		w = __builtin_bswap64(w);
#endif
		special = json_zero_bytes(w ^ JSON_BYTES('"')) | json_zero_bytes(w ^ JSON_BYTES('\\')) |
			((w - JSON_BYTES(0x20)) & ~w & JSON_BYTES(0x80)) | (w & JSON_BYTES(0x80));
		if (special)
			return p + (__builtin_ctzll(special) >> 3);
	}
	for (; p < end; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x80 || *p == '"' || *p == '\\')
			break;
	return p;
}

#endif
