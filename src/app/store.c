/* SPDX-License-Identifier: Apache-2.0 */
#include "app/store.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repository/sqlite/repository_sqlite.h"

enum { DIRECTORY_MODE = 0700 /* flags may tell what nobody should know yet */ };

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

ff_status
store_open(const struct config *config, enum store_absent absent, struct repository **ret, struct ff_err *reterr)
{
	char path[PATH_MAX];

	FF_TRY(prepare(config, absent, path, reterr));
	return repository_sqlite_open(
		&(struct repository_sqlite_config){.path = path, .readers = config->pg_pool_size}, ret, reterr);
}

ff_status
store_migrate_open(const struct config *config, enum store_absent absent, struct migrate_driver **ret,
	const struct migration_set **ret_set, struct ff_err *reterr)
{
	char path[PATH_MAX];

	FF_TRY(prepare(config, absent, path, reterr));
	*ret_set = &migrations_sqlite;
	return repository_sqlite_migrate_open(&(struct repository_sqlite_config){.path = path}, ret, reterr);
}

unsigned
store_schema_version(void)
{
	return migrations_sqlite.n;
}
