/* SPDX-License-Identifier: Apache-2.0 */
/* history.h - documents as they were, rebuilt from the change log. Internal to usecase/. */
#ifndef FF_USECASE_HISTORY_H
#define FF_USECASE_HISTORY_H

#include "usecase/edit.h"

/*
 * The document as it was at `version`, with the environments that were configured then; a new reference.
 * FF_EVERSIONNOTFOUND, also where that version is a deletion.
 */
FF_MUST ff_status history_rebuild(struct work *w, const struct document_rules *rules, ff_str key, uint64_t version,
	json_t **ret, struct ff_err *reterr);

#endif
