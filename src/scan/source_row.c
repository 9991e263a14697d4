/*
 * source_row.c
 *	  The columns of one row of what a scan reads, in a slot.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "funcapi.h"

#include "scan/source_row.h"

SourceRow *
source_row_make(const Source *from, List *columns, TupleDesc type)
{
	SourceRow  *row = palloc(sizeof(SourceRow));
	int			natts = from->binding->row->natts;

	row->from = from;
	row->columns = columns;
	row->values = palloc(sizeof(Datum) * natts);
	row->nulls = palloc(sizeof(bool) * natts);
	row->slot = MakeSingleTupleTableSlot(type, &TTSOpsVirtual);
	return row;
}

static Datum
whole_row(const SourceRow *row)
{
	return HeapTupleGetDatum(heap_form_tuple(row->from->binding->row, row->values, row->nulls));
}

TupleTableSlot *
source_row_show(SourceRow *row)
{
	TupleTableSlot *slot = ExecClearTuple(row->slot);
	ListCell   *cell;

	foreach(cell, row->columns)
	{
		int			i = foreach_current_index(cell);
		int			attribute = lfirst_int(cell);

		slot->tts_isnull[i] = attribute > 0 && row->nulls[attribute - 1];
		slot->tts_values[i] = attribute > 0 ? row->values[attribute - 1]
			: attribute == 0 ? whole_row(row) : ObjectIdGetDatum(row->from->relation);
	}
	return ExecStoreVirtualTuple(slot);
}

TupleTableSlot *
source_row_show_whole(SourceRow *row, TupleTableSlot *whole)
{
	int			natts = row->from->binding->row->natts;

	slot_getallattrs(whole);
	memcpy(row->values, whole->tts_values, sizeof(Datum) * natts);
	memcpy(row->nulls, whole->tts_isnull, sizeof(bool) * natts);
	return source_row_show(row);
}

void
source_row_end(SourceRow *row)
{
	ExecDropSingleTupleTableSlot(row->slot);
}
