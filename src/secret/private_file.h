/*
 * private_file.h
 *	  Files that only the server can read.
 */
#ifndef JIRA_SECRET_PRIVATE_FILE_H
#define JIRA_SECRET_PRIVATE_FILE_H

#include <stddef.h>

/*
 * Checks that a file can be read only by the server's user, or by root and its
 * group, as the server does for its TLS key (ssl_key_file).  Returns NULL if so,
 * else a sentence that says why not.
 */
extern const char *private_file_problem(const char *path);

#define PRIVATE_FILE_HINT \
	"Give it to the user of the database server with permissions 0600, or to root with 0640."

/*
 * Reads up to "size" bytes of such a file and returns their number; they do not
 * end with a NUL.  "what" names the file in messages.
 */
extern size_t private_file_read(const char *path, const char *what, char *text, size_t size);

#endif							/* JIRA_SECRET_PRIVATE_FILE_H */
