/*
 * connection.h
 *	  Connections, opened by the name of their alias.
 */
#ifndef JIRA_CONNECTION_H
#define JIRA_CONNECTION_H

#include "connection/options.h"
#include "http/url.h"
#include "utils/problem.h"

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
	char	   *site_url;		/* as stored: identifies the site, requests go
								 * to base_url */
	char	   *base_url;		/* without a slash at its end; NULL until
								 * connection_set_cloud_id() */
	Url			url;			/* base_url taken apart */
	Deployment	deployment;
	int			api_version;	/* 2 or 3; 2 on Server */
	bool		read_only;		/* no request that writes: see
								 * connection_check_write() */
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
 * Whether an app signs in for the user.  On Cloud every bearer token is an app's;
 * on Server it is a personal access token, with all rights of its user.
 */
extern bool connection_uses_oauth(const Connection *connection);

/* Whether Jira may refuse a request because the token lacks a scope. */
extern bool connection_has_scopes(const Connection *connection);

/* May the user name be that of an account?  On Cloud that is an e-mail address. */
extern bool connection_user_is_email(const Connection *connection);

/* What to do when Jira did not accept the credential. */
extern const char *connection_sign_in_hint(const Connection *connection);

/*
 * The alias that a call uses: its argument, else the setting
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
 * Raises 42501 if the user who opened the connection may only read through it.
 * Asked where requests are sent (request_check()) and enqueued; the renewal of
 * tokens and the look-ups of a sign-in are no writes.
 */
extern void connection_check_write(const Connection *connection);

/*
 * Is this that error, or that of a host which jira_spoke.allowed_hosts lacks?
 * Another grant or setting may end it.
 */
extern bool connection_refused_for_now(const Problem *problem);

/*
 * Completes the base URL of a connection that goes through Atlassian's gateway.
 * Raises 08P01 unless the ID passes connection_is_cloud_id(), since it becomes a
 * part of a path.
 */
extern void connection_set_cloud_id(Connection *connection, const char *cloud_id);

/*
 * The same connection with another base URL, whose host the caller has checked or
 * a superuser has chosen.  The client certificate is left out
 * unless the origin is the same.
 */
extern Connection *connection_elsewhere(const Connection *connection, const char *url);

/*
 * The cloud ID in a URL of the gateway ("https://.../ex/jira/<cloud ID>/..."),
 * palloc'd; NULL if it is none.
 */
extern char *connection_gateway_id(const char *url);

/* The URL of a site at the gateway. */
extern char *connection_gateway_url(const char *cloud_id);

/* Whether a text consists of letters, digits and hyphens. */
extern bool connection_is_cloud_id(const char *text);

/*
 * Raises 22023 unless "text" is a base URL that may be used here: https, or
 * http to loopback when jira_spoke.allow_http is on.
 */
extern void connection_parse_url(const char *text, Url *url);

/* The same, and 42501 unless jira_spoke.allowed_hosts has its host. */
extern void connection_check_url(const char *text, Url *url);

#endif							/* JIRA_CONNECTION_H */
