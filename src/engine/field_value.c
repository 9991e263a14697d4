/*
 * field_value.c
 *	  Values of fields as a person writes them, in the form that Jira takes.
 */
#include "postgres.h"

#include "engine/codec.h"
#include "engine/field.h"
#include "engine/field_value_private.h"
#include "utils/quoted.h"

typedef struct Form
{
	const Codec *codec;			/* of a text; NULL: texts are what Jira wants */
	bool		list;			/* of such values */
} Form;

static json_t *
encode_name(json_t *text, const Connection *connection)
{
	return jira_json_made(json_pack("{sO}", "name", text));
}

/* "2026" is a name of a version as good as any: digits are no id here. */
static const Codec name_only = {encode_name};

static json_t *
encode_option(json_t *text, const Connection *connection)
{
	return jira_json_made(json_pack("{sO}", "value", text));
}

static const Codec option = {encode_option};

/* One of a list, then one of the list that belongs to it: "A" or ["A", "B"]. */
static json_t *
encode_options(json_t *value, const Connection *connection)
{
	json_t	   *first = json_is_array(value) ? json_array_get(value, 0) : value;
	json_t	   *second = json_is_array(value) ? json_array_get(value, 1) : NULL;

	if (!json_is_string(first) || json_array_size(value) > 2 ||
		(second && !json_is_string(second)))
		return json_incref(value);
	if (second)
		return jira_json_made(json_pack("{sOs{sO}}", "value", first, "child", "value", second));
	return encode_option(first, connection);
}

static const Codec cascade = {encode_options};

/* Something to add with the member "update". */
static json_t *
encode_comment(json_t *text, const Connection *connection)
{
	return jira_json_made(json_pack("{so}", "body", rich_text.encode(text, connection)));
}

static const Codec comment = {encode_comment};

/* By schema.type, or schema.items where that is "array", or TEXT_AREA_TYPE. */
static const struct
{
	const char *type;
	const Codec *codec;
}			types[] = {

	{TEXT_AREA_TYPE, &rich_text},
	{"comments-page", &comment},
	{"component", &name_only},
	{"group", &name_only},
	{"issuelink", &key_reference},
	{"issuetype", &name_reference},
	{"option", &option},
	{"option-with-child", &cascade},
	{"priority", &name_reference},
	{"project", &key_reference},
	{"resolution", &name_reference},
	{"securitylevel", &name_reference},
	{"user", &user_reference},
	{"version", &name_only}
};

/* "type" may be NULL. */
static Form
form_of_type(const char *type, bool list)
{
	Form		form = {NULL, list};

	for (int i = 0; type && i < lengthof(types); i++)
		if (strcmp(types[i].type, type) == 0)
			form.codec = types[i].codec;
	return form;
}

static Form
form_of_schema(json_t *schema)
{
	const char *custom = json_string_value(json_object_get(schema, "custom"));
	const char *type = json_string_value(json_object_get(schema, "type"));

	if (custom && strcmp(custom, TEXT_AREA_TYPE) == 0)
		return form_of_type(custom, false);
	if (type && strcmp(type, "array") == 0)
		return form_of_type(json_string_value(json_object_get(schema, "items")), true);
	return form_of_type(type, false);
}

/* Only texts have another form, so only they are worth asking for the field. */
static Form
form_for(Client *client, const char *id, json_t *value)
{
	const SystemField *system = field_system(id);
	json_t	   *field;

	if (system)
		return form_of_type(system->type, system->list);
	field = json_is_string(value) || json_is_array(value) ? field_found(client, id) : NULL;
	return form_of_schema(json_object_get(field, "schema"));
}

static json_t *
encode_one(const Codec *codec, json_t *value, const Connection *connection)
{
	if (codec == NULL || !(json_is_string(value) || (codec == &cascade && json_is_array(value))))
		return json_incref(value);
	return codec->encode(value, connection);
}

/* A new reference; one text where a list belongs is a list of one. */
static json_t *
encode_value(Form form, json_t *value, const Connection *connection)
{
	json_t	   *list;

	if (!form.list || form.codec == NULL || !(json_is_string(value) || json_is_array(value)))
		return encode_one(form.codec, value, connection);
	list = jira_json_array(CurrentMemoryContext);
	if (json_is_string(value))
		json_array_append_new(list, encode_one(form.codec, value, connection));
	for (size_t i = 0; i < json_array_size(value); i++)
		json_array_append_new(list, encode_one(form.codec, json_array_get(value, i), connection));
	return json_incref(list);
}

/* "edit" and "copy" take objects; a text with them is Jira's to refuse. */
static json_t *
encode_operation(Client *client, const char *id, json_t *operation)
{
	json_t	   *encoded = jira_json_object(CurrentMemoryContext);
	const char *verb;
	json_t	   *operand;

	if (!json_is_object(operation))
		return json_incref(operation);
	json_object_foreach(operation, verb, operand)
	{
		Form		form = form_for(client, id, operand);

		if (strcmp(verb, "set") != 0)
			form.list = false;
		json_object_set_new(encoded, verb, encode_value(form, operand, client->connection));
	}
	return json_incref(encoded);
}

static json_t *
encode_operations(Client *client, const char *id, json_t *operations)
{
	json_t	   *encoded = jira_json_array(CurrentMemoryContext);

	if (!json_is_array(operations))
		return json_incref(operations);
	for (size_t i = 0; i < json_array_size(operations); i++)
		json_array_append_new(encoded,
							  encode_operation(client, id, json_array_get(operations, i)));
	return json_incref(encoded);
}

static json_t *
encode_field(Client *client, const char *id, json_t *value)
{
	return encode_value(form_for(client, id, value), value, client->connection);
}

/* The members of an object under the ids of their fields, each encoded. */
static json_t *
encode_members(Client *client, const char *argument, json_t *given,
			   json_t *(*encode) (Client *client, const char *id, json_t *value))
{
	json_t	   *encoded = jira_json_object(CurrentMemoryContext);
	const char *name;
	json_t	   *value;

	if (!json_is_object(given))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be a JSON object", argument),
				 errhint("Its members are fields, by name or id.")));
	json_object_foreach(given, name, value)
	{
		json_t	   *text = jira_json_own(CurrentMemoryContext, json_string(name));
		const char *id = json_string_value(field_id(client, text));

		if (json_object_get(encoded, id))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"%s\" has the field \"%s\" twice", argument, quoted(id)),
					 errhint("Give a field by its name or by its id, not by both.")));
		json_object_set_new(encoded, id, encode(client, id, value));
	}
	return encoded;
}

json_t *
field_value_fields(Client *client, const char *argument, json_t *given)
{
	return encode_members(client, argument, given, encode_field);
}

json_t *
field_value_updates(Client *client, const char *argument, json_t *given)
{
	return encode_members(client, argument, given, encode_operations);
}
