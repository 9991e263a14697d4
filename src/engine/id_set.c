/*
 * id_set.c
 *	  Sets of ids of issues.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "engine/id_set_private.h"
#include "engine/seen_rows_private.h"

int
id_set_compare(const void *left, const void *right)
{
	int64		a = *(const int64 *) left;
	int64		b = *(const int64 *) right;

	return a < b ? -1 : a > b;
}

IdSet
id_set_make(MemoryContext context, const int64 *ids, size_t count)
{
	IdSet		set = {MemoryContextAllocHuge(context, sizeof(int64) * Max(count, 1)), count};

	if (count > 0)
	{
		memcpy(set.ids, ids, sizeof(int64) * count);
		qsort(set.ids, count, sizeof(int64), id_set_compare);
	}
	return set;
}

bool
id_set_has(const IdSet *set, int64 id)
{
	return set->count > 0 && bsearch(&id, set->ids, set->count, sizeof(int64), id_set_compare) != NULL;
}

int64 *
id_set_of_rows(JsonRows *rows)
{
	size_t		count = json_rows_count(rows);
	JsonRowPlace *places = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(JsonRowPlace) * Max(count, 1));
	int64	   *ids = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int64) * Max(count, 1));

	json_rows_places(rows, "id", places);
	for (size_t i = 0; i < count; i++)
	{
		ids[i] = places[i].number;
		if (ids[i] < 0)
			return NULL;
	}
	pfree(places);
	return ids;
}

static bool
is_repeated(const IdProgress *progress, const int64 *ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!id_set_has(&progress->first, ids[i]) && !id_set_has(&progress->last, ids[i]))
			return false;
	return count > 0;
}

bool
id_set_note_page(IdProgress *progress, MemoryContext context, const int64 *ids, size_t count)
{
	if (!is_repeated(progress, ids, count))
		progress->repeats = 0;
	else if (count > FEW_ROWS || progress->repeats++ > 0)
		return false;

	if (count == 0)
		return true;
	if (progress->first.ids == NULL)
		progress->first = id_set_make(context, ids, count);
	if (progress->last.ids)
		pfree(progress->last.ids);
	progress->last = id_set_make(context, ids, count);
	return true;
}
