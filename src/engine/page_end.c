/*
 * page_end.c
 *	  Where a result ends, by what its pages say.
 */
#include "postgres.h"

#include "client/reply.h"
#include "engine/page_end_private.h"

static void
complain(const Request *request, char *detail)
{
	problem_raise(reply_contradictory(request, detail));
}

void
page_end_warn(const Request *request, const char *detail, const char *hint)
{
	ereport(WARNING,
			(errmsg("the result of %s may be incomplete", request_name(request)),
			 errdetail_internal("%s", detail),
			 hint ? errhint("%s", hint) : 0));
}

char *
page_end_count(int64 total, int64 came)
{
	return psprintf("Jira counts " INT64_FORMAT " rows, but returned " INT64_FORMAT ".", total, came);
}

void
page_end_check_cut(const Request *request, const int *cuts, int64 rows, bool full_again)
{
	for (const int *cut = cuts; cut && *cut; cut++)
		if (rows == *cut)
		{
			page_end_warn(request, psprintf("Jira returns no more than %d rows of this list.", *cut),
						  "Narrow the query, so that there are fewer.");
			return;
		}
	if (full_again)
		page_end_warn(request, psprintf("Jira returns the first " INT64_FORMAT " rows of this list again and again.", rows),
					  "Raise jira_spoke.page_size, or narrow the query.");
}

bool
page_end_is_said(json_t *document, int64 total, int64 came)
{
	json_t	   *last = json_object_get(document, "isLast");
	json_t	   *next = json_object_get(document, "nextPage");
	bool		more = total > came || json_is_false(last) || json_is_string(next);

	return !more && (json_is_true(last) || total == came);
}

void
page_end_check(const Request *request, json_t *document, int64 total, int64 came)
{
	json_t	   *last = json_object_get(document, "isLast");

	if (total > came && json_is_true(last))
		page_end_warn(request, page_end_count(total, came), NULL);
	else if (total > came)
		complain(request, page_end_count(total, came));
	else if (json_is_false(last) && total != came)
		complain(request, pstrdup("A page without rows is said not to be the last one."));
}

void
page_end_check_only(const Request *request, json_t *document, int64 total, int64 came)
{
	if (total > came)
		complain(request, page_end_count(total, came));
	if (json_is_false(json_object_get(document, "isLast")))
		complain(request, pstrdup("It is said not to be the last page, though no page was asked for."));
}

/* A page that begins elsewhere would return rows twice, or without end. */
void
page_end_check_start(const Request *request, json_t *document, const char *name, int64 asked)
{
	int64		start = jira_json_integer(document, name);

	if (start >= 0 && start != asked)
		complain(request, psprintf("Rows from " INT64_FORMAT " on were asked for, rows from " INT64_FORMAT " on came.",
								   asked, start));
}

void
page_end_raise_window(const Request *request, int64 came, int64 total, const char *words)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("Jira returns only the first " INT64_FORMAT " rows of %s", came, request_name(request)),
			 total >= 0
			 ? errdetail("It says that there are " INT64_FORMAT ".%s%s", total, words ? " " : "", words ? words : "")
			 : 0,
			 errhint("Let the JQL end with ORDER BY key, so that the other rows can be asked for by key, or divide the search.")));
}
