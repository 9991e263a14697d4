/*
 * field_value_private.h
 *	  Values of fields as a person writes them, in the form that Jira takes.
 *
 * Jira wants {"name": "High"} for one field, {"value": "Red"} for another and
 * "High" for a third.  Texts, and lists of them, are put into the form of their
 * field; whatever is no text (Jira's own objects, numbers, null) is left alone.
 */
#ifndef JIRA_ENGINE_FIELD_VALUE_PRIVATE_H
#define JIRA_ENGINE_FIELD_VALUE_PRIVATE_H

#include "client/client.h"

/*
 * The member "fields" of a write: {name or id: value} with ids and Jira's
 * forms.  "argument" is for messages.  Lives in the current memory context.
 */
extern json_t *field_value_fields(Client *client, const char *argument, json_t *given);

/* The member "update": {name or id: [{verb: value}]}, likewise. */
extern json_t *field_value_updates(Client *client, const char *argument, json_t *given);

#endif							/* JIRA_ENGINE_FIELD_VALUE_PRIVATE_H */
