/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/config.h"
#include "base/json_doc.h"

enum {
	CONNECT_TIMEOUT_S = 5,
	CALL_TIMEOUT_S = 60,
	ANSWER_BYTES_MAX = JSON_DOC_BYTES_MAX,
};

struct client {
	CURL *curl;
	struct ff_arena *arena;
	ff_str url; /* without a slash at its end */
	ff_str key, tenant;
	char curl_error[CURL_ERROR_SIZE];
	struct ff_buf body;
	int64_t etag;
};

static const char *
key_of(const struct config *c)
{
	return c->key ? c->key : c->root_key;
}

ff_status
client_open(const struct command_line *line, struct ff_arena *arena, struct client **ret, struct ff_err *reterr)
{
	struct config config;
	struct client *c;

	FF_TRY(config_load(environ, CONFIG_CLIENT, false, arena, &config, reterr));
	c = ff_xcalloc(1, sizeof *c);
	c->arena = arena;
	c->url = ff_str_z(command_option_or(line, "--url", config.url));
	while (ff_str_ends(c->url, FF_STR("/")))
		c->url.n--;
	c->key = ff_str_z(key_of(&config));
	c->tenant = ff_str_z(command_option(line, "--tenant"));
	ff_buf_init(&c->body, ANSWER_BYTES_MAX);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	c->curl = curl_easy_init();
	ff_assert(c->curl);
	*ret = c;
	return FF_OK;
}

void
client_close(struct client *c)
{
	if (!c)
		return;
	curl_easy_cleanup(c->curl);
	curl_global_cleanup();
	ff_buf_release(&c->body);
	free(c);
}

void
client_closep(struct client **c)
{
	client_close(*c);
}

void
client_answer_release(struct client_answer *a)
{
	json_decref(a->json);
	a->json = NULL;
}

ff_str
client_encode(struct ff_arena *arena, ff_str s)
{
	static const char hex[] = "0123456789ABCDEF";
	char *p = ff_arena_alloc(arena, s.n * 3 + 1), *at = p;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool plain =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c));

		if (plain) {
			*at++ = (char)c;
		} else {
			*at++ = '%';
			*at++ = hex[c >> 4];
			*at++ = hex[c & 15];
		}
	}
	return ff_str_of(p, (size_t)(at - p));
}

static size_t
take_body(char *p, size_t size, size_t n, void *arg)
{
	struct client *c = arg;

	ff_buf_put(&c->body, p, size * n);
	return c->body.overflow ? 0 : size * n;
}

static size_t
take_field(char *p, size_t size, size_t n, void *arg)
{
	struct client *c = arg;
	ff_str name, value;
	uint64_t version;

	if (!ff_str_cut(ff_str_of(p, size * n), ':', &name, &value) || !ff_str_caseeq(name, FF_STR("ETag")))
		return size * n;
	while (value.n && (value.p[value.n - 1] == '\n' || value.p[value.n - 1] == '\r'))
		value.n--;
	value = ff_str_trim(value);
	if (value.n > 2 && value.p[0] == '"' && value.p[value.n - 1] == '"' &&
		ff_str_u64(ff_str_of(value.p + 1, value.n - 2), &version) && version <= INT64_MAX)
		c->etag = (int64_t)version;
	return size * n;
}

static void
add_field(struct curl_slist **fields, struct ff_arena *arena, const char *name, ff_str value)
{
	struct curl_slist *longer;

	if (value.n == 0)
		return;
	longer = curl_slist_append(*fields, ff_arena_printf(arena, "%s: %.*s", name, FF_FMT(value)).p);
	ff_assert(longer);
	*fields = longer;
}

static struct curl_slist *
make_fields(struct client *c, const struct client_request *request)
{
	struct curl_slist *fields = NULL;

	add_field(&fields, c->arena, "Accept", FF_STR("application/json"));
	add_field(&fields, c->arena, "X-API-Key", c->key);
	add_field(&fields, c->arena, "FFS-Comment", request->comment);
	if (request->body.n)
		add_field(&fields, c->arena, "Content-Type", ff_str_z(request->content_type));
	if (request->if_match != CLIENT_VERSION_NONE)
		add_field(&fields, c->arena, "If-Match", ff_arena_printf(c->arena, "\"%lld\"", (long long)request->if_match));
	return fields;
}

static const char *
make_url(struct client *c, ff_str path)
{
	const char *separator = memchr(path.p, '?', path.n) ? "&" : "?";

	if (c->tenant.n == 0)
		return ff_arena_printf(c->arena, "%.*s%.*s", FF_FMT(c->url), FF_FMT(path)).p;
	return ff_arena_printf(c->arena, "%.*s%.*s%stenant=%.*s", FF_FMT(c->url), FF_FMT(path), separator,
		FF_FMT(client_encode(c->arena, c->tenant)))
		.p;
}

/* The server's word for what went wrong back into a status; FF_EINTERNAL for words of a newer server. */
static ff_status
status_of(const char *code)
{
	static const struct {
		const char *code;
		ff_status status;
	} words[] = {
#define FF_STATUS(name, word, title) {word, name},
#include "base/status.def"
#undef FF_STATUS
	};

	for (size_t i = 0; code && i < FF_COUNT(words); i++)
		if (strcmp(words[i].code, code) == 0)
			return words[i].status;
	return FF_EINTERNAL;
}

/* What was wrong is the request that the user asked for: exit codes are about the command line (FF_EMALFORMED). */
static ff_status
remote_status(const json_t *problem)
{
	ff_status s = status_of(json_string_value(json_object_get(problem, "code")));

	return s == FF_EMALFORMED ? FF_EINVALID : s;
}

static ff_status
fail_as_server(struct client *c, unsigned status, const json_t *problem, struct ff_err *reterr)
{
	const char *detail = json_string_value(json_object_get(problem, "detail"));
	const char *title = json_string_value(json_object_get(problem, "title"));
	json_t *errors = json_object_get(problem, "errors"), *error;
	struct ff_faults faults;
	size_t i;

	if (!detail && !title)
		return ff_fail(reterr, FF_EUNAVAILABLE, "%.*s does not answer like ffs (status %u)", FF_FMT(c->url), status);
	ff_fail(reterr, remote_status(problem), "%s%s", detail ? detail : title,
		status == 401 ? " (FFS_KEY or FFS_ROOT_KEY)" : "");
	ff_faults_init(&faults, c->arena);
	json_array_foreach (errors, i, error) {
		json_t *pointer = json_object_get(error, "pointer"), *message = json_object_get(error, "message");

		if (json_is_string(pointer) && json_is_string(message))
			ff_faults_add(&faults, json_doc_str(pointer), "%s", json_string_value(message));
	}
	reterr->faults = faults.first;
	reterr->version = (uint64_t)json_integer_value(json_object_get(problem, "currentVersion"));
	return reterr->status;
}

/* A proxy that the environment names for the world has nothing to do with this machine. */
static bool
is_this_machine(ff_str url)
{
	static const char *const beginnings[] = {"http://127.", "http://localhost", "http://[::1]"};

	for (size_t i = 0; i < FF_COUNT(beginnings); i++)
		if (ff_str_starts(url, ff_str_z(beginnings[i])))
			return true;
	return false;
}

static ff_status
transfer(struct client *c, const struct client_request *request, unsigned *ret_status, struct ff_err *reterr)
{
	struct curl_slist *fields = make_fields(c, request);
	long status = 0;
	CURLcode rc;

	curl_easy_reset(c->curl);
	ff_buf_reset(&c->body);
	c->etag = CLIENT_VERSION_NONE;
	c->curl_error[0] = '\0';
	curl_easy_setopt(c->curl, CURLOPT_URL, make_url(c, request->path));
	curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	if (is_this_machine(c->url))
		curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, request->method);
	if (request->body.n) {
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.n);
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, request->body.p);
	}
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, fields);
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(c->curl, CURLOPT_HEADERFUNCTION, take_field);
	curl_easy_setopt(c->curl, CURLOPT_HEADERDATA, c);
	curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, c->curl_error);
	curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
	curl_easy_setopt(c->curl, CURLOPT_TIMEOUT, (long)CALL_TIMEOUT_S);
	curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
	rc = curl_easy_perform(c->curl);
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(fields);
	if (rc != CURLE_OK)
		return ff_fail(reterr, FF_EUNAVAILABLE,
			"cannot reach %.*s: %s (is `ffs serve` running there? --url and FFS_URL say where)", FF_FMT(c->url),
			c->curl_error[0] ? c->curl_error : curl_easy_strerror(rc));
	*ret_status = (unsigned)status;
	return FF_OK;
}

ff_status
client_call(struct client *c, const struct client_request *request, struct client_answer *ret, struct ff_err *reterr)
{
	FF_CLEANUP(json_decrefp) json_t *json = NULL;
	unsigned status = 0;

	for (size_t i = 0; i < request->comment.n; i++)
		if ((unsigned char)request->comment.p[i] < 0x20)
			return ff_fail(reterr, FF_EMALFORMED, "--comment must be one line, without tabs");
	FF_TRY(transfer(c, request, &status, reterr));
	if (c->body.n && json_doc_parse(ff_buf_str(&c->body), &json, NULL) != FF_OK)
		return ff_fail(
			reterr, FF_EUNAVAILABLE, "%.*s does not answer like ffs (status %u, no JSON)", FF_FMT(c->url), status);
	if (status < 200 || status > 299)
		return fail_as_server(c, status, json, reterr);
	*ret = (struct client_answer){
		.status = status,
		.text = ff_arena_str(c->arena, ff_buf_str(&c->body)),
		.version = c->etag,
		.json = FF_TAKE(json),
	};
	return FF_OK;
}
