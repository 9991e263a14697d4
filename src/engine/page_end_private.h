/*
 * page_end_private.h
 *	  Where a result ends, by what its pages say.
 *
 * "total" is the number of rows that Jira counts, or -1.
 */
#ifndef JIRA_ENGINE_PAGE_END_PRIVATE_H
#define JIRA_ENGINE_PAGE_END_PRIVATE_H

#include "client/request.h"

/* Warns that the result, as far as Jira sends it, may lack rows; "hint" may be NULL. */
extern void page_end_warn(const Request *request, const char *detail, const char *hint);

/* Jira's number of all rows, and the rows that came. */
extern char *page_end_count(int64 total, int64 came);

/*
 * Warns if as many rows came as one of the numbers at which the list is cut off
 * (ends with 0; NULL: none is), or if a full page came twice: there may be more.
 */
extern void page_end_check_cut(const Request *request, const int *cuts, int64 rows, bool full_again);

/* Does Jira say that the page is the last one, and nothing else? */
extern bool page_end_is_said(json_t *document, int64 total, int64 came);

/* After an empty page: raises an error if it is not the end. */
extern void page_end_check(const Request *request, json_t *document, int64 total, int64 came);

/* A list in one reply says nothing of a page, or that this one is the last. */
extern void page_end_check_only(const Request *request, json_t *document, int64 total, int64 came);

/* Raises an error if the page says, in the member of this name, that it begins elsewhere than asked for. */
extern void page_end_check_start(const Request *request, json_t *document, const char *name, int64 asked);

/* Raises an error: Jira does not return the rows after those that came, in these words (NULL: in none). */
extern void page_end_raise_window(const Request *request, int64 came, int64 total, const char *words);

#endif							/* JIRA_ENGINE_PAGE_END_PRIVATE_H */
