/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/admin/admin.h"

#include <inttypes.h>

#include "base/utf8.h"
#include "sys/clock.h"
#include "sys/sha256.h"

/* The version in one strong ETag of ours: "7". */
static bool
parse_etag(ff_str tag, uint64_t *ret)
{
	if (tag.n < 3 || tag.p[0] != '"' || tag.p[tag.n - 1] != '"')
		return false;
	return ff_str_u64(ff_str_of(tag.p + 1, tag.n - 2), ret);
}

/* `*` is refused too: it would let a write go over what its author has not seen. */
static ff_status
read_if_match(const struct http_exchange *x, struct expected_version *ret, struct ff_err *reterr)
{
	unsigned seen = 0;

	*ret = (struct expected_version){.source = EXPECT_UNSAID};
	for (unsigned i = 0; i < x->request.n_fields; i++) {
		const struct http_field *field = &x->request.fields[i];

		if (!ff_str_caseeq(field->name, FF_STR("If-Match")))
			continue;
		if (seen++ || !parse_etag(field->value, &ret->version))
			return ff_fail(reterr, FF_EMALFORMED, "If-Match must be one version in quotes, as an ETag has it: \"7\"");
		ret->source = EXPECT_IF_MATCH;
	}
	return FF_OK;
}

/* SHA-256 of method, target, condition and body. None of the first three can hold a NUL. */
static ff_str
fingerprint_of(const struct http_exchange *x)
{
	const struct http_request *r = &x->request;
	const ff_str parts[] = {
		ff_str_z(request_method_name(r->method)), r->target, http_request_field(r, FF_STR("If-Match")), r->body};
	unsigned char *digest = ff_arena_alloc(x->arena, SHA256_BYTES);

	sha256_list(parts, FF_COUNT(parts), digest);
	return ff_str_of((const char *)digest, SHA256_BYTES);
}

static ff_status
read_idempotency_key(
	const struct http_exchange *x, const struct ff_call *call, struct write_request *ret, struct ff_err *reterr)
{
	ff_str key = call->idempotency_key;
	bool good = key.n > 0 && key.n <= ADMIN_IDEMPOTENCY_KEY_MAX;
	unsigned seen = 0;

	if (!key.p)
		return FF_OK;
	for (size_t i = 0; i < key.n; i++)
		good &= key.p[i] >= ' ' && key.p[i] <= '~';
	for (unsigned i = 0; i < x->request.n_fields; i++)
		seen += ff_str_caseeq(x->request.fields[i].name, FF_STR("Idempotency-Key"));
	if (!good || seen > 1)
		return ff_fail(reterr, FF_EMALFORMED, "Idempotency-Key must be 1 to %d printable ASCII characters, once",
			ADMIN_IDEMPOTENCY_KEY_MAX);
	ret->fingerprint = fingerprint_of(x);
	return FF_OK;
}

ff_status
admin_write_request(
	const struct http_exchange *x, const struct ff_call *call, struct write_request *ret, struct ff_err *reterr)
{
	*ret = (struct write_request){.now_ms = clock_wall_ms(), .body = x->request.body};
	if (call->comment.n > ADMIN_COMMENT_MAX)
		return ff_fail(
			reterr, FF_EMALFORMED, "FFS-Comment is %zu bytes, at most %d", call->comment.n, ADMIN_COMMENT_MAX);
	if (!utf8_valid(call->comment))
		return ff_fail(reterr, FF_EMALFORMED, "FFS-Comment is not UTF-8");
	FF_TRY(read_idempotency_key(x, call, ret, reterr));
	return read_if_match(x, &ret->expected, reterr);
}

ff_status
admin_delete_request(
	const struct http_exchange *x, const struct ff_call *call, struct write_request *ret, struct ff_err *reterr)
{
	struct query query;
	uint64_t version;

	FF_TRY(admin_write_request(x, call, ret, reterr));
	FF_TRY(query_read(x->request.query, x->arena, &query, reterr));
	if (!query_get(&query, FF_STR("version")).p)
		return FF_OK;
	FF_TRY(query_u64(&query, FF_STR("version"), 0, INT64_MAX, 0, &version, reterr));
	if (ret->expected.source == EXPECT_UNSAID)
		ret->expected = (struct expected_version){.source = EXPECT_BODY, .version = version};
	else if (ret->expected.version != version)
		return ff_fail(reterr, FF_EMALFORMED, "If-Match says version %" PRIu64 ", the query says version %" PRIu64,
			ret->expected.version, version);
	return FF_OK;
}

enum write_format
admin_patch_format(const struct http_exchange *x)
{
	static const ff_str type = FF_STR("application/json-patch+json");
	ff_str sent = http_request_field(&x->request, FF_STR("Content-Type"));

	/* The router has let pass only types of the route's, so what stands behind it are parameters. */
	sent.n = sent.n < type.n ? sent.n : type.n;
	return ff_str_caseeq(sent, type) ? WRITE_JSON_PATCH : WRITE_MERGE_PATCH;
}

ff_status
admin_page_request(const struct query *query, struct page_request *ret, struct ff_err *reterr)
{
	uint64_t limit;

	FF_TRY(query_u64(query, FF_STR("limit"), 1, PAGE_LIMIT_MAX, PAGE_LIMIT_DEFAULT, &limit, reterr));
	*ret = (struct page_request){.cursor = query_get(query, FF_STR("cursor")), .limit = (uint32_t)limit};
	return FF_OK;
}

/* Does If-None-Match name the version? Weakly compared, as RFC 9110 has it for this field. */
static bool
is_known(const struct http_exchange *x, uint64_t version)
{
	ff_str list = http_request_field(&x->request, FF_STR("If-None-Match")), tag;

	while (list.n) {
		uint64_t known;

		ff_str_cut(list, ',', &tag, &list);
		tag = ff_str_trim(tag);
		if (ff_str_eq(tag, FF_STR("*")))
			return true;
		if (ff_str_starts(tag, FF_STR("W/")))
			tag = ff_str_from(tag, 2);
		if (parse_etag(tag, &known) && known == version)
			return true;
	}
	return false;
}

static void
put_etag(struct http_exchange *x, uint64_t version)
{
	http_fieldf(x, FF_STR("ETag"), "\"%" PRIu64 "\"", version);
}

void
admin_answer_json(struct http_exchange *x, ff_str json)
{
	ff_buf_str_put(&x->response.body, json);
}

void
admin_answer_read(struct http_exchange *x, const struct document_answer *answer)
{
	put_etag(x, answer->version);
	if (is_known(x, answer->version))
		x->response.status = 304;
	else
		admin_answer_json(x, answer->json);
}

static void
put_revision(struct http_exchange *x, const struct document_answer *answer)
{
	http_fieldf(x, FF_STR("FFS-Revision"), "%" PRIu64, answer->revision);
	if (answer->replayed)
		http_field(x, FF_STR("Idempotency-Replayed"), FF_STR("true"));
}

void
admin_answer_write(struct http_exchange *x, const struct document_answer *answer)
{
	if (answer->version)
		put_etag(x, answer->version);
	put_revision(x, answer);
	admin_answer_json(x, answer->json);
}

void
admin_answer_created(struct http_exchange *x, const struct document_answer *answer)
{
	/* Keys need no escaping in a path (domain/flag.h, key_valid). */
	http_fieldf(x, FF_STR("Location"), "%s/%.*s", x->route->pattern, FF_FMT(answer->key));
	x->response.status = 201;
	admin_answer_write(x, answer);
}

void
admin_answer_deleted(struct http_exchange *x, const struct document_answer *answer)
{
	x->response.status = 204;
	put_revision(x, answer);
}
