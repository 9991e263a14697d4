/*
 * whole_list.h
 *	  All rows of a small list at once.
 */
#ifndef JIRA_ENGINE_WHOLE_LIST_H
#define JIRA_ENGINE_WHOLE_LIST_H

#include "client/client.h"

/* Of a list that is paged by offset, "size" at a time: an array in the current memory context. */
extern json_t *whole_list_read(Client *client, Request *request, const char *list, int size);

#endif							/* JIRA_ENGINE_WHOLE_LIST_H */
