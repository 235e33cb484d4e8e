/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_pointer.h"
#include "domain/evaluate.h"
#include "repository/memory/repository_memory.h"
#include "sys/clock.h"
#include "sys/epoch.h"
#include "usecase/environment_service.h"
#include "usecase/flag_service.h"
#include "usecase/segment_service.h"

enum { START_MS = 1767323045 };

void
fixture_open(struct fixture *f)
{
	static const struct step staging = {CREATE_ENVIRONMENT, "", "{'key': 'staging', 'name': 'Staging'}"};

	*f = (struct fixture){.now_ms = START_MS * 1000LL};
	f->repository = repository_memory_new();
	f->snapshots = snapshot_table_new(f->repository, clock_mono_ms);
	f->service = (struct service){.repository = f->repository, .snapshots = f->snapshots};
	f->call = (struct ff_call){
		.deadline_ms = UINT64_MAX, .tenant = FF_STR("acme"), .actor = FF_STR("tester"), .comment = FF_STR("why")};
	assert_int_equal(FF_OK,
		f->repository->ops->tenant_ensure(f->repository, &f->call, f->call.tenant, FF_STR("Acme"), f->now_ms, NULL));
	fixture_step(f, &staging);
}

void
fixture_close(struct fixture *f)
{
	snapshot_table_free(f->snapshots);
	f->repository->ops->close(f->repository);
	ff_arena_release(&f->arena);
}

int
fixture_setup(void **state)
{
	struct fixture *f = ff_xcalloc(1, sizeof *f);

	fixture_open(f);
	*state = f;
	return 0;
}

int
fixture_teardown(void **state)
{
	fixture_close(*state);
	free(*state);
	return 0;
}

ff_str
quoted(struct fixture *f, const char *text)
{
	ff_str s = ff_arena_str(&f->arena, ff_str_z(text));

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\'')
			((char *)s.p)[i] = '"';
	return s;
}

static ff_status
run(struct fixture *f, const struct step *s)
{
	struct write_request request = {
		.now_ms = f->now_ms += 1000, .expected = s->expected, .fingerprint = f->fingerprint};
	const struct ff_call *call = &f->call;
	const struct service *service = &f->service;
	ff_str key, environment;

	request.body = quoted(f, s->body ? s->body : "");
	ff_str_cut(ff_str_z(s->key), '/', &key, &environment);
	switch (s->verb) {
	case CREATE_FLAG:
	case CREATE_SEGMENT:
		return document_create(call, service, s->verb == CREATE_FLAG ? &flag_rules : &segment_rules, &request,
			&f->arena, &f->answer, &f->err);
	case PATCH_FLAG:
		request.format = WRITE_JSON_PATCH;
		return document_update(call, service, &flag_rules, key, &request, &f->arena, &f->answer, &f->err);
	case MERGE_FLAG:
		request.format = WRITE_MERGE_PATCH;
		return document_update(call, service, &flag_rules, key, &request, &f->arena, &f->answer, &f->err);
	case PUT_FLAG:
		return document_update(call, service, &flag_rules, key, &request, &f->arena, &f->answer, &f->err);
	case MERGE_SEGMENT:
		request.format = WRITE_MERGE_PATCH;
		return document_update(call, service, &segment_rules, key, &request, &f->arena, &f->answer, &f->err);
	case PUT_SEGMENT:
		return document_update(call, service, &segment_rules, key, &request, &f->arena, &f->answer, &f->err);
	case DELETE_FLAG:
		return document_delete(call, service, &flag_rules, key, &request, &f->arena, &f->answer, &f->err);
	case DELETE_SEGMENT:
		return document_delete(call, service, &segment_rules, key, &request, &f->arena, &f->answer, &f->err);
	case ROLLBACK_FLAG:
		return document_rollback(call, service, &flag_rules, key, &request, &f->arena, &f->answer, &f->err);
	case ROLLBACK_SEGMENT:
		return document_rollback(call, service, &segment_rules, key, &request, &f->arena, &f->answer, &f->err);
	case GET_FLAG:
		return document_get(call, service, &flag_rules, key, &f->arena, &f->answer, &f->err);
	case GET_SEGMENT:
		return document_get(call, service, &segment_rules, key, &f->arena, &f->answer, &f->err);
	case PATCH_CONFIG:
		request.format = WRITE_JSON_PATCH;
		return flag_environment_update(call, service, key, environment, &request, &f->arena, &f->answer, &f->err);
	case MERGE_CONFIG:
		request.format = WRITE_MERGE_PATCH;
		return flag_environment_update(call, service, key, environment, &request, &f->arena, &f->answer, &f->err);
	case PUT_CONFIG:
		return flag_environment_update(call, service, key, environment, &request, &f->arena, &f->answer, &f->err);
	case GET_CONFIG:
		return flag_environment_get(call, service, key, environment, &f->arena, &f->answer, &f->err);
	case MEMBERS:
		return segment_members(call, service, key, &request, &f->arena, &f->answer, &f->err);
	case CREATE_ENVIRONMENT:
		return environment_create(call, service, &request, &f->arena, &f->answer, &f->err);
	case DELETE_ENVIRONMENT:
		return environment_delete(call, service, key, &request, &f->arena, &f->answer, &f->err);
	}
	abort();
}

static bool
err_says(struct fixture *f, const char *what)
{
	ff_str wanted = quoted(f, what);

	if (ff_str_contains(ff_str_z(f->err.detail), wanted))
		return true;
	for (const struct ff_fault *fault = f->err.faults; fault; fault = fault->next)
		if (ff_str_contains(
				ff_arena_printf(&f->arena, "%.*s: %.*s", FF_FMT(fault->pointer), FF_FMT(fault->message)), wanted))
			return true;
	return false;
}

static void
print_err(const struct ff_err *err)
{
	print_error("  %s: %s\n", ff_status_code(err->status), err->detail);
	for (const struct ff_fault *fault = err->faults; fault; fault = fault->next)
		print_error("  %.*s: %.*s\n", FF_FMT(fault->pointer), FF_FMT(fault->message));
}

void
fixture_try(struct fixture *f, const struct step *s)
{
	f->answer = (struct document_answer){0};
	f->err = (struct ff_err){0};
	f->status = run(f, s);
	f->json = f->answer.json;
}

void
fixture_step(struct fixture *f, const struct step *s)
{
	fixture_try(f, s);
	if (f->status == s->status && (f->status == FF_OK || !s->says || err_says(f, s->says)))
		return;
	print_error("verb %d on %s with %.300s: wanted %s%s%s\n", s->verb, s->key, s->body ? s->body : "no body",
		ff_status_code(s->status), s->says ? ": " : "", s->says ? s->says : "");
	if (f->status != FF_OK)
		print_err(&f->err);
	fail();
}

void
fixture_steps(struct fixture *f, const struct step *steps, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		fixture_step(f, &steps[i]);
}

void
assert_at(struct fixture *f, ff_str json, const char *pointer, const char *expected)
{
	FF_CLEANUP(json_decrefp) json_t *doc = NULL, *wanted = NULL;
	json_t *is;

	assert_int_equal(FF_OK, json_doc_parse(json, &doc, NULL));
	is = json_pointer_get(doc, ff_str_z(pointer));
	if (expected)
		assert_int_equal(FF_OK, json_doc_parse(quoted(f, expected), &wanted, NULL));
	if (is == wanted || (is && wanted && json_equal(is, wanted)))
		return;
	print_error("at %s: %.*s\nwanted:  %s\nin %.*s\n", pointer, FF_FMT(is ? json_doc_dump(is, &f->arena) : FF_STR("-")),
		expected ? expected : "-", FF_FMT(json));
	fail();
}

ff_str
fixture_decide(struct fixture *f, const char *environment, const char *flag, const char *user)
{
	struct scratch *scratch = scratch_new();
	const struct snapshot *snapshot;
	struct decision decision;
	struct context context;
	struct ff_buf out;
	ff_str json;

	ff_buf_init(&out, SIZE_MAX);
	assert_int_equal(FF_OK, snapshot_table_load(f->snapshots, &f->call, ff_str_z(environment), NULL));
	epoch_register();
	epoch_online();
	snapshot = snapshot_table_find(f->snapshots, f->call.tenant, ff_str_z(environment));
	assert_non_null(snapshot);
	context_init(&context, snapshot_schema(snapshot), &f->arena);
	context_set_unit(&context, ff_str_z(user));
	scratch_prepare(scratch, snapshot);
	evaluate(snapshot, snapshot_find(snapshot, ff_str_z(flag)), &context, f->now_ms, scratch, &decision);
	decision_write(&decision, &out);
	epoch_offline();
	epoch_unregister();
	scratch_free(scratch);
	json = ff_arena_str(&f->arena, ff_buf_str(&out));
	ff_buf_release(&out);
	return json;
}
