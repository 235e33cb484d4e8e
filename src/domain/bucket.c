/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/bucket.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Salts and units are nearly always shorter together; copying them beats the streaming state by half. */
enum { INPUT_MAX = 256 };

static const struct {
	const char *name;
	bucket_fn *bucket;
} functions[] = {
	{"ffs1", bucket_of},
};

bucket_fn *
bucket_function(ff_str name)
{
	for (size_t i = 0; i < FF_COUNT(functions); i++)
		if (ff_str_eqz(name, functions[i].name))
			return functions[i].bucket;
	return NULL;
}

static uint64_t
hash_long(ff_str salt, ff_str unit, enum bucket_purpose purpose)
{
	XXH64_state_t state;

	XXH64_reset(&state, purpose);
	if (salt.n)
		XXH64_update(&state, salt.p, salt.n);
	XXH64_update(&state, "", 1);
	if (unit.n)
		XXH64_update(&state, unit.p, unit.n);
	return XXH64_digest(&state);
}

static inline uint64_t
hash(ff_str salt, ff_str unit, enum bucket_purpose purpose)
{
	size_t n = salt.n + 1 + unit.n;
	char input[INPUT_MAX];

	if (n > sizeof input)
		return hash_long(salt, unit, purpose);
	if (salt.n)
		memcpy(input, salt.p, salt.n);
	input[salt.n] = '\0';
	if (unit.n)
		memcpy(input + salt.n + 1, unit.p, unit.n);
	return XXH64(input, n, purpose);
}

uint64_t
bucket_hash(ff_str salt, ff_str unit, enum bucket_purpose purpose)
{
	return hash(salt, unit, purpose);
}

uint32_t
bucket_of(ff_str salt, ff_str unit, enum bucket_purpose purpose)
{
	return (uint32_t)(((unsigned __int128)hash(salt, unit, purpose) * BUCKETS) >> 64);
}
