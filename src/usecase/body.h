/* SPDX-License-Identifier: Apache-2.0 */
/* body.h - what the bodies of writes have in common. Internal to usecase/. */
#ifndef FF_USECASE_BODY_H
#define FF_USECASE_BODY_H

#include <jansson.h>

#include "usecase/service.h"

/* Parses a body that has to be an object. FF_EPARSE; FF_EMALFORMED for anything but an object. */
FF_MUST ff_status body_object(ff_str body, json_t **ret, struct ff_err *reterr);
/* Parses the body of a write: an object, or for WRITE_JSON_PATCH a list. */
FF_MUST ff_status body_parse(const struct write_request *request, json_t **ret, struct ff_err *reterr);

/* Takes the body's member `version` into *expected. FF_EMALFORMED when it is no version, or another than was said. */
FF_MUST ff_status body_version(const json_t *body, struct expected_version *expected, struct ff_err *reterr);
/* FF_EVERSIONREQUIRED, FF_ECONFLICT, FF_EPRECONDITION unless `expected` is `current`, which is that of `what`. */
FF_MUST ff_status expected_check(
	const struct expected_version *expected, uint64_t current, const char *what, struct ff_err *reterr);

/*
 * What `format` makes of `doc` with `body` (body_parse): the body itself, or `doc` patched; a new reference.
 * FF_EINVALID when the patch cannot be applied.
 */
FF_MUST ff_status body_apply(enum write_format format, const json_t *doc, json_t *body, struct ff_arena *arena,
	json_t **ret, struct ff_err *reterr);

/* Finds a fault in every member whose name is not one of `names`. */
void body_known_members(const json_t *object, const ff_str *names, unsigned n_names, struct ff_faults *faults);

#endif
