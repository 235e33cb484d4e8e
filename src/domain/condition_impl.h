/* SPDX-License-Identifier: Apache-2.0 */
/* condition_impl.h - conditions within the documents that hold them. Internal to the domain. */
#ifndef FF_DOMAIN_CONDITION_IMPL_H
#define FF_DOMAIN_CONDITION_IMPL_H

#include "domain/condition.h"
#include "domain/document.h"

/* As condition_read. */
const struct condition *condition_read_at(struct reading *r, const json_t *json, const struct json_place *at);

/* Calls `visit` for each segment named, with the place of its name. */
void condition_each_segment(const struct condition *c, const struct json_place *at,
	void (*visit)(void *arg, ff_str segment, const struct json_place *at), void *arg);

#endif
