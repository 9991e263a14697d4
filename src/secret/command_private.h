/*
 * command_private.h
 *	  Runs a shell command of the administrator's and reads what it prints.
 */
#ifndef JIRA_SECRET_COMMAND_PRIVATE_H
#define JIRA_SECRET_COMMAND_PRIVATE_H

#include <stddef.h>

/*
 * Reads up to "size" bytes of the command's output, which need not end with a
 * NUL, and returns their number.  Can be cancelled; the command is killed then.
 * Raises 38000 if it fails or prints more.
 */
extern size_t command_output(const char *command, char *output, size_t size);

#endif							/* JIRA_SECRET_COMMAND_PRIVATE_H */
