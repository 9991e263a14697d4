/*
 * field.c
 *	  The fields of a Jira, found by id or name.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "client/identity.h"
#include "client/reply.h"
#include "client/site.h"
#include "engine/field.h"
#include "engine/side_request.h"
#include "utils/fold.h"
#include "utils/foreign_text.h"
#include "utils/quoted.h"

/* The fields are requested again after this time, if a name was not found or Jira refused. */
#define RENEWAL_MS (60 * 1000)

#define CUSTOM_PREFIX "customfield_"

typedef struct Catalogue
{
	MemoryContext context;		/* owns all of this */
	json_t	   *fields;			/* NULL: refused */
	TimestampTz asked;
} Catalogue;

static const SystemField system_fields[] = {
	{"aggregateprogress"},
	{"aggregatetimeestimate"},
	{"aggregatetimeoriginalestimate"},
	{"aggregatetimespent"},
	{"assignee", "user"},
	{"attachment"},
	{"comment", "comments-page"},
	{"components", "component", true},
	{"created"},
	{"creator"},
	{"description", TEXT_AREA_TYPE},
	{"duedate", "date"},
	{"environment", TEXT_AREA_TYPE},
	{"fixVersions", "version", true},
	{"id"},
	{"issuekey"},
	{"issuelinks"},
	{"issuerestriction"},
	{"issuetype", "issuetype"},
	{"key"},
	{"labels", "string", true},
	{"lastViewed"},
	{"parent", "issuelink"},
	{"priority", "priority"},
	{"progress"},
	{"project", "project"},
	{"reporter", "user"},
	{"resolution", "resolution"},
	{"resolutiondate"},
	{"security", "securitylevel"},
	{"status"},
	{"statusCategory"},
	{"statuscategorychangedate"},
	{"subtasks"},
	{"summary", "string"},
	{"thumbnail"},
	{"timeestimate"},
	{"timeoriginalestimate"},
	{"timespent"},
	{"timetracking"},
	{"updated"},
	{"versions", "version", true},
	{"votes"},
	{"watches"},
	{"worklog"},
	{"workratio"}
};

/* System fields with more than one value that are not written as a list. */
static const char *const lists[] = {
	"attachment", "comment", "issuelinks", "issuerestriction", "subtasks", "thumbnail", "worklog"
};

/* Columns of jira_issue that Jira calls otherwise. */
static const struct
{
	const char *column;
	const char *id;
}			columns[] = {
	{"assignee_name", "assignee"},
	{"due", "duedate"},
	{"fix_versions", "fixVersions"},
	{"issue_type", "issuetype"},
	{"reporter_name", "reporter"},
	{"resolved", "resolutiondate"},
	{"status_category", "statusCategory"}
};

static void
forget_catalogue(Site *site)
{
	MemoryContextDelete(site->catalogue->context);
	site->catalogue = NULL;
}

static void
keep_catalogue(Site *site, json_t *fields)
{
	MemoryContext context = AllocSetContextCreate(site->context, "Jira fields",
												  ALLOCSET_SMALL_SIZES);
	Catalogue  *catalogue = MemoryContextAllocZero(context, sizeof(Catalogue));

	catalogue->context = context;
	catalogue->asked = GetCurrentTimestamp();
	if (fields)
		catalogue->fields = jira_json_own(context, json_incref(fields));
	site->catalogue = catalogue;
}

/* The fields, or why there are none; *fields is NULL then. */
static Problem *
try_fields(Client *client, json_t **fields)
{
	Request    *request = request_make("jira_lookup_fields", "GET");
	Problem    *problem;

	request->path = MemoryContextStrdup(request->context,
										psprintf("/rest/api/%d/field",
												 client->connection->api_version));
	side_request_mark(request, client->connection, &side_request_fields);
	problem = client_try(client_start(CurrentMemoryContext, client, request), fields);
	if (problem == NULL && !json_is_array(*fields))
		problem = reply_malformed(request, pstrdup("It is not a list of fields."));
	if (problem == NULL && json_array_size(*fields) == 0)
		problem = identity_doubt(client, request);
	if (problem)
		*fields = NULL;
	return problem;
}

/* NULL if the account may not read fields, unless they are required. */
static json_t *
ask_for_fields(Client *client, bool needed)
{
	json_t	   *fields;
	Problem    *problem = try_fields(client, &fields);
	bool		is_refused = problem && (problem->sqlstate == ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION ||
										 problem->sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE);

	if (problem && (needed || !is_refused))
		problem_raise(problem);
	return fields;
}

static bool
is_old(const Catalogue *catalogue)
{
	return TimestampDifferenceExceeds(catalogue->asked, GetCurrentTimestamp(), RENEWAL_MS);
}

static json_t *
find_fields(Client *client, bool needed)
{
	Site	   *site = site_of(client);
	Catalogue  *known = site->catalogue;
	json_t	   *fields;

	if (known && (known->fields || (!needed && !is_old(known))))
		return known->fields;
	if (known)
		forget_catalogue(site);
	fields = ask_for_fields(client, needed);
	if (fields == NULL || json_array_size(fields) > 0)
		keep_catalogue(site, fields);
	return fields;
}

bool
field_may_be_read(Client *client)
{
	return find_fields(client, false) != NULL;
}

json_t *
field_catalogue(Client *client)
{
	return find_fields(client, true);
}

json_t *
field_catalogue_anew(Client *client)
{
	Site	   *site = site_of(client);

	if (site->catalogue)
		forget_catalogue(site);
	return find_fields(client, true);
}

/* Drops the fields if they are old, so that they are requested again; else returns false. */
static bool
renew_catalogue(Client *client)
{
	Site	   *site = site_of(client);

	if (site->catalogue == NULL || !is_old(site->catalogue))
		return false;
	forget_catalogue(site);
	return true;
}

json_t *
field_found(Client *client, const char *id)
{
	size_t		i;
	json_t	   *field;

	json_array_foreach(find_fields(client, false), i, field)
	{
		const char *its = json_string_value(json_object_get(field, "id"));

		if (its && strcmp(its, id) == 0)
			return jira_json_own(CurrentMemoryContext, json_incref(field));
	}
	return NULL;
}

bool
field_is_known(Client *client)
{
	return site_of(client)->catalogue != NULL;
}

bool
field_learn(Client *client)
{
	Site	   *site = site_of(client);
	json_t	   *fields;

	if (site->catalogue == NULL && try_fields(client, &fields) == NULL && json_array_size(fields) > 0)
		keep_catalogue(site_of(client), fields);
	site = site_of(client);
	return site->catalogue && site->catalogue->fields;
}

const char *
field_name(Client *client, const char *id)
{
	return json_string_value(json_object_get(field_found(client, id), "name"));
}

static bool
member_is(json_t *field, const char *member, const char *folded)
{
	const char *text = json_string_value(json_object_get(field, member));

	return text && fold_equal(text, folded);
}

/* Cloud translates names into the account's language; the untranslated name is accepted, too. */
static bool
is_called(json_t *field, const char *folded)
{
	return member_is(field, "name", folded) || member_is(field, "untranslatedName", folded);
}

json_t *
field_ids_of_type(Client *client, const char *custom_type, const char *name)
{
	json_t	   *ids = jira_json_array(CurrentMemoryContext);
	char	   *folded = name ? fold_utf8(name) : NULL;
	size_t		i;
	json_t	   *field;

	json_array_foreach(field_catalogue(client), i, field)
	{
		const char *type = json_string_value(json_object_get(json_object_get(field, "schema"),
															 "custom"));

		if (type && strcmp(type, custom_type) == 0 && (folded == NULL || is_called(field, folded)))
			json_array_append(ids, json_object_get(field, "id"));
	}
	return ids;
}

/* The field with this id, else the fields with this name. */
static json_t *
fields_meant(json_t *catalogue, const char *text)
{
	json_t	   *named = jira_json_array(CurrentMemoryContext);
	json_t	   *like_id = jira_json_array(CurrentMemoryContext);
	char	   *folded = fold_utf8(text);
	size_t		i;
	json_t	   *field;

	json_array_foreach(catalogue, i, field)
	{
		const char *id = json_string_value(json_object_get(field, "id"));

		if (id && strcmp(id, text) == 0)
			return jira_json_own(CurrentMemoryContext, json_pack("[O]", field));
		if (id && is_called(field, folded))
			json_array_append(named, field);
		else if (id && member_is(field, "id", folded))
			json_array_append(like_id, field);
	}
	return json_array_size(named) > 0 ? named : like_id;
}

/* "customfield_10016 (number), customfield_10040 (option, of project 10002)" */
static char *
list_fields(json_t *fields)
{
	StringInfoData list;
	size_t		i;
	json_t	   *field;

	initStringInfo(&list);
	json_array_foreach(fields, i, field)
	{
		json_t	   *type = json_object_get(json_object_get(field, "schema"), "type");
		json_t	   *project = json_object_get(json_object_get(json_object_get(field, "scope"),
															  "project"), "id");

		appendStringInfo(&list, "%s%s (%s", i > 0 ? ", " : "",
						 json_string_value(json_object_get(field, "id")),
						 json_is_string(type) ? json_string_value(type) : "no type");
		if (json_is_string(project))
			appendStringInfo(&list, ", of project %s", json_string_value(project));
		appendStringInfoChar(&list, ')');
	}
	return list.data;
}

static void
refuse_name(const char *text, json_t *meant)
{
	char	   *name = foreign_text(text, strlen(text), NAMEDATALEN * 4);

	if (json_array_size(meant) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("Jira has no field \"%s\"", name),
				 errhint("Look at the names and ids in jira_lookup_fields().")));
	ereport(ERROR,
			(errcode(ERRCODE_AMBIGUOUS_COLUMN),
			 errmsg("Jira has several fields \"%s\"", name),
			 errdetail("They are: %s.", quoted(list_fields(meant))),
			 errhint("Give the id of one.")));
}

const SystemField *
field_system(const char *id)
{
	for (int i = 0; i < lengthof(system_fields); i++)
		if (strcmp(system_fields[i].id, id) == 0)
			return &system_fields[i];
	return NULL;
}

static bool
is_custom_id(const char *text)
{
	size_t		prefix = strlen(CUSTOM_PREFIX);

	return strncmp(text, CUSTOM_PREFIX, prefix) == 0 && text[prefix] != '\0' &&
		text[prefix + strspn(text + prefix, "0123456789")] == '\0';
}

bool
field_has_one_value(Client *client, const char *id)
{
	const SystemField *system = field_system(id);
	const char *type;

	for (int i = 0; i < lengthof(lists); i++)
		if (strcmp(lists[i], id) == 0)
			return false;
	if (system)
		return !system->list;
	if (!is_custom_id(id) || !field_is_known(client))
		return false;
	type = json_string_value(jira_json_own(CurrentMemoryContext,
										   jira_json_get_or_null(field_found(client, id), "schema.type")));
	return type && strcmp(type, "array") != 0;
}

/* The id of a column's field in the current memory context, NULL if it is none. */
static json_t *
id_of_column(const char *text)
{
	for (int i = 0; i < lengthof(columns); i++)
		if (strcmp(columns[i].column, text) == 0)
			return jira_json_own(CurrentMemoryContext, json_string(columns[i].id));
	return NULL;
}

/* A column that is named after a field has underscores for its spaces. */
static json_t *
fields_called(Client *client, const char *text)
{
	json_t	   *meant = fields_meant(field_catalogue(client), text);
	char	   *spaced = pstrdup(text);

	for (char *c = spaced; *c; c++)
		if (*c == '_')
			*c = ' ';
	return json_array_size(meant) > 0 || strcmp(spaced, text) == 0
		? meant : fields_meant(field_catalogue(client), spaced);
}

json_t *
field_id(Client *client, json_t *name)
{
	const char *text = json_string_value(name);
	json_t	   *meant = id_of_column(text);

	if (is_custom_id(text) || field_system(text))
		return name;
	if (meant)
		return meant;
	meant = fields_called(client, text);
	if (json_array_size(meant) == 0 && renew_catalogue(client))
		meant = fields_called(client, text);
	if (json_array_size(meant) != 1)
		refuse_name(text, meant);
	return json_object_get(json_array_get(meant, 0), "id");
}

/* Further fields of the issues of a sprint; GET /field does not list them. */
static bool
is_agile_field(const char *text, const char *endpoint)
{
	static const char *const fields[] = {"sprint", "closedSprints", "epic", "flagged"};

	for (int i = 0; i < lengthof(fields); i++)
		if (strcmp(text, fields[i]) == 0)
			return strncmp(endpoint, "/rest/api/", strlen("/rest/api/")) != 0;
	return false;
}

/* A new reference. */
static json_t *
wanted_field(Client *client, json_t *name, const char *endpoint)
{
	const char *text = json_string_value(name);
	bool		without = text[0] == '-';
	json_t	   *rest = jira_json_own(CurrentMemoryContext, json_string(text + without));

	if (strcmp(text + without, "*all") == 0 || strcmp(text + without, "*navigable") == 0 ||
		is_agile_field(text + without, endpoint))
		return json_incref(name);
	rest = field_id(client, rest);
	return without ? jira_json_made(json_pack("s+", "-", json_string_value(rest)))
		: json_incref(rest);
}

json_t *
field_ids(Client *client, json_t *names, const char *endpoint)
{
	json_t	   *ids = jira_json_array(CurrentMemoryContext);
	size_t		i;
	json_t	   *name;

	json_array_foreach(names, i, name)
	{
		if (json_is_string(name))
			json_array_append_new(ids, wanted_field(client, name, endpoint));
	}
	return ids;
}
