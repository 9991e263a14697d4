/*
 * oauth_application.h
 *	  OAuth 2.0 applications that are registered with Atlassian or a Data Center.
 */
#ifndef JIRA_CONNECTION_OAUTH_APPLICATION_H
#define JIRA_CONNECTION_OAUTH_APPLICATION_H

#include "http/url.h"
#include "secret/secret_table.h"

typedef struct OAuthApplication
{
	char	   *name;
	Oid			owner;
	char	   *client_id;
	struct varlena *client_secret;	/* sealed, or NULL */
	bool		has_consent;	/* a person consents; else it is a service
								 * account */
	char	   *redirect_url;	/* NULL without consent */
	char	   *scopes;			/* with spaces between them */
	char	   *authorize_url;
	char	   *token_url;
	char	   *refresh_url;	/* the same host's; token_url if it has no
								 * other */
	Url			token_place;	/* token_url taken apart */
} OAuthApplication;

/*
 * The application of this name, for an alias of "role".  Raises 42704 with the
 * same words if there is none and if the role may not use it.
 */
extern OAuthApplication *oauth_application_open(const char *name, Oid role);

/* Would that succeed, as far as the role goes? */
extern bool oauth_application_is_usable(const char *name, Oid role);

/* The client secret, to be sent to the token URL only; "" if it has none. */
extern char *oauth_application_secret(const OAuthApplication *application);

/* Seals and stores the client secret of an application of the current user. */
extern void oauth_application_store_secret(const char *name, const char *secret);

/* Seals all of them again with the first key. */
extern void oauth_application_reseal(ChangeCount *count);

#endif							/* JIRA_CONNECTION_OAUTH_APPLICATION_H */
