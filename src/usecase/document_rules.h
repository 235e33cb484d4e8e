/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document_rules.h - in what flags and segments differ: one row for each kind. Internal to usecase/.
 *
 * A kind of document more is a row more, and its three functions.
 */
#ifndef FF_USECASE_DOCUMENT_RULES_H
#define FF_USECASE_DOCUMENT_RULES_H

#include <jansson.h>

#include "repository/repository.h"
#include "usecase/document_service.h"

struct edit;
struct work;

struct document_rules {
	enum document_kind kind;
	const char *noun;         /* in messages: "flag" */
	const char *const *fixed; /* members that never change, up to a NULL */
	ff_status not_found, in_use;
	bool has_environments; /* its configurations are parts of the stored document */
	/*
	 * Reads the document that is to be stored and fills e->after (json, parts, refs, search columns). What is wrong
	 * with it goes to e->faults and is no failure.
	 */
	ff_status (*read)(struct edit *e, const json_t *candidate, struct ff_err *reterr);
	/* May what has been put take the place of what was there, as far as others depend on it? NULL: always. */
	ff_status (*others_agree)(struct edit *e, struct ff_err *reterr);
	/* Adds to a whole document what is shown though it is not stored. NULL: nothing is. */
	ff_status (*complete)(struct work *w, json_t *doc, struct ff_arena *arena, struct ff_err *reterr);
};

#endif
