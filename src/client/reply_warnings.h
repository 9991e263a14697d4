/*
 * reply_warnings.h
 *	  What Jira warns about in a reply with the status of a success.
 */
#ifndef JIRA_CLIENT_REPLY_WARNINGS_H
#define JIRA_CLIENT_REPLY_WARNINGS_H

#include "client/request.h"

/*
 * Raises an error if a reply to a read says that rows are missing, and warns of
 * the rest.  A warning that is a member of "reported" is left out; the others
 * become members of it.  With NULL, only missing rows are reported.
 */
extern void reply_warnings_report(const Request *request, json_t *document, json_t *reported);

/* Does the reply have any? */
extern bool reply_warnings_exist(json_t *document);

/* Does one of them say that rows are missing? */
extern bool reply_warnings_tell_of_loss(json_t *document);

#endif							/* JIRA_CLIENT_REPLY_WARNINGS_H */
