/*
 * private_file.h
 *	  Files that nobody but the server may read.
 */
#ifndef JIRA_PRIVATE_FILE_H
#define JIRA_PRIVATE_FILE_H

/*
 * Raises F0000 unless the file is one that the server's user, or root and its
 * group, alone can read: what the server asks of the file of its own TLS key.
 * "what" names it in messages, which do not tell the path.
 */
extern void check_private_file(const char *path, const char *what);

#endif							/* JIRA_PRIVATE_FILE_H */
