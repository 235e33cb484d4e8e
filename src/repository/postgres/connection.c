/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/postgres/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "repository/postgres/failure.h"
#include "sys/clock.h"

enum {
	WAIT_SLICE_MS = 10,   /* how soon a caller that has gone is noticed */
	WAIT_MAX_MS = 60000,  /* of one poll() */
	CANCEL_WAIT_MS = 500, /* for a cancelled statement to end */
	ROLLBACK_WAIT_MS = 1000,
	COMMIT_WAIT_MS = 10000, /* past this, nobody knows */
	SETUP_WAIT_MS = 3000,
	PING_IDLE_MS = 30000, /* idle for this long: a firewall between may have forgotten it */
	PING_WAIT_MS = 1000,
	UNAVAILABLE_RETRY_S = 1,
};

/*
 * What a connection is before it is used. The parameters at the end are set where the server has them: a client that
 * has gone frees its locks while its statement still runs (PostgreSQL 14), and what is acknowledged is on the disk.
 */
static const char setup_service[] =
	"SET ROLE ffs_app;"
	"SET search_path = public, pg_temp;"
	"SET idle_in_transaction_session_timeout = '60s';"
	"SELECT set_config(name, '2s', false) FROM pg_settings WHERE name = 'client_connection_check_interval';"
	"SELECT set_config(name, 'on', false) FROM pg_settings WHERE name = 'synchronous_commit' AND setting = 'off'";
static const char setup_owner[] = "SET search_path = public, pg_temp; SET client_min_messages = warning";

static struct ff_call
brief_call(unsigned ms)
{
	return (struct ff_call){.deadline_ms = clock_mono_ms() + ms};
}

static ff_status
fail_unreachable(struct pg_connection *c, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	ff_status status = ff_fail(reterr, FF_EUNAVAILABLE, "PostgreSQL cannot be reached: %s",
		pg_dsn_scrub(c->dsn, PQerrorMessage(c->db), &arena));

	if (reterr)
		reterr->retry_after_s = UNAVAILABLE_RETRY_S;
	c->lost = true;
	c->again = true;
	c->sqlstate[0] = '\0';
	c->failed = status;
	return status;
}

ff_status
pg_connection_fail_send(struct pg_connection *c, struct ff_err *reterr)
{
	return fail_unreachable(c, reterr);
}

/* What the server has answered, as ours. Where the call is over as well, that is what counts. */
static ff_status
fail_result(struct pg_connection *c, const PGresult *result, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const struct pg_failure *f = pg_failure_of(sqlstate);
	const char *todo = c->role == PG_ROLE_SERVICE ? f->todo : NULL;
	ff_status over;

	if (f->lost || PQstatus(c->db) != CONNECTION_OK)
		c->lost = true;
	c->again = f->again;
	(void)snprintf(c->sqlstate, sizeof c->sqlstate, "%s", sqlstate ? sqlstate : "");
	over = ff_call_over(c->call, reterr);
	if (over != FF_OK)
		return c->failed = over;
	c->failed = ff_fail(reterr, f->status, "PostgreSQL: %s%s%s%s%s%s",
		pg_dsn_scrub(c->dsn, message ? message : PQerrorMessage(c->db), &arena), sqlstate ? " (SQLSTATE " : "",
		c->sqlstate, sqlstate ? ")" : "", todo ? ": " : "", todo ? todo : "");
	if (reterr)
		reterr->retry_after_s = f->retry_after_s;
	return c->failed;
}

static ff_status
wait_socket(struct pg_connection *c, short events, short *ret_ready, struct ff_err *reterr)
{
	struct pollfd fd = {.fd = PQsocket(c->db), .events = events};

	for (;;) { /* until the call is over; without an end of its own, as long as the connection lives */
		unsigned left_ms = ff_call_left_ms(c->call, c->call->cancel ? WAIT_SLICE_MS : WAIT_MAX_MS);
		int n;

		FF_TRY(ff_call_over(c->call, reterr));
		n = poll(&fd, 1, (int)left_ms);
		if (n > 0) {
			*ret_ready = fd.revents;
			return FF_OK;
		}
		if (n < 0 && errno != EINTR)
			return ff_fail(reterr, FF_EUNAVAILABLE, "cannot wait for PostgreSQL: %s", strerror(errno));
	}
}

/* All of the answer: *ret is its last result, or its first error. */
static ff_status
exchange(struct pg_connection *c, PGresult **ret, struct ff_err *reterr)
{
	PGresult *last = NULL, *next;
	ff_status status = FF_OK;

	for (;;) { /* ends with the answer, whose length is what was asked for */
		int unsent = PQflush(c->db);
		short ready;

		if (unsent < 0)
			break;
		if (unsent == 0 && !PQisBusy(c->db)) {
			next = PQgetResult(c->db);
			if (!next)
				break;
			if (last && PQresultStatus(last) == PGRES_FATAL_ERROR) {
				PQclear(next);
				continue;
			}
			PQclear(last);
			last = next;
			continue;
		}
		status = wait_socket(c, (short)(unsent ? POLLIN | POLLOUT : POLLIN), &ready, reterr);
		if (status != FF_OK)
			break;
		if ((ready & ~POLLOUT) && !PQconsumeInput(c->db) && PQisBusy(c->db))
			break;
	}
	if (status == FF_OK && !last)
		status = fail_unreachable(c, reterr);
	if (status != FF_OK) {
		PQclear(last);
		return status;
	}
	*ret = last;
	return FF_OK;
}

/* Nobody waits for the answer any more: asks the server to stop, and throws away what it still says. */
static void
call_off(struct pg_connection *c)
{
	const struct ff_call *call = c->call, brief = brief_call(CANCEL_WAIT_MS);
	PGcancel *cancel = PQgetCancel(c->db);
	PGresult *result = NULL;
	char why[256];

	c->lost = true;
	c->call = &brief;
	if (cancel && PQcancel(cancel, why, sizeof why) && exchange(c, &result, NULL) == FF_OK) {
		PQclear(result);
		c->lost = PQstatus(c->db) != CONNECTION_OK;
	}
	c->call = call;
	PQfreeCancel(cancel);
}

ff_status
pg_connection_receive(struct pg_connection *c, PGresult **ret, struct ff_err *reterr)
{
	PGresult *result = NULL;
	ff_status status = exchange(c, &result, reterr);

	if (status != FF_OK) {
		c->failed = status;
		if (!c->lost)
			call_off(c);
		return status;
	}
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		*ret = result;
		return FF_OK;
	default: /* libpq's enum: everything else is a failure, or a protocol that nobody has asked for */
		status = fail_result(c, result, reterr);
		PQclear(result);
		return status;
	}
}

ff_status
pg_connection_exec(struct pg_connection *c, const char *sql, struct ff_err *reterr)
{
	PGresult *result = NULL;

	if (!PQsendQuery(c->db, sql))
		return fail_unreachable(c, reterr);
	FF_TRY(pg_connection_receive(c, &result, reterr));
	PQclear(result);
	return FF_OK;
}

static ff_status
fail_unknown(struct pg_connection *c, const char *why, struct ff_err *reterr)
{
	c->lost = true;
	c->failed = ff_fail(reterr, FF_EUNAVAILABLE,
		"PostgreSQL's answer to COMMIT was lost, so it is not known whether the change was made: look before you try "
		"again (%s)",
		why);
	if (reterr)
		reterr->retry_after_s = UNAVAILABLE_RETRY_S;
	return c->failed;
}

static ff_status
commit(struct pg_connection *c, struct ff_err *reterr)
{
	PGresult *result = NULL;
	struct ff_err err;
	const char *severity;
	ff_status status;
	bool done;

	if (!PQsendQuery(c->db, "COMMIT"))
		return fail_unreachable(c, reterr);
	if (exchange(c, &result, &err) != FF_OK)
		return fail_unknown(c, err.detail, reterr);
	/* An ERROR is an answer; with a FATAL the server may have gone after the commit. */
	severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	done = PQresultStatus(result) == PGRES_COMMAND_OK && strcmp(PQcmdStatus(result), "COMMIT") == 0;
	if (done)
		status = FF_OK;
	else if (!severity)
		status = ff_fail(reterr, FF_ESTORAGE, "PostgreSQL answered COMMIT with %s", PQcmdStatus(result));
	else if (strcmp(severity, "ERROR") == 0)
		status = fail_result(c, result, reterr);
	else
		status = fail_unknown(c, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), reterr);
	PQclear(result);
	return status;
}

ff_status
pg_connection_commit(struct pg_connection *c, struct ff_err *reterr)
{
	const struct ff_call *call = c->call, last = brief_call(COMMIT_WAIT_MS); /* nobody calls it off from here on */
	ff_status status;

	if (c->failed != FF_OK)
		return ff_fail(reterr, c->failed, "the transaction was lost to an earlier failure");
	c->call = &last;
	status = commit(c, reterr);
	c->call = call;
	return status;
}

void
pg_connection_rollback(struct pg_connection *c)
{
	const struct ff_call brief = brief_call(ROLLBACK_WAIT_MS);

	c->call = &brief;
	if (!c->lost && PQtransactionStatus(c->db) != PQTRANS_IDLE && pg_connection_exec(c, "ROLLBACK", NULL) != FF_OK)
		c->lost = true;
	c->call = NULL;
	c->failed = FF_OK;
	c->again = false;
}

bool
pg_connection_alive(struct pg_connection *c)
{
	const struct ff_call brief = brief_call(PING_WAIT_MS);
	bool alive;

	/* A server that has gone has said so by now. */
	if (!PQconsumeInput(c->db) || PQstatus(c->db) != CONNECTION_OK)
		return false;
	if (clock_mono_ms() - c->idle_since_ms < PING_IDLE_MS)
		return true;
	c->call = &brief;
	alive = pg_connection_exec(c, "SELECT 1", NULL) == FF_OK;
	c->call = NULL;
	return alive;
}

/* The steps of connecting, as libpq asks for them. */
static ff_status
connect_host(struct pg_connection *c, unsigned host, struct ff_err *reterr)
{
	FF_CLEANUP(ff_arena_release) struct ff_arena arena = FF_ARENA_INIT;
	PostgresPollingStatusType step = PGRES_POLLING_WRITING;
	struct pg_dsn_params params;
	short ready;

	pg_dsn_params(c->dsn, host, &arena, &params);
	c->db = PQconnectStartParams(params.keywords, params.values, 0);
	ff_assert(c->db); /* libpq: NULL only without memory */
	while (PQstatus(c->db) != CONNECTION_BAD && step != PGRES_POLLING_OK && step != PGRES_POLLING_FAILED) {
		FF_TRY(wait_socket(c, step == PGRES_POLLING_READING ? POLLIN : POLLOUT, &ready, reterr));
		step = PQconnectPoll(c->db);
	}
	if (PQstatus(c->db) != CONNECTION_OK || PQsetnonblocking(c->db, 1) != 0)
		return fail_unreachable(c, reterr);
	return FF_OK;
}

static ff_status
set_up(struct pg_connection *c, struct ff_err *reterr)
{
	const char *encoding = PQparameterStatus(c->db, "server_encoding");

	if (!encoding || strcmp(encoding, "UTF8") != 0)
		return ff_fail(reterr, FF_ESTORAGE, "the database's encoding is %s: make one with UTF8 (createdb -E UTF8)",
			encoding ? encoding : "not known");
	return pg_connection_exec(c, c->role == PG_ROLE_SERVICE ? setup_service : setup_owner, reterr);
}

static void
ignore_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

/* One host, in its share of the time. */
static ff_status
open_host(const struct pg_dsn *dsn, unsigned host, enum pg_role role, const struct ff_call *call,
	struct pg_connection **ret, struct ff_err *reterr)
{
	struct ff_call attempt = *call;
	struct pg_connection *c = ff_xcalloc(1, sizeof *c);
	ff_status status;

	attempt.deadline_ms = clock_mono_ms() + ff_call_left_ms(call, dsn->host_timeout_ms);
	c->dsn = dsn;
	c->role = role;
	c->call = &attempt;
	status = connect_host(c, host, reterr);
	if (status == FF_OK) {
		PQsetNoticeProcessor(c->db, ignore_notice, NULL); /* stderr is for log lines */
		attempt.deadline_ms = clock_mono_ms() + ff_call_left_ms(call, SETUP_WAIT_MS);
		status = set_up(c, reterr);
	}
	c->call = NULL;
	if (status != FF_OK) {
		pg_connection_close(c);
		return status;
	}
	*ret = c;
	return FF_OK;
}

ff_status
pg_connection_open(const struct pg_dsn *dsn, enum pg_role role, const struct ff_call *call, struct pg_connection **ret,
	struct ff_err *reterr)
{
	ff_status status = FF_EUNAVAILABLE;

	for (unsigned host = 0; host < dsn->hosts; host++) {
		struct ff_err err;

		FF_TRY(ff_call_over(call, reterr));
		status = open_host(dsn, host, role, call, ret, &err);
		if (status == FF_OK)
			return FF_OK;
		FF_TRY(ff_call_over(call, reterr));
		if (status == FF_ETIMEOUT) { /* the host's time, not the call's */
			status = ff_fail(
				&err, FF_EUNAVAILABLE, "PostgreSQL cannot be reached: no answer within %u ms", dsn->host_timeout_ms);
			err.retry_after_s = UNAVAILABLE_RETRY_S;
		}
		if (reterr)
			*reterr = err;
	}
	return status;
}

void
pg_connection_close(struct pg_connection *c)
{
	if (!c)
		return;
	PQfinish(c->db);
	free(c);
}
