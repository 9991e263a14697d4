/*
 * own.c
 *	  Releasing resources of other libraries with a memory context.
 */
#include "postgres.h"

#include "utils/own.h"

void *
jira_own(MemoryContext context, void *resource, void (*release) (void *resource))
{
	MemoryContextCallback *callback = NULL;

	if (resource != NULL)
		callback = MemoryContextAllocExtended(context, sizeof(MemoryContextCallback),
											  MCXT_ALLOC_NO_OOM);
	if (callback == NULL)
	{
		if (resource != NULL)
			release(resource);
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	}

	callback->func = release;
	callback->arg = resource;
	MemoryContextRegisterResetCallback(context, callback);
	return resource;
}
