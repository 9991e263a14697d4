/*
 * private_file.h
 *	  Files that nobody but the server may read.
 */
#ifndef JIRA_SECRET_PRIVATE_FILE_H
#define JIRA_SECRET_PRIVATE_FILE_H

#include <stddef.h>

/*
 * Why a file is not one that the server's user, or root and its group, alone
 * can read; NULL if it is: what the server asks of the file of its own TLS key.
 */
extern const char *private_file_problem(const char *path);

#define PRIVATE_FILE_HINT \
	"Give it to the user of the database server with permissions 0600, or to root with 0640."

/*
 * Reads up to "size" bytes of such a file, which need not end with a NUL, and
 * returns their number.
 */
extern size_t private_file_read(const char *path, const char *what, char *text, size_t size);

#endif							/* JIRA_SECRET_PRIVATE_FILE_H */
