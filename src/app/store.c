/* SPDX-License-Identifier: Apache-2.0 */
#include "app/store.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repository/postgres/repository_postgres.h"
#include "repository/sqlite/repository_sqlite.h"

enum {
	DIRECTORY_MODE = 0700, /* flags may tell what nobody should know yet */
	NAME_MAX_BYTES = 64,   /* PostgreSQL cuts names there */
};

/* Path of the file, in `path`; its directory is there afterwards. */
static ff_status
prepare(const struct config *config, enum store_absent absent, char path[static PATH_MAX], struct ff_err *reterr)
{
	int n = snprintf(path, PATH_MAX, "%s/ffs.db", config->data_dir);

	if (n < 0 || n >= PATH_MAX)
		return ff_fail(reterr, FF_ESTORAGE, "DATA_DIR is longer than %d bytes", PATH_MAX);
	if (absent == STORE_REFUSE && access(path, F_OK) != 0)
		return ff_fail(
			reterr, FF_ESTORAGE, "there is no store: %s: %s; DATA_DIR says where it is", path, strerror(errno));
	if (mkdir(config->data_dir, DIRECTORY_MODE) != 0 && errno != EEXIST)
		return ff_fail(
			reterr, FF_ESTORAGE, "cannot make the directory %s (DATA_DIR): %s", config->data_dir, strerror(errno));
	return FF_OK;
}

/* Which instance it is, as pg_stat_activity shows it. */
static void
name_instance(char name[static NAME_MAX_BYTES])
{
	char host[HOST_NAME_MAX + 1] = "";

	(void)gethostname(host, sizeof host - 1);
	(void)snprintf(name, NAME_MAX_BYTES, "ffs %.40s %d", host, (int)getpid());
}

ff_status
store_open(const struct config *config, enum store_absent absent, struct repository **ret, struct ff_err *reterr)
{
	char path[PATH_MAX], name[NAME_MAX_BYTES];

	if (config->pg_dsn) {
		name_instance(name);
		return repository_postgres_open(
			&(struct repository_postgres_config){
				.dsn = config->pg_dsn, .application_name = name, .pool_size = config->pg_pool_size},
			ret, reterr);
	}
	FF_TRY(prepare(config, absent, path, reterr));
	return repository_sqlite_open(
		&(struct repository_sqlite_config){.path = path, .readers = config->pg_pool_size}, ret, reterr);
}

ff_status
store_migrate_open(const struct config *config, enum store_absent absent, struct migrate_driver **ret,
	const struct migration_set **ret_set, struct ff_err *reterr)
{
	char path[PATH_MAX], name[NAME_MAX_BYTES];

	*ret_set = config->pg_dsn ? &migrations_postgres : &migrations_sqlite;
	if (config->pg_dsn) {
		name_instance(name);
		return repository_postgres_migrate_open(
			&(struct repository_postgres_config){.dsn = config->pg_dsn, .application_name = name}, ret, reterr);
	}
	FF_TRY(prepare(config, absent, path, reterr));
	return repository_sqlite_migrate_open(&(struct repository_sqlite_config){.path = path}, ret, reterr);
}

ff_status
store_check_schema(const struct config *config, struct ff_err *reterr)
{
	FF_CLEANUP(migrate_closep) struct migrate_driver *driver = NULL;
	const struct migration_set *set;
	unsigned applied;

	if (!config->pg_dsn) /* was migrated when it was opened */
		return FF_OK;
	FF_TRY(store_migrate_open(config, STORE_REFUSE, &driver, &set, reterr));
	if (config->migrate)
		FF_TRY(migrate_up(driver, set, MIGRATE_LATEST, &applied, reterr));
	return migrate_require(driver, set, reterr);
}

unsigned
store_schema_version(const struct config *config)
{
	return config->pg_dsn ? migrations_postgres.n : migrations_sqlite.n;
}
