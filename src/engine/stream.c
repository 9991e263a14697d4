/*
 * stream.c
 *	  A read in progress: the rows of an action as SQL values, one at a time.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "engine/build_request.h"
#include "engine/endpoint_private.h"
#include "engine/field.h"
#include "engine/pages.h"
#include "engine/stream.h"
#include "utils/context.h"
#include "utils/fold.h"
#include "utils/foreign_text.h"
#include "utils/quoted.h"
#include "utils/settings.h"

/* Rows per request, unless jira_spoke.page_size is set. */
#define PAGE_SIZE 100

/* The same if only the key is requested; Cloud allows 5000. */
#define KEY_PAGE_SIZE 1000

#define PROGRESS_INTERVAL_MS 1000

/* Values that cannot be read, of which a statement warns one by one. */
#define MOST_WARNINGS 10

/* How much of such a value is shown. */
#define MOST_SHOWN 60

struct Stream
{
	MemoryContext context;		/* owns everything here */
	MemoryContext row_context;	/* the values of one row */
	const Binding *binding;
	Client	   *client;
	Pages	   *pages;			/* NULL: there are no rows */
	bool	   *wanted;
	const char **paths;			/* of each column in a row, or NULL */
	int			filter;			/* argument that rows must match, or -1 */
	char	   *filter_text;	/* its value, folded, or NULL: all rows match */
	int64		rows;			/* number of rows returned */
	int64		most;			/* rows that the call's limit allows */
	TimestampTz next_progress;
	ActionContext action_context;
};

/* The limit that an argument of the call sets, or no limit. */
static int64
argument_limit(const Binding *binding, const Datum *values, const bool *nulls)
{
	int			argument = bind_find(binding, AS_LIMIT);

	if (argument < 0 || nulls[argument])
		return PG_INT64_MAX;
	if (DatumGetInt64(values[argument]) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" of %s must not be negative",
						binding->arguments[argument].name, binding->action->name)));
	return DatumGetInt64(values[argument]);
}

/* The list of fields goes to the query or the body, wherever the search is. */
static void
put_fields(Request *request, json_t *fields)
{
	json_t	   *parameters = request->query;

	if (strcmp(request->method, GET) != 0)
	{
		if (request->body == NULL)
			request->body = jira_json_object(request->context);
		parameters = request->body;
	}
	json_object_set(parameters, "fields", fields);
}

/* Each key once, without nulls. */
static json_t *
distinct_keys(json_t *keys, MemoryContext context)
{
	json_t	   *seen = jira_json_object(CurrentMemoryContext);
	json_t	   *result = keys ? jira_json_array(context) : NULL;

	for (size_t i = 0; i < json_array_size(keys); i++)
	{
		json_t	   *key = json_array_get(keys, i);

		if (json_is_null(key) || json_object_get(seen, json_string_value(key)))
			continue;
		json_object_set_new(seen, json_string_value(key), json_true());
		json_array_append(result, key);
	}
	return result;
}

/* "limit" is the number of rows that are needed, or -1: any number. */
static int
page_size(const Endpoint *endpoint, json_t *fields, int64 limit)
{
	int			size = endpoint->usual_rows > 0 ? endpoint->usual_rows : PAGE_SIZE;

	if (jira_page_size > 0)
		size = jira_page_size;
	else if (json_array_size(fields) == 1 &&
			 strcmp(json_string_value(json_array_get(fields, 0)), "key") == 0)
		size = KEY_PAGE_SIZE;
	if (endpoint->most_rows > 0)
		size = Min(size, endpoint->most_rows);
	return limit >= 0 && limit < size ? Max((int) limit, 1) : size;
}

/* Tells once per statement, which may open many streams. */
static void
notice_null_columns(const Stream *stream, const char *columns)
{
	static TimestampTz told = 0;
	const char *action = stream->binding->action->name;

	if (told == GetCurrentStatementStartTimestamp())
		return;
	told = GetCurrentStatementStartTimestamp();
	ereport(NOTICE,
			(errmsg("%s of %s are null", columns, action),
			 errdetail("Jira does not let the account or the token of connection \"%s\" read its fields, so that those of a story cannot be found.",
					   quoted(stream->client->connection->alias)),
			 connection_has_scopes(stream->client->connection)
			 ? errhint("See jira_required_scopes(ARRAY['%s']) for the scopes that the token needs.", action) : 0));
}

/*
 * The paths of the wanted columns, on this Jira.  Those that stand in fields with
 * another id on every Jira are null where the fields may not be read.
 */
static void
locate_columns(Stream *stream)
{
	const Binding *binding = stream->binding;
	const Action *action = binding->action;
	StringInfoData lost;

	initStringInfo(&lost);
	stream->paths = build_request_paths(binding, stream->client->connection->deployment, stream->wanted);
	for (int i = 0; i < binding->row->natts; i++)
	{
		const char *name = binding->columns[i].column ? binding->columns[i].column->name : NULL;

		if (stream->paths[i] == NULL || strcmp(stream->paths[i], LOCATED) != 0)
			continue;
		if (field_may_be_read(stream->client))
			stream->paths[i] = action->locate(stream->client, name);
		else
		{
			stream->paths[i] = NULL;
			appendStringInfo(&lost, "%s%s", lost.len > 0 ? ", " : "columns ", name);
		}
	}
	if (lost.len > 0)
		notice_null_columns(stream, lost.data);
}

/* A text of SQL, or NULL. */
static char *
folded_text(char *text)
{
	return text ? fold_utf8(pg_server_to_any(text, strlen(text), PG_UTF8)) : NULL;
}

/* The fields to ask for, NULL if the action has none to select. */
static json_t *
fields_to_ask(Stream *stream, const Request *request, const Datum *values, const bool *nulls)
{
	const Binding *binding = stream->binding;
	json_t	   *asked;

	if (binding->action->all_fields == NULL)
		return NULL;
	asked = bind_json(binding, bind_find(binding, AS_FIELDS), stream->context, values, nulls);
	if (asked)
		asked = field_ids(stream->client, asked, request->path);
	return build_request_fields(binding, stream->paths, asked, stream->context);
}

static void
finish_request(const Stream *stream, Request *request, const Endpoint *endpoint, json_t *fields)
{
	if (fields)
		put_fields(request, fields);
	build_request_shorten(request, stream->client->connection, endpoint);
}

/* May the key be missing? */
static bool
argument_missing_ok(const Binding *binding, const Datum *values, const bool *nulls)
{
	int			argument = bind_find(binding, AS_MISSING_OK);

	return argument >= 0 && !nulls[argument] && DatumGetBool(values[argument]);
}

/* Nothing is asked of Jira where the key that may be missing is NULL. */
static bool
is_missing(const Binding *binding, const Datum *values, const bool *nulls)
{
	int			key = bind_find(binding, IN_PATH);

	return argument_missing_ok(binding, values, nulls) && key >= 0 && nulls[key];
}

static void
begin_pages(Stream *stream, const Datum *values, const bool *nulls, int64 limit)
{
	const Binding *binding = stream->binding;
	const Action *action = binding->action;
	const Endpoint *endpoint = endpoint_choose(action, stream->client);
	Request    *request = build_request(binding, stream->client, endpoint, values, nulls);
	Request    *instead = NULL;
	json_t	   *keys = bind_json(binding, bind_find(binding, AS_KEYS), stream->context, values, nulls);
	json_t	   *fields = fields_to_ask(stream, request, values, nulls);

	finish_request(stream, request, endpoint, fields);
	if (endpoint->instead)
	{
		instead = build_request(binding, stream->client, endpoint->instead, values, nulls);
		finish_request(stream, instead, endpoint->instead, fields);
	}
	stream->filter = bind_find(binding, AS_FILTER);
	stream->filter_text = folded_text(bind_text(binding, stream->filter, values, nulls));
	if (stream->filter_text || endpoint->keeps)
		limit = -1;				/* the rows that are left out are not known */
	stream->pages = pages_begin(stream->client, action, endpoint, request, instead,
								page_size(endpoint, fields, limit), distinct_keys(keys, stream->context));
	if (argument_missing_ok(binding, values, nulls))
		pages_allow_missing(stream->pages);
}

static void
open_in_context(Stream *stream, const Datum *values, const bool *nulls, int64 limit)
{
	const Binding *binding = stream->binding;
	char	   *alias = bind_text(binding, bind_find(binding, ABSENT), values, nulls);

	stream->most = argument_limit(binding, values, nulls);
	if (is_missing(binding, values, nulls))
		return;
	stream->client = client_open(connection_named(alias), NULL);
	stream->action_context.connection = stream->client->connection->alias;
	locate_columns(stream);
	begin_pages(stream, values, nulls, limit);
}

Stream *
stream_open(const Binding *binding, const Datum *values, const bool *nulls,
			const bool *wanted, int64 limit)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "Jira stream",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	Stream	   *stream = palloc0(sizeof(Stream));
	ErrorContextCallback callback;

	stream->context = context;
	stream->binding = binding;
	stream->action_context.action = binding->action->name;
	stream->row_context = AllocSetContextCreate(context, "Jira row", ALLOCSET_DEFAULT_SIZES);
	stream->wanted = palloc(sizeof(bool) * binding->row->natts);
	memcpy(stream->wanted, wanted, sizeof(bool) * binding->row->natts);

	context_push_action(&callback, &stream->action_context);
	open_in_context(stream, values, nulls, limit);
	context_pop(&callback);
	MemoryContextSwitchTo(before);
	return stream;
}

/* The first value there is at one of the paths "a|b": a new reference, or NULL. */
static json_t *
first_present(json_t *row, const char *paths)
{
	for (;;)
	{
		size_t		length = strcspn(paths, "|");
		json_t	   *value = jira_json_get(row, pnstrdup(paths, length));

		if ((value && !json_is_null(value)) || paths[length] == '\0')
			return value;
		json_decref(value);
		paths += length + 1;
	}
}

/* Is the text at one of the filter's paths, ignoring case? */
static bool
matches_filter(Stream *stream, json_t *row)
{
	MemoryContext before;
	const char *paths;
	bool		equal = false;

	if (stream->filter_text == NULL)
		return true;
	paths = stream->binding->arguments[stream->filter].argument
		->wire[stream->client->connection->deployment].name;
	before = MemoryContextSwitchTo(stream->row_context);
	while (!equal && *paths)
	{
		size_t		length = strcspn(paths, "|");
		json_t	   *value = jira_json_get(row, pnstrdup(paths, length));

		equal = json_is_string(value) && fold_equal(json_string_value(value), stream->filter_text);
		json_decref(value);
		paths += length + (paths[length] == '|');
	}
	MemoryContextSwitchTo(before);
	return equal;
}

/* " of "OPS-1"", or what else tells the row from others; "" if nothing does. */
static char *
row_name(json_t *row)
{
	static const char *const members[] = {"key", "id", "accountId", "name"};

	for (int i = 0; i < lengthof(members); i++)
	{
		json_t	   *value = json_object_get(row, members[i]);
		const char *text = json_is_string(value) ? json_string_value(value)
		: json_is_integer(value) ? jira_json_text(value) : NULL;

		if (text)
			return psprintf(" of \"%s\"", foreign_text(text, strlen(text), MOST_SHOWN));
	}
	return "";
}

/* Where the value stands in Jira's reply, without what every issue has before it. */
static const char *
field_of_path(const char *path)
{
	static const char prefix[] = "fields.";

	return strncmp(path, prefix, strlen(prefix)) == 0 ? path + strlen(prefix) : path;
}

/* How many values the statement has warned of; a join may open a stream for each row. */
static int *
warnings(void)
{
	static TimestampTz statement = 0;
	static int	count = 0;

	if (statement != GetCurrentStatementStartTimestamp())
		count = 0;
	statement = GetCurrentStatementStartTimestamp();
	return &count;
}

/* Tells about a value that is none of the column's type; raises if the setting says so. */
static void
report_invalid(Stream *stream, int i, json_t *row, json_t *value)
{
	const char *column = stream->binding->columns[i].column->name;
	const char *text = json_is_string(value) ? json_string_value(value) : jira_json_text(value);
	Oid			type = stream->binding->columns[i].reader.type;
	bool		is_error = jira_invalid_values == INVALID_AS_ERROR;
	int			sqlstate = type == TIMESTAMPTZOID || type == DATEOID
	? ERRCODE_INVALID_DATETIME_FORMAT : ERRCODE_INVALID_TEXT_REPRESENTATION;

	if (!is_error && (*warnings())++ >= MOST_WARNINGS)
		return;
	ereport(is_error ? ERROR : WARNING,
			(errcode(is_error ? sqlstate : ERRCODE_WARNING),
			 errmsg("field \"%s\"%s has no value of type %s: \"%s\"",
					field_of_path(stream->paths[i]), row_name(row), format_type_be(type),
					foreign_text(text, strlen(text), MOST_SHOWN)),
			 is_error ? errhint("Set jira_spoke.invalid_values to \"null\" to read such values as NULL.")
			 : errdetail("Column \"%s\" is NULL.%s", column, *warnings() == MOST_WARNINGS
						 ? " Further values of this statement that cannot be read are NULL without a warning." : "")));
}

static Datum
column_value(Stream *stream, int i, json_t *row, bool *isnull)
{
	const Connection *connection = stream->client->connection;
	BoundColumn *bound = &stream->binding->columns[i];
	const char *path = stream->paths[i];
	json_t	   *value = path ? first_present(row, path) : NULL;

	if (value == NULL || json_is_null(value))
	{
		json_decref(value);
		*isnull = true;
		return (Datum) 0;
	}
	jira_json_own(stream->row_context, value);
	if (bound->column->codec && bound->column->codec->decode)
		value = jira_json_own(stream->row_context,
							  bound->column->codec->decode(value, connection));
	if (!value_exists(&bound->reader, value))
	{
		report_invalid(stream, i, row, value);
		*isnull = true;
		return (Datum) 0;
	}
	return value_from_json(&bound->reader, value, isnull);
}

static void
report_progress(Stream *stream)
{
	TimestampTz now;

	if (!jira_progress)
		return;
	now = GetCurrentTimestamp();
	if (stream->next_progress != 0 && now >= stream->next_progress)
		ereport(INFO,
				(errmsg("%s: " INT64_FORMAT " rows in " INT64_FORMAT " requests",
						stream->action_context.action, stream->rows, stream->client->traffic.requests)));
	if (stream->next_progress == 0 || now >= stream->next_progress)
		stream->next_progress = TimestampTzPlusMilliseconds(now, PROGRESS_INTERVAL_MS);
}

static bool
next_in_context(Stream *stream, Datum *values, bool *nulls)
{
	json_t	   *row;

	if (stream->pages == NULL)
		return false;
	do
		row = pages_next(stream->pages, stream->most - stream->rows);
	while (row && !matches_filter(stream, row));

	if (row == NULL || stream->rows >= stream->most)
		return false;

	MemoryContextSwitchTo(stream->row_context);
	for (int i = 0; i < stream->binding->row->natts; i++)
	{
		nulls[i] = true;
		values[i] = (Datum) 0;
		if (stream->wanted[i] && stream->binding->columns[i].column)
			values[i] = column_value(stream, i, row, &nulls[i]);
	}
	stream->rows++;
	report_progress(stream);
	return true;
}

bool
stream_next(Stream *stream, Datum *values, bool *nulls)
{
	ErrorContextCallback callback;
	MemoryContext before = MemoryContextSwitchTo(stream->context);
	bool		found;

	context_push_action(&callback, &stream->action_context);
	MemoryContextReset(stream->row_context);
	found = next_in_context(stream, values, nulls);
	context_pop(&callback);
	MemoryContextSwitchTo(before);
	return found;
}

void
stream_close(Stream *stream)
{
	MemoryContextDelete(stream->context);
}

const Traffic *
stream_traffic(const Stream *stream)
{
	static const Traffic none = {0};

	return stream->client ? &stream->client->traffic : &none;
}

int64
stream_pages(const Stream *stream)
{
	return stream->pages ? pages_read(stream->pages) : 0;
}
