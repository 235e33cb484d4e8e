/* SPDX-License-Identifier: Apache-2.0 */
#include "support/scratch_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char *
scratch_make(void)
{
	const char *base = getenv("TMPDIR");
	char *path = scratch_path(base ? base : "/tmp", "ffs-test-XXXXXX");

	ff_assert(mkdtemp(path));
	return path;
}

void
scratch_remove(char *directory)
{
	DIR *d = opendir(directory);
	struct dirent *e;

	ff_assert(d);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	rmdir(directory);
	free(directory);
}

char *
scratch_path(const char *directory, const char *name)
{
	size_t n = strlen(directory) + strlen(name) + 2;
	char *path = ff_xmalloc(n);

	(void)snprintf(path, n, "%s/%s", directory, name);
	return path;
}
