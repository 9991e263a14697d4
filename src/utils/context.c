/*
 * context.c
 *	  The error context of a call.
 */
#include "postgres.h"

#include "utils/context.h"
#include "utils/quoted.h"

void
context_push(ErrorContextCallback *callback, void (*describe) (void *arg), void *arg)
{
	callback->previous = error_context_stack;
	callback->callback = describe;
	callback->arg = arg;
	error_context_stack = callback;
}

void
context_pop(const ErrorContextCallback *callback)
{
	error_context_stack = callback->previous;
}

static void
describe_action(void *arg)
{
	const ActionContext *action = arg;

	if (action->connection)
		errcontext("Jira action %s through connection \"%s\"", action->action, quoted(action->connection));
	else
		errcontext("Jira action %s", action->action);
}

void
context_push_action(ErrorContextCallback *callback, ActionContext *action)
{
	context_push(callback, describe_action, action);
}
