/*
 * key_batches.c
 *	  Issues by key, a batch at a time.
 */
#include "postgres.h"

#include "client/site.h"
#include "engine/key_batches_private.h"
#include "engine/page_sizes.h"
#include "engine/window_private.h"

struct KeyBatches
{
	Client	   *client;
	const Action *action;
	json_t	   *keys;
	int			batch;			/* of them, to be asked for at once */
	Window	   *window;
};

static void
ask_for_keys(void *source, Request *request, const WindowBatch *batch)
{
	const KeyBatches *batches = source;
	json_t	   *keys = jira_json_made(json_array());

	for (int i = 0; i < batch->count; i++)
		json_array_append(keys, json_array_get(batches->keys, batch->first + i));
	batches->action->ask_for_keys(request, batches->client->connection, keys, batch->offset);
	json_decref(keys);
}

KeyBatches *
key_batches_begin(Client *client, const Action *action, Request *request, json_t *keys, int batch)
{
	KeyBatches *batches = palloc0(sizeof(KeyBatches));

	batches->client = client;
	batches->action = action;
	batches->keys = keys;
	batches->batch = batch;
	batches->window = window_begin(client, request, ask_for_keys, batches);
	return batches;
}

/* Asks again for the keys that have no rows yet, fewer at a time. */
static void
ask_for_fewer(KeyBatches *batches, int batch)
{
	batches->batch = batch;
	window_rewind(batches->window);
}

/* Sends what may be sent now.  No request is served while the next one waits for the rate limit. */
static void
send_on(KeyBatches *batches, int64 row_bytes)
{
	int			batch = page_sizes_batch(batches->client, batches->batch, row_bytes);
	int			most = batches->client->connection->options.paces ? 1 : page_sizes_batches(batch, row_bytes);

	window_fill(batches->window, key_batches_keys(batches), batch, most);
}

Transfer *
key_batches_next(KeyBatches *batches, int64 row_bytes)
{
	for (;;)
	{
		Transfer   *transfer;
		int			count;

		send_on(batches, row_bytes);
		if (window_under_way(batches->window) == 0)
			return NULL;
		transfer = window_take(batches->window);
		count = window_taken(batches->window)->count;
		if (count == 1 || !window_is_too_large(transfer))
			return transfer;
		transfer_end(transfer);
		ask_for_fewer(batches, Max(count / 4, 1));
	}
}

int64
key_batches_offset(const KeyBatches *batches)
{
	return window_taken(batches->window)->offset;
}

/* A site that returns few issues at once might say nothing of the others, as if they did not exist. */
bool
key_batches_take(KeyBatches *batches, JsonRows *rows, json_t *document)
{
	int			smaller = window_smaller(batches->window, document);

	if (smaller == 0 && batches->client->connection->deployment == CLOUD &&
		window_taken(batches->window)->count > SMALL_BATCH && json_rows_count(rows) <= SMALL_BATCH)
		smaller = SMALL_BATCH;
	if (smaller > 0)
		ask_for_fewer(batches, smaller);
	return smaller == 0;
}

bool
key_batches_refuse(KeyBatches *batches, int status)
{
	int			count = window_taken(batches->window)->count;

	if (status == 400 && count > SMALL_BATCH)
	{
		site_note_small_batches(batches->client);
		ask_for_fewer(batches, SMALL_BATCH);
	}
	else if (status == 413 && count > 1)
		ask_for_fewer(batches, Max(count / 4, 1));
	else
		return false;
	return true;
}

bool
key_batches_go_on(KeyBatches *batches, int64 rows, int64 total)
{
	Window	   *window = batches->window;

	/* The rest of a batch is requested before other batches. */
	if (total > key_batches_offset(batches) + rows)
		window_ask_rest(window, rows);
	else
		window_done(window);
	return window_under_way(window) > 0 || window_next(window) < key_batches_keys(batches);
}

int64
key_batches_keys(const KeyBatches *batches)
{
	return json_array_size(batches->keys);
}

int64
key_batches_requests(const KeyBatches *batches)
{
	return window_requests(batches->window);
}

int
key_batches_peak(const KeyBatches *batches)
{
	return window_peak(batches->window);
}
