/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - runs a fuzz target over the files of the folders and files it is given, without libFuzzer: its corpus as a
 * test that any compiler builds. A folder that does not exist is an empty one.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/common.h"
#include "fuzz.h"

enum { INPUT_MAX = 16 << 20 };

static void
fail(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	exit(EXIT_FAILURE);
}

static void
replay_file(const char *path, size_t size)
{
	FILE *f;
	uint8_t *data;
	size_t n;

	if (size > INPUT_MAX) {
		errno = EFBIG;
		fail(path);
	}
	f = fopen(path, "rb");
	if (!f)
		fail(path);
	/* exactly as large as the input, so that a sanitizer sees a read past its end */
	data = ff_xmalloc(size ? size : 1);
	n = fread(data, 1, size, f);
	if (ferror(f))
		fail(path);
	(void)fclose(f);
	fprintf(stderr, "%s\n", path); /* the last one named is the one that failed */
	(void)LLVMFuzzerTestOneInput(data, n);
	free(data);
}

static unsigned
replay_folder(const char *folder)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	struct stat st;
	unsigned n = 0;
	DIR *dir = opendir(folder);

	if (!dir)
		fail(folder);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path) {
			errno = ENAMETOOLONG;
			fail(folder);
		}
		if (stat(path, &st) != 0)
			fail(path);
		if (S_ISREG(st.st_mode)) {
			replay_file(path, (size_t)st.st_size);
			n++;
		}
	}
	(void)closedir(dir);
	return n;
}

int
main(int argc, char **argv)
{
	unsigned n = 0;
	struct stat st;

	for (int i = 1; i < argc; i++) {
		if (stat(argv[i], &st) != 0) {
			if (errno != ENOENT)
				fail(argv[i]);
		} else if (S_ISDIR(st.st_mode)) {
			n += replay_folder(argv[i]);
		} else {
			replay_file(argv[i], (size_t)st.st_size);
			n++;
		}
	}
	printf("%u inputs\n", n);
	return EXIT_SUCCESS;
}
