/* SPDX-License-Identifier: Apache-2.0 */
/*
 * database_file.h - from a path to a connection to a file that is certainly ours and whole.
 *
 * What goes wrong here goes wrong at start, in front of an operator: every failure is one line that names the file and
 * says what to do.
 */
#ifndef FF_REPOSITORY_SQLITE_DATABASE_FILE_H
#define FF_REPOSITORY_SQLITE_DATABASE_FILE_H

#include "repository/sqlite/connection.h"
#include "repository/sqlite/repository_sqlite.h"

/* Makes the file where it is not, checks it (see repository_sqlite_open) and puts it into WAL mode. */
FF_MUST ff_status sqlite_database_open(
	const struct repository_sqlite_config *config, struct sqlite_connection **ret, struct ff_err *reterr);
/* Another connection to a file that sqlite_database_open has seen, for reading only. */
FF_MUST ff_status sqlite_database_open_reader(
	const struct repository_sqlite_config *config, struct sqlite_connection **ret, struct ff_err *reterr);

#endif
