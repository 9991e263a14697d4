/*
 * secret_file.h
 *	  Secrets in files of the server.
 */
#ifndef JIRA_SECRET_FILE_H
#define JIRA_SECRET_FILE_H

/*
 * The first line of a private file, in the current memory context.  Raises
 * 42501 unless the current user may read the server's files.
 */
extern char *secret_in_file(const char *path);

#endif							/* JIRA_SECRET_FILE_H */
