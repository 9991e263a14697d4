/*
 * transfer.h
 *	  One signed request to Jira and its reply: sent, repeated, read.
 *
 * A transfer does not ask whether Jira knows the caller: see client.h for that.
 */
#ifndef JIRA_CLIENT_TRANSFER_H
#define JIRA_CLIENT_TRANSFER_H

#include "auth/authorization.h"
#include "client/lookups.h"
#include "client/request.h"
#include "http/exchange.h"
#include "json/json.h"
#include "json/json_rows.h"
#include "utils/problem.h"

/* The largest file: it has to fit a bytea. */
#define MAX_FILE_SIZE (MaxAllocSize - VARHDRSZ)

/* The cost of a client's requests so far; EXPLAIN shows it. */
typedef struct Traffic
{
	int64		requests;
	int64		retries;
	int64		bytes;			/* received, as they travelled */
	double		waited;			/* milliseconds */
	double		throttled;		/* of them, those before a request could be
								 * sent */
} Traffic;

extern void transfer_add_traffic(Traffic *sum, const Traffic *more);

/* How many requests that may change something this process has sent so far. */
extern uint64 transfer_writes(void);

/* A connection in use by one call. */
typedef struct Client
{
	Connection *connection;
	Authorization *authorization;
	AuthorizationKey key;
	HttpSession *session;		/* shared by clients of the same user and
								 * secret */
	HttpShare  *share;			/* bounds all bodies that the client holds */
	bool		retries;		/* repeats a request that Jira turned away for
								 * now */
	Lookups    *lookups;		/* NULL, or in a process that must not wait:
								 * the requests that only read */
	void		(*noted) (struct Client *client, HttpExchange *exchange);	/* called with each
																			 * reply, or NULL */

	/*
	 * Or NULL: gives up replies that nobody waits for yet, so that another
	 * one has room; false if there are none.
	 */
	bool		(*make_room) (void *holder);
	void	   *holder;			/* of those replies */
	Traffic		traffic;
} Client;

typedef struct Transfer Transfer;

/*
 * A client for a connection as it is, signed as given.  It lives in the current
 * memory context.  With "lookups" (else NULL) it never waits, nor repeats a
 * request that Jira turned away for now, and the caller keeps the pace of its
 * writes with transfer_turn(): functions that would wait raise an error; see
 * lookups.h.
 */
extern Client *client_make(Connection *connection, Authorization *authorization, Lookups *lookups);

/*
 * Starts a request and returns at once; the transfer lives in "context".  Where
 * Jira must not be asked yet, the request is sent while somebody waits for it or
 * for another one of the same session: see under_way.h and bucket.h.
 */
extern Transfer *transfer_start(MemoryContext context, Client *client, const Request *request);

/* See pace_turn(): for a request that has yet to be started. */
extern long transfer_turn(const Client *client, const Request *request);

/*
 * Waits for the reply, repeating the request if that is called for.  Raises
 * when there is no reply; any status is returned.
 */
extern HttpReply *transfer_wait(Transfer *transfer);

/* After transfer_wait(): what is wrong with the reply, NULL if nothing is. */
extern Problem *transfer_problem(Transfer *transfer);

/*
 * The problem of a finished exchange, NULL if there is none, in words that do
 * not say what the request was about.
 */
extern Problem *transfer_problem_for_others(const Request *request, const Connection *connection,
											HttpExchange *exchange, uint64 budget);

/*
 * After transfer_wait(): the reply's document in the transfer's context, NULL
 * for an empty body; or returns what is wrong.  With "name" (NULL: none) the
 * list of that name is left out of the document, to be read element by element
 * while the transfer lives: see json_rows_open().  *list is NULL if there is
 * none of this name.
 */
extern Problem *transfer_read(Transfer *transfer, const char *name, JsonRows **list, json_t **document);

/*
 * Waits for the reply.  Did the replies to other requests of the client leave no
 * room for this one?  It can be sent again when they are gone.
 */
extern bool transfer_crowded_out(Transfer *transfer);

/*
 * Has the time passed in which the reply should have come, while the caller did
 * other things and nobody served the exchange?  It can be sent again if it only
 * reads.
 */
extern bool transfer_is_overdue(Transfer *transfer);

/* Ends a transfer that is overdue, and returns NULL; else returns the transfer, which may be NULL. */
extern Transfer *transfer_unless_overdue(Transfer *transfer);

/*
 * After transfer_wait(): the document of a refusal, in the current memory
 * context; NULL if there is none.
 */
extern json_t *transfer_refusal(const Transfer *transfer);

/* The memory that a document of the reply may take: see utils/budget.h. */
extern uint64 transfer_budget(const Transfer *transfer);

/* Waits and reads: returns what went wrong, also when there is no reply. */
extern Problem *transfer_try(Transfer *transfer, json_t **document);

/* Raises what went wrong, with a warning if Jira may have carried out the request. */
extern void transfer_raise(Transfer *transfer, Problem *problem);

/* What the transfer was for, and the exchange with the reply. */
extern Client *transfer_client(const Transfer *transfer);
extern const Request *transfer_request(const Transfer *transfer);
extern HttpExchange *transfer_exchange(Transfer *transfer);

/* Frees the reply; a document that was read from it stays. */
extern void transfer_drop_reply(Transfer *transfer);

/* Gives back what the transfer holds, before its context does. */
extern void transfer_end(Transfer *transfer);

#endif							/* JIRA_CLIENT_TRANSFER_H */
