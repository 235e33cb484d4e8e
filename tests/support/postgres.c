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

static char *directory; /* of our own server */
static char admin[DSN_MAX];
static bool own;

#define OWNER "ffs_owner"

static void
services(const char *what, const char *where)
{
	char command[COMMAND_MAX], line[DSN_MAX] = "";
	FILE *out;

	ff_assert(snprintf(command, sizeof command, "'%s' %s '%s'", FF_SERVICES_SH, what, where) < COMMAND_MAX);
	out = popen(command, "r");
	ff_assert(out);
	if (fgets(line, sizeof line, out))
		line[strcspn(line, "\n")] = '\0';
	ff_assert(pclose(out) == 0);
	if (line[0])
		memcpy(admin, line, sizeof admin);
}

/* Outlives this process by a moment, to stop the server when it has ended. */
static void
keep_watch(void)
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
		execl(FF_SERVICES_SH, FF_SERVICES_SH, "remove", directory, NULL);
		_exit(1);
	}
	_exit(wait(NULL) < 0);
}

static void
start_own(void)
{
	directory = scratch_make();
	keep_watch();
	services("start postgres", directory);
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
	ff_assert(directory);
	services("kill postgres", directory);
}

void
postgres_start(void)
{
	services("start postgres", directory);
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

/* The value of dbname, which is the last parameter of every DSN made here. */
static const char *
database_of(const char *dsn)
{
	const char *at = strstr(dsn, " dbname=ffs_");

	ff_assert(at);
	return at + strlen(" dbname=");
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
