/*
 * slots.c
 *	  How many deliveries each connection may have under way.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "outbox/slots.h"
#include "utils/settings.h"

/* A connection in use, or one that is silent. */
typedef struct Use
{
	int			under_way;		/* deliveries */
	int			turns;			/* of them, those that wait for their turn */
	bool		is_silent;		/* did not answer in time */
	char		connection[FLEXIBLE_ARRAY_MEMBER];
} Use;

static List *uses = NIL;

static Use *
find(const char *connection)
{
	ListCell   *cell;

	foreach(cell, uses)
	{
		Use		   *use = lfirst(cell);

		if (strcmp(use->connection, connection) == 0)
			return use;
	}
	return NULL;
}

static Use *
find_or_add(const char *connection)
{
	Use		   *use = find(connection);
	MemoryContext before;

	if (use)
		return use;
	before = MemoryContextSwitchTo(TopMemoryContext);
	use = palloc0(offsetof(Use, connection) + strlen(connection) + 1);
	strcpy(use->connection, connection);
	uses = lappend(uses, use);
	MemoryContextSwitchTo(before);
	return use;
}

static int
free_slots(void)
{
	int			count = SLOTS;
	ListCell   *cell;

	foreach(cell, uses)
	{
		const Use  *use = lfirst(cell);

		count -= use->under_way - use->turns;
	}
	return count;
}

static bool
is_full(const Use *use)
{
	int			most = use->is_silent ? 1 : Min(MOST_OF_CONNECTION, jira_parallel_requests);

	return use->turns > 0 || use->under_way >= Min(most, free_slots());
}

bool
slots_are_free(const char *connection)
{
	const Use  *use = find(connection);

	return use ? !is_full(use) : free_slots() > 0;
}

List *
slots_full_connections(void)
{
	List	   *connections = NIL;
	ListCell   *cell;

	foreach(cell, uses)
	{
		Use		   *use = lfirst(cell);

		if (is_full(use))
			connections = lappend(connections, use->connection);
	}
	return connections;
}

void
slots_take(const char *connection)
{
	find_or_add(connection)->under_way++;
}

void
slots_give_back(const char *connection)
{
	Use		   *use = find(connection);

	use->under_way--;
	if (use->under_way > 0 || use->is_silent)
		return;
	uses = list_delete_ptr(uses, use);
	pfree(use);
}

void
slots_begin_turn(const char *connection)
{
	find(connection)->turns++;
}

void
slots_end_turn(const char *connection)
{
	find(connection)->turns--;
}

void
slots_note_answer(const char *connection, bool answered)
{
	find(connection)->is_silent = !answered;
}
