/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/flag.h"

#include "domain/flag_impl.h"

static const char *const type_names[] = {
	[FLAG_BOOLEAN] = "boolean",
	[FLAG_STRING] = "string",
	[FLAG_NUMBER] = "number",
	[FLAG_OBJECT] = "object",
};

const char *
flag_type_name(enum flag_type t)
{
	return type_names[t];
}

bool
flag_type_find(ff_str name, enum flag_type *ret)
{
	for (size_t i = 0; i < FF_COUNT(type_names); i++) {
		if (ff_str_eqz(name, type_names[i])) {
			*ret = (enum flag_type)i;
			return true;
		}
	}
	return false;
}

int32_t
flag_variation(const struct flag *f, ff_str key)
{
	for (uint32_t i = 0; i < f->n_variations; i++)
		if (ff_str_eq(f->variations[i].key, key))
			return (int32_t)i;
	return VARIATION_NONE;
}

const struct flag_environment *
flag_environment_of(const struct flag *f, ff_str key)
{
	for (uint32_t i = 0; i < f->n_environments; i++)
		if (ff_str_eq(f->environments[i].key, key))
			return &f->environments[i];
	return NULL;
}

int32_t
flag_default_off_variation(const struct flag *f)
{
	int32_t off = flag_variation(f, FF_STR("off"));

	return off == VARIATION_NONE ? (int32_t)f->n_variations - 1 : off;
}

const struct flag_environment *
flag_default_environment(const struct flag *f, ff_str key, struct ff_arena *arena)
{
	struct flag_environment *e = FF_ARENA_NEW(arena, struct flag_environment);

	e->key = ff_arena_str(arena, key);
	e->off_variation = flag_default_off_variation(f);
	e->allow = FF_ARENA_ARRAY(arena, struct unit_list, f->n_variations);
	e->fallback.variation = e->off_variation;
	return e;
}
