/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/postgres/failure.h"

#include <string.h>

#define NO_SCHEMA "the schema is not there or is an older one; run `ffs migrate up`"
#define NO_RIGHT "the user of PG_DSN needs the role ffs_app: GRANT ffs_app TO it, after `ffs migrate up`"

/* The first that fits counts. https://www.postgresql.org/docs/15/errcodes-appendix.html */
static const struct pg_failure failures[] = {
	{"57014", FF_ETIMEOUT, 0, false, false, NULL},                /* statement_timeout, or somebody has cancelled it */
	{"55P03", FF_EBUSY, 1, false, false, NULL},                   /* lock_timeout */
	{"40003", FF_EUNAVAILABLE, 1, true, false, NULL},             /* not known whether it is done */
	{"40", FF_EBUSY, 1, false, true, NULL},                       /* serialization failure, deadlock */
	{"25006", FF_EUNAVAILABLE, 2, true, true, NULL},              /* a standby: another one is the primary now */
	{"25P0", FF_EUNAVAILABLE, 1, true, true, NULL},               /* idle or long transactions that the server ends */
	{"08", FF_EUNAVAILABLE, 1, true, true, NULL},                 /* connection */
	{"57P", FF_EUNAVAILABLE, 2, true, true, NULL},                /* shut down, starting, crashed, idle too long */
	{"53", FF_EUNAVAILABLE, 5, false, false, NULL},               /* disk full, out of memory, too many connections */
	{"58", FF_ESTORAGE, 0, false, false, "see the server's log"}, /* its files */
	{"XX", FF_ESTORAGE, 0, false, false, "see the server's log"}, /* damage, or a bug of its own */
	{"42501", FF_ESTORAGE, 0, false, false, NO_RIGHT},
	{"22023", FF_ESTORAGE, 0, false, false, NO_SCHEMA}, /* SET ROLE: there is no such role */
	{"42", FF_ESTORAGE, 0, false, false, NO_SCHEMA},    /* undefined table, column, function */
	{"3F", FF_ESTORAGE, 0, false, false, NO_SCHEMA},    /* undefined schema */
	{"0A000", FF_EUNAVAILABLE, 1, true, true, NULL},    /* a cached plan outlived a migration */
	{"22021", FF_EINVALID, 0, false, false, NULL},      /* text that is not UTF-8, or holds a NUL */
	{"", FF_ESTORAGE, 0, false, false, NULL},
};

static const struct pg_failure no_answer = {"", FF_EUNAVAILABLE, 1, true, true, NULL};

const struct pg_failure *
pg_failure_of(const char *sqlstate)
{
	const struct pg_failure *f = failures;

	if (!sqlstate)
		return &no_answer;
	while (strncmp(sqlstate, f->sqlstate, strlen(f->sqlstate)) != 0)
		f++;
	return f;
}
