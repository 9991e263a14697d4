/*
 * shared_memory.c
 *	  Memory that the processes of the server share, found by name.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"

#include "utils/compat.h"
#include "utils/problem.h"
#include "utils/shared_memory.h"

static Size reserved = 0;
static shmem_request_hook_type previous_hook = NULL;

typedef struct Wanted
{
	const char *name;
	Size		size;
	void		(*init) (void *memory);
	void	   *memory;			/* NULL: not found */
} Wanted;

static void
request_memory(void)
{
	if (previous_hook)
		previous_hook();
	RequestAddinShmemSpace(reserved);
}

void
shared_memory_reserve_main(Size size)
{
	if (reserved == 0)
	{
		previous_hook = shmem_request_hook;
		shmem_request_hook = request_memory;
	}
	reserved = add_size(reserved, MAXALIGN(size));
}

void
shared_memory_reserve(Size size)
{
	if (!JIRA_HAS_NAMED_SEGMENTS)
		shared_memory_reserve_main(size);
}

bool
shared_memory_is_reserved(void)
{
	return JIRA_HAS_NAMED_SEGMENTS || reserved > 0;
}

static void
find_segment(void *arg)
{
	Wanted	   *wanted = arg;
	bool		found = false;

	wanted->memory = jira_named_segment(wanted->name, wanted->size, wanted->init, &found);
}

/* A lack of memory may be lived with, a cancel must not be lost. */
static bool
is_lack(int sqlstate)
{
	return ERRCODE_TO_CATEGORY(sqlstate) != ERRCODE_TO_CATEGORY(ERRCODE_QUERY_CANCELED);
}

/* Subtransactions are not possible in a parallel query before 17, nor after a commit. */
void *
shared_memory_find_main(const char *name, Size size, void (*init) (void *memory))
{
	MemoryContext context = CurrentMemoryContext;
	void	   *volatile memory = NULL;
	bool		found = false;
	uint32		holdoff;

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	holdoff = InterruptHoldoffCount;
	PG_TRY();
	{
		memory = ShmemInitStruct(name, size, &found);
		if (!found)
			init(memory);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		FlushErrorState();

		/*
		 * The error has let interrupts in; the lock, and a commit, will do so
		 * again.
		 */
		InterruptHoldoffCount = holdoff;
	}
	PG_END_TRY();
	LWLockRelease(AddinShmemInitLock);
	return memory;
}

void *
shared_memory_find(const char *name, Size size, void (*init) (void *memory))
{
	Wanted		wanted = {name, size, init, NULL};

	if (!JIRA_HAS_NAMED_SEGMENTS)
		return shared_memory_find_main(name, size, init);
	if (problem_in_subtransaction(find_segment, &wanted, is_lack) != NULL)
		return NULL;
	return wanted.memory;
}
