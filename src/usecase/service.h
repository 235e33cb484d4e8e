/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service.h - what all use cases of the Admin API share: where they work, what a write is told, what they answer.
 *
 * Each takes the call first (tenant, actor, deadline …) and an arena in which everything it returns lives. A write is
 * one transaction of the repository; when it returns, the snapshots of this process serve it. With an idempotency key
 * in the call it happens once: its answer is stored together with it, and given again to whoever repeats the request
 * (FF_EIDEMPOTENCYREUSED when the key was another request's, FF_EIDEMPOTENCYINPROGRESS while the first still runs; what
 * failed may be tried again). Calls wait for the store:
 * from worker threads only, offline in their epoch (sys/epoch.h).
 */
#ifndef FF_USECASE_SERVICE_H
#define FF_USECASE_SERVICE_H

#include "base/call.h"

struct repository;
struct snapshot_table;
struct key_table;

/* All borrowed. One of these serves any number of threads. */
struct service {
	struct repository *repository;
	/* Brought up to date by each write. NULL: nobody evaluates, or presents keys, in this process. */
	struct snapshot_table *snapshots;
	struct key_table *keys;
};

/* The version that a write expects to find; 0 is that of an environment that has never been configured. */
struct expected_version {
	enum {
		EXPECT_UNSAID,  /* not in the request line and header; the body may say it */
		EXPECT_BODY,    /* in the body or as ?version=: FF_ECONFLICT when stale */
		EXPECT_IF_MATCH /* FF_EPRECONDITION when stale */
	} source;
	uint64_t version;
};

/* How the body of a write is to be understood. */
enum write_format {
	WRITE_REPLACE,     /* the document itself: replaces */
	WRITE_MERGE_PATCH, /* RFC 7396; `default`, `serve` and `when` are replaced whole */
	WRITE_JSON_PATCH,  /* RFC 6902 */
};

struct write_request {
	int64_t now_ms; /* wall clock */
	struct expected_version expected;
	enum write_format format;
	ff_str body;        /* JSON text; its member `version`, where it is an object, is the expected version too */
	ff_str fingerprint; /* with an idempotency key: which request it is, OUTCOME_FINGERPRINT_BYTES (SHA-256) */
};

/* A document, or something that a write has made of it. */
struct document_answer {
	ff_str json;       /* whole; empty after a deletion */
	ff_str key;        /* the document's */
	uint64_t version;  /* of the document, or of the one environment that was asked for: the ETag */
	uint64_t revision; /* the tenant's, that contains this */
	bool replayed;     /* a write: done before, and this is what was said then */
};

/* A page of a list: {"items": […], "nextCursor": "…" or null} */
struct page_request {
	ff_str cursor;  /* as a page before gave it; empty: from the start. Opaque, URL-safe; FF_EMALFORMED if it is none */
	uint32_t limit; /* 1 … PAGE_LIMIT_MAX, the caller has checked it */
};

enum { PAGE_LIMIT_DEFAULT = 50, PAGE_LIMIT_MAX = 500 };

#endif
