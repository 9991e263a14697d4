/*
 * client.h
 *	  Requests to Jira through a connection: signed in, repeated when Jira says
 *	  so, and every refusal turned into an error.
 */
#ifndef JIRA_CLIENT_H
#define JIRA_CLIENT_H

#include "auth/authorization.h"
#include "client/request.h"
#include "http/exchange.h"
#include "json/json.h"
#include "json/json_rows.h"
#include "utils/problem.h"
#include "utils/wait.h"

/* The largest file: it has to fit a bytea. */
#define MAX_FILE_SIZE (MaxAllocSize - VARHDRSZ)

/* What a client has cost so far; EXPLAIN shows it. */
typedef struct Traffic
{
	int64		requests;
	int64		retries;
	int64		bytes;			/* received, as they travelled */
	double		waited;			/* milliseconds */
} Traffic;

extern void transfer_add_traffic(Traffic *sum, const Traffic *more);

/* A connection in use by one call. */
typedef struct Client
{
	Connection *connection;
	Authorization *authorization;
	AuthorizationKey key;
	HttpSession *session;		/* shared by clients of the same user and
								 * secret */
	bool		patient;		/* repeats what Jira turned away for now */
	bool		in_turn;		/* the caller keeps the pace, with pace_turn() */
	bool		testing;		/* finds out whether Jira lets it in: neither
								 * blocked nor doubted (identity.h) */
	const WaitHooks *wait_hooks;	/* called around each wait for Jira, or
									 * NULL */
	Traffic		traffic;
} Client;

typedef struct Transfer Transfer;

/*
 * Opens a connection for the current user; NULL is the default alias.  The
 * client lives in the current memory context.  With "hooks" (NULL: none), what
 * they do happens around each wait for Jira, those of this call included.
 */
extern Client *client_open(const char *alias, const WaitHooks *hooks);

/* A client for a connection as it is, signed as given. */
extern Client *client_make(Connection *connection, Authorization *authorization,
						   const WaitHooks *hooks);

/* Starts a request and returns at once; the transfer lives in "context". */
extern Transfer *transfer_start(MemoryContext context, Client *client, const Request *request);

/*
 * Waits for the reply, repeating the request if that is called for.  Raises
 * when there is no reply; any status is returned.
 */
extern HttpReply *transfer_wait(Transfer *transfer);

/* The reply's document in the transfer's context, or an error; NULL for an empty body. */
extern json_t *transfer_document(Transfer *transfer);

/*
 * GETs what another request of the action needs to know: a document in the
 * current memory context.  "subject" is for messages, or NULL; "path" is
 * percent-encoded and may have a query.
 */
extern json_t *client_get(Client *client, const char *action, const char *subject,
						  const char *path);

/*
 * What is wrong with the reply, NULL if nothing is: see reply_problem().  "Not
 * found" is believed when Jira knows the caller only.
 */
extern Problem *transfer_problem(Transfer *transfer);

/* As transfer_document(), but tells what went wrong (else NULL) instead of raising. */
extern Problem *transfer_try(Transfer *transfer, json_t **document);

/*
 * The same, but a list in the document is left to be read element by element
 * while the transfer lives: see json_rows_open().  *list is NULL if it has none
 * of this name.
 */
extern json_t *transfer_list(Transfer *transfer, const char *name, JsonRows **list);

extern HttpExchange *transfer_exchange(Transfer *transfer);

/* Gives back what the transfer holds, before its context does. */
extern void transfer_end(Transfer *transfer);

#endif							/* JIRA_CLIENT_H */
