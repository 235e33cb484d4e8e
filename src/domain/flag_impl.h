/* SPDX-License-Identifier: Apache-2.0 */
/* flag_impl.h - the parts of reading and writing flags. Internal to the domain. */
#ifndef FF_DOMAIN_FLAG_IMPL_H
#define FF_DOMAIN_FLAG_IMPL_H

#include "domain/document.h"
#include "domain/flag.h"

bool flag_type_find(ff_str name, enum flag_type *ret);
/* The variation `off`, else the last. */
int32_t flag_default_off_variation(const struct flag *f);

/* Index of the variation that `json` names, or VARIATION_NONE with a fault. */
int32_t
flag_read_variation_name(struct reading *r, const json_t *json, const struct json_place *at, const struct flag *f);

/* What a rule serves, or an environment by default (only a rule's split may have a part without a variation). */
enum serve_place { SERVE_RULE, SERVE_DEFAULT };
void flag_read_serve(struct reading *r, const json_t *json, const struct json_place *at, const struct flag *f,
	enum serve_place where, struct serve *ret);
/* A new reference. */
json_t *flag_write_serve(const struct flag *f, const struct serve *s);

/* One environment's configuration; key and version are the caller's. The variations of `f` have been read. */
void flag_read_environment(struct reading *r, const json_t *json, const struct json_place *at, const struct flag *f,
	struct flag_environment *ret);

#endif
