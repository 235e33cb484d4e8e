/* SPDX-License-Identifier: Apache-2.0 */
/* documents.h - flags, segments and conditions as text, for tests. What should be fine and is not fails the test. */
#ifndef FF_TESTS_DOCUMENTS_H
#define FF_TESTS_DOCUMENTS_H

#include <jansson.h>

#include "base/err.h"

/* JSON in which ' may stand for "; a new reference. */
json_t *document(const char *text);
/* A list of `n` times `item`, in which # stands for its number, from 0. */
json_t *document_list(unsigned n, const char *item);

void assert_document(const json_t *got, const char *expected);

/* What reads a document: flag_read, segment_read. */
typedef ff_status document_reader(const json_t *doc, struct ff_arena *arena, struct ff_err *reterr);

/* Each case of a file of tests/golden/ ({"name", "document", "faults"}) has exactly those faults, in that order. */
void assert_fault_cases(const char *golden, document_reader *read);
/* `doc` has one fault. Drops the reference. NULL `message`: any. */
void assert_fault(json_t *doc, document_reader *read, const char *pointer, const char *message);
/* `doc` has none. Drops the reference. */
void assert_valid(json_t *doc, document_reader *read);

#endif
