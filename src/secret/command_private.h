/*
 * command_private.h
 *	  Reading the output of a shell command that the administrator configured.
 */
#ifndef JIRA_SECRET_COMMAND_PRIVATE_H
#define JIRA_SECRET_COMMAND_PRIVATE_H

#include <stddef.h>

/*
 * Reads the command's output, less than "size" bytes, and returns the number of
 * bytes; they do not end with a NUL.  A cancelled query kills the command.  In a
 * process that must not wait (utils/wait.h), it is postponed while the command runs.
 * Raises 38000 if the command fails or prints more; "setting" is for messages.
 */
extern size_t command_output(const char *setting, const char *command,
							 char *output, size_t size);

#endif							/* JIRA_SECRET_COMMAND_PRIVATE_H */
