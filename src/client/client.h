/*
 * client.h
 *	  Requests to Jira for a user: refused while the sign-in is blocked, and
 *	  with every refusal and every doubt about the caller turned into an error.
 */
#ifndef JIRA_CLIENT_CLIENT_H
#define JIRA_CLIENT_CLIENT_H

#include "client/transfer.h"

/*
 * Opens a connection for the current user; NULL is the default alias.  The
 * client lives in the current memory context.  With "lookups" (else NULL) it
 * never waits, see client_make(), nor does this function.
 */
extern Client *client_open(const char *alias, Lookups *lookups);

/*
 * transfer_start(), unless the sign-in is blocked, or the transaction must not
 * write and the request does.
 */
extern Transfer *client_start(MemoryContext context, Client *client, const Request *request);

/*
 * The same as transfer_problem() and transfer_try(), but "not found" is believed
 * only if Jira knows the caller.
 */
extern Problem *client_problem(Transfer *transfer);
extern Problem *client_try(Transfer *transfer, json_t **document);

/* Is what is wrong that Jira refuses the request, rather than that it has no answer for now? */
extern bool client_is_refused(Transfer *transfer);
extern bool client_is_refusal(int status);

/*
 * Is a refusal in the words of Jira?  A proxy, or a server that is no Jira, has the
 * same statuses for something else.
 */
extern bool client_is_refused_by_jira(const Transfer *transfer);

/*
 * Waits for the reply and returns its document in the transfer's context, NULL
 * for an empty body; raises what is wrong.
 */
extern json_t *client_document(Transfer *transfer);

/*
 * Waits and reads, with a list of the document left to be read: see
 * transfer_read().  Returns what is wrong with the reply, as client_problem()
 * does.
 */
extern Problem *client_read(Transfer *transfer, const char *name, JsonRows **list, json_t **document);

/* The same, but raises what is wrong. */
extern json_t *client_list(Transfer *transfer, const char *name, JsonRows **list);

/* Sends a request and returns its document, which must not be empty. */
extern json_t *client_fetch(Client *client, const Request *request);

/*
 * GETs what another request of the action needs to know: a document in the
 * current memory context.  "subject" is for messages, or NULL; "path" is
 * percent-encoded and may have a query.
 */
extern json_t *client_get(Client *client, const char *action, const char *subject,
						  const char *path);

#endif							/* JIRA_CLIENT_CLIENT_H */
