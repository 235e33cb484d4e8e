/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document_service.h - the verbs that flags and segments share.
 *
 * What differs between the two (how a document is read, what it may name, when it may go) is a row of
 * `struct document_rules`; the verbs are written once.
 *
 * A document is returned whole: what its author set, with all defaults filled in, and version, revision, createdAt and
 * updatedAt. A flag shows every environment of the tenant; those never configured are shown with the defaults and
 * version 0.
 *
 * Failures of all writes: FF_EPARSE (body is no JSON), FF_EMALFORMED (it is no object, its `version` is no number or
 * differs from the header's), FF_EINVALID with every fault found and its JSON Pointer, FF_EVERSIONREQUIRED,
 * FF_ECONFLICT and FF_EPRECONDITION with the current version, FF_EFLAGNOTFOUND and the like, the store's, and those of
 * the deadline.
 */
#ifndef FF_USECASE_DOCUMENT_SERVICE_H
#define FF_USECASE_DOCUMENT_SERVICE_H

#include "usecase/service.h"

struct document_rules;
extern const struct document_rules flag_rules, segment_rules, environment_rules, key_rules;

/* FF_EFLAGEXISTS, FF_ESEGMENTEXISTS. A key that was deleted goes on counting its versions. */
FF_MUST ff_status document_create(const struct ff_call *call, const struct service *service,
	const struct document_rules *rules, const struct write_request *request, struct ff_arena *arena,
	struct document_answer *ret, struct ff_err *reterr);

FF_MUST ff_status document_get(const struct ff_call *call, const struct service *service,
	const struct document_rules *rules, ff_str key, struct ff_arena *arena, struct document_answer *ret,
	struct ff_err *reterr);

struct document_filter {
	ff_str q, tag; /* empty: any */
	enum { FILTER_ARCHIVED_ANY, FILTER_ARCHIVED_NO, FILTER_ARCHIVED_YES } archived;
};
/* A page may be shorter than its limit when its documents are large; *ret_json is a page (service.h). */
FF_MUST ff_status document_list(const struct ff_call *call, const struct service *service,
	const struct document_rules *rules, const struct document_filter *filter, const struct page_request *page,
	struct ff_arena *arena, ff_str *ret_json, struct ff_err *reterr);

/*
 * Replaces or patches, as request->format says. Replacing a flag replaces its shared parts and the environments that
 * the body mentions; the others stay. A patch is applied to the document as document_get returns it; an environment
 * that it removes goes back to the defaults. `key` and `type` never change. FF_EFLAGINUSE when it archives a flag that
 * others require, or removes a variation that others name.
 */
FF_MUST ff_status document_update(const struct ff_call *call, const struct service *service,
	const struct document_rules *rules, ff_str key, const struct write_request *request, struct ff_arena *arena,
	struct document_answer *ret, struct ff_err *reterr);

/* FF_EFLAGINUSE, FF_ESEGMENTINUSE: says where. request->body and format are not looked at. */
FF_MUST ff_status document_delete(const struct ff_call *call, const struct service *service,
	const struct document_rules *rules, ff_str key, const struct write_request *request, struct ff_arena *arena,
	struct document_answer *ret, struct ff_err *reterr);

/* A page of {"version", "revision", "at", "actor", "action", "comment", "requestId", "patch"}, newest first. */
FF_MUST ff_status document_history(const struct ff_call *call, const struct service *service,
	const struct document_rules *rules, ff_str key, const struct page_request *page, struct ff_arena *arena,
	ff_str *ret_json, struct ff_err *reterr);

/* The document as it was. FF_EVERSIONNOTFOUND also for the version of a deletion. */
FF_MUST ff_status document_version(const struct ff_call *call, const struct service *service,
	const struct document_rules *rules, ff_str key, uint64_t version, struct ff_arena *arena,
	struct document_answer *ret, struct ff_err *reterr);

/*
 * Body {"to": n, "environments"?: […], "version"?}: writes version n's content as a new version. With `environments`
 * only these configurations are taken from it; the shared parts and the others stay. Checked like any write: what
 * version n names and is now gone is a fault.
 */
FF_MUST ff_status document_rollback(const struct ff_call *call, const struct service *service,
	const struct document_rules *rules, ff_str key, const struct write_request *request, struct ff_arena *arena,
	struct document_answer *ret, struct ff_err *reterr);

#endif
