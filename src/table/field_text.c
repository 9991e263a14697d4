/*
 * field_text.c
 *	  Values of custom fields as text.
 */
#include "postgres.h"

#include "table/field_text.h"

/* The members that an object is called by, in the order of preference. */
static const char *const of_users[] = {"accountId", "name", NULL};
static const char *const of_others[] = {"value", "key", "name", "id", NULL};

static json_t *
name_of(json_t *object)
{
	/* A user of Server has a key that nobody sees. */
	const char *const *members = json_object_get(object, "displayName") ? of_users : of_others;

	for (int i = 0; members[i]; i++)
	{
		json_t	   *member = json_object_get(object, members[i]);

		if (json_is_string(member) || json_is_number(member))
			return member;
	}
	return NULL;
}

static json_t *
text_of_object(json_t *object, const Connection *connection)
{
	json_t	   *name = name_of(object);
	json_t	   *child = name_of(json_object_get(object, "child"));

	if (json_is_string(json_object_get(object, "type")) && json_is_array(json_object_get(object, "content")))
		return rich_text.decode(object, connection);
	if (name == NULL)
		return jira_json_made(json_string(jira_json_text(object)));
	if (json_is_string(name) && json_is_string(child))
		return jira_json_made(json_string(psprintf("%s / %s", json_string_value(name), json_string_value(child))));
	return json_incref(name);
}

static json_t *
decode(json_t *value, const Connection *connection)
{
	json_t	   *list;

	if (json_is_object(value))
		return text_of_object(value, connection);
	if (!json_is_array(value))
		return json_incref(value);
	list = jira_json_made(json_array());
	for (size_t i = 0; i < json_array_size(value); i++)
		json_array_append_new(list, decode(json_array_get(value, i), connection));
	return list;
}

const Codec field_text = {.decode = decode,.keeps_strings = true};
