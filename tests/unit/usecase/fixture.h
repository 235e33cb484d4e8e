/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.h - use cases over the memory store, driven by steps.
 *
 * Bodies and expected JSON are written with ' for ", so that they can be read.
 */
#ifndef FF_TESTS_UNIT_USECASE_FIXTURE_H
#define FF_TESTS_UNIT_USECASE_FIXTURE_H

#include "base/json_doc.h"
#include "repository/repository.h"
#include "usecase/document_service.h"
#include "usecase/snapshot_table.h"

struct fixture {
	struct repository *repository;
	struct snapshot_table *snapshots;
	struct service service;
	struct ff_arena arena;
	struct ff_call call;
	int64_t now_ms;     /* goes on by a second with each write */
	ff_str fingerprint; /* of writes, where the call has an idempotency key */
	/* What the last step gave. */
	ff_status status;
	struct ff_err err;
	struct document_answer answer;
	ff_str json; /* of the answer, or of the page */
};

/* A tenant `acme` with the environments `production` and `staging`; two changes so far. */
void fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);
/* cmocka's: *state is the fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

enum verb {
	CREATE_FLAG,
	PUT_FLAG,
	MERGE_FLAG,
	PATCH_FLAG, /* RFC 6902 */
	DELETE_FLAG,
	ROLLBACK_FLAG,
	GET_FLAG,
	PUT_CONFIG, /* key is flag/environment, also below */
	MERGE_CONFIG,
	PATCH_CONFIG,
	GET_CONFIG,
	CREATE_SEGMENT,
	PUT_SEGMENT,
	MERGE_SEGMENT,
	DELETE_SEGMENT,
	ROLLBACK_SEGMENT,
	GET_SEGMENT,
	MEMBERS,
	CREATE_ENVIRONMENT,
	DELETE_ENVIRONMENT,
};

/* Which version a write expects. */
#define IF_MATCH(v)          \
	{                        \
		EXPECT_IF_MATCH, (v) \
	}
#define QUERY(v)         \
	{                    \
		EXPECT_BODY, (v) \
	}

struct step {
	enum verb verb;
	const char *key, *body;
	struct expected_version expected;
	ff_status status;
	const char *says; /* in the detail, in a fault's message, or as "pointer: message"; NULL: whatever */
};

/* Does it, whatever comes of it. */
void fixture_try(struct fixture *f, const struct step *step);
/* Does it and fails the test where its outcome is another one. */
void fixture_step(struct fixture *f, const struct step *step);
void fixture_steps(struct fixture *f, const struct step *steps, unsigned n);

/* `text` with " for '. In the fixture's arena. */
ff_str quoted(struct fixture *f, const char *text);
/* Is `json` at `pointer` equal to `expected`? NULL: there is nothing. Fails the test otherwise. */
void assert_at(struct fixture *f, ff_str json, const char *pointer, const char *expected);

/* The decision's JSON for a user without attributes, from the snapshot now served. */
ff_str fixture_decide(struct fixture *f, const char *environment, const char *flag, const char *user);

#endif
