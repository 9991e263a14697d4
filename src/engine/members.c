/*
 * members.c
 *	  The lists below each member of another list, or some members of a list.
 *
 * The members, which are parents of lists, are read as far as they are needed, and
 * their lists are asked for several at a time, in the order of the parents.  A parent
 * may be gone, or closed to the account, when its list is asked for: a warning says
 * so, and the others are read.  One that a condition names and that does not exist has
 * no rows.
 *
 * A member of a list that a condition names is asked for in the same way, as if it
 * were a list of its own, with one row.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/memutils.h"

#include "engine/build_request.h"
#include "engine/endpoint_private.h"
#include "engine/members.h"
#include "engine/page_end_private.h"
#include "engine/window_private.h"
#include "client/reply.h"
#include "utils/foreign_text.h"
#include "utils/settings.h"

/* Parents that are asked for by name; of more it is cheaper to look for them in the list. */
#define MOST_NAMED 100

/* Jira keeps no longer ones, of 255 characters at most. */
#define MOST_NAME_BYTES (4 * 255)

/* How much of a parent's name is shown. */
#define MOST_SHOWN 60

typedef struct Members
{
	PartSource	source;
	Client	   *client;
	const Binding *binding;
	const Parents *parents;
	const ParentWire *wire;
	const Endpoint *endpoint;	/* of their lists */
	PageSizes	sizes;			/* of these */
	const char *path;			/* of one, with the mark for the parent */
	Request    *request;		/* for the list that is asked for next */
	MemoryContext context;		/* owns this and the following */
	bool		of_one;			/* the call is for one of them, and fails with
								 * it */
	json_t	   *names;			/* set of the parents that are wanted; NULL:
								 * all */
	bool		named;			/* they are asked for by their names */
	Pages	   *list;			/* of parents; NULL: none is needed */
	bool		ended;			/* all of it was read, or it is not needed */
	MemoryContext parent_context;	/* for what is read of one parent */
	json_t	   *found;			/* {id, name, carried} by place; null: done */
	Window	   *window;
	bool		taken;			/* a list that is being read */
	int64		done;			/* number of lists that were read */
	JsonPlaces	once;			/* in a row */
	json_t	   *seen;			/* set of the ids of rows */
} Members;

static json_t *
text_at(json_t *object, const char *path)
{
	json_t	   *value = jira_json_own(CurrentMemoryContext, jira_json_get_or_null(object, path));

	if (json_is_integer(value))
		value = jira_json_own(CurrentMemoryContext, jira_json_made(json_string(jira_json_text(value))));
	return json_is_string(value) ? value : NULL;
}

/* --- The parents. */

/* Notes a parent whose list is to be read. */
static void
add_parent(Members *members, json_t *id, json_t *name, json_t *carried)
{
	json_t	   *parent = jira_json_made(json_pack("{sOsOsO}", "id", id, "name", name, "carried", carried));

	if (json_array_append_new(members->found, parent) < 0)
		jira_json_made(NULL);
}

/* Can nobody be called like that? */
static bool
is_no_name(const Members *members, const char *name)
{
	return name[0] == '\0' || strlen(name) > MOST_NAME_BYTES ||
		(members->wire->parameter == NULL && build_request_segment(name) == NULL);
}

/* Those that are asked for by their names carry nothing else. */
static void
add_named(Members *members)
{
	const char *name;
	json_t	   *value;

	json_object_foreach(members->names, name, value)
	{
		json_t	   *id = jira_json_own(CurrentMemoryContext, jira_json_made(json_string(name)));
		json_t	   *carried = jira_json_object(CurrentMemoryContext);

		if (is_no_name(members, name))
			continue;
		json_object_set(carried, members->parents->argument, id);
		add_parent(members, id, id, carried);
	}
}

/* What the rows of a list have of its parent, and of the parent of that. */
static json_t *
carried_by(const Members *members, json_t *parent)
{
	json_t	   *object = jira_json_object(CurrentMemoryContext);

	for (const Carried *carried = members->parents->carried; carried && carried->name; carried++)
	{
		json_t	   *value = jira_json_get(parent, carried->path);

		if (value == NULL)
			value = pages_beside(members->list, carried->path);
		if (value)
			json_object_set_new(object, carried->name, value);
	}
	return object;
}

/* Is its list wanted, and is there one? */
static bool
is_wanted(const Members *members, json_t *parent, json_t *name)
{
	if (members->parents->has_list && !members->parents->has_list(parent))
		return false;
	return members->names == NULL || (name && json_object_get(members->names, json_string_value(name)));
}

static void
take_parent(Members *members, json_t *parent)
{
	json_t	   *name = text_at(parent, members->parents->name);
	json_t	   *id = text_at(parent, members->wire->id);

	if (!is_wanted(members, parent, name))
		return;
	if (id == NULL || (members->wire->parameter == NULL && build_request_segment(json_string_value(id)) == NULL))
		problem_raise(reply_malformed(members->request, pstrdup("One of those whose lists are wanted has no id.")));
	add_parent(members, id, name ? name : id, carried_by(members, parent));
}

/* Reads one more parent from their list. */
static void
read_parent(Members *members)
{
	JsonRow    *row = pages_next(members->list, PG_INT64_MAX);
	MemoryContext before;

	members->ended = row == NULL;
	if (row == NULL)
		return;
	before = MemoryContextSwitchTo(members->parent_context);
	take_parent(members, json_row_tree(row));
	MemoryContextSwitchTo(before);
	MemoryContextReset(members->parent_context);
}

/* Has the list of parents look for the only one that is named. */
static void
ask_for_name(const Members *members, Request *request)
{
	const char *name;
	json_t	   *value;

	if (members->names == NULL || members->wire->names == NULL || json_object_size(members->names) != 1)
		return;
	json_object_foreach(members->names, name, value)
		if (strchr(name, ',') == NULL)
		json_object_set_new(request->query, members->wire->names, jira_json_made(json_string(name)));
}

/* Prepares to read the list of parents. */
static void
begin_list(Members *members, const Datum *values, const bool *nulls)
{
	Deployment	deployment = members->client->connection->deployment;
	Binding    *above = palloc(sizeof(Binding));
	StreamUse	use = {.limit = -1,.may_stop = members->sizes.may_stop};
	const Endpoint *endpoint;
	Request    *request;
	PageSizes	sizes;
	PartSource *source;

	*above = *members->binding;
	above->action = members->parents->list;
	if (above->action->on[deployment].method == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s has no list of what %s is read for",
						connection_deployment_name(deployment), members->binding->action->name),
				 errhint("Use a condition on column \"%s\", with = or IN.", members->parents->argument)));
	endpoint = endpoint_choose(above->action, members->client);
	request = build_request(above, members->client, endpoint, values, nulls);
	ask_for_name(members, request);
	sizes = page_sizes_choose(members->client, endpoint, request, NULL, &use);
	members->list = pages_begin(members->client, above->action, endpoint, request, NULL, &sizes, NULL);
	source = members_begin(members->client, above, endpoint, request, &sizes, members->list, values, nulls);
	if (source)
		pages_of_parts(members->list, source);
}

/* --- Their lists. */

static void
put_into_path(Request *request, const char *mark, json_t *value)
{
	char	   *segment = json_is_string(value) ? build_request_segment(json_string_value(value)) : NULL;

	if (segment)
		build_request_replace(request, mark, segment);
}

/* Has the request ask for the list of a parent. */
static void
ask_for_list(const Members *members, Request *request, int64 place)
{
	json_t	   *parent = json_array_get(members->found, place);
	const char *shown = json_string_value(json_object_get(parent, "name"));
	const char *name;
	json_t	   *value;

	request->path = MemoryContextStrdup(request->context, members->path);
	if (members->wire->parameter)
		json_object_set(request->query, members->wire->parameter, json_object_get(parent, "id"));
	else
		put_into_path(request, members->parents->argument, json_object_get(parent, "id"));
	json_object_foreach(json_object_get(parent, "carried"), name, value)
		put_into_path(request, name, value);
	request->subject = foreign_text(shown, strlen(shown), MOST_SHOWN);
}

static void
ask_for_first_page(void *source, Request *request, const WindowBatch *batch)
{
	const Members *members = source;

	ask_for_list(members, request, batch->first);
	if (members->endpoint->pages != BY_OFFSET)
		return;
	json_object_set_new(request->query, "startAt", jira_json_made(json_integer(0)));
	json_object_set_new(request->query, "maxResults", jira_json_made(json_integer(members->sizes.first)));
}

/* How many lists may be asked for now.  Who may stop early begins with one. */
static int
lists_at_once(const Members *members)
{
	int			most = members->client->connection->options.paces ? 1 : jira_parallel_requests;

	if (members->sizes.may_stop || members->sizes.limit >= 0)
		most = (int) Min(most, Max(2 * members->done, 1));
	return most;
}

/* Asks for further lists, as far as their parents are known or can be read. */
static void
send_on(Members *members)
{
	int			at_once = lists_at_once(members);

	while (!members->ended &&
		   (int64) json_array_size(members->found) - window_next(members->window) + window_under_way(members->window) < at_once)
		read_parent(members);
	window_fill(members->window, json_array_size(members->found), 1, at_once);
}

static bool
next_list(PartSource *source, Request *request, Transfer **first, json_t **carried)
{
	Members    *members = (Members *) source;
	MemoryContext before = MemoryContextSwitchTo(members->context);
	int64		place;

	if (members->taken)
	{
		json_array_set_new(members->found, window_first(members->window), json_null());
		window_done(members->window);
	}
	members->taken = false;
	send_on(members);
	MemoryContextSwitchTo(before);
	if (window_under_way(members->window) == 0)
		return false;
	*first = window_take(members->window);
	members->taken = true;
	place = window_taken(members->window)->first;
	ask_for_list(members, request, place);
	ask_for_list(members, members->request, place); /* names it in messages */
	*carried = json_object_get(json_array_get(members->found, place), "carried");
	members->done++;
	return true;
}

/*
 * Has the statement been told that such lists are refused?  A join may begin to read
 * them for each of many rows.
 */
static bool
is_told(const Members *members)
{
	static TimestampTz statement = 0;
	static List *told = NIL;
	char	   *name = psprintf("%s %s", members->client->connection->alias, members->binding->action->name);
	MemoryContext before;
	ListCell   *cell;

	if (statement != GetCurrentStatementStartTimestamp())
	{
		list_free_deep(told);
		told = NIL;
	}
	statement = GetCurrentStatementStartTimestamp();
	foreach(cell, told)
		if (strcmp(lfirst(cell), name) == 0)
		return true;
	before = MemoryContextSwitchTo(TopMemoryContext);
	told = lappend(told, pstrdup(name));
	MemoryContextSwitchTo(before);
	return false;
}

/*
 * The list of one that was named may be a part of others, where rows are in several
 * lists: then all are read.
 */
static bool
refuse_list(PartSource *source, const Request *request, const Problem *problem, int status)
{
	Members    *members = (Members *) source;

	if (members->of_one || (status != 403 && status != 404) ||
		(status == 403 && members->parents->list == NULL))
		return false;
	if (status == 404 && members->named)
	{
		if (members->list)
			members->names = NULL;
		members->ended = members->list == NULL;
		members->named = members->ended;
		return true;
	}
	if (!is_told(members))
		page_end_warn(request, problem->detail ? problem->detail : problem->message,
					  "Others that Jira refuses likewise are left out without a further warning.");
	return true;
}

static bool
keep_once(PartSource *source, JsonRow *row)
{
	Members    *members = (Members *) source;
	int			place = members->parents->once ? json_row_first(row, members->once) : -1;
	char	   *id;

	if (place < 0)
		return true;
	id = jira_json_text(jira_json_own(CurrentMemoryContext, json_row_get(row, place)));
	if (json_object_get(members->seen, id))
		return false;
	json_object_set_new(members->seen, id, json_true());
	return true;
}

static int
peak_of_lists(const PartSource *source)
{
	return window_peak(((const Members *) source)->window);
}

/* --- The beginning. */

/* Does an argument of the call say whose list is wanted? */
static bool
is_said(const Binding *binding, const Parents *parents)
{
	for (int i = 0; i < binding->narguments; i++)
	{
		const BoundArgument *bound = &binding->arguments[i];

		if (bound->argument && bound->argument->wire[CLOUD].place != AS_PARENTS &&
			strcmp(bound->name, parents->argument) == 0)
			return true;
	}
	return false;
}

/* Is the call a function's, for the lists of one parent? */
static bool
is_of_one(const Binding *binding)
{
	int			argument = bind_find(binding, AS_PARENTS);

	return argument >= 0 && binding->arguments[argument].type == TEXTOID;
}

/* The parents that the call names, if these are the outermost ones; NULL: it wants all. */
static json_t *
names_of(const Binding *binding, const Parents *parents, Deployment deployment, const Datum *values, const bool *nulls)
{
	const Parents *above = parents->list ? parents->list->below[deployment] : NULL;
	json_t	   *names = NULL;
	json_t	   *given;
	size_t		i;
	json_t	   *name;

	if (above && !is_said(binding, above))
		return NULL;
	given = bind_json(binding, bind_find(binding, AS_PARENTS), CurrentMemoryContext, values, nulls);
	if (given)
		names = jira_json_object(CurrentMemoryContext);
	if (json_is_string(given))
		json_object_set(names, json_string_value(given), json_true());
	json_array_foreach(given, i, name)
		if (json_is_string(name))
		json_object_set(names, json_string_value(name), json_true());
	return names;
}

/* Are there names, and few enough to ask for each of them? */
static bool
are_asked_by_name(const Parents *parents, Deployment deployment, json_t *names)
{
	return names && (json_object_size(names) == 0 ||
					 (parents->wire[deployment].by_name && json_object_size(names) <= MOST_NAMED));
}

const Endpoint *
members_endpoint(const Binding *binding, Deployment deployment, const Datum *values, const bool *nulls)
{
	const Parents *parents = binding->action->below[deployment];

	if (parents == NULL || parents->list ||
		!are_asked_by_name(parents, deployment, names_of(binding, parents, deployment, values, nulls)))
		return NULL;
	return parents->single[deployment];
}

PartSource *
members_begin(Client *client, const Binding *binding, const Endpoint *endpoint, const Request *request,
			  const PageSizes *sizes, Pages *pages, const Datum *values, const bool *nulls)
{
	Deployment	deployment = client->connection->deployment;
	const Parents *parents = binding->action->below[deployment];
	Members    *members;

	if (parents == NULL || is_said(binding, parents) ||
		(parents->list == NULL && endpoint != parents->single[deployment]))
		return NULL;
	members = palloc0(sizeof(Members));
	members->source = (PartSource)
	{
		next_list, refuse_list, keep_once, peak_of_lists
	};
	members->client = client;
	members->binding = binding;
	members->parents = parents;
	members->wire = &parents->wire[deployment];
	members->endpoint = endpoint;
	members->sizes = *sizes;
	members->path = pstrdup(request->path);
	members->request = request_copy(request);
	members->context = CurrentMemoryContext;
	members->parent_context = AllocSetContextCreate(CurrentMemoryContext, "Jira parent", ALLOCSET_SMALL_SIZES);
	members->of_one = is_of_one(binding);
	members->names = names_of(binding, parents, deployment, values, nulls);
	members->found = jira_json_array(members->context);
	members->window = window_begin(client, members->request, ask_for_first_page, members);
	members->once = json_row_add_paths(pages_paths(pages), parents->once);
	members->seen = jira_json_object(members->context);
	members->named = are_asked_by_name(parents, deployment, members->names);
	members->ended = members->named;
	if (members->named)
		add_named(members);
	if (parents->list && (!members->named || parents->once))
		begin_list(members, values, nulls);
	return &members->source;
}

const char *
members_named_by(const Action *action)
{
	const Parents *parents = action->below[CLOUD] ? action->below[CLOUD] : action->below[SERVER];

	while (parents && parents->list && parents->list->below[CLOUD])
		parents = parents->list->below[CLOUD];
	return parents ? parents->argument : NULL;
}

bool
members_have_lists(const Action *action)
{
	const Parents *parents = action->below[CLOUD] ? action->below[CLOUD] : action->below[SERVER];

	return parents && parents->list;
}
