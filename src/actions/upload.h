/*
 * upload.h
 *	  Files on their way to Jira.
 */
#ifndef JIRA_ACTIONS_UPLOAD_H
#define JIRA_ACTIONS_UPLOAD_H

#include "engine/action.h"

/*
 * Puts the file of the arguments "filename", "content" and "mime_type" into
 * the request.  A file that Jira would not take is refused before any of it is
 * sent: 54000 when it is too large, 42501 when Jira takes none.
 */
extern void upload_file(Invocation *call);

#endif							/* JIRA_ACTIONS_UPLOAD_H */
