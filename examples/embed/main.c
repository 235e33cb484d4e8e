/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flags decided inside your own program, with nothing but the engine library:
 *
 *     cc main.c -o embed $(pkg-config --cflags --libs ffs-engine)
 *     ./embed
 */
#include <ff/engine.h>
#include <stdio.h>
#include <string.h>

static const char flags[] =
	"{\"flags\": ["
	"  {\"key\": \"checkout-v2\", \"type\": \"boolean\", \"environments\": {\"production\": {"
	"     \"enabled\": true,"
	"     \"rules\": [{\"id\": \"beta-de\","
	"                \"when\": {\"all\": [{\"attribute\": \"country\", \"op\": \"in\", \"values\": [\"DE\", \"AT\"]},"
	"                                 {\"segment\": \"beta-testers\"}]},"
	"                \"serve\": {\"variation\": \"on\"}}],"
	"     \"default\": {\"rollout\": 25}}}},"
	"  {\"key\": \"greeting\", \"type\": \"string\","
	"   \"variations\": [{\"key\": \"formal\", \"value\": \"Good day\"}, {\"key\": \"short\", \"value\": \"Hi\"}],"
	"   \"environments\": {\"production\": {\"enabled\": true, \"default\": {\"variation\": \"short\"}}}}"
	"], \"segments\": ["
	"  {\"key\": \"beta-testers\", \"when\": {\"attribute\": \"email\", \"op\": \"ends_with\", \"value\": "
	"\"@example.com\"}}"
	"]}";

int
main(void)
{
	const int64_t now_ms = 0; /* no flag here asks for the time */
	char err[FF_ENGINE_ERROR_BYTES];
	const struct ff_decision *decision;
	struct ff_context *context;
	struct ff_engine *engine;

	if (ff_engine_open(flags, strlen(flags), "production", &engine, err, sizeof err) != FF_ENGINE_OK) {
		fprintf(stderr, "flags: %s\n", err);
		return 1;
	}
	context = ff_context_new(engine);
	ff_context_set_user_id(context, "u-1");
	ff_context_set_string(context, "country", "DE");
	ff_context_set_string(context, "email", "ann@example.com");

	decision = ff_evaluate(context, "checkout-v2", now_ms);
	printf("checkout-v2: %s, by %s\n", ff_decision_bool(decision, false) ? "on" : "off", ff_decision_rule_id(decision));
	decision = ff_evaluate(context, "greeting", now_ms);
	printf("greeting: %s (%s)\n", ff_decision_string(decision, "Hello"), ff_decision_reason(decision));
	decision = ff_evaluate(context, "nope", now_ms);
	printf("nope: %s, %s\n", ff_decision_string(decision, "my default"), ff_decision_error(decision));
	printf("why: %s\n", ff_explain(context, "checkout-v2", now_ms));

	ff_context_free(context);
	ff_engine_free(engine);
	return 0;
}
