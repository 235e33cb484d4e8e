/* SPDX-License-Identifier: Apache-2.0 */
/* failure.h - what PostgreSQL's errors mean to our callers: one table by SQLSTATE. */
#ifndef FF_REPOSITORY_POSTGRES_FAILURE_H
#define FF_REPOSITORY_POSTGRES_FAILURE_H

#include <libpq-fe.h>

#include "base/err.h"

struct pg_failure {
	const char *sqlstate; /* all five characters, or the class or less that they begin with */
	ff_status status;
	unsigned retry_after_s;
	bool lost;        /* the connection is of no more use */
	bool again;       /* may go well at a second try, from the beginning of the transaction */
	const char *todo; /* for people; NULL: nothing more to say */
};

/* How `sqlstate` (NULL: there is none) is taken. */
const struct pg_failure *pg_failure_of(const char *sqlstate);

#endif
