/* SPDX-License-Identifier: Apache-2.0 */
/* client.h - calls to the Admin API of a running server. Failures come back as the statuses that the server had. */
#ifndef FF_CMD_CLIENT_H
#define FF_CMD_CLIENT_H

#include <jansson.h>

#include "command.h"

struct client;

/* The rows that every command with a client has. */
#define CLIENT_OPTIONS                                                              \
	{"--url", "<url>", "the server (default FFS_URL, else http://127.0.0.1:8080)"}, \
		{"--tenant", "<key>", "which tenant; for a root key (default: default)"},   \
	{                                                                               \
		"--json", NULL, "the result as JSON"                                        \
	}
/* And those that write. */
#define CLIENT_WRITE_OPTIONS                                     \
	CLIENT_OPTIONS,                                              \
	{                                                            \
		"--comment", "<text>", "why; kept in the flag's history" \
	}

/* From the command's options and FFS_URL, FFS_KEY, FFS_ROOT_KEY. */
FF_MUST ff_status client_open(
	const struct command_line *line, struct ff_arena *arena, struct client **ret, struct ff_err *reterr);
void client_close(struct client *c);
/* For FF_CLEANUP. */
void client_closep(struct client **c);

enum { CLIENT_VERSION_NONE = -1 };

struct client_request {
	const char *method;
	ff_str path;              /* percent-encoded, with a leading slash; may have a query */
	const char *content_type; /* of the body */
	ff_str body;
	ff_str comment;   /* for the history; one line */
	int64_t if_match; /* the version that must be there, or CLIENT_VERSION_NONE */
};

struct client_answer {
	unsigned status;
	ff_str text;     /* the body */
	json_t *json;    /* the same as a tree, NULL where there is no body; the caller's reference */
	int64_t version; /* of the ETag, or CLIENT_VERSION_NONE */
};

/*
 * Sends one request and waits for its answer. FF_EUNAVAILABLE where nobody answers or what answers is no ffs; any other
 * status is the server's own, with its faults in the client's arena.
 */
FF_MUST ff_status client_call(
	struct client *c, const struct client_request *request, struct client_answer *ret, struct ff_err *reterr);
void client_answer_release(struct client_answer *a);

/* `s` as one segment of a path or one value of a query. */
ff_str client_encode(struct ff_arena *arena, ff_str s);

#endif
