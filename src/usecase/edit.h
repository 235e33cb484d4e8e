/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edit.h - one document on its way through a write, in a transaction that may hold others. Internal to usecase/.
 *
 *     edit_open | edit_new → edit_write (read, find faults, put, log) → edit_check (what names what) → work_commit
 *
 * References are checked after the put, in the same transaction, which sees what it has put: so documents of one change
 * set may name each other. Whoever sees a failure or a fault drops the transaction.
 */
#ifndef FF_USECASE_EDIT_H
#define FF_USECASE_EDIT_H

#include "base/json_doc.h"
#include "domain/flag.h"
#include "usecase/document_rules.h"
#include "usecase/work.h"

struct edit {
	struct work *work;
	struct ff_arena *arena;
	const struct document_rules *rules;
	struct document before; /* version 0: there is none */
	json_t *before_json;    /* whole, as the history has it; JSON null where there is none */
	struct document after;
	json_t *after_json;               /* whole, once it is written */
	const struct flag *flag;          /* flags: what was read */
	struct reference_list references; /* of what was read */
	ff_str touched;                   /* flags: an environment that gets a new version even where nothing differs */
	bool only_if_changed;             /* don't write what is the same already */
	bool unchanged;                   /* and so it was */
	struct {
		ff_str id, sha256;
	} secret;                /* keys: what the new one is called, and the hash of its secret */
	struct ff_faults faults; /* in the order found, with pointers into the whole document */
};

void edit_release(struct edit *e);

/* For the document that is there (`not_found`), or for a new one, whose key is not yet known. */
FF_MUST ff_status edit_open(struct edit *e, struct work *w, const struct document_rules *rules, ff_str key,
	struct ff_arena *arena, struct ff_err *reterr);
void edit_new(struct edit *e, struct work *w, const struct document_rules *rules, struct ff_arena *arena);
/* For the document with doc's key, or a new one; in the work's arena. */
FF_MUST ff_status edit_open_or_new(
	struct edit *e, struct work *w, const struct document_rules *rules, const json_t *doc, struct ff_err *reterr);

/* `doc` as a candidate that replaces: of a flag with the environments that it does not mention as they are. New. */
json_t *edit_replacement(const struct edit *e, const json_t *doc);

/*
 * Makes `candidate` (a whole document; its server-set members don't count) the document. `key` and the like may be
 * missing, and are filled in. With faults nothing has been put.
 */
FF_MUST ff_status edit_write(struct edit *e, json_t *candidate, struct ff_err *reterr);
/* Checks what the document names, and that others can live with the change; faults as above. */
FF_MUST ff_status edit_check(struct edit *e, struct ff_err *reterr);
/*
 * FF_EINVALID with the faults, if there are any. Where they stand under `inside`, what comes after it is their pointer:
 * the caller has sent only that part.
 */
FF_MUST ff_status edit_verdict(const struct edit *e, ff_str inside, struct ff_err *reterr);
/* edit_write, edit_check and edit_verdict. */
FF_MUST ff_status edit_apply(struct edit *e, json_t *candidate, ff_str inside, struct ff_err *reterr);
/* Removes it; logged. FF_EFLAGINUSE and the like. */
FF_MUST ff_status edit_remove(struct edit *e, struct ff_err *reterr);
/* Makes e->after_json what callers see of the document: after the commit nothing may fail any more. */
FF_MUST ff_status edit_complete(struct edit *e, struct ff_err *reterr);
/* Commits, and answers with the whole document. */
FF_MUST ff_status edit_finish(struct edit *e, struct document_answer *ret, struct ff_err *reterr);

/* Takes over the faults of a failed read of the candidate. */
void edit_take_faults(struct edit *e, const struct ff_err *err);
/* Adds `from`, found in something that stands at the pointer `under`. */
void faults_gather(struct ff_faults *f, ff_str under, const struct ff_fault *from);

/* A stored document as a tree, whole but for what is only shown (rules->complete); a new reference. */
FF_MUST ff_status document_tree(
	const struct document_rules *rules, const struct document *d, json_t **ret, struct ff_err *reterr);
/* With that too. */
FF_MUST ff_status document_tree_complete(struct work *w, const struct document_rules *rules, const struct document *d,
	struct ff_arena *arena, json_t **ret, struct ff_err *reterr);
/* The part called `name`, or NULL. */
const struct document_part *document_part_of(const struct document *d, ff_str name);
/* Sets version, revision, createdAt and updatedAt. */
void document_stamp(json_t *json, const struct document *d);
/* {"version": version, …config}: takes config's reference, a new one is returned. */
json_t *document_versioned(uint64_t version, json_t *config);

/* "flag a (production, staging), segment b and 3 more", in `arena`. */
ff_str document_users_text(const struct document_ref_list *users, struct ff_arena *arena);

#endif
