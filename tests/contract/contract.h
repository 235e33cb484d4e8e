/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contract.h - what repository.h promises, as cases that every adapter has to pass.
 *
 * A case gets an empty store with the tenant "acme" and a call in its name. An adapter joins with one row in
 * test_repository_contract.c.
 */
#ifndef FF_TESTS_CONTRACT_CONTRACT_H
#define FF_TESTS_CONTRACT_CONTRACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "repository/repository.h"

struct contract {
	struct repository *r;
	struct ff_call call; /* tenant acme, actor ada, no deadline */
	struct ff_arena *arena;
	struct ff_err err; /* of the last failure */
	int64_t now_ms;    /* that transactions begin at */
};

struct contract_case {
	const char *name;
	void (*run)(struct contract *t);
};

struct contract_cases {
	const struct contract_case *items;
	size_t n;
};

#define CONTRACT_CASE(fn) \
	{                     \
#fn, fn           \
	}
#define CONTRACT_CASES(name, ...)                                     \
	static const struct contract_case name##_items[] = {__VA_ARGS__}; \
	const struct contract_cases name = {name##_items, FF_COUNT(name##_items)}

extern const struct contract_cases contract_documents, contract_writes, contract_refs, contract_changes,
	contract_transactions, contract_tenants, contract_threads, contract_keys, contract_operator, contract_idempotency,
	contract_housekeeping, contract_restore;

/* Fails the test unless `expr` ends with `status`. */
#define EXPECT(status, expr) contract_expect(t, (expr), (status), #expr, __FILE__, __LINE__)
#define OK(expr) EXPECT(FF_OK, expr)
void contract_expect(struct contract *t, ff_status got, ff_status wanted, const char *expr, const char *file, int line);
#define assert_str(s, z) assert_true(ff_str_eqz((s), (z)))

struct repository_tx *contract_begin(struct contract *t, enum tx_mode mode);
/* The state after it. */
struct tenant_state contract_commit(struct contract *t, struct repository_tx *tx);
void contract_rollback(struct repository_tx *tx);
struct tenant_state contract_state(struct contract *t);

/* A flag with the part `production`, changed. */
struct document contract_flag(struct contract *t, const char *key, const char *json, const char *part_json);
struct document contract_document(enum document_kind kind, const char *key, const char *json);
/* A key with one of two hashes, 'a' and 'b'. */
struct document contract_key(const char *id, const char *json, char secret);
/* Puts it in the transaction, or in one of its own; returns the version it has then. */
uint64_t contract_put(struct contract *t, struct repository_tx *tx, struct document *d, uint64_t expected_version);
uint64_t contract_put_alone(struct contract *t, struct document *d, uint64_t expected_version);
uint64_t contract_remove_alone(struct contract *t, enum document_kind kind, const char *key, uint64_t expected_version);
/* Makes an environment. */
void contract_environment(struct contract *t, const char *key);
/* In a transaction of its own; `false` when it is not there. */
bool contract_get(struct contract *t, enum document_kind kind, const char *key, struct document *ret);
/* The keys of a list, joined by spaces. */
ff_str contract_list(struct contract *t, const struct document_query *query, bool *ret_more);

#endif
