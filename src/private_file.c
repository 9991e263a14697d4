/*
 * private_file.c
 *	  Files that nobody but the server may read.
 */
#include "postgres.h"

#include <sys/stat.h>
#include <unistd.h>

#include "private_file.h"

void
check_private_file(const char *path, const char *what)
{
	struct stat file;
	const char *problem = NULL;

	if (stat(path, &file) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("could not find %s: %m", what)));
	if (!S_ISREG(file.st_mode))
		problem = "It is not a regular file.";
	else if (file.st_uid != geteuid() && file.st_uid != 0)
		problem = "It belongs neither to the user of the database server nor to root.";
	else if (file.st_mode & (file.st_uid == 0 ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO))
		problem = "Others may read it.";
	if (problem)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("%s is not private", what),
				 errdetail("%s", problem),
				 errhint("Give it to the user of the database server with permissions 0600, or to root with 0640.")));
}
