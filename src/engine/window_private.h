/*
 * window_private.h
 *	  Requests for batches of issues, several of them under way at a time.
 *
 * The issues stand in an order, and are asked for by their places in it.
 */
#ifndef JIRA_ENGINE_WINDOW_PRIVATE_H
#define JIRA_ENGINE_WINDOW_PRIVATE_H

#include "client/client.h"

typedef struct Window Window;

/* A batch whose reply is to be read next. */
typedef struct WindowBatch
{
	int64		first;			/* place of its first issue */
	int			count;			/* of issues */
	int64		offset;			/* rows of it that came before */
} WindowBatch;

/* Has the request ask for a batch, from the offset-th of its rows on. */
typedef void (*WindowAsk) (void *source, Request *request, const WindowBatch *batch);

/* In the current memory context, with nothing under way. */
extern Window *window_begin(Client *client, Request *request, WindowAsk ask, void *source);

/*
 * Sends requests for issues that were not asked for yet, up to the place "end", in
 * batches of "size", until "most" of them are under way.
 *
 * The replies are not served while the caller uses the rows of an earlier one: a
 * request that timed out meanwhile is sent again.
 */
extern void window_fill(Window *window, int64 end, int size, int most);

extern int	window_under_way(const Window *window);

/* The place of the first issue that was not asked for yet. */
extern int64 window_next(const Window *window);

/* The place of the first issue whose batch is not done. */
extern int64 window_first(const Window *window);

/* Of a window with requests under way: the oldest, which the caller then owns. */
extern Transfer *window_take(Window *window);

/* The batch that was taken; then one of the following is to be called. */
extern const WindowBatch *window_taken(const Window *window);

/*
 * Its reply may lack issues that Jira could not return this time, or that did not
 * fit, and says so.  Returns the size of smaller batches to ask for them again; 0 if
 * none are missing.  Raises an error if the batch cannot be smaller.
 */
extern int	window_smaller(const Window *window, json_t *document);

/* What the reply to a bulkfetch says of an issue that Jira could not return; NULL if there is none. */
extern json_t *window_failed_issue(json_t *document);

/* Is the reply larger than the settings allow, even alone? */
extern bool window_is_too_large(Transfer *transfer);

/* All its rows have come. */
extern void window_done(Window *window);

/* So many of its rows have come: asks for the rest, before other batches. */
extern void window_ask_rest(Window *window, int64 rows);

/* Its issues, and all after them, have to be asked for again. */
extern void window_rewind(Window *window);

/* Ends all requests; the next ones are to begin at this place. */
extern void window_seek(Window *window, int64 place);

/* The requests that were sent, and the most that were under way at a time. */
extern int64 window_requests(const Window *window);
extern int	window_peak(const Window *window);

#endif							/* JIRA_ENGINE_WINDOW_PRIVATE_H */
