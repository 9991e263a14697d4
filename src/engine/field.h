/*
 * field.h
 *	  The fields of a Jira, found by id or name.
 */
#ifndef JIRA_ENGINE_FIELD_H
#define JIRA_ENGINE_FIELD_H

#include "client/client.h"

/*
 * What GET /field says, asked for once per connection and session: an array to
 * be used at once, since a later call may ask anew.  Custom fields have other
 * ids on every Jira; this is where theirs are found.
 */
extern json_t *field_catalogue(Client *client);

/* The same, asked for now, for who must not miss a field that is new. */
extern json_t *field_catalogue_anew(Client *client);

/* Will field_catalogue() succeed, as far as the rights of the account and its token go? */
extern bool field_may_be_read(Client *client);

/*
 * One field of it, NULL if it is not there.  NULL, too, where the account may
 * write issues but not read fields: a token can have one scope without the
 * other.
 */
extern json_t *field_found(Client *client, const char *id);

/* schema.custom of a field of one of the types that every Jira has. */
#define CUSTOM_TYPE(name) "com.atlassian.jira.plugin.system.customfieldtypes:" name

/* That of texts of several lines; their schema.type is "string". */
#define TEXT_AREA_TYPE CUSTOM_TYPE("textarea")

/* schema.custom of the sprint of an issue: a list to read, one id to write. */
#define SPRINT_TYPE "com.pyxis.greenhopper.jira:gh-sprint"

/* Those of numbers: of any field that an administrator makes, and of the estimate in team-managed projects. */
#define NUMBER_TYPE CUSTOM_TYPE("float")
#define ESTIMATE_TYPE "com.pyxis.greenhopper.jira:jsw-story-points"

/* A field that every Jira has. */
typedef struct SystemField
{
	const char *id;
	const char *type;			/* of a value, as schema.type has it or
								 * TEXT_AREA_TYPE; NULL: it cannot be written */
	bool		list;			/* of such values */
} SystemField;

/* NULL if no system field has this id. */
extern const SystemField *field_system(const char *id);

/*
 * Is this the id of a field that has one value, and not a list?  False if that
 * is not known without asking Jira, or if it is no field's id ("*all").
 */
extern bool field_has_one_value(Client *client, const char *id);

/*
 * The ids of the custom fields of a type (schema.custom) and, unless it is
 * NULL, with a name in whatever case; in order, owned by the current context.
 */
extern json_t *field_ids_of_type(Client *client, const char *custom_type, const char *name);

/* Are the fields known already?  Then field_found() asks nobody. */
extern bool field_is_known(Client *client);

/* Asks for them unless they are; false if Jira does not tell, for whatever reason. */
extern bool field_learn(Client *client);

/* Its name, in UTF-8; NULL if Jira does not tell. */
extern const char *field_name(Client *client, const char *id);

/*
 * The id of the field with this id or name; case is ignored.  Ids that can be
 * recognized (summary, customfield_10016) are not looked up, nor are columns of
 * jira_issue (due).  Raises 42703 for a name that no field has, 42702 for a name
 * that several fields have.  Allocated in the current memory context.
 */
extern json_t *field_id(Client *client, json_t *name);

/*
 * The ids of the fields that a read requests: names of fields, *all, *navigable,
 * and any of them after a minus sign.  "endpoint" is the path of the read; those
 * of Jira Software have a few more fields.
 */
extern json_t *field_ids(Client *client, json_t *names, const char *endpoint);

#endif							/* JIRA_ENGINE_FIELD_H */
