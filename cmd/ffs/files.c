/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_doc.h"

enum { READ_BYTES = 64 << 10, FILE_MODE = 0600 /* flags may tell what nobody should know yet */ };

static const char *
name_of(const char *path)
{
	return strcmp(path, "-") == 0 ? "stdin" : path;
}

static void
close_fd(const int *fd)
{
	if (*fd > STDERR_FILENO)
		close(*fd);
}

ff_status
files_read(const char *path, size_t bytes_max, struct ff_arena *arena, ff_str *ret, struct ff_err *reterr)
{
	FF_CLEANUP(close_fd) int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	FF_CLEANUP(ff_buf_release) struct ff_buf text;
	ssize_t n = 0;

	ff_buf_init(&text, bytes_max + READ_BYTES);
	while (fd >= 0 && text.n <= bytes_max && ff_buf_reserve(&text, READ_BYTES) &&
		(n = read(fd, text.p + text.n, READ_BYTES)) > 0)
		text.n += (size_t)n;
	if (fd < 0 || n < 0)
		return ff_fail(reterr, FF_EINVALID, "cannot read %s: %s", name_of(path), strerror(errno));
	if (text.n > bytes_max)
		return ff_fail(reterr, FF_EINVALID, "%s is larger than %zu bytes", name_of(path), bytes_max);
	*ret = ff_arena_str(arena, ff_buf_str(&text));
	return FF_OK;
}

static bool
write_all(int fd, ff_str text)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno != EINTR)
			return false;
		text = ff_str_from(text, n > 0 ? (size_t)n : 0);
	}
	return true;
}

ff_status
files_write(const char *path, ff_str text, struct ff_err *reterr)
{
	FF_CLEANUP(ff_freep) char *aside = NULL;
	bool written;
	int fd, error;

	if (strcmp(path, "-") == 0) {
		if (!write_all(STDOUT_FILENO, text))
			return ff_fail(reterr, FF_EINTERNAL, "cannot write to stdout: %s", strerror(errno));
		return FF_OK;
	}
	if (asprintf(&aside, "%s.XXXXXX", path) < 0)
		return ff_fail(reterr, FF_EINTERNAL, "out of memory");
	fd = mkostemp(aside, O_CLOEXEC);
	written = fd >= 0 && fchmod(fd, FILE_MODE) == 0 && write_all(fd, text) && fsync(fd) == 0;
	error = errno;
	close_fd(&fd);
	if (written && rename(aside, path) == 0)
		return FF_OK;
	error = written ? errno : error;
	if (fd >= 0)
		unlink(aside);
	return ff_fail(reterr, FF_EINTERNAL, "cannot write %s: %s", path, strerror(error));
}

ff_status
files_parse(const char *path, ff_str text, json_t **ret, struct ff_err *reterr)
{
	struct ff_err err;
	ff_status status = json_doc_parse(text, ret, &err);

	if (status != FF_OK)
		return ff_fail(reterr, status, "%s: %s", name_of(path), err.detail);
	return FF_OK;
}
