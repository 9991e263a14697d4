/*
 * action.h
 *	  What an action is: the table entry that says where the arguments and the
 *	  result of a SQL function travel on the wire, per deployment.
 *
 * The SQL declaration beside the entry says what the function is called, takes
 * and returns; the two meet by name (bind.c).
 */
#ifndef JIRA_ACTION_H
#define JIRA_ACTION_H

#include "fmgr.h"

#include "client.h"
#include "codec.h"

/* Where an argument goes. */
typedef enum Place
{
	ABSENT,						/* this deployment has no such parameter */
	IN_PATH,					/* into {argument} of the endpoint's path */
	IN_QUERY,
	IN_BODY,
	AS_FIELDS,					/* adds to the fields that the columns need */
	AS_LIMIT,					/* bounds the rows, sent or not */
	AS_KEYS						/* what is asked for, a batch at a time */
} Place;

typedef struct Wire
{
	Place		place;
	const char *name;			/* parameter, or dotted path in the body; "":
								 * all of it */
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
									 * itself */
	const Codec *codec;
} Column;

/* How a result that does not fit one reply goes on. */
typedef enum PageStyle
{
	ONE_REPLY,
	BY_OFFSET,					/* startAt, maxResults, total or isLast */
	BY_TOKEN,					/* nextPageToken */
	BY_KEYS						/* the keys asked for, KEYS_PER_BATCH at a
								 * time */
} PageStyle;

typedef struct Endpoint
{
	const char *method;			/* NULL: the deployment lacks the action */
	const char *path;			/* {v}: API version; {name}: argument */
	const char *result;			/* member with the list of rows ("": the
								 * reply), or dotted path of the scalar; NULL:
								 * the reply is the only row */
	PageStyle	pages;
	bool		reads;			/* though the method is not GET */
	bool		posts_long;		/* as POST with the query as body, when that
								 * is long */
} Endpoint;

typedef struct Action
{
	const char *name;			/* of the SQL function */
	Endpoint	on[DEPLOYMENTS];
	const Argument *arguments;	/* ends with a NULL name */
	const Column *columns;		/* ends with a NULL name; NULL: returns no
								 * rows */
	const char *all_fields;		/* what "fields" must ask for all, NULL:
								 * nothing to select */

	/* BY_KEYS: asks for a batch of keys, from the offset-th of the rows on. */
	void		(*ask_for_keys) (Request *request, const Connection *connection,
								 json_t *keys, int64 offset);
} Action;

#define GET "GET"
#define POST "POST"
#define PUT "PUT"
#define DELETE "DELETE"

#define REST(path) "/rest/api/{v}/" path

/* The same on every deployment. */
#define BOTH(...) {__VA_ARGS__, __VA_ARGS__}

#define ARGUMENTS(...) (const Argument[]) {__VA_ARGS__, {NULL}}
#define COLUMNS(...) (const Column[]) {__VA_ARGS__, {NULL}}

/*
 * Defines an action and the C function behind its SQL function, which is
 * called the same.  Both are exported: CREATE FUNCTION checks that the function
 * is there, and the planner finds the entry of a function by its name.
 */
#define JIRA_ACTION(symbol, ...) \
	PGDLLEXPORT Datum symbol(PG_FUNCTION_ARGS); \
	extern PGDLLEXPORT const Action symbol##_action; \
	const Action symbol##_action = {.name = #symbol, __VA_ARGS__}; \
	Datum \
	symbol(PG_FUNCTION_ARGS) \
	{ \
		return jira_call(fcinfo, &symbol##_action); \
	} \
	PG_FUNCTION_INFO_V1(symbol)

/* Runs the action with the arguments of a call (call.c). */
extern Datum jira_call(FunctionCallInfo fcinfo, const Action *action);

#endif							/* JIRA_ACTION_H */
