/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_json_reader.c - whatever the bytes, our reader and jansson agree on them. */
#include <stdlib.h>

#include "fuzz.h"
#include "support/json_differ.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (json_differ(ff_str_of((const char *)data, size)))
		abort();
	return 0;
}
