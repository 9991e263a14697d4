/*
 * field_value.c
 *	  Values of fields as a person writes them, in the form that Jira takes.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "utils/fmgrprotos.h"

#include "engine/codec.h"
#include "engine/field.h"
#include "engine/field_value_private.h"
#include "json/value.h"
#include "utils/context.h"
#include "utils/quoted.h"

/* What a value is in JSON. */
typedef enum Kind
{
	ANYTHING,					/* as it was given */
	TEXT,
	NAME,						/* of one of the values that Jira has; a text */
	NUMBER,
	DATE,
	DATE_TIME
} Kind;

/* What a field wants. */
typedef struct Form
{
	Kind		kind;
	const Codec *codec;			/* of a text; NULL: it is what Jira wants */
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

/* By schema.custom, schema.type, or schema.items where that is "array". */
static const struct
{
	const char *type;
	Kind		kind;
	const Codec *codec;
}			types[] = {

	{TEXT_AREA_TYPE, TEXT, &rich_text},
	{SPRINT_TYPE, NUMBER},
	{"comments-page", TEXT, &comment},
	{"component", NAME, &name_only},
	{"date", DATE},
	{"datetime", DATE_TIME},
	{"group", NAME, &name_only},
	{"issuelink", NAME, &key_reference},
	{"issuetype", NAME, &name_reference},
	{"number", NUMBER},
	{"option", NAME, &option},
	{"option-with-child", NAME, &cascade},
	{"priority", NAME, &name_reference},
	{"project", NAME, &key_reference},
	{"resolution", NAME, &name_reference},
	{"securitylevel", NAME, &name_reference},
	{"string", TEXT},
	{"user", NAME, &user_reference},
	{"version", NAME, &name_only}
};

/* Returns false for a type that is not in the table; it may be NULL. */
static bool
form_of_type(const char *type, bool list, Form *form)
{
	memset(form, 0, sizeof(Form));
	form->list = list;
	for (int i = 0; type && i < lengthof(types); i++)
	{
		if (strcmp(types[i].type, type) != 0)
			continue;
		form->kind = types[i].kind;
		form->codec = types[i].codec;
		return true;
	}
	return false;
}

static Form
form_of_schema(json_t *schema)
{
	const char *type = json_string_value(json_object_get(schema, "type"));
	Form		form;

	if (form_of_type(json_string_value(json_object_get(schema, "custom")), false, &form))
		return form;
	if (type && strcmp(type, "array") == 0)
		(void) form_of_type(json_string_value(json_object_get(schema, "items")), true, &form);
	else
		(void) form_of_type(type, false, &form);
	return form;
}

/* Keeps the name of a custom field for messages. */
static void
note_name(Request *request, const char *id, json_t *field)
{
	json_t	   *name = json_object_get(field, "name");

	if (!json_is_string(name))
		return;
	if (request->field_names == NULL)
		request->field_names = jira_json_object(request->context);
	json_object_set(request->field_names, id, name);
}

/* A text has another form in most fields, a number hardly ever. */
static bool
may_guess(json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!may_guess(json_array_get(value, i)))
			return false;
	return !json_is_string(value);
}

/*
 * Jira's own objects and null have no other form, and their field is not asked
 * for.  Nor is that of a number, in a process that can wait: if Jira refuses it,
 * the request is built again.
 */
static Form
form_for(Client *client, Request *request, const char *id, json_t *value)
{
	const SystemField *system = field_system(id);
	json_t	   *field = NULL;
	Form		form;

	if (system)
	{
		(void) form_of_type(system->type, system->list, &form);
		return form;
	}
	if (client->lookups == NULL && !field_is_known(client) && may_guess(value))
		request->guesses |= !json_is_object(value) && !json_is_null(value);
	else if (!json_is_object(value) && !json_is_null(value))
		field = field_found(client, id);
	note_name(request, id, field);
	return form_of_schema(json_object_get(field, "schema"));
}

/* A value on its way to a field, for errors. */
typedef struct FieldValue
{
	const char *id;
	json_t	   *names;			/* those of the request, or NULL */
} FieldValue;

static void
describe_value(void *arg)
{
	const FieldValue *given = arg;
	const char *name = json_string_value(json_object_get(given->names, given->id));

	errcontext("value of field \"%s\"", name ? value_text(json_object_get(given->names, given->id)) : given->id);
}

static json_t *
text_of(json_t *value, Kind kind)
{
	if (json_is_integer(value))
		return json_sprintf(INT64_FORMAT, (int64) json_integer_value(value));
	if (json_is_boolean(value))
		return json_string(json_is_true(value) ? "true" : "false");
	/* Whoever writes 1.10 for a version means another one than 1.1. */
	if (kind == NAME)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a number with fractions cannot be the name of a value"),
				 errhint("Give the name as a text.")));
	return json_string(jira_json_text(value));
}

/* A text that is no number is left to Jira. */
static json_t *
number_of(json_t *text)
{
	if (strspn(json_string_value(text), "+-.0123456789eE \t") != json_string_length(text) ||
		json_string_value(text)[strcspn(json_string_value(text), "0123456789")] == '\0')
		return json_incref(text);
	return value_to_json(DirectFunctionCall3(numeric_in, CStringGetDatum(json_string_value(text)),
											 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)),
						 NUMERICOID);
}

static json_t *
date_time_of(json_t *text)
{
	Datum		moment = DirectFunctionCall3(timestamptz_in, CStringGetDatum(value_text(text)),
											 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));

	return value_to_json(moment, TIMESTAMPTZOID);
}

/* The day of a time is the one that is written, whatever zone is behind it. */
static json_t *
date_of(json_t *text)
{
	const char *value = json_string_value(text);
	static const char form[] = "dddd-dd-dd";
	size_t		i = 0;
	Timestamp	day;
	struct pg_tm tm;
	fsec_t		fraction;

	while (form[i] && (form[i] == 'd' ? isdigit((unsigned char) value[i]) : value[i] == form[i]))
		i++;
	if (form[i] == '\0' && (value[i] == '\0' || value[i] == 'T' || value[i] == ' '))
		return json_stringn(value, i);
	day = DatumGetTimestamp(DirectFunctionCall1(date_timestamp,
												DirectFunctionCall1(date_in, CStringGetDatum(value_text(text)))));
	if (!value_timestamp(day, &tm, &fraction))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date cannot be sent to Jira")));
	return json_sprintf("%04d-%02d-%02d", tm.tm_year, tm.tm_mon, tm.tm_mday);
}

/* A scalar as the kind of value that the field wants: a new reference. */
static json_t *
convert_scalar(Kind kind, json_t *value)
{
	bool		is_empty = json_is_string(value) && json_string_length(value) == 0;

	if ((kind == TEXT || kind == NAME) && (json_is_number(value) || json_is_boolean(value)))
		return jira_json_made(text_of(value, kind));
	if (!json_is_string(value) || is_empty)
		return json_incref(value);
	switch (kind)
	{
		case NUMBER:
			return number_of(value);
		case DATE:
			return jira_json_made(date_of(value));
		case DATE_TIME:
			return date_time_of(value);
		default:
			return json_incref(value);
	}
}

static json_t *
convert_each(Kind kind, json_t *values)
{
	json_t	   *converted = jira_json_array(CurrentMemoryContext);

	for (size_t i = 0; i < json_array_size(values); i++)
		json_array_append_new(converted, convert_scalar(kind, json_array_get(values, i)));
	return json_incref(converted);
}

/* A new reference. */
static json_t *
encode_one(Form form, FieldValue *given, json_t *value, const Connection *connection)
{
	ErrorContextCallback callback;
	json_t	   *scalar;

	context_push(&callback, describe_value, given);
	scalar = jira_json_own(CurrentMemoryContext, form.codec == &cascade && json_is_array(value)
						   ? convert_each(form.kind, value) : convert_scalar(form.kind, value));
	context_pop(&callback);
	if (form.codec && (json_is_string(scalar) || (form.codec == &cascade && json_is_array(scalar))))
		return form.codec->encode(scalar, connection);
	return json_incref(scalar);
}

static bool
is_scalar(const json_t *value)
{
	return json_is_string(value) || json_is_number(value) || json_is_boolean(value);
}

/* A new reference; one value where a list belongs is a list of one. */
static json_t *
encode_value(Form form, FieldValue *given, json_t *value, const Connection *connection)
{
	json_t	   *list;

	if (!form.list || !(is_scalar(value) || json_is_array(value)))
		return encode_one(form, given, value, connection);
	list = jira_json_array(CurrentMemoryContext);
	if (is_scalar(value))
		json_array_append_new(list, encode_one(form, given, value, connection));
	for (size_t i = 0; i < json_array_size(value); i++)
		json_array_append_new(list, encode_one(form, given, json_array_get(value, i), connection));
	return json_incref(list);
}

/* "edit" and "copy" take objects; a text with them is Jira's to refuse. */
static json_t *
encode_operation(Client *client, Request *request, const char *id, json_t *operation)
{
	json_t	   *encoded = jira_json_object(CurrentMemoryContext);
	const char *verb;
	json_t	   *operand;

	if (!json_is_object(operation))
		return json_incref(operation);
	json_object_foreach(operation, verb, operand)
	{
		Form		form = form_for(client, request, id, operand);
		FieldValue	given = {id, request->field_names};

		if (strcmp(verb, "set") != 0)
			form.list = false;
		json_object_set_new(encoded, verb, encode_value(form, &given, operand, client->connection));
	}
	return json_incref(encoded);
}

static json_t *
encode_operations(Client *client, Request *request, const char *id, json_t *operations)
{
	json_t	   *encoded = jira_json_array(CurrentMemoryContext);

	if (!json_is_array(operations))
		return json_incref(operations);
	for (size_t i = 0; i < json_array_size(operations); i++)
		json_array_append_new(encoded,
							  encode_operation(client, request, id, json_array_get(operations, i)));
	return json_incref(encoded);
}

static json_t *
encode_field(Client *client, Request *request, const char *id, json_t *value)
{
	Form		form = form_for(client, request, id, value);
	FieldValue	given = {id, request->field_names};

	return encode_value(form, &given, value, client->connection);
}

/* The members of an object under the ids of their fields, each encoded. */
static json_t *
encode_members(Client *client, Request *request, const char *argument, json_t *given,
			   json_t *(*encode) (Client *client, Request *request, const char *id, json_t *value))
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
		json_object_set_new(encoded, id, encode(client, request, id, value));
	}
	return encoded;
}

json_t *
field_value_fields(Client *client, Request *request, const char *argument, json_t *given)
{
	return encode_members(client, request, argument, given, encode_field);
}

json_t *
field_value_updates(Client *client, Request *request, const char *argument, json_t *given)
{
	return encode_members(client, request, argument, given, encode_operations);
}
