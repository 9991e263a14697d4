/*
 * key_batches_private.h
 *	  Issues by key, a batch at a time.
 */
#ifndef JIRA_ENGINE_KEY_BATCHES_PRIVATE_H
#define JIRA_ENGINE_KEY_BATCHES_PRIVATE_H

#include "engine/action.h"
#include "json/json_rows.h"

typedef struct KeyBatches KeyBatches;

/* In the current memory context, at most "batch" of the keys at once. */
extern KeyBatches *key_batches_begin(Client *client, const Action *action, Request *request,
									 json_t *keys, int batch);

/* The reply that has the next rows, which is the caller's; NULL if there is none.  "row_bytes" is the size of a row. */
extern Transfer *key_batches_next(KeyBatches *batches, int64 row_bytes);

/* Rows of the batch that came before. */
extern int64 key_batches_offset(const KeyBatches *batches);

/*
 * Takes the reply.  Returns false if not all issues have come: they are asked for
 * again, fewer at a time.
 */
extern bool key_batches_take(KeyBatches *batches, JsonRows *rows, json_t *document);

/* Takes a refusal instead; returns false if the read cannot go on. */
extern bool key_batches_refuse(KeyBatches *batches, int status);

/* So many rows came, of a total that Jira told (-1: it has not).  Returns false after the last batch. */
extern bool key_batches_go_on(KeyBatches *batches, int64 rows, int64 total);

extern int64 key_batches_keys(const KeyBatches *batches);
extern int64 key_batches_requests(const KeyBatches *batches);
extern int	key_batches_peak(const KeyBatches *batches);

#endif							/* JIRA_ENGINE_KEY_BATCHES_PRIVATE_H */
