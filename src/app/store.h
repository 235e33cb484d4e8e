/* SPDX-License-Identifier: Apache-2.0 */
/* store.h - the store that the configuration names: PostgreSQL with PG_DSN, else the embedded one in DATA_DIR. */
#ifndef FF_APP_STORE_H
#define FF_APP_STORE_H

#include "app/config.h"
#include "repository/migrate.h"
#include "repository/repository.h"

/* What is done about a DATA_DIR or file that is not there. */
enum store_absent { STORE_CREATE, STORE_REFUSE };

/*
 * Closed with (*ret)->ops->close. FF_ESTORAGE, saying what to do about it; FF_EMALFORMED for a PG_DSN that is none. The
 * embedded store is migrated when it is opened; PostgreSQL is not even connected to.
 */
FF_MUST ff_status store_open(
	const struct config *config, enum store_absent absent, struct repository **ret, struct ff_err *reterr);
/* The same for `ffs migrate`; *ret_set are the migrations that go with it. */
FF_MUST ff_status store_migrate_open(const struct config *config, enum store_absent absent, struct migrate_driver **ret,
	const struct migration_set **ret_set, struct ff_err *reterr);
/*
 * Is the schema one to serve on? With config->migrate it is brought up first. FF_EUNAVAILABLE, FF_ESTORAGE.
 */
FF_MUST ff_status store_check_schema(const struct config *config, struct ff_err *reterr);
/* The newest schema that this binary knows. */
unsigned store_schema_version(const struct config *config);

#endif
