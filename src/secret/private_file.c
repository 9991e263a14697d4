/*
 * private_file.c
 *	  Checking and reading files that only the server can read.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/fd.h"

#include "secret/private_file.h"

static const char *
status_problem(const struct stat *file)
{
	if (!S_ISREG(file->st_mode))
		return "It is not a regular file.";
	if (file->st_uid != geteuid() && file->st_uid != 0)
		return "It belongs neither to the user of the database server nor to root.";
	if (file->st_mode & (file->st_uid == 0 ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO))
		return "Others may read it.";
	return NULL;
}

const char *
private_file_problem(const char *path)
{
	struct stat file;

	return stat(path, &file) < 0 ? "It cannot be found." : status_problem(&file);
}

/*
 * The open file is checked, not the path, which may change in between.
 * O_NONBLOCK: opening a pipe must not wait for its other end.
 */
static int
open_private_file(const char *path, const char *what)
{
	int			fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | PG_BINARY);
	struct stat file;
	const char *problem;

	if (fd < 0 || fstat(fd, &file) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("could not open %s: %m", what)));
	problem = status_problem(&file);
	if (problem)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("%s is not private", what),
				 errdetail("%s", problem),
				 errhint(PRIVATE_FILE_HINT)));
	return fd;
}

size_t
private_file_read(const char *path, const char *what, char *text, size_t size)
{
	int			fd = open_private_file(path, what);
	size_t		length = 0;
	ssize_t		count;

	do
	{
		count = read(fd, text + length, size - length);
		if (count < 0 && errno != EINTR)
			ereport(ERROR,
					(errcode(ERRCODE_CONFIG_FILE_ERROR),
					 errmsg("could not read %s: %m", what)));
		length += Max(count, 0);
	} while (count != 0 && length < size);
	CloseTransientFile(fd);
	return length;
}
