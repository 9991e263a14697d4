/*
 * connection.h
 *	  Aliases of connections: who may use them, where they lead, their secrets.
 */
#ifndef JIRA_CONNECTION_H
#define JIRA_CONNECTION_H

#include "url.h"

typedef enum Deployment
{
	CLOUD,
	SERVER						/* Server and Data Center */
} Deployment;

#define DEPLOYMENTS 2

/* A connection with everything that it takes from its parents. */
typedef struct Connection
{
	char	   *alias;
	char	   *site_url;		/* as the alias has it: to recognize, not to
								 * ask */
	char	   *base_url;		/* without a slash at its end */
	Url			url;			/* base_url taken apart */
	Deployment	deployment;
	int			api_version;	/* 2 or 3; 2 on Server */
	char	   *auth;			/* "basic", "bearer" or "oauth2" */
	bool		scoped;			/* an API token that has scopes */
	char	   *username;
	char	   *credential;		/* the alias whose secret is used; NULL: none */
} Connection;

/* How a request proves who sends it; both texts are secret. */
typedef struct Authorization
{
	char	   *header;			/* "Authorization: ..." */
	char	   *secret;			/* as it was stored */
} Authorization;

/* "Cloud" or "Server and Data Center", for messages. */
extern const char *deployment_name(Deployment deployment);

/*
 * Does an app sign in for the user?  Cloud knows no other bearer tokens, while
 * Server has personal access tokens, which are as good as a password.
 */
extern bool connection_uses_oauth(const Connection *connection);

/* May a refusal be for want of a scope of the token? */
extern bool connection_has_scopes(const Connection *connection);

/*
 * The alias a call means: its argument, else the setting
 * jira_spoke.connection, else NULL (the default alias).
 */
extern const char *connection_named(const char *argument);

/*
 * Looks the alias up as the current user; NULL means the user's default alias.
 * Raises 42704 with the same words for an alias that does not exist and for
 * one that the user may not use.  Allocated in the current memory context.
 */
extern Connection *connection_open(const char *alias);

/*
 * Reads the secret for a connection that connection_open() has allowed.
 * Raises 28000 if there is none or it was stored for another origin.
 */
extern Authorization *connection_authorize(const Connection *connection);

/* Overwrites both texts. */
extern void authorization_forget(Authorization *authorization);

/*
 * Raises 22023 unless "text" is a base URL that may be used here: https, or
 * http to loopback when jira_spoke.allow_http is on.
 */
extern void connection_check_url(const char *text, Url *url);

/* The extension's own relation of this name; never somebody else's. */
extern Oid	spoke_relation(const char *name);

/* Stores (NULL: removes) a secret without any query that could be logged. */
extern void credential_store(const char *alias, const char *origin, const char *secret);

/* The secret of an alias and its origin, palloc'd; false if there is none. */
extern bool credential_read(const char *alias, char **origin, char **secret);

/* Runs a statement of our own as the tables' owner; returns rows affected. */
extern uint64 spoke_execute(const char *statement, int nargs, Oid *types,
							Datum *values, const char *nulls);

#endif							/* JIRA_CONNECTION_H */
