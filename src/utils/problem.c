/*
 * problem.c
 *	  Making an error of a value, and a value of an error.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/resowner.h"

#include "utils/problem.h"

Problem *
problem_make(int sqlstate, char *message, char *detail, const char *hint)
{
	Problem    *problem = palloc0(sizeof(Problem));

	problem->sqlstate = sqlstate;
	problem->message = message;
	problem->detail = detail && detail[0] ? detail : NULL;
	problem->hint = hint ? pstrdup(hint) : NULL;
	return problem;
}

void
problem_raise(const Problem *problem)
{
	ereport(ERROR,
			(errcode(problem->sqlstate),
			 errmsg_internal("%s", problem->message),
			 problem->detail ? errdetail_internal("%s", problem->detail) : 0,
			 problem->hint ? errhint("%s", problem->hint) : 0));
	pg_unreachable();
}

static ErrorData *
take_error(MemoryContext context)
{
	ErrorData  *error;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	FlushErrorState();
	return error;
}

static Problem *
error_problem(const ErrorData *error)
{
	Problem    *problem = problem_make(error->sqlerrcode, error->message, error->detail, error->hint);

	problem->column = error->column_name;
	return problem;
}

Problem *
problem_caught(MemoryContext context)
{
	return error_problem(take_error(context));
}

Problem *
problem_in_subtransaction(void (*run) (void *arg), void *arg, bool (*catches) (int sqlstate))
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	Problem    *volatile problem = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		run(arg);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error = take_error(context);

		/*
		 * Before the error is raised again, too: no other code ends this
		 * subtransaction.  What is in the caller's memory context stays, and
		 * the context of the surrounding transaction is current afterwards.
		 */
		problem = error_problem(error);
		RollbackAndReleaseCurrentSubTransaction();
		if (catches && !catches(error->sqlerrcode))
			ReThrowError(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return problem;
}
