/*
 * field_value_private.h
 *	  Values of fields as a person writes them, in the form that Jira takes.
 *
 * Jira wants {"name": "High"} for one field, {"value": "Red"} for another and
 * "High" for a third; a number for one and a text for another.  Scalars, and
 * lists of them, are put into the form of their field, whatever SQL type they
 * come from; Jira's own objects and null are left alone.
 */
#ifndef JIRA_ENGINE_FIELD_VALUE_PRIVATE_H
#define JIRA_ENGINE_FIELD_VALUE_PRIVATE_H

#include "client/client.h"

/*
 * The member "fields" of a write: {name or id: value} with ids and Jira's
 * forms.  "argument" is for messages.  Lives in the current memory context; the
 * names of custom fields are noted in the request.
 */
extern json_t *field_value_fields(Client *client, Request *request, const char *argument, json_t *given);

/* The member "update": {name or id: [{verb: value}]}, likewise. */
extern json_t *field_value_updates(Client *client, Request *request, const char *argument, json_t *given);

#endif							/* JIRA_ENGINE_FIELD_VALUE_PRIVATE_H */
