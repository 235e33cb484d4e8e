/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_flag_document.c - any document is read as a flag and as a segment: faults are fit to be told, and what is taken
 * reads back as it was written, from the Admin API's document and from the store's parts.
 */
#include "base/json_doc.h"
#include "base/utf8.h"
#include "domain/flag.h"
#include "domain/segment.h"
#include "fuzz.h"

static void
check_faults(const struct ff_err *err)
{
	ff_assert(err->status == FF_EINVALID && err->faults && utf8_valid(ff_str_z(err->detail)));
	for (const struct ff_fault *f = err->faults; f; f = f->next)
		ff_assert(utf8_valid(f->pointer) && utf8_valid(f->message) && f->message.n);
}

static json_t *
write_flag(const struct flag *f)
{
	json_t *doc = flag_write_shared(f), *environments = json_object();

	for (uint32_t i = 0; i < f->n_environments; i++)
		json_doc_set(environments, f->environments[i].key, flag_write_environment(f, &f->environments[i]));
	json_doc_set(doc, FF_STR("environments"), environments);
	return doc;
}

static void
check_stored(const struct flag *f, const json_t *written, struct ff_arena *arena)
{
	struct stored_config *configs = FF_ARENA_ARRAY(arena, struct stored_config, f->n_environments);
	FF_CLEANUP(json_decrefp) json_t *shared = flag_write_shared(f), *again = NULL;
	struct flag *stored;
	ff_status status;

	for (uint32_t i = 0; i < f->n_environments; i++) {
		FF_CLEANUP(json_decrefp) json_t *config = flag_write_environment(f, &f->environments[i]);

		configs[i] = (struct stored_config){f->environments[i].key, i, json_doc_dump(config, arena)};
	}
	status = flag_read_stored(json_doc_dump(shared, arena), 1, configs, f->n_environments, arena, &stored, NULL);
	ff_assert(status == FF_OK);
	again = write_flag(stored);
	ff_assert(json_equal(written, again));
}

static void
check_flag(const json_t *doc, struct ff_arena *arena)
{
	FF_CLEANUP(json_decrefp) json_t *written = NULL, *parsed = NULL, *again = NULL;
	struct flag *first, *second;
	struct ff_err err;
	ff_status status;

	if (flag_read(doc, arena, &first, &err) != FF_OK) {
		check_faults(&err);
		return;
	}
	written = write_flag(first);
	status = json_doc_parse(json_doc_dump(written, arena), &parsed, NULL);
	ff_assert(status == FF_OK && json_equal(written, parsed));
	status = flag_read(parsed, arena, &second, NULL);
	ff_assert(status == FF_OK);
	again = write_flag(second);
	ff_assert(json_equal(written, again));
	ff_assert(flag_references(first, arena).n == flag_references(second, arena).n);
	check_stored(first, written, arena);
}

static void
check_segment(const json_t *doc, struct ff_arena *arena)
{
	FF_CLEANUP(json_decrefp) json_t *written = NULL, *again = NULL;
	struct segment *first, *second;
	struct ff_err err;
	ff_status status;

	if (segment_read(doc, arena, &first, &err) != FF_OK) {
		check_faults(&err);
		return;
	}
	written = segment_write(first);
	status = segment_read(written, arena, &second, NULL);
	ff_assert(status == FF_OK);
	again = segment_write(second);
	ff_assert(json_equal(written, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	FF_CLEANUP(json_decrefp) json_t *doc = NULL;
	struct ff_err err;

	if (json_doc_parse(ff_str_of((const char *)data, size), &doc, &err) != FF_OK) {
		ff_assert(utf8_valid(ff_str_z(err.detail)));
		return 0;
	}
	check_flag(doc, &arena);
	check_segment(doc, &arena);
	return 0;
}
