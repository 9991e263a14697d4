/*
 * connection.h
 *	  Aliases of connections: who may use them, where they lead, their secrets.
 */
#ifndef JIRA_CONNECTION_H
#define JIRA_CONNECTION_H

#include "connection/options.h"
#include "http/url.h"

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
	char	   *base_url;		/* without a slash at its end; NULL until
								 * connection_set_cloud_id() */
	Url			url;			/* base_url taken apart */
	Deployment	deployment;
	int			api_version;	/* 2 or 3; 2 on Server */
	char	   *auth;			/* "basic", "bearer" or "oauth2" */
	bool		scoped;			/* an API token that has scopes */
	char	   *username;
	char	   *credential;		/* the alias whose secret or tokens are used;
								 * NULL: none */
	Oid			credential_owner;
	struct Credential *stored;	/* that alias's secret; NULL: none */
	char	   *oauth_application;	/* how to get tokens, with "oauth2" */
	char	   *cloud_id;		/* NULL: not known or not needed */
	ConnectionOptions options;
} Connection;

/* "Cloud" or "Server and Data Center", for messages. */
extern const char *connection_deployment_name(Deployment deployment);

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
 * Completes the base URL of a connection that goes through Atlassian's gateway.
 * Raises 08P01 unless the id is one by its form: it becomes a part of a path.
 */
extern void connection_set_cloud_id(Connection *connection, const char *cloud_id);

/*
 * The same connection, but to another place that belongs to it.  The client
 * certificate stays behind unless it is the same host.
 */
extern Connection *connection_elsewhere(const Connection *connection, const char *url);

/* Has it letters, digits and hyphens only? */
extern bool connection_is_cloud_id(const char *text);

/*
 * Raises 22023 unless "text" is a base URL that may be used here: https, or
 * http to loopback when jira_spoke.allow_http is on.
 */
extern void connection_check_url(const char *text, Url *url);

#endif							/* JIRA_CONNECTION_H */
