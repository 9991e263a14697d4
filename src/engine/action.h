/*
 * action.h
 *	  What an action is: the table entry that says where the arguments and the
 *	  result of a SQL function travel on the wire, per deployment.
 *
 * The SQL declaration beside the entry says what the function is called, takes
 * and returns; the two meet by name (bind.c).
 */
#ifndef JIRA_ENGINE_ACTION_H
#define JIRA_ENGINE_ACTION_H

#include "fmgr.h"
#include "nodes/pg_list.h"

#include "client/client.h"
#include "engine/codec.h"
#include "engine/side_request.h"

/* Where an argument goes. */
typedef enum Place
{
	ABSENT,						/* this deployment has no such parameter */
	IN_PATH,					/* into {argument} of the endpoint's path */
	IN_QUERY,
	IN_BODY,
	IN_FIELDS,					/* fields, by id or name, with their values:
								 * to an object in the body */
	IN_UPDATE,					/* fields with what to do to them, likewise */
	AS_FIELDS,					/* adds to the fields that the columns need */
	AS_LIMIT,					/* bounds the rows, sent or not */
	AS_FILTER,					/* keeps the rows that have it at one of the
								 * paths */
	AS_INPUT,					/* read by the action's own hook */
	AS_MISSING_OK,				/* true: no row if the key in the path is null
								 * or Jira does not have it */
	AS_KEYS,					/* what is asked for, a batch at a time */
	AS_PARENTS					/* whose lists are read: names; NULL: those of
								 * all */
} Place;

typedef struct Wire
{
	Place		place;
	const char *name;			/* parameter, or dotted path in the body; "":
								 * all of it */
	bool		required;		/* here, though SQL has a default for it */
	bool		sends_null;		/* null has a meaning of its own */
	bool		secret;			/* must not be shown, even if Jira repeats it */
} Wire;

typedef struct Argument
{
	const char *name;			/* of the SQL argument */
	Wire		wire[DEPLOYMENTS];
	const Codec *codec;
} Argument;

typedef struct Column
{
	const char *name;			/* of the SQL column */
	const char *path[DEPLOYMENTS];	/* dotted, from the row; "": the row
									 * itself; "a|b": the first there is;
									 * LOCATED: the action knows; with OF_LIST
									 * before it: beside the list, or carried
									 * by the parent */
	const Codec *codec;
	const char *of_issue;		/* of an item: the column of jira_issue with
								 * the same value of its issue, another one
								 * that JQL finds its issue by, one of the
								 * following, by which Jira finds the item
								 * itself; or NULL */
} Column;

#define ITEM_UPDATED "updated of an item"
#define ITEM_FIELD_ID "field_id of an item"

/* How a result that does not fit one reply goes on. */
typedef enum PageStyle
{
	ONE_REPLY,
	BY_OFFSET,					/* startAt, maxResults, total or isLast */
	BY_TOKEN,					/* nextPageToken, isLast */
	BY_NEXT_CURSOR,				/* cursor, nextCursor, isLast */
	BY_STRIDE,					/* startAt by the size asked for, whatever
								 * came, up to 1000 */
	BY_RECORDS,					/* offset, limit; the total may count too many */
	BY_CURSOR,					/* pageCursor, pagingInfo */
	BY_KEYS,					/* the keys asked for, a batch at a time */
	AS_TOLD						/* as the reply tells */
} PageStyle;

/* A call that is being made ready; for hooks. */
typedef struct Invocation
{
	Client	   *client;
	Request    *request;
	const struct Binding *binding;
	const Datum *values;
	const bool *nulls;
} Invocation;

/* Who an endpoint is for. */
typedef enum SignInKind
{
	ANY_SIGN_IN,
	WITH_OAUTH,
	WITHOUT_OAUTH
} SignInKind;

typedef struct Endpoint
{
	const char *method;			/* NULL: the deployment lacks the action; "":
								 * no request is made */
	const char *path;			/* {v}: API version; {name}: argument */
	const char *result;			/* member with the list of rows ("": the
								 * reply), or dotted path of the scalar; NULL:
								 * the reply is the only row */
	PageStyle	pages;
	int			most_rows;		/* that a page may be asked for; 0: Jira takes
								 * any number */
	bool		has_large_pages;	/* for who reads on: see page_sizes.c */
	bool		has_places;		/* BY_OFFSET: each page has the total, so that
								 * those after the first can be asked for at
								 * the same time */
	int			usual_rows;		/* that a page is asked for unless the user
								 * says otherwise; 0: as many as elsewhere */
	bool		reads;			/* though the method is not GET */
	bool		posts_long;		/* as POST with the query as body, when that
								 * is long */
	bool		at_origin;		/* the path is the host's, not below the base
								 * URL */
	bool		may_be_empty;	/* no body means no rows */

	/* Completes a request to this endpoint, before the action does. */
	void		(*prepare) (Invocation *invocation);

	/*
	 * A write without arguments that the outbox carries out so many days
	 * after a success, because what was made does not last; NULL: none.
	 */
	const char *followed_by;
	int			followed_after;

	/*
	 * After a write that was carried out for a caller who waits: looks
	 * whether Jira did what it was asked for, and raises if not.
	 */
	void		(*confirm) (Client *client, const Request *request, json_t *document);

	/*
	 * Is this row wanted?  For a list that Jira cannot narrow as asked: the
	 * request has what to look for in "unsent".
	 */
	bool		(*keeps) (const Request *request, json_t *row);

	/* Does a refusal by Jira with this status mean an empty list? */
	bool		(*no_rows) (Client *client, const Request *request, int status);

	/*
	 * Where the result may end too early.  A warning says so when there are
	 * fewer rows than this member counts, or exactly as many as one of the
	 * numbers at which Jira cuts lists off (ends with 0).
	 */
	const char *counted;
	const int  *cuts;

	/* BY_STRIDE: are there more rows than Jira examines? */
	bool		(*ends_early) (Client *client, const Request *request);

	/*
	 * A search for issues by the parameter "jql", which Jira ends early: it
	 * goes on by key.  Without ORDER BY the rows may have an order of their
	 * own, which they must keep.
	 */
	bool		has_window;
	bool		is_ordered;

	/* Asked instead where this Jira does not have the endpoint (404, 410). */
	const struct Endpoint *instead;

	/* Who has it; where that does not fit, "otherwise" is looked at. */
	SignInKind	sign_in;
	int			first_version;	/* of Server; 0: from the first one on */
	int			first_minor;	/* of first_version */
	bool		tried_earlier;	/* below first_version Jira decides */
	int			last_version;	/* of Server; 0: to the last one */
	const struct Endpoint *otherwise;	/* NULL: nothing else */
} Endpoint;

/*
 * Rows that are items of a list in the issues of a search.  The path of a column is
 * that in an item; each "^" before it leads to what the item's list stands in, at
 * last to the issue.
 */
typedef struct ItemList
{
	const char *path[DEPLOYMENTS];	/* of the list in an issue, and after ">"
									 * of the list in each of its elements;
									 * LOCATED: the action knows */
	bool		is_certain[DEPLOYMENTS];	/* each issue has the list, if it
											 * has been asked for */
	int			most_shown;		/* items, where an issue does not say how many
								 * it has; 0: any number */

	/*
	 * Has the whole list of an issue that shows a part of it ("total" beside
	 * the list says so), by the issue's {id}; NULL: they show all of it.
	 */
	const Endpoint *rest[DEPLOYMENTS];

	/*
	 * Has the lists of many issues instead: of most_rows at a time, each with
	 * "issueId".  The first of the lists in "path" is then that of the reply.
	 */
	const Endpoint *fetched[DEPLOYMENTS];
	const SideRequest *side;	/* either of them, on Cloud */

	/*
	 * Have the ids of items that were changed "since" a time, which stands
	 * among the unsent of the search's request, as this member; and items by
	 * their ids, each with "issueId".  NULL: not to be had.
	 */
	const Endpoint *changed_ids;
	const char *id_member;
	const SideRequest *side_of_ids;
	const Endpoint *changed;
	const SideRequest *side_of_changed;

	/*
	 * Is this item wanted?  Asked if the request of the search has something
	 * "unsent".  The fields that stand there as "field_ids" are asked for
	 * where Jira has the changes of many issues.
	 */
	bool		(*keeps) (json_t *unsent, json_t *item);
} ItemList;

/* How a list of each parent is asked for. */
typedef struct ParentWire
{
	const char *id;				/* path in a parent: what is asked for */
	const char *parameter;		/* of the query, that takes it; NULL: it goes
								 * into the path */
	bool		by_name;		/* a parent that is named is asked for by its
								 * name, and the list of parents is not */
	const char *names;			/* parameter of the list of parents that takes
								 * the one that is named; NULL: none does */
} ParentWire;

/* What the rows of a list have of its parent. */
typedef struct Carried
{
	const char *name;			/* after OF_LIST in the path of a column, and
								 * {name} in that of the action */
	const char *path;			/* in the parent */
} Carried;

/*
 * Whose lists an action reads if a call does not say whose: those of each row of
 * another list, which may itself be below another one.  Or, without such a list, the
 * members of the action's own list, of which each can be asked for by name.
 */
typedef struct Parents
{
	const struct Action *list;	/* reads them; NULL: the action does */
	const char *argument;		/* {argument} in the path of the action; of
								 * the outermost parents also the column that
								 * names them */
	ParentWire	wire[DEPLOYMENTS];
	const char *name;			/* path in a parent: what that column has */
	const Carried *carried;		/* ends with a NULL name */
	bool		(*has_list) (json_t *parent);	/* NULL: each has one */

	/*
	 * Path of the id in a row, where several lists may have the same rows,
	 * and the list of a parent that is gone may be a part of others; else
	 * NULL.
	 */
	const char *once;

	/* Has a member of the action's own list, by name. */
	const Endpoint *single[DEPLOYMENTS];
} Parents;

/* Sign-ins that an action is not to be had with. */
#define NOT_OAUTH 1
#define NOT_SCOPED 2

typedef struct Action
{
	const char *name;			/* of the SQL function */

	/* The catalogue (action_view.sql); no title: beside it. */
	const char *category;
	const char *title;
	int			limits;			/* NOT_OAUTH, NOT_SCOPED */
	const char *classic_scopes; /* with spaces between them; NULL: none */
	const char *granular_scopes;
	bool		any_scope;		/* whatever scopes a token has will do */
	const SideRequest *const *also; /* ends with NULL; NULL: none */

	Endpoint	on[DEPLOYMENTS];
	const Argument *arguments;	/* ends with a NULL name */
	const Column *columns;		/* ends with a NULL name; NULL: returns no
								 * rows */
	const Parents *below[DEPLOYMENTS];	/* NULL: its list is below no other
										 * one */
	const char *batches;		/* the function that has the same rows for
								 * many keys instead of one, or NULL */
	const ItemList *items;		/* of which the rows are, or NULL */
	const char *all_fields;		/* what "fields" must ask for all, NULL:
								 * nothing to select */

	/* Completes a request; may ask Jira for what it needs. */
	void		(*prepare) (Invocation *invocation);

	/*
	 * For an action whose call says what the reply is like: the endpoint as
	 * this call has it, in the current memory context.
	 */
	const Endpoint *(*as_called) (const Invocation *invocation, const Endpoint *endpoint);

	/*
	 * A write that is stored to be carried out later: raises an error if it
	 * never could be.  Can it be carried out twice without harm?  NULL: the
	 * method tells.
	 */
	void		(*check_write) (const Datum *values, const bool *nulls);
	bool		(*repeats) (const Datum *values, const bool *nulls);

	/*
	 * The path of a LOCATED column, which differs from Jira to Jira, in the
	 * current memory context; NULL where this Jira has none.  Only asked for
	 * columns that are wanted, and for the list of items, as column NULL.
	 */
	char	   *(*locate) (Client *client, const char *column);

	/*
	 * The rows of a reply that has no list of them: a new reference; NULL if
	 * the reply is not what it should be.  May ask for the rest of the reply.
	 */
	json_t	   *(*rows) (Client *client, const Request *request, json_t *document);

	/*
	 * What the argument "expand" may name; what Jira returns for it becomes a
	 * member of "fields".
	 */
	const char *const *expansions;	/* ends with NULL */

	/* Raises for a refusal that comes with the status of a success. */
	void		(*check_reply) (const Request *request, json_t *document);

	const Codec *result_codec;	/* of a scalar result */

	/* BY_KEYS: asks for a batch of keys, from the offset-th of the rows on. */
	void		(*ask_for_keys) (Request *request, const Connection *connection,
								 json_t *keys, int64 offset);
} Action;

#define GET "GET"
#define POST "POST"
#define PUT "PUT"
#define DELETE "DELETE"
#define NO_REQUEST ""

/* As a column's path. */
#define LOCATED "?"

/* Before a column's path. */
#define OF_LIST "<"

#define REST(path) "/rest/api/{v}/" path

/* The same on every deployment. */
#define BOTH(...) {__VA_ARGS__, __VA_ARGS__}

#define ARGUMENTS(...) (const Argument[]) {__VA_ARGS__, {NULL}}
#define ALSO(...) (const SideRequest *const[]) {__VA_ARGS__, NULL}
#define NO_ARGUMENTS (const Argument[]) {{NULL}}
#define COLUMNS(...) (const Column[]) {__VA_ARGS__, {NULL}}

/*
 * Defines an action and the C function behind its SQL function, which is
 * called the same.  Both are exported: CREATE FUNCTION checks that the function
 * is there, and the planner finds the entry of a function by its name.
 */
#define JIRA_ACTION(symbol, ...) \
	PGDLLEXPORT Datum symbol(PG_FUNCTION_ARGS); \
	JIRA_ENTRY(symbol, __VA_ARGS__); \
	Datum \
	symbol(PG_FUNCTION_ARGS) \
	{ \
		return jira_call(fcinfo, &symbol##_action); \
	} \
	PG_FUNCTION_INFO_V1(symbol)

/*
 * The entry alone, for an action whose C function is written out; without
 * arguments nothing is bound.
 */
#define JIRA_ENTRY(symbol, ...) \
	extern PGDLLEXPORT const Action symbol##_action; \
	const Action symbol##_action = {.name = #symbol, __VA_ARGS__}

#define OTHERWISE(...) &(const Endpoint) {__VA_ARGS__}
#define INSTEAD(...) &(const Endpoint) {__VA_ARGS__}
#define CUT_AT(...) (const int[]) {__VA_ARGS__, 0}

/* The table entry behind a SQL function, NULL if it is not an action of ours. */
extern const Action *action_of(Oid function);

/* The functions of the extension that have one, in no order. */
extern List *action_functions(void);

/* Runs the action with the arguments of a call (call.c). */
extern Datum jira_call(FunctionCallInfo fcinfo, const Action *action);

#endif							/* JIRA_ENGINE_ACTION_H */
