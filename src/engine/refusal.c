/*
 * refusal.c
 *	  What a field would take of which Jira has refused the value.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "engine/action.h"
#include "engine/field.h"
#include "engine/refusal_private.h"
#include "http/url.h"
#include "utils/fold.h"
#include "utils/foreign_text.h"
#include "utils/own.h"

/* Of the allowed values a hint shows so many, of the options below one so many, and of each so many bytes. */
#define MOST_VALUES 20
#define MOST_CHILDREN 5
#define MOST_BYTES 60

/* The most fields that a hint is about. */
#define MOST_FIELDS 5

/* What a page of metadata has at most; Cloud refuses more. */
#define PAGE_SIZE 200

/* Types with values to choose from; by schema.type, or schema.items of lists. */
static const char *const listed_types[] = {
	"component", "issuetype", "option", "option-with-child", "priority", "resolution",
	"securitylevel", "version"
};

/* The type of a field, or of the elements of a list; NULL if it is not known. */
static const char *
type_of(Client *client, const char *id)
{
	const SystemField *system = field_system(id);
	json_t	   *schema;
	const char *type;

	if (system)
		return system->type;
	if (!field_is_known(client))
		return NULL;
	schema = json_object_get(field_found(client, id), "schema");
	type = json_string_value(json_object_get(schema, "type"));
	return type && strcmp(type, "array") == 0
		? json_string_value(json_object_get(schema, "items")) : type;
}

static bool
is_listed(const char *type)
{
	for (int i = 0; type && i < lengthof(listed_types); i++)
		if (strcmp(listed_types[i], type) == 0)
			return true;
	return false;
}

/* NULL if Jira does not answer: the refusal is what counts. */
static json_t *
ask(Client *client, const Request *refused, const char *path)
{
	Request    *request = request_make(refused->action, GET);
	json_t	   *document;

	request->path = pstrdup(path);
	if (client_try(client_start(CurrentMemoryContext, client, request), &document))
		return NULL;
	return document;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t		length = strlen(text);

	return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* A page of metadata: Cloud and Server have other names for the list. */
static json_t *
list_in(json_t *page, const char *cloud_name)
{
	json_t	   *list = json_object_get(page, cloud_name);

	return list ? list : json_object_get(page, "values");
}

/* The element of a list that a reference like {"id": ...} or {"name": ...} means. */
static json_t *
element_meant(json_t *list, json_t *reference)
{
	static const char *const members[] = {"id", "name"};
	size_t		i;
	json_t	   *element;

	json_array_foreach(list, i, element)
	{
		for (int j = 0; j < lengthof(members); j++)
		{
			const char *wanted = json_string_value(json_object_get(reference, members[j]));
			const char *its = json_string_value(json_object_get(element, members[j]));

			if (wanted && its && fold_equal(its, fold_utf8(wanted)))
				return element;
		}
	}
	return NULL;
}

/*
 * The metadata of the fields of an issue to be created; the issue types, where
 * the project does not have the one that was given.
 */
static json_t *
creation_metadata(Client *client, const Request *refused)
{
	json_t	   *fields = json_object_get(refused->body, "fields");
	json_t	   *project = json_object_get(fields, "project");
	json_t	   *key = json_object_get(project, json_object_get(project, "id") ? "id" : "key");
	json_t	   *types;
	json_t	   *type;
	char	   *path;

	if (!json_is_string(key) || strpbrk(json_string_value(key), "./\\?#%;"))
		return NULL;
	path = psprintf("%s/createmeta/%s/issuetypes", refused->path,
					(char *) jira_own(CurrentMemoryContext, url_escape(json_string_value(key)), free));
	types = list_in(ask(client, refused, psprintf("%s?maxResults=%d", path, PAGE_SIZE)), "issueTypes");
	type = element_meant(types, json_object_get(fields, "issuetype"));
	if (type == NULL)
		return types ? jira_json_own(CurrentMemoryContext,
									 json_pack("[{sssO}]", "fieldId", "issuetype", "allowedValues", types)) : NULL;
	if (!json_is_string(json_object_get(type, "id")))
		return NULL;
	return list_in(ask(client, refused,
					   psprintf("%s/%s?maxResults=%d", path,
								(char *) jira_own(CurrentMemoryContext,
												  url_escape(json_string_value(json_object_get(type, "id"))), free),
								PAGE_SIZE)), "fields");
}

/* The metadata of the fields on the screen of a transition. */
static json_t *
transition_metadata(Client *client, const Request *refused)
{
	json_t	   *reply = ask(client, refused, psprintf("%s?expand=transitions.fields", refused->path));

	return json_object_get(element_meant(json_object_get(reply, "transitions"),
										 json_object_get(refused->body, "transition")), "fields");
}

/* An array of fields with "fieldId", or an object by id; NULL if there is none. */
static json_t *
metadata_for(Client *client, const Request *refused)
{
	if (strcmp(refused->method, PUT) == 0)
		return json_object_get(ask(client, refused, psprintf("%s/editmeta", refused->path)), "fields");
	if (ends_with(refused->path, "/issue"))
		return creation_metadata(client, refused);
	if (ends_with(refused->path, "/transitions"))
		return transition_metadata(client, refused);
	return NULL;
}

static json_t *
allowed_values(json_t *metadata, const char *id)
{
	size_t		i;
	json_t	   *field;

	if (json_is_object(metadata))
		return json_object_get(json_object_get(metadata, id), "allowedValues");
	json_array_foreach(metadata, i, field)
	{
		const char *its = json_string_value(json_object_get(field, "fieldId"));

		if (its && strcmp(its, id) == 0)
			return json_object_get(field, "allowedValues");
	}
	return NULL;
}

static void
append_name(StringInfo out, json_t *value)
{
	static const char *const members[] = {"value", "name", "id"};
	json_t	   *name = NULL;

	for (int i = 0; i < lengthof(members) && !json_is_string(name); i++)
		name = json_object_get(value, members[i]);
	appendStringInfo(out, "\"%s\"", json_is_string(name)
					 ? foreign_text(json_string_value(name), json_string_length(name), MOST_BYTES) : "?");
}

/* With the options below each option, where "most_children" is not zero. */
static void
append_values(StringInfo out, json_t *values, int most, int most_children)
{
	size_t		count = json_array_size(values);

	for (size_t i = 0; i < Min(count, most); i++)
	{
		json_t	   *children = json_object_get(json_array_get(values, i), "children");

		if (i > 0)
			appendStringInfoString(out, ", ");
		append_name(out, json_array_get(values, i));
		if (most_children == 0 || json_array_size(children) == 0)
			continue;
		appendStringInfoString(out, " (");
		append_values(out, children, most_children, 0);
		appendStringInfoChar(out, ')');
	}
	if (count > most)
		appendStringInfo(out, " and %zu more", count - most);
}

static void
append_hint(StringInfo hint, Client *client, const char *shown, const char *type, json_t *values)
{
	const char *before = hint->len > 0 ? " " : "";

	if (json_array_size(values) > 0)
	{
		appendStringInfo(hint, "%sField \"%s\" takes: ", before, shown);
		append_values(hint, values, MOST_VALUES, MOST_CHILDREN);
		appendStringInfoChar(hint, '.');
	}
	else if (strcmp(type, "user") == 0)
		appendStringInfo(hint, client->connection->deployment == CLOUD
						 ? "%sField \"%s\" takes the account ID of a user: column \"account\" of jira_lookup_users_stream_by_name('name or e-mail address')."
						 : "%sField \"%s\" takes the user name of a user: column \"account\" of jira_lookup_users_stream_by_name('name or e-mail address').",
						 before, shown);
}

/*
 * Was a value of the field sent, as one of several or as what the request is
 * about (".../assignee")?  Else the complaint is that there was none.
 */
static bool
was_sent(const Request *refused, const char *id)
{
	json_t	   *value = json_object_get(json_object_get(refused->body, "fields"), id);

	return (value && !json_is_null(value)) ||
		json_object_get(json_object_get(refused->body, "update"), id) ||
		ends_with(refused->path, psprintf("/%s", id));
}

/* A name for people, which the request keeps. */
static char *
shown_name(Client *client, Request *request, const char *id)
{
	const char *name = field_system(id) || !field_learn(client) ? NULL : field_name(client, id);

	if (name == NULL)
		return foreign_text(id, strlen(id), MOST_BYTES);
	if (request->field_names == NULL)
		request->field_names = jira_json_object(request->context);
	json_object_set_new(request->field_names, id, json_string(name));
	return foreign_text(name, strlen(name), MOST_BYTES);
}

char *
refusal_hint(Client *client, Request *request, json_t *errors)
{
	StringInfoData hint;
	json_t	   *metadata = NULL;
	bool		has_metadata = false;
	const char *id;
	json_t	   *words;
	int			fields = 0;

	initStringInfo(&hint);
	json_object_foreach(errors, id, words)
	{
		const char *type;
		char	   *shown;

		if (!was_sent(request, id) || fields++ >= MOST_FIELDS)
			continue;
		shown = shown_name(client, request, id);
		type = type_of(client, id);
		if (is_listed(type) && !has_metadata)
		{
			metadata = metadata_for(client, request);
			has_metadata = true;
		}
		if (type)
			append_hint(&hint, client, shown, type, is_listed(type) ? allowed_values(metadata, id) : NULL);
	}
	return hint.len > 0 ? hint.data : NULL;
}
