/*
 * call.h
 *	  Actions called as functions.
 */
#ifndef JIRA_ENGINE_CALL_H
#define JIRA_ENGINE_CALL_H

#include "nodes/pg_list.h"

#include "engine/bind.h"
#include "engine/stream.h"
#include "utils/context.h"

/* The table entry behind a SQL function, NULL if it is not an action of ours. */
extern const Action *action_of(Oid function);

/* The functions of the extension that have one, in no order. */
extern List *action_functions(void);

/* A call of an action that returns no rows, in parts. */
typedef struct Call
{
	const Binding *binding;
	ActionContext context;		/* for errors; its action is set before
								 * call_prepare() */
	Client	   *client;
	const Endpoint *endpoint;
	Request    *request;
} Call;

/*
 * Opens the connection (NULL: the default one) as the current user and composes
 * the request, for which Jira may have to be asked.
 */
extern void call_prepare(Call *call, const Binding *binding, const char *connection,
						 const Datum *values, const bool *nulls, const WaitHooks *hooks);

/* The scalar in a reply, as the function's result. */
extern Datum call_result(const Call *call, json_t *document, bool *isnull);

#endif							/* JIRA_ENGINE_CALL_H */
