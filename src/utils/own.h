/*
 * own.h
 *	  Ties resources of other libraries to memory contexts.
 */
#ifndef JIRA_UTILS_OWN_H
#define JIRA_UTILS_OWN_H

#include "utils/palloc.h"

/*
 * Hands "resource" over to "context": release(resource) runs when the context
 * is reset or deleted, so also after an error.  Returns the resource, so that
 * the owner stands on the line that makes it.  NULL, the failure value of most
 * C libraries, is reported as out of memory (53200).  When the owner cannot be
 * recorded, the resource is released before the error is raised.
 */
extern void *jira_own(MemoryContext context, void *resource,
					  void (*release) (void *resource));

#endif							/* JIRA_UTILS_OWN_H */
