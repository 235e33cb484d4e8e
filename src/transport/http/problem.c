/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/problem.h"

#include "base/utf8.h"

unsigned
problem_http_status(ff_status s)
{
	switch (s) {
	case FF_OK:
		return 200;
	case FF_ENOTMODIFIED:
		return 304;
	case FF_EMALFORMED:
	case FF_EPARSE:
		return 400;
	case FF_EUNAUTHENTICATED:
		return 401;
	case FF_EFORBIDDEN:
		return 403;
	case FF_ENOTFOUND:
	case FF_EFLAGNOTFOUND:
	case FF_ESEGMENTNOTFOUND:
	case FF_EENVIRONMENTNOTFOUND:
	case FF_EVERSIONNOTFOUND:
	case FF_ETENANTNOTFOUND:
	case FF_EKEYNOTFOUND:
		return 404;
	case FF_EMETHOD:
		return 405;
	case FF_EFLAGEXISTS:
	case FF_ESEGMENTEXISTS:
	case FF_EENVIRONMENTEXISTS:
	case FF_ETENANTEXISTS:
	case FF_EKEYEXISTS:
	case FF_EFLAGINUSE:
	case FF_ESEGMENTINUSE:
	case FF_EENVIRONMENTINUSE:
	case FF_ECONFLICT:
	case FF_EIDEMPOTENCYINPROGRESS:
		return 409;
	case FF_EPRECONDITION:
		return 412;
	case FF_ETOOLARGE:
		return 413;
	case FF_EMEDIATYPE:
		return 415;
	case FF_EINVALID:
	case FF_EIDEMPOTENCYREUSED:
		return 422;
	case FF_EVERSIONREQUIRED:
		return 428;
	case FF_ERATELIMITED:
		return 429;
	case FF_ECANCELLED:
		return 499;
	case FF_ESTORAGE:
	case FF_EINTERNAL:
		return 500;
	case FF_EBUSY:
	case FF_EUNAVAILABLE:
	case FF_EREVISION:
		return 503;
	case FF_ETIMEOUT:
		return 504;
	}
	ff_assert(!"a status that status.def does not have");
}

/* A detail may quote what a caller sent: what is not UTF-8 becomes U+FFFD, so that the answer is JSON. */
static void
put_text(struct http_exchange *x, ff_str s)
{
	static const ff_str replacement = {"\xef\xbf\xbd", 3};
	char *clean;
	size_t n = 0;

	if (utf8_valid(s)) {
		ff_buf_json_str(&x->response.body, s);
		return;
	}
	clean = ff_arena_alloc(x->arena, s.n * replacement.n);
	while (s.n) {
		unsigned bytes = (unsigned char)*s.p < 0x80 ? 1 : utf8_char_bytes(s.p, s.p + s.n);
		ff_str character = bytes ? ff_str_of(s.p, bytes) : replacement;

		memcpy(clean + n, character.p, character.n);
		n += character.n;
		s = ff_str_from(s, bytes ? bytes : 1);
	}
	ff_buf_json_str(&x->response.body, ff_str_of(clean, n));
}

static void
put_faults(struct http_exchange *x, const struct ff_fault *fault)
{
	struct ff_buf *b = &x->response.body;

	ff_buf_lit(b, ",\"errors\":[");
	for (bool first = true; fault; fault = fault->next, first = false) {
		if (!first)
			ff_buf_char(b, ',');
		ff_buf_lit(b, "{\"pointer\":");
		put_text(x, fault->pointer);
		ff_buf_lit(b, ",\"message\":");
		put_text(x, fault->message);
		ff_buf_char(b, '}');
	}
	ff_buf_char(b, ']');
}

void
problem_write_as(struct http_exchange *x, unsigned http_status, const struct ff_err *err)
{
	struct ff_buf *b = &x->response.body;
	ff_str code = ff_str_z(ff_status_code(err->status));

	x->response.status = http_status;
	ff_buf_reset(&x->response.fields);
	ff_buf_reset(b);
	if (http_status == 304)
		return;
	http_field(x, FF_STR("Content-Type"), FF_STR("application/problem+json"));
	if (http_status == 401)
		http_field(x, FF_STR("WWW-Authenticate"), FF_STR("Bearer realm=\"ffs\""));
	if (err->retry_after_s)
		http_fieldf(x, FF_STR("Retry-After"), "%u", err->retry_after_s);
	ff_buf_lit(b, "{\"type\":\"urn:ffs:problem:");
	ff_buf_str_put(b, code);
	ff_buf_lit(b, "\",\"title\":");
	ff_buf_json_str(b, ff_str_z(ff_status_title(err->status)));
	ff_buf_lit(b, ",\"status\":");
	ff_buf_u64(b, http_status);
	ff_buf_lit(b, ",\"detail\":");
	put_text(x, ff_str_z(err->detail));
	ff_buf_lit(b, ",\"code\":");
	ff_buf_json_str(b, code);
	ff_buf_lit(b, ",\"requestId\":");
	ff_buf_json_str(b, x->request_id);
	if (err->faults)
		put_faults(x, err->faults);
	if (err->version) {
		ff_buf_lit(b, ",\"currentVersion\":");
		ff_buf_u64(b, err->version);
	}
	ff_buf_char(b, '}');
}

void
problem_write(struct http_exchange *x, const struct ff_err *err)
{
	problem_write_as(x, problem_http_status(err->status), err);
}
