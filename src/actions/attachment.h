/*
 * attachment.h
 *	  A file attached to an issue, fetched.
 */
#ifndef JIRA_ACTIONS_ATTACHMENT_H
#define JIRA_ACTIONS_ATTACHMENT_H

#include "engine/action.h"

typedef struct Attachment Attachment;

/*
 * The attachment with this id or content URL; nothing is sent yet.  Raises
 * 22023 for a text that is neither, and for a URL of another host than the
 * connection's.  Lives in the current memory context.
 */
extern Attachment *attachment_open(Client *client, const Action *action, const char *text);

/* Its name, as text of the server; asks Jira. */
extern char *attachment_filename(Attachment *attachment);

/*
 * The whole file, allocated in "context".  Beside it there is only the buffer
 * that it came in, and that one is freed before this returns.
 */
extern bytea *attachment_fetch(Attachment *attachment, MemoryContext context);

#endif							/* JIRA_ACTIONS_ATTACHMENT_H */
