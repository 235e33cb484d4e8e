/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_evaluate_body.c - POST /v1/evaluate without a socket, over flags that use every operator.
 *
 * Whatever the body: an answer that is JSON and comes out the same again, or a failure that is the caller's, said in
 * UTF-8.
 */
#include <jansson.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "fuzz.h"
#include "support/engine.h"
#include "support/sdk.h"
#include "transport/http/problem.h"

static struct sdk *
the_sdk(void)
{
	static struct sdk *sdk;

	if (!sdk) {
		json_t *doc = golden_load("every_operator.json");

		sdk = ff_xmalloc(sizeof *sdk);
		sdk_open(sdk, doc);
		json_decref(doc);
	}
	return sdk;
}

static void
check_answer(ff_str answer)
{
	json_t *json = json_loadb(answer.p, answer.n, JSON_REJECT_DUPLICATES, NULL), *decision;
	const char *key;

	ff_assert(json_is_integer(json_object_get(json, "revision")));
	json_object_foreach (json_object_get(json, "decisions"), key, decision)
		ff_assert(json_is_string(json_object_get(decision, "reason")));
	json_decref(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sdk *s = the_sdk();
	const ff_str body = ff_str_of((const char *)data, size);
	struct ff_err err = {0};
	ff_status status = sdk_post(s, body, &err);

	if (status == FF_OK) {
		FF_CLEANUP(ff_freep) char *first = ff_str_dupz(ff_buf_str(&s->x.response.body));

		check_answer(ff_buf_str(&s->x.response.body));
		ff_assert(sdk_post(s, body, &err) == FF_OK);
		ff_assert(ff_str_eqz(ff_buf_str(&s->x.response.body), first));
	} else {
		unsigned http_status = problem_http_status(status);

		ff_assert(http_status == 400 || http_status == 403 || http_status == 404);
		ff_assert(err.status == status && err.detail[0] && utf8_valid(ff_str_z(err.detail)));
	}
	return 0;
}
