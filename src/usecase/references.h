/* SPDX-License-Identifier: Apache-2.0 */
/* references.h - what a written document names: is it there, and does it lead back? Internal to usecase/. */
#ifndef FF_USECASE_REFERENCES_H
#define FF_USECASE_REFERENCES_H

#include "usecase/edit.h"

/*
 * Adds a fault for each of e->references that names what is not there (segment, flag, variation), a flag that is
 * archived, or leads back to the document: then the whole cycle is spelled out.
 */
FF_MUST ff_status references_check(struct edit *e, struct ff_err *reterr);
/* As the store keeps them, each once. */
void references_to_store(struct edit *e);

#endif
