/*
 * source_read.c
 *	  A read of what a scan reads, as who needs the connection.
 *
 * What a table has Jira look for is more than the user's own JQL, which a row shows
 * in the column "jql".
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "scan/source_read.h"
#include "utils/role.h"

struct SourceRead
{
	const Source *source;
	const bool *wanted;
	MemoryContext context;		/* of the JQL of a table, for one stream */
	bool		has_condition;	/* on what the first argument has, whose value
								 * may be null */
	Datum		own_jql;		/* as text; 0: none */
	bool		is_open;
	Stream	   *stream;			/* NULL: there are no rows, or not open */
	Traffic		traffic;		/* of streams that were closed */
	PagesCost	cost;
};

SourceRead *
source_read_begin(const Source *source, List *arguments, const bool *wanted)
{
	SourceRead *read = palloc0(sizeof(SourceRead));

	read->source = source;
	read->wanted = wanted;
	read->context = AllocSetContextCreate(CurrentMemoryContext, "Jira table", ALLOCSET_SMALL_SIZES);
	read->has_condition = source->table && !IsA(linitial(arguments), Const);
	return read;
}

/*
 * What a table has Jira look for, instead of the user's own JQL.  False if that is
 * null, or the list of parents, and so are the rows' conditions.
 */
static bool
complete_jql(SourceRead *read, Datum *values, bool *nulls)
{
	const SourceTable *table = read->source->table;
	MemoryContext before;

	read->own_jql = (Datum) 0;
	if (read->has_condition && nulls[0])
		return false;
	if (table == NULL || table->jql == NULL)
		return true;
	MemoryContextReset(read->context);
	before = MemoryContextSwitchTo(read->context);
	if (!nulls[0])
		read->own_jql = PointerGetDatum(DatumGetTextPCopy(values[0]));
	values[0] = CStringGetTextDatum(source_table_jql(read->source, nulls[0] ? NULL : TextDatumGetCString(values[0])));
	nulls[0] = false;
	MemoryContextSwitchTo(before);
	return true;
}

void
source_read_open(SourceRead *read, const Binding *instead, Datum *values, bool *nulls, const StreamUse *use)
{
	SavedRole	caller;

	read->is_open = true;
	if (!complete_jql(read, values, nulls))
		return;
	caller = role_become(read->source->role);
	read->stream = stream_open(instead ? instead : read->source->binding, values, nulls, read->wanted, use);
	role_restore(&caller);
}

bool
source_read_is_open(const SourceRead *read)
{
	return read->is_open;
}

bool
source_read_next(SourceRead *read, Datum *values, bool *nulls)
{
	int			column = read->source->binding->jql_column - 1;
	SavedRole	caller;
	bool		found;

	if (read->stream == NULL)
		return false;
	caller = role_become(read->source->role);
	found = stream_next(read->stream, values, nulls);
	role_restore(&caller);
	if (found && read->own_jql && column >= 0)
	{
		values[column] = read->own_jql;
		nulls[column] = false;
	}
	return found;
}

void
source_read_close(SourceRead *read)
{
	read->is_open = false;
	if (read->stream == NULL)
		return;
	transfer_add_traffic(&read->traffic, stream_traffic(read->stream));
	pages_add_cost(&read->cost, stream_cost(read->stream));
	stream_close(read->stream);
	read->stream = NULL;
}

void
source_read_cost(const SourceRead *read, Traffic *traffic, PagesCost *cost)
{
	*traffic = read->traffic;
	*cost = read->cost;
	if (read->stream == NULL)
		return;
	transfer_add_traffic(traffic, stream_traffic(read->stream));
	pages_add_cost(cost, stream_cost(read->stream));
}
