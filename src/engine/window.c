/*
 * window.c
 *	  Requests for batches of issues, several of them under way at a time.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "engine/window_private.h"
#include "utils/foreign_text.h"
#include "utils/settings.h"
#include "utils/wait.h"

/* How much of Jira's words about an issue is shown. */
#define MOST_SHOWN 200

typedef struct SentBatch
{
	WindowBatch batch;
	Transfer   *transfer;		/* NULL: taken by the caller */
} SentBatch;

struct Window
{
	MemoryContext context;		/* owns the transfers */
	Client	   *client;
	Request    *request;		/* of the batch that is sent next */
	WindowAsk	ask;
	void	   *source;
	SentBatch	batches[MAX_PARALLEL_REQUESTS]; /* under way, in the order of
												 * their places */
	int			under_way;
	int64		next;			/* place of the first issue not asked for */
	bool		alone;			/* one request at a time */
	int64		requests;
	int			peak;
};

Window *
window_begin(Client *client, Request *request, WindowAsk ask, void *source)
{
	Window	   *window = palloc0(sizeof(Window));

	window->context = CurrentMemoryContext;
	window->client = client;
	window->request = request;
	window->ask = ask;
	window->source = source;
	return window;
}

static void
send_batch(Window *window, SentBatch *sent)
{
	window->ask(window->source, window->request, &sent->batch);
	sent->transfer = client_start(window->context, window->client, window->request);
	window->requests++;
}

void
window_fill(Window *window, int64 end, int size, int most)
{
	most = window->alone ? 1 : Min(most, MAX_PARALLEL_REQUESTS);
	for (int i = 0; i < window->under_way; i++)
	{
		SentBatch  *sent = &window->batches[i];

		if (!transfer_is_overdue(sent->transfer))
			continue;
		transfer_end(sent->transfer);
		send_batch(window, sent);
	}
	while (window->under_way < most && window->next < end)
	{
		SentBatch  *sent = &window->batches[window->under_way++];

		sent->batch.first = window->next;
		sent->batch.count = (int) Min(size, end - window->next);
		sent->batch.offset = 0;
		window->next += sent->batch.count;
		send_batch(window, sent);
	}
	window->peak = Max(window->peak, window->under_way);
}

int
window_under_way(const Window *window)
{
	return window->under_way;
}

int64
window_next(const Window *window)
{
	return window->next;
}

int64
window_first(const Window *window)
{
	return window->under_way > 0 ? window->batches[0].batch.first : window->next;
}

/* Ends the requests from this one on, and forgets their batches. */
static void
forget_from(Window *window, int i)
{
	if (i < window->under_way)
		window->next = window->batches[i].batch.first;
	for (; window->under_way > i; window->under_way--)
	{
		SentBatch  *sent = &window->batches[window->under_way - 1];

		if (sent->transfer)
			transfer_end(sent->transfer);
	}
}

/*
 * The replies to all requests under way are too large to be held at the same
 * time: from here on there is one request at a time.
 */
static void
send_alone(Window *window)
{
	SentBatch  *oldest = &window->batches[0];

	forget_from(window, 1);
	window->alone = true;
	transfer_end(oldest->transfer);
	send_batch(window, oldest);
}

Transfer *
window_take(Window *window)
{
	SentBatch  *oldest = &window->batches[0];
	Transfer   *transfer;

	/* Lets those go out that were started last, though the reply is there. */
	wait_for_any(&window->client->session, 1, 0);
	if (transfer_crowded_out(oldest->transfer))
		send_alone(window);
	transfer = oldest->transfer;
	oldest->transfer = NULL;
	return transfer;
}

const WindowBatch *
window_taken(const Window *window)
{
	return &window->batches[0].batch;
}

/* Issues that do not exist are left out, or mentioned here by some sites. */
json_t *
window_failed_issue(json_t *document)
{
	size_t		i;
	json_t	   *error;

	json_array_foreach(json_object_get(document, "issueErrors"), i, error)
	{
		const char *words = json_string_value(json_object_get(error, "errorMessage"));

		if (words == NULL || (strcasestr(words, "not exist") == NULL && strcasestr(words, "not found") == NULL))
			return error;
	}
	return NULL;
}

int
window_smaller(const Window *window, json_t *document)
{
	const WindowBatch *batch = window_taken(window);
	json_t	   *error = window_failed_issue(document);
	char	   *words;

	if (error == NULL)
		return 0;
	if (batch->count > 1)
		return Max(batch->count / 4, 1);
	words = jira_json_text(error);
	ereport(ERROR,
			(errcode(ERRCODE_SYSTEM_ERROR),
			 errmsg("Jira cannot return an issue that %s asks for", window->request->action),
			 errdetail_internal("%s", foreign_text(words, strlen(words), MOST_SHOWN))));
}

bool
window_is_too_large(Transfer *transfer)
{
	return transfer_crowded_out(transfer) || http_reply(transfer_exchange(transfer))->outcome == HTTP_TOO_LARGE;
}

void
window_done(Window *window)
{
	window->under_way--;
	memmove(window->batches, window->batches + 1, sizeof(SentBatch) * window->under_way);
}

void
window_ask_rest(Window *window, int64 rows)
{
	window->batches[0].batch.offset += rows;
	send_batch(window, &window->batches[0]);
}

void
window_rewind(Window *window)
{
	forget_from(window, 0);
}

void
window_seek(Window *window, int64 place)
{
	forget_from(window, 0);
	window->next = place;
}

int64
window_requests(const Window *window)
{
	return window->requests;
}

int
window_peak(const Window *window)
{
	return window->peak;
}
