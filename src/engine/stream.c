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

#include "client/identity.h"
#include "engine/build_request.h"
#include "engine/endpoint_private.h"
#include "engine/field.h"
#include "engine/items_private.h"
#include "engine/members.h"
#include "engine/pages.h"
#include "engine/stream.h"
#include "utils/context.h"
#include "utils/fold.h"
#include "utils/foreign_text.h"
#include "utils/quoted.h"
#include "utils/settings.h"

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
	Items	   *items;			/* of these, that are returned instead, or
								 * NULL */
	bool	   *wanted;
	const char **paths;			/* of each column in a row, or NULL */
	int		   *columns;		/* those that are wanted and have a path */
	JsonPlaces *places;			/* of these, in a row */
	int		   *outward;		/* where the row is not the item */
	int			count;
	int		   *beside;			/* those that stand beside the list of the row */
	int			beside_count;
	char	   *filter_text;	/* that rows must have, folded, or NULL: none */
	JsonPlaces	filter_places;	/* at one of these */
	JsonRow    *row;			/* that was read last */
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

static void
put_fields(Request *request, json_t *fields)
{
	if (request_parameters(request) == NULL)
		request->body = jira_json_object(request->context);
	json_object_set(request_parameters(request), "fields", fields);
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

/* The path of the list of items that the action knows. */
static void
locate_list(Stream *stream)
{
	const Binding *binding = stream->binding;
	const char **list = &stream->paths[binding->row->natts];

	if (*list == NULL || strcmp(*list, LOCATED) != 0)
		return;
	if (!field_may_be_read(stream->client))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("%s does not know in which field of an issue its rows are", binding->action->name),
				 errdetail("Jira does not let the account or the token of connection \"%s\" read its fields.",
						   quoted(stream->client->connection->alias))));
	*list = binding->action->locate(stream->client, NULL);
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
	locate_list(stream);
}

/* A text of SQL, or NULL. */
static char *
folded_text(char *text)
{
	return text ? fold_utf8(pg_server_to_any(text, strlen(text), PG_UTF8)) : NULL;
}

/* The fields to ask for, NULL if the action has none to select. */
static json_t *
fields_to_ask(Stream *stream, const Request *request, const Datum *values, const bool *nulls,
			  const StreamUse *use)
{
	const Binding *binding = stream->binding;
	json_t	   *asked;

	if (binding->action->all_fields == NULL)
		return NULL;
	asked = bind_json(binding, bind_find(binding, AS_FIELDS), stream->context, values, nulls);
	if (asked)
		asked = field_ids(stream->client, asked, request->path);
	return build_request_fields(binding, stream->paths, asked, use->fields, stream->context);
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

/* Tells the pages which values of rows are wanted. */
static void
place_columns(Stream *stream)
{
	int			filter = bind_find(stream->binding, AS_FILTER);
	int			columns = stream->binding->row->natts;

	stream->columns = palloc(sizeof(int) * columns);
	stream->places = palloc(sizeof(JsonPlaces) * columns);
	stream->outward = palloc0(sizeof(int) * columns);
	stream->beside = palloc(sizeof(int) * columns);
	for (int i = 0; i < columns; i++)
	{
		JsonPaths  *paths = pages_paths(stream->pages);

		if (stream->paths[i] == NULL)
			continue;
		if (stream->paths[i][0] == OF_LIST[0])
		{
			stream->beside[stream->beside_count++] = i;
			continue;
		}
		if (stream->items)
			paths = items_paths(stream->items, &stream->paths[i], &stream->outward[stream->count]);
		stream->columns[stream->count] = i;
		stream->places[stream->count++] = json_row_add_paths(paths, stream->paths[i]);
	}
	if (stream->filter_text)
		stream->filter_places = json_row_add_paths(pages_paths(stream->pages), stream->binding->arguments[filter].argument
												   ->wire[stream->client->connection->deployment].name);
}

/*
 * Puts narrower JQL into the request of a search.  On Cloud a long one would need
 * other scopes.
 */
static NarrowingResult
narrow(Stream *stream, Request *request, Narrowing *narrowing, const char *own)
{
	bool		must_be_short = stream->client->connection->deployment == CLOUD && !build_request_is_long(own);
	char	   *jql;

	narrowing->result = narrowing->next(narrowing, stream->client, NOTHING_ASKED, own, &jql);
	if (narrowing->result == NARROWED && must_be_short && build_request_is_long(jql))
		narrowing->result = AS_WRITTEN;
	if (narrowing->result == NARROWED)
		narrowing_put(narrowing, request->query, jql);
	return narrowing->result;
}

/* The JQL of a request, "" if it has none. */
static char *
own_jql(const Request *request)
{
	const char *jql = json_string_value(json_object_get(request->query, "jql"));

	return pstrdup(jql ? jql : "");
}

/*
 * The items of the issues instead of these.  How many issues have those that the caller
 * wants is not known.
 */
static void
begin_items(Stream *stream, const Request *search, const char *own, const StreamUse *use, int rows_per_request)
{
	const char *list = stream->paths[stream->binding->row->natts];
	const ItemList *items = stream->binding->action->items;
	Deployment	deployment = stream->client->connection->deployment;

	if (items && items->fetched[deployment])
		list = items->path[deployment];
	if (list)
		stream->items = items_begin(stream->client, stream->binding->action, search, own, stream->pages, list,
									use, rows_per_request);
}

/* The rows that a request returns, if all are wanted. */
static int
rows_per_request(const PageSizes *sizes)
{
	return sizes->batch > 0 ? sizes->batch : sizes->further;
}

static void
begin_pages(Stream *stream, const Datum *values, const bool *nulls, const StreamUse *use)
{
	StreamUse	known = *use;
	PageSizes	sizes;
	const Binding *binding = stream->binding;
	const Action *action = binding->action;
	const Endpoint *single = members_endpoint(binding, stream->client->connection->deployment, values, nulls);
	const Endpoint *endpoint = single ? single : endpoint_choose(action, stream->client);
	Request    *request = build_request(binding, stream->client, endpoint, values, nulls);
	const Invocation call = {stream->client, request, binding, values, nulls};
	Request    *instead = NULL;
	json_t	   *keys = bind_json(binding, bind_find(binding, AS_KEYS), stream->context, values, nulls);
	json_t	   *fields = fields_to_ask(stream, request, values, nulls, use);
	char	   *own = own_jql(request);
	PartSource *lists;

	if (action->as_called)
		endpoint = action->as_called(&call, endpoint);
	if (use->narrowing)
	{
		sizes = page_sizes_choose(stream->client, endpoint, request, fields, use);
		use->narrowing->rows_per_request = rows_per_request(&sizes);
	}
	if (use->narrowing && narrow(stream, request, use->narrowing, own) == NO_ROWS)
		return;
	finish_request(stream, request, endpoint, fields);
	if (endpoint->instead)
	{
		instead = build_request(binding, stream->client, endpoint->instead, values, nulls);
		finish_request(stream, instead, endpoint->instead, fields);
	}
	stream->filter_text = folded_text(bind_text(binding, bind_find(binding, AS_FILTER), values, nulls));
	if (stream->filter_text || endpoint->keeps)
		known.limit = -1;		/* the rows that are left out are not known */
	if (action->items)
	{
		known.may_stop |= use->limit >= 0;
		known.limit = -1;
	}
	sizes = page_sizes_choose(stream->client, endpoint, request, fields, &known);
	stream->pages = pages_begin(stream->client, action, endpoint, request, instead,
								&sizes, jira_json_distinct(keys, stream->context));
	if (use->narrowing)
		pages_narrow(stream->pages, use->narrowing, own);
	lists = members_begin(stream->client, binding, endpoint, request, &sizes, stream->pages, values, nulls);
	if (lists)
		pages_of_parts(stream->pages, lists);
	if (argument_missing_ok(binding, values, nulls))
		pages_allow_missing(stream->pages);
	if (use->may_lack)
		pages_allow_loss(stream->pages);
	begin_items(stream, request, own, use, rows_per_request(&sizes));
	place_columns(stream);
}

/* Does this Jira have the list that rows are items of? */
static bool
has_list(const Stream *stream)
{
	return stream->binding->action->items->fetched[stream->client->connection->deployment] ||
		stream->paths[stream->binding->row->natts];
}

static Client *
open_client(const char *alias, SharedClient *shared)
{
	MemoryContext before;

	if (shared == NULL)
		return client_open(connection_named(alias), NULL);
	if (shared->client == NULL)
	{
		before = MemoryContextSwitchTo(shared->context);
		shared->client = client_open(connection_named(alias), NULL);
		MemoryContextSwitchTo(before);
	}
	return shared->client;
}

static void
open_in_context(Stream *stream, const Datum *values, const bool *nulls, const StreamUse *use)
{
	const Binding *binding = stream->binding;
	char	   *alias = bind_text(binding, bind_find(binding, ABSENT), values, nulls);

	stream->most = argument_limit(binding, values, nulls);
	if (is_missing(binding, values, nulls))
		return;
	stream->client = open_client(alias, use->shared);
	stream->action_context.connection = stream->client->connection->alias;
	locate_columns(stream);
	if (binding->action->items && !has_list(stream))
		return;
	begin_pages(stream, values, nulls, use);
}

Stream *
stream_open(const Binding *binding, const Datum *values, const bool *nulls,
			const bool *wanted, const StreamUse *use)
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
	open_in_context(stream, values, nulls, use);
	context_pop(&callback);
	MemoryContextSwitchTo(before);
	return stream;
}

void
stream_start(Stream *stream)
{
	ErrorContextCallback callback;
	MemoryContext before;

	if (stream->pages == NULL || identity_is_blocked(stream->client))
		return;
	before = MemoryContextSwitchTo(stream->context);
	context_push_action(&callback, &stream->action_context);
	pages_start(stream->pages, stream->most);
	context_pop(&callback);
	MemoryContextSwitchTo(before);
}

/* Is the text at one of the filter's paths, ignoring case? */
static bool
matches_filter(Stream *stream, JsonRow *row)
{
	MemoryContext before = MemoryContextSwitchTo(stream->row_context);
	bool		equal = stream->filter_text == NULL;

	for (int i = 0; !equal && i < stream->filter_places.count; i++)
	{
		char	   *text = json_row_string(row, stream->filter_places.first + i);

		equal = text && fold_equal(text, stream->filter_text);
	}
	MemoryContextSwitchTo(before);
	return equal;
}

/* What tells the row from others, as a key does an issue; NULL if nothing does. */
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
			return foreign_text(text, strlen(text), MOST_SHOWN);
	}
	return NULL;
}

/* " of "OPS-1"", or for an item " of "10042" in issue "OPS-1"". */
static char *
words_of_row(const Stream *stream, JsonRow *row)
{
	JsonRow    *issue = stream->items ? items_issue(stream->items) : row;
	const char *name = row_name(json_row_tree(row));
	const char *issue_name = issue == row ? NULL : row_name(json_row_tree(issue));

	return psprintf("%s%s%s%s%s%s", name ? " of \"" : "", name ? name : "", name ? "\"" : "",
					issue_name ? " in issue \"" : "", issue_name ? issue_name : "", issue_name ? "\"" : "");
}

/* The path of this number in "a|b", without what every issue has before it. */
static char *
field_of_path(const char *paths, int number)
{
	static const char prefix[] = "fields.";

	while (number-- > 0)
		paths += strcspn(paths, "|") + 1;
	if (strncmp(paths, prefix, strlen(prefix)) == 0)
		paths += strlen(prefix);
	return pnstrdup(paths, strcspn(paths, "|"));
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

/* Warns of a value that the type of its column does not have; raises an error if the setting says so. */
static void
report_invalid(Stream *stream, int i, int path, JsonRow *row, json_t *value)
{
	const char *column = NameStr(TupleDescAttr(stream->binding->row, i)->attname);
	const char *field = field_of_path(stream->paths[i], path);
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
					field[0] ? field : column, words_of_row(stream, row), format_type_be(type),
					foreign_text(text, strlen(text), MOST_SHOWN)),
			 is_error ? errhint("Set jira_spoke.invalid_values to \"null\" to read such values as NULL.")
			 : errdetail("Column \"%s\" is NULL.%s", column, *warnings() == MOST_WARNINGS
						 ? " Further values of this statement that cannot be read are NULL without a warning." : "")));
}

/* What the codec makes of the value at a place, which is not null. */
static json_t *
decoded_value(Stream *stream, const Codec *codec, JsonRow *row, int place)
{
	json_t	   *value = jira_json_own(stream->row_context, json_row_get(row, place));

	if (codec && codec->decode)
		value = jira_json_own(stream->row_context, codec->decode(value, stream->client->connection));
	return value;
}

static Datum
column_value(Stream *stream, int i, JsonPlaces places, JsonRow *row, bool *isnull)
{
	BoundColumn *bound = &stream->binding->columns[i];
	const Codec *codec = bound->column->codec;
	int			place = json_row_first(row, places);
	JsonSlice	slice;
	json_t	   *value;
	Datum		datum;

	*isnull = place < 0;
	if (*isnull)
		return (Datum) 0;
	if (json_row_slice(row, place, &slice) &&
		(codec == NULL || codec->decode == NULL || (codec->keeps_strings && *slice.start == '"')) &&
		value_from_slice(&bound->reader, slice, &datum))
		return datum;
	value = decoded_value(stream, codec, row, place);
	if (!value_exists(&bound->reader, value))
	{
		report_invalid(stream, i, place - places.first, row, value);
		*isnull = true;
		return (Datum) 0;
	}
	return value_from_json(&bound->reader, value, isnull);
}

/* A value that all rows of a list have. */
static Datum
beside_value(Stream *stream, int i, bool *isnull)
{
	BoundColumn *bound = &stream->binding->columns[i];
	json_t	   *value = pages_beside(stream->pages, stream->paths[i] + strlen(OF_LIST));

	if (value)
		jira_json_own(stream->row_context, value);
	if (!value_exists(&bound->reader, value))
	{
		report_invalid(stream, i, 0, stream->row, value);
		value = NULL;
	}
	return value_from_json(&bound->reader, value, isnull);
}

/* " of about 5000", as far as that is known without asking. */
static const char *
expected_rows(const Stream *stream)
{
	bool		all;
	int64		rows = pages_expected(stream->pages, &all);

	if (rows < stream->rows || stream->most != PG_INT64_MAX || stream->items)
		return "";
	return psprintf(" of %s " INT64_FORMAT, all ? "about" : "at least", rows);
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
				(errmsg("%s: " INT64_FORMAT " rows%s in " INT64_FORMAT " requests",
						stream->action_context.action, stream->rows, expected_rows(stream),
						stream->client->traffic.requests)));
	if (stream->next_progress == 0 || now >= stream->next_progress)
		stream->next_progress = TimestampTzPlusMilliseconds(now, PROGRESS_INTERVAL_MS);
}

/* Reads the next row, or item; false after the last one. */
static bool
read_row(Stream *stream)
{
	if (stream->items)
		return items_next(stream->items);
	do
		stream->row = pages_next(stream->pages, stream->most - stream->rows);
	while (stream->row && !matches_filter(stream, stream->row));
	return stream->row && stream->rows < stream->most;
}

/* The row that has the value of a column. */
static JsonRow *
row_with(Stream *stream, int i)
{
	return stream->items ? items_row(stream->items, stream->outward[i]) : stream->row;
}

static bool
next_in_context(Stream *stream, Datum *values, bool *nulls)
{
	if (stream->pages == NULL || !read_row(stream))
		return false;

	MemoryContextSwitchTo(stream->row_context);
	memset(values, 0, sizeof(Datum) * stream->binding->row->natts);
	memset(nulls, true, sizeof(bool) * stream->binding->row->natts);
	for (int i = 0; i < stream->count; i++)
	{
		int			column = stream->columns[i];

		values[column] = column_value(stream, column, stream->places[i], row_with(stream, i), &nulls[column]);
	}
	for (int i = 0; i < stream->beside_count; i++)
	{
		int			column = stream->beside[i];

		values[column] = beside_value(stream, column, &nulls[column]);
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

PagesCost
stream_cost(const Stream *stream)
{
	static const PagesCost none = {0};
	PagesCost	cost = stream->pages ? pages_cost(stream->pages) : none;

	if (stream->items)
		items_add_cost(stream->items, &cost);
	return cost;
}
