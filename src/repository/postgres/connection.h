/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection.h - one connection to PostgreSQL: opened, asked and given up within the time of the call that it is for.
 *
 * Used by one thread at a time. libpq never blocks here (but to look a host's name up): what waits is a poll() that
 * ends with the call. A statement that is given up is cancelled in the server, and its answer thrown away.
 */
#ifndef FF_REPOSITORY_POSTGRES_CONNECTION_H
#define FF_REPOSITORY_POSTGRES_CONNECTION_H

#include <libpq-fe.h>

#include "base/call.h"
#include "repository/postgres/dsn.h"
#include "repository/postgres/sql.h"

enum pg_role { PG_ROLE_SERVICE /* ffs_app */, PG_ROLE_OWNER /* whom the DSN names */ };

struct pg_connection {
	PGconn *db;
	const struct pg_dsn *dsn;
	const struct ff_call *call; /* that it works for */
	bool prepared[SQL_STATEMENTS][DOCUMENT_KINDS];
	enum pg_role role;
	ff_status failed; /* not FF_OK: the store has failed it, the transaction is lost */
	char sqlstate[6]; /* of that failure; "" where the server did not say */
	bool again;       /* that failure may be gone at a second try */
	bool lost;        /* of no more use */
	uint64_t expires_ms, idle_since_ms;
	struct pg_connection *next; /* in its pool */
};

/* Tries the hosts in turn. FF_EUNAVAILABLE, FF_ESTORAGE (the way out is in the text), FF_ETIMEOUT, FF_ECANCELLED. */
FF_MUST ff_status pg_connection_open(const struct pg_dsn *dsn, enum pg_role role, const struct ff_call *call,
	struct pg_connection **ret, struct ff_err *reterr);
/* NULL is fine. */
void pg_connection_close(struct pg_connection *c);

/* Is an idle one still good? Asks the server where it has been idle for long. */
bool pg_connection_alive(struct pg_connection *c);

/* Runs SQL, of one statement or several, for its effect. */
FF_MUST ff_status pg_connection_exec(struct pg_connection *c, const char *sql, struct ff_err *reterr);
/* Waits for the answer to what has been sent: its last result, for PQclear. Any failure marks the connection failed. */
FF_MUST ff_status pg_connection_receive(struct pg_connection *c, PGresult **ret, struct ff_err *reterr);
/* After a PQsend… that has not even sent. */
ff_status pg_connection_fail_send(struct pg_connection *c, struct ff_err *reterr);

/* Ends the transaction for good. Where it fails, nothing of it remains, unless the text says that this is not known. */
FF_MUST ff_status pg_connection_commit(struct pg_connection *c, struct ff_err *reterr);
/* Ends it, if there is one, without a trace, and forgets its failure. */
void pg_connection_rollback(struct pg_connection *c);

#endif
