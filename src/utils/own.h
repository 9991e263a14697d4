/*
 * own.h
 *	  Resources of other libraries, released with a memory context.
 */
#ifndef JIRA_UTILS_OWN_H
#define JIRA_UTILS_OWN_H

#include "utils/palloc.h"

/*
 * Registers release(resource) to be called when the context is reset or deleted,
 * which happens after an error, too.  Returns the resource, so that the call can
 * enclose the one that makes it.  Raises 53200 (out of memory) for NULL, which
 * most C libraries return on failure, and, after releasing the resource, if the
 * callback cannot be registered.
 */
extern void *jira_own(MemoryContext context, void *resource,
					  void (*release) (void *resource));

#endif							/* JIRA_UTILS_OWN_H */
