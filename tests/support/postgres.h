/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres.h - a real PostgreSQL server for the tests of one executable (scripts/services.sh), and databases on it.
 *
 * The server is started when it is first needed and gone when the process is, however it ends. FFS_TEST_PG_DSN names
 * another one to use, as a superuser; not for tests that stop and start it. Whatever fails here fails the test.
 */
#ifndef FF_TESTS_SUPPORT_POSTGRES_H
#define FF_TESTS_SUPPORT_POSTGRES_H

#include "base/common.h"

/* Its superuser's DSN, of the database `postgres`. */
const char *postgres_admin(void);
/* From now on the server is this process's own, to be stopped and started. */
void postgres_use_own(void);
/* As a power cut would, and again. The port stays. */
void postgres_kill(void);
void postgres_start(void);
/* A standby of it: a DSN of both, the standby first, of the database of `dsn`; from ff_xmalloc. And its promotion. */
char *postgres_standby(const char *dsn);
void postgres_promote(void);

/*
 * A new database, owned by a plain role as in production (no superuser; may make roles, for the migrations): its DSN,
 * from ff_xmalloc. `like` is the DSN of another one to copy, which nobody is connected to; NULL: an empty one.
 */
char *postgres_database_new(const char *like);
/* Also while connections are open. Frees the DSN. */
void postgres_database_drop(char *dsn);

/* `dsn` with more in it, later parameters counting: from ff_xmalloc. */
FF_PRINTF(2, 3) char *postgres_dsn(const char *dsn, const char *more, ...);

/* Runs SQL, expecting that it can be. */
void postgres_exec(const char *dsn, const char *sql);
/* The values of the first row joined by commas, as text from ff_xmalloc; "" without a row, "! …" when it fails. */
char *postgres_ask(const char *dsn, const char *sql);

#endif
