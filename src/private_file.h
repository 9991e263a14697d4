/*
 * private_file.h
 *	  Files that nobody but the server may read.
 */
#ifndef JIRA_PRIVATE_FILE_H
#define JIRA_PRIVATE_FILE_H

/*
 * Why a file is not one that the server's user, or root and its group, alone
 * can read; NULL if it is: what the server asks of the file of its own TLS key.
 */
extern const char *private_file_problem(const char *path);

#define PRIVATE_FILE_HINT \
	"Give it to the user of the database server with permissions 0600, or to root with 0640."

#endif							/* JIRA_PRIVATE_FILE_H */
