/* SPDX-License-Identifier: Apache-2.0 */
#include "support/postgres.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "support/scratch_dir.h"

enum { DSN_MAX = 1000, COMMAND_MAX = 2000, ANSWER_MAX = 1 << 20 };

static char *directory, *standby; /* of our own servers */
static char admin[DSN_MAX];
static bool own;

#define OWNER "ffs_owner"

/* Runs scripts/services.sh; what it prints. */
static void
services(const char *what, const char *where, const char *of, char ret[static DSN_MAX])
{
	char command[COMMAND_MAX];
	FILE *out;

	ff_assert(snprintf(command, sizeof command, "'%s' %s '%s' %s", FF_SERVICES_SH, what, where, of) < COMMAND_MAX);
	out = popen(command, "r");
	ff_assert(out);
	if (!fgets(ret, DSN_MAX, out))
		ret[0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	ff_assert(pclose(out) == 0);
}

/* Outlives this process by a moment, to stop the server in `where` when it has ended. */
static void
keep_watch(const char *where)
{
	int ends[2];
	char byte;
	pid_t pid;

	ff_assert(pipe2(ends, O_CLOEXEC) == 0); /* the server must not hold it */
	pid = fork();
	ff_assert(pid >= 0);
	if (pid > 0) {
		close(ends[0]); /* the other end closes with the process */
		return;
	}
	setsid();
	close(ends[1]);
	while (read(ends[0], &byte, 1) > 0)
		;
	if (fork() == 0) {
		execl(FF_SERVICES_SH, FF_SERVICES_SH, "remove", where, NULL);
		_exit(1);
	}
	_exit(wait(NULL) < 0);
}

static void
start_own(void)
{
	directory = scratch_make();
	keep_watch(directory);
	services("start postgres", directory, "", admin);
}

const char *
postgres_admin(void)
{
	const char *given = getenv("FFS_TEST_PG_DSN");

	if (admin[0])
		return admin;
	if (!own && given)
		ff_assert(snprintf(admin, sizeof admin, "%s", given) < DSN_MAX);
	else
		start_own();
	postgres_exec(admin,
		"DO $$ BEGIN CREATE ROLE " OWNER " LOGIN CREATEROLE; EXCEPTION WHEN duplicate_object OR unique_violation THEN"
		" NULL; END $$");
	return admin;
}

void
postgres_use_own(void)
{
	own = true;
}

void
postgres_kill(void)
{
	char nothing[DSN_MAX];

	ff_assert(directory);
	services("kill postgres", directory, "", nothing);
}

void
postgres_start(void)
{
	services("start postgres", directory, "", admin);
}

/* The value of dbname, which is the last parameter of every DSN made here. */
static const char *
database_of(const char *dsn)
{
	const char *at = strstr(dsn, " dbname=ffs_");

	ff_assert(at);
	return at + strlen(" dbname=");
}

static unsigned
port_of(const char *dsn)
{
	const char *at = strstr(dsn, "port=");

	ff_assert(at);
	return (unsigned)strtoul(at + strlen("port="), NULL, 10);
}

char *
postgres_standby(const char *dsn)
{
	char line[DSN_MAX];

	standby = scratch_make();
	keep_watch(standby);
	services("standby postgres", standby, directory, line);
	return postgres_dsn("", "host=127.0.0.1,127.0.0.1 port=%u,%u user=" OWNER " dbname=%s", port_of(line), port_of(dsn),
		database_of(dsn));
}

void
postgres_promote(void)
{
	char nothing[DSN_MAX];

	services("promote postgres", standby, "", nothing);
}

char *
postgres_dsn(const char *dsn, const char *more, ...)
{
	char *joined = ff_xmalloc(DSN_MAX);
	va_list args;
	int n = snprintf(joined, DSN_MAX, "%s ", dsn);

	ff_assert(n < DSN_MAX);
	va_start(args, more);
	ff_assert(vsnprintf(joined + n, (size_t)(DSN_MAX - n), more, args) < DSN_MAX - n);
	va_end(args);
	return joined;
}

char *
postgres_database_new(const char *like)
{
	static unsigned n;
	const char *server = postgres_admin();
	char sql[COMMAND_MAX], name[64];

	(void)snprintf(name, sizeof name, "ffs_%d_%u", (int)getpid(), n++);
	(void)snprintf(sql, sizeof sql, "CREATE DATABASE %s OWNER " OWNER " TEMPLATE %s", name,
		like ? database_of(like) : "template0");
	postgres_exec(server, sql);
	return postgres_dsn(server, "user=" OWNER " dbname=%s", name);
}

void
postgres_database_drop(char *dsn)
{
	char sql[COMMAND_MAX];

	(void)snprintf(sql, sizeof sql, "DROP DATABASE %s WITH (FORCE)", database_of(dsn));
	postgres_exec(postgres_admin(), sql);
	free(dsn);
}

void
postgres_exec(const char *dsn, const char *sql)
{
	char *answer = postgres_ask(dsn, sql);

	if (answer[0] == '!') {
		(void)fprintf(stderr, "%s: %s", sql, answer);
		abort();
	}
	free(answer);
}

static void
quiet(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

char *
postgres_ask(const char *dsn, const char *sql)
{
	PGconn *db = PQconnectdb(dsn);
	struct ff_buf out;
	PGresult *r;

	PQsetNoticeProcessor(db, quiet, NULL);
	ff_buf_init(&out, ANSWER_MAX);
	r = PQexec(db, sql);
	if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
		ff_buf_printf(&out, "! %s", PQerrorMessage(db));
	else if (PQntuples(r) > 0)
		for (int i = 0; i < PQnfields(r); i++)
			ff_buf_printf(&out, "%s%s", i ? "," : "", PQgetvalue(r, 0, i));
	ff_buf_char(&out, '\0');
	PQclear(r);
	PQfinish(db);
	return out.p;
}
