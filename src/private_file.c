/*
 * private_file.c
 *	  Files that nobody but the server may read.
 */
#include "postgres.h"

#include <sys/stat.h>
#include <unistd.h>

#include "private_file.h"

const char *
private_file_problem(const char *path)
{
	struct stat file;

	if (stat(path, &file) < 0)
		return "It cannot be found.";
	if (!S_ISREG(file.st_mode))
		return "It is not a regular file.";
	if (file.st_uid != geteuid() && file.st_uid != 0)
		return "It belongs neither to the user of the database server nor to root.";
	if (file.st_mode & (file.st_uid == 0 ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO))
		return "Others may read it.";
	return NULL;
}
