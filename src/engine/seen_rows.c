/*
 * seen_rows.c
 *	  Recognizes a page of rows that came before: a result that does not advance.
 *
 * A server that ignores the offset returns the first page again, one that takes
 * an offset beyond the end for the largest one returns the last page again.
 * Rows may also come twice because a result changes while it is read, but not
 * all rows of a page.
 */
#include "postgres.h"

#include "engine/seen_rows_private.h"

static int
compare_digests(const void *left, const void *right)
{
	uint64		a = *(const uint64 *) left;
	uint64		b = *(const uint64 *) right;

	return a < b ? -1 : a > b;
}

static bool
is_among(uint64 digest, const uint64 *digests, size_t count)
{
	return count > 0 && bsearch(&digest, digests, count, sizeof(uint64), compare_digests) != NULL;
}

bool
seen_rows_repeat(SeenRows *seen, MemoryContext context, const JsonRows *rows)
{
	size_t		count = json_rows_count(rows);
	uint64	   *digests;
	bool		repeated = seen->first != NULL;

	if (count == 0)
		return false;
	digests = MemoryContextAllocHuge(context, sizeof(uint64) * count);
	json_rows_digests(rows, digests);
	for (size_t i = 0; i < count && repeated; i++)
		repeated = is_among(digests[i], seen->first, seen->first_count) ||
			is_among(digests[i], seen->previous, seen->previous_count);

	qsort(digests, count, sizeof(uint64), compare_digests);
	if (seen->first == NULL)
	{
		seen->first = digests;
		seen->first_count = count;
	}
	else if (seen->previous != seen->first)
		pfree(seen->previous);
	seen->previous = digests;
	seen->previous_count = count;
	return repeated;
}
