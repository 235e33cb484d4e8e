/* SPDX-License-Identifier: Apache-2.0 */
/* migrate_sqlite.h - migrations on a connection that the store has already. */
#ifndef FF_REPOSITORY_SQLITE_MIGRATE_SQLITE_H
#define FF_REPOSITORY_SQLITE_MIGRATE_SQLITE_H

#include "repository/sqlite/connection.h"

/* Brings the file to this binary's schema. Borrows `c`. */
FF_MUST ff_status sqlite_migrate_latest(struct sqlite_connection *c, struct ff_err *reterr);

#endif
