/*
 * key_list.h
 *	  Lists of issues by key or id.
 *
 * A search with a list in which one issue does not exist is refused by Data
 * Center, and finds nothing at all on some sites of Cloud, without a word.  So
 * a list is checked before it becomes a part of a search.
 */
#ifndef JIRA_ENGINE_KEY_LIST_H
#define JIRA_ENGINE_KEY_LIST_H

#include "client/client.h"

/*
 * Can an issue have this key, or id?  Jira may refuse a whole request for a text
 * of another form, which no issue has.
 */
extern bool key_list_has_key_form(const char *text);
extern bool key_list_has_id_form(const char *text);

/*
 * The ids of those issues that exist and that the caller may see: an array of
 * strings without duplicates, in the current memory context.  "keys" are keys and
 * ids, and "action" is for messages.  Returns NULL if Jira does not let that be
 * asked for, or could not return an issue that exists.
 */
extern json_t *key_list_ids(Client *client, const char *action, json_t *keys);

/* "key in (...)" for keys and ids, in the current memory context. */
extern char *key_list_clause(const char *field, json_t *keys);

/*
 * Has a request to the endpoint of bulkfetch, or on Data Center to the search, ask
 * for these issues, from the offset-th of the rows on; the others are not minded.
 */
extern void key_list_ask(Request *request, const Connection *connection, json_t *keys, int64 offset);

#endif							/* JIRA_ENGINE_KEY_LIST_H */
