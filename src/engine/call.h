/*
 * call.h
 *	  Actions called as functions.
 */
#ifndef JIRA_ENGINE_CALL_H
#define JIRA_ENGINE_CALL_H

#include "engine/bind.h"
#include "engine/stream.h"
#include "utils/context.h"

/* A call of an action that returns no rows, in parts. */
typedef struct Call
{
	const Binding *binding;
	ActionContext context;		/* for errors; its action is set before
								 * call_prepare() */
	Client	   *client;
	const Endpoint *endpoint;
	Request    *request;
	const Datum *values;		/* of the arguments; they outlive the call */
	const bool *nulls;
} Call;

/*
 * Opens the connection (NULL: the default one) as the current user and builds the
 * request, which may look up fields or versions in Jira; with "lookups" (else NULL)
 * without waiting, see client_make().
 */
extern void call_prepare(Call *call, const Binding *binding, const char *connection,
						 const Datum *values, const bool *nulls, Lookups *lookups);

/*
 * Called with the alias after a success at an endpoint that another write follows.
 * Set when the library is loaded: the outbox is above this folder.
 */
typedef void (*CallFollowUp) (const Endpoint *endpoint, const char *alias);
extern CallFollowUp call_follow_up;

/*
 * For what Jira says about fields of the call's request ("errors" of a refusal):
 * the values that it would take, as a hint; NULL if there is nothing to say.
 */
extern char *call_refusal_hint(const Call *call, json_t *errors);

/* client_try(), with such a hint. */
extern Problem *call_try(const Call *call, Transfer *transfer, json_t **document);

/*
 * Sends the request, for a call that can wait, and returns the reply when the
 * write is confirmed.  If the request has guessed what fields want, and Jira
 * refuses it, they are asked for and it is sent again; times of JQL are written as
 * Jira takes them.
 */
extern json_t *call_send(Call *call);

/* The scalar in a reply, as the function's result. */
extern Datum call_result(const Call *call, json_t *document, bool *isnull);

#endif							/* JIRA_ENGINE_CALL_H */
