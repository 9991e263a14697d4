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

#define FIRST_ROOM 64

static int
compare_digests(const void *left, const void *right)
{
	uint64		a = *(const uint64 *) left;
	uint64		b = *(const uint64 *) right;

	return a < b ? -1 : a > b;
}

static bool
has(const SeenPage *page, uint64 digest)
{
	for (size_t i = 0; i < page->count; i++)
		if (page->digests[i] == digest)
			return true;
	return false;
}

static void
sort(SeenPage *page)
{
	if (page->count > 0)
		qsort(page->digests, page->count, sizeof(uint64), compare_digests);
}

static bool
has_sorted(const SeenPage *page, uint64 digest)
{
	return page->count > 0 &&
		bsearch(&digest, page->digests, page->count, sizeof(uint64), compare_digests) != NULL;
}

/* The page that was read is the first one, or the one before the next. */
static void
end_page(SeenRows *seen)
{
	SeenPage   *kept = seen->first.digests ? &seen->previous : &seen->first;

	if (seen->current.count == 0)
		return;
	if (kept->digests)
		pfree(kept->digests);
	*kept = seen->current;
	memset(&seen->current, 0, sizeof(SeenPage));
}

/* A result that advances shows it by the first row: only else it is worth to sort. */
bool
seen_rows_repeat(SeenRows *seen, const JsonRows *rows)
{
	uint64		digest;
	const char *after = json_rows_look_ahead(rows, NULL, &digest);

	end_page(seen);
	if (after == NULL || !(has(&seen->first, digest) || has(&seen->previous, digest)))
		return false;
	sort(&seen->first);
	sort(&seen->previous);
	while (after && (has_sorted(&seen->first, digest) || has_sorted(&seen->previous, digest)))
		after = json_rows_look_ahead(rows, after, &digest);
	return after == NULL;
}

static void
note(SeenPage *page, MemoryContext context, uint64 digest)
{
	if (page->digests == NULL)
	{
		page->room = FIRST_ROOM;
		page->digests = MemoryContextAlloc(context, sizeof(uint64) * page->room);
	}
	else if (page->count == page->room)
	{
		page->room *= 2;
		page->digests = repalloc_huge(page->digests, sizeof(uint64) * page->room);
	}
	page->digests[page->count++] = digest;
}

void
seen_rows_note(SeenRows *seen, MemoryContext context, const JsonRows *rows)
{
	note(&seen->current, context, json_rows_digest(rows));
}

void
seen_rows_note_page(SeenRows *seen, MemoryContext context, const JsonRows *rows)
{
	uint64		digest;

	for (const char *after = json_rows_look_ahead(rows, NULL, &digest); after;
		 after = json_rows_look_ahead(rows, after, &digest))
		note(&seen->current, context, digest);
}

void
seen_rows_forget(SeenRows *seen)
{
	SeenPage   *pages[] = {&seen->first, &seen->previous, &seen->current};

	for (int i = 0; i < lengthof(pages); i++)
		if (pages[i]->digests)
			pfree(pages[i]->digests);
	memset(seen, 0, sizeof(SeenRows));
}
