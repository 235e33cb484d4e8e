/* SPDX-License-Identifier: Apache-2.0 */
/* statements.h - the text of every statement. For sql.c. */
#ifndef FF_REPOSITORY_POSTGRES_STATEMENTS_H
#define FF_REPOSITORY_POSTGRES_STATEMENTS_H

#include "repository/postgres/sql.h"

/* [which][kind]; where a statement is about no table of its own, only the first kind's is set. */
extern const char *const pg_statements[SQL_STATEMENTS][DOCUMENT_KINDS];

#endif
