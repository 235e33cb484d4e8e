/* SPDX-License-Identifier: Apache-2.0 */
/* A key as anybody may send it: what is taken for one is put together from its parts again. */
#include "base/arena.h"
#include "fuzz.h"
#include "usecase/api_key.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const ff_str text = ff_str_of((const char *)data, n);
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	struct api_key key;

	if (!api_key_parse(text, &key))
		return 0;
	ff_assert(key.id.n == API_KEY_ID_BYTES && key.secret.n == API_KEY_SECRET_BYTES && n <= API_KEY_BYTES_MAX);
	ff_assert(ff_str_eq(text,
		ff_arena_printf(&arena, "ffs_%s_%.*s_%.*s", api_key_kind_name(key.kind), FF_FMT(key.id), FF_FMT(key.secret))));
	return 0;
}
