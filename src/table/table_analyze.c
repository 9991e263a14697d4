/*
 * table_analyze.c
 *	  ANALYZE of a foreign table.
 *
 * Of a search the ids of all issues are read, which takes few requests, and then the
 * rows of those that were drawn from them: so the sample is one of all, whatever order
 * Jira has.  If there are no more issues than the sample may have rows, and of what is
 * no search, all rows are read.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/toast_internals.h"
#include "catalog/pg_type.h"
#include "foreign/fdwapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/plancat.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/sampling.h"
#include "utils/syscache.h"

#include "actions/reads.h"
#include "engine/build_request.h"
#include "engine/call.h"
#include "engine/jql.h"
#include "engine/key_list.h"
#include "scan/scan_plan.h"
#include "scan/source.h"
#include "table/table_analyze_private.h"
#include "utils/compat.h"
#include "utils/role.h"

/* Longer values are compressed in the sample, as they would be in a table. */
#define LONG_VALUE 2048

/* Draws some of many things, of whatever number, with the same probability. */
typedef struct Draw
{
	ReservoirStateData state;
	int			most;
	int			drawn;
	double		seen;
	double		skip;
} Draw;

/* A table that is being sampled. */
typedef struct Sample
{
	Source	   *source;
	MemoryContext context;		/* of the rows */
	bool	   *wanted;
	Datum	   *values;
	bool	   *nulls;
	HeapTuple  *rows;
	Draw		draw;
} Sample;

/* A search for some issues of another one. */
typedef struct Selection
{
	Narrowing	narrowing;		/* must be first */
	json_t	   *ids;
	bool		is_checked;		/* they were looked for */
} Selection;

static void
draw_begin(Draw *draw, int most)
{
	*draw = (Draw)
	{
		.most = most,.skip = -1
	};
	reservoir_init_selection_state(&draw->state, most);
}

/* Where to put the next thing, instead of what may be there; -1: it is not drawn. */
static int
draw_next(Draw *draw)
{
	draw->seen++;
	if (draw->drawn < draw->most)
		return draw->drawn++;
	if (draw->skip < 0)
		draw->skip = reservoir_get_next_S(&draw->state, draw->seen, draw->most);
	if (draw->skip-- > 0)
		return -1;
	return (int) (draw->most * sampler_random_fract(&draw->state.randstate));
}

static int64
count_issues(const Source *source)
{
	BoundArgument arguments[] = {
		{.name = "jql",.type = TEXTOID,.argument = jira_count_issues_action.arguments},
		{.name = "connection",.type = TEXTOID},
	};
	Binding		binding = {
		.action = &jira_count_issues_action,
		.narguments = lengthof(arguments),
		.arguments = arguments,
		.result = INT8OID
	};
	Datum		values[] = {CStringGetTextDatum(source->table->jql), CStringGetTextDatum(source->table->connection)};
	bool		nulls[lengthof(values)] = {false};
	Call		call = {0};
	ErrorContextCallback callback;
	bool		isnull;
	Datum		count;

	value_reader(&binding.reader, INT8OID, -1);
	call.context.action = "ANALYZE";
	context_push_action(&callback, &call.context);
	call_prepare(&call, &binding, source->table->connection, values, nulls, NULL);
	count = call_result(&call, call_send(&call), &isnull);
	context_pop(&callback);
	return isnull ? 0 : DatumGetInt64(count);
}

static Source *
source_for(Relation relation)
{
	return source_make(source_plan(InvalidOid, RelationGetRelid(relation), relation->rd_rel->relowner));
}

static double
count_rows(const Source *source, Relation relation)
{
	double		known = relation->rd_rel->reltuples;
	SavedRole	caller;

	if (source->table->jql == NULL)
		return known >= 0 ? known : SCAN_ROWS;
	caller = role_become(source->role);
	known = count_issues(source);
	role_restore(&caller);
	return known;
}

/* The rows of the table; of a search, which may be narrowed. */
static Stream *
open_stream(const Source *source, const Binding *binding, const bool *wanted, Narrowing *narrowing)
{
	StreamUse	use = {.limit = -1,.narrowing = narrowing};
	Const	   *jql = NULL;
	Datum		values[FUNC_MAX_ARGS];
	bool		nulls[FUNC_MAX_ARGS];
	ListCell   *cell;

	if (source->table->jql)
		jql = makeConst(TEXTOID, -1, InvalidOid, -1, CStringGetTextDatum(source->table->jql), false, false);
	foreach(cell, source_table_arguments(source, (Expr *) jql))
	{
		Const	   *argument = lfirst_node(Const, cell);

		values[foreach_current_index(cell)] = argument->constvalue;
		nulls[foreach_current_index(cell)] = argument->constisnull;
	}
	return stream_open(binding, values, nulls, wanted, &use);
}

/* Draws from the ids of all issues of a search, of which there are so many. */
static json_t *
draw_ids(const Source *source, int most, double *count)
{
	Column		columns[] = {{.name = "id",.path = {"id", "id"}}, {NULL}};
	Action		action = source->binding->action->items ? jira_lookup_issues_stream_action : *source->binding->action;
	Binding		binding = *source->binding;
	BoundColumn column = {.column = columns};
	bool		wanted = true;
	json_t	   *ids = jira_json_array(CurrentMemoryContext);
	Draw		draw;
	Stream	   *stream;
	Datum		id;
	bool		isnull;

	action.columns = columns;
	binding.action = &action;
	binding.row = CreateTemplateTupleDesc(1);
	TupleDescInitEntry(binding.row, 1, "id", TEXTOID, -1, 0);
	binding.columns = &column;
	value_reader(&column.reader, TEXTOID, -1);
	draw_begin(&draw, most);
	stream = open_stream(source, &binding, &wanted, NULL);
	while (stream_next(stream, &id, &isnull))
	{
		int			place = draw_next(&draw);
		json_t	   *drawn = place < 0 ? NULL : jira_json_made(json_string(TextDatumGetCString(id)));

		if (place == (int) json_array_size(ids))
			json_array_append_new(ids, drawn);
		else if (place >= 0)
			json_array_set_new(ids, place, drawn);
	}
	stream_close(stream);
	*count = draw.seen;
	return ids;
}

/* Issues that were deleted meanwhile may keep Jira from finding the others. */
static NarrowingResult
next_search(Narrowing *narrowing, Client *client, NarrowingCause cause, const char *own, char **jql)
{
	Selection  *selection = (Selection *) narrowing;

	if (cause != NOTHING_ASKED)
	{
		json_t	   *ids = selection->is_checked ? NULL : key_list_ids(client, "ANALYZE", selection->ids);

		selection->is_checked = true;
		if (json_array_size(ids) == 0 || json_equal(ids, selection->ids))
			return NO_ROWS;
		selection->ids = ids;
	}
	*jql = jql_with_clause(own, key_list_clause("id", selection->ids));
	return NARROWED;
}

/* As it would be stored, in the context of the rows. */
static HeapTuple
make_row(Sample *sample)
{
	TupleDesc	columns = sample->source->binding->row;
	MemoryContext before = MemoryContextSwitchTo(sample->context);
	HeapTuple	row;

	for (int i = 0; i < columns->natts; i++)
	{
		Datum		compressed;

		if (sample->nulls[i] || TupleDescAttr(columns, i)->attlen != -1 ||
			VARSIZE_ANY(DatumGetPointer(sample->values[i])) <= LONG_VALUE)
			continue;
		compressed = toast_compress_datum(sample->values[i], TOAST_PGLZ_COMPRESSION);
		if (DatumGetPointer(compressed))
			sample->values[i] = compressed;
	}
	row = heap_form_tuple(columns, sample->values, sample->nulls);
	MemoryContextSwitchTo(before);
	return row;
}

static void
add_row(Sample *sample)
{
	int			place = draw_next(&sample->draw);

	if (place < 0)
		return;
	if (sample->rows[place])
		heap_freetuple(sample->rows[place]);
	sample->rows[place] = make_row(sample);
}

static void
draw_rows(Sample *sample, Stream *stream)
{
	while (stream_next(stream, sample->values, sample->nulls))
		add_row(sample);
	stream_close(stream);
}

static Datum
text_array(json_t *texts)
{
	size_t		count = json_array_size(texts);
	Datum	   *values = palloc(sizeof(Datum) * count);

	for (size_t i = 0; i < count; i++)
		values[i] = CStringGetTextDatum(json_string_value(json_array_get(texts, i)));
	return PointerGetDatum(construct_array(values, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* Reads issues by their ids, of which some may have been deleted meanwhile. */
static void
draw_issues(Sample *sample, json_t *ids)
{
	const Source *source = sample->source;
	Action		action = jira_lookup_issues_action;
	BoundArgument arguments[] = {
		{.name = "issues",.type = TEXTARRAYOID,.argument = action.arguments},
		{.name = "connection",.type = TEXTOID},
	};
	Binding		binding = *source->binding;
	Datum		values[] = {text_array(ids), CStringGetTextDatum(source->table->connection)};
	bool		nulls[lengthof(values)] = {false};
	StreamUse	use = {.limit = -1,.may_lack = true};

	action.columns = source->binding->action->columns;
	action.locate = source->binding->action->locate;
	binding.action = &action;
	binding.narguments = lengthof(arguments);
	binding.arguments = arguments;
	draw_rows(sample, stream_open(&binding, values, nulls, sample->wanted, &use));
}

/* The columns that have statistics. */
static bool *
wanted_columns(Relation relation)
{
	TupleDesc	columns = RelationGetDescr(relation);
	bool	   *wanted = palloc0(sizeof(bool) * columns->natts);

	for (int i = 0; i < columns->natts; i++)
	{
		HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(RelationGetRelid(relation)), Int16GetDatum(i + 1));
		bool		isnull;
		Datum		target;

		if (!HeapTupleIsValid(tuple))
			continue;
		target = SysCacheGetAttr(ATTNUM, tuple, Anum_pg_attribute_attstattarget, &isnull);
		wanted[i] = isnull || DatumGetInt16(target) != 0;
		ReleaseSysCache(tuple);
	}
	return wanted;
}

/* As many of the ids as a search can have, from the first-th on. */
static json_t *
list_of_ids(json_t *ids, size_t first)
{
	json_t	   *list = jira_json_array(CurrentMemoryContext);

	for (size_t i = first; i < Min(first + SMALL_BATCH, json_array_size(ids)); i++)
		json_array_append(list, json_array_get(ids, i));
	return list;
}

/* A longer search would not be narrowed: see stream_open(). */
static bool
can_be_listed(const Source *source, json_t *ids)
{
	return !build_request_is_long(jql_with_clause(source->table->jql, key_list_clause("id", list_of_ids(ids, 0))));
}

/* Reads what issues have, a list of issues at a time. */
static void
draw_items(Sample *sample, json_t *ids)
{
	for (size_t first = 0; first < json_array_size(ids); first += SMALL_BATCH)
	{
		Selection	selection = {.narrowing.next = next_search,.ids = list_of_ids(ids, first)};

		draw_rows(sample, open_stream(sample->source, sample->source->binding, sample->wanted, &selection.narrowing));
	}
}

/* Returns the number of rows of the table. */
static double
take_sample(Sample *sample, int most)
{
	const Source *source = sample->source;
	double		issues = 0;
	bool		has_items = source->binding->action->items != NULL;
	json_t	   *ids = source->table->jql ? draw_ids(source, most, &issues) : NULL;

	draw_begin(&sample->draw, most);
	if (issues <= most || (has_items && !can_be_listed(source, ids)))
	{
		draw_rows(sample, open_stream(source, source->binding, sample->wanted, NULL));
		return sample->draw.seen;
	}
	if (has_items)
		draw_items(sample, ids);
	else
		draw_issues(sample, ids);
	return has_items ? rint(sample->draw.seen * issues / most) : issues;
}

/* The server is the owner of the table that it analyzes here, which this one may be a child of. */
static int
acquire_sample(Relation relation, int elevel, HeapTuple *rows, int most, double *live, double *dead)
{
	Sample		sample = {.source = source_for(relation),.rows = rows,.context = CurrentMemoryContext};
	int			columns = sample.source->binding->row->natts;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "Jira sample", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	SavedRole	caller = role_become(sample.source->role);

	memset(rows, 0, sizeof(HeapTuple) * most);
	sample.wanted = wanted_columns(relation);
	sample.values = palloc0(sizeof(Datum) * columns);
	sample.nulls = palloc0(sizeof(bool) * columns);
	*live = take_sample(&sample, most);
	*dead = 0;
	role_restore(&caller);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(context);
	ereport(elevel,
			(errmsg("\"%s\": table contains %.0f rows, %d rows in sample",
					RelationGetRelationName(relation), *live, sample.draw.drawn)));
	return sample.draw.drawn;
}

bool
table_analyze(Relation relation, AcquireSampleRowsFunc *acquire, BlockNumber *pages)
{
	Source	   *source = source_for(relation);
	int32		width = get_relation_data_width(RelationGetRelid(relation), NULL) + MAXALIGN(SizeofHeapTupleHeader);

	*acquire = acquire_sample;
	*pages = (BlockNumber) Min(1 + count_rows(source, relation) * width / BLCKSZ, (double) MaxBlockNumber);
	return true;
}
