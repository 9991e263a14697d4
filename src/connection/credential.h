/*
 * credential.h
 *	  The secrets that connections sign in with: tokens and passwords.
 */
#ifndef JIRA_CONNECTION_CREDENTIAL_H
#define JIRA_CONNECTION_CREDENTIAL_H

#include "secret/secret_table.h"

/* Seals and stores the secret of an alias for an origin; NULL deletes it. */
extern void credential_store(const char *alias, const char *origin, const char *secret);

/* A row of jira_spoke.credential. */
typedef struct Credential
{
	char	   *alias;
	char	   *origin;			/* the only one that the secret is sent to */
	struct varlena *sealed;
} Credential;

/* The credential of an alias, NULL if it has none; its secret stays sealed. */
extern Credential *credential_find(const char *alias);

/*
 * Returns the secret of a credential, to be sent to "origin".  Raises 28000 if
 * it was stored for another one; "connection" is the alias that messages name.
 */
extern char *credential_open(const Credential *credential, const char *origin,
							 const char *connection);

/* Seals all of them again with the first key. */
extern void credential_reseal(ChangeCount *count);

/* The words for a connection in errors about its secrets. */
extern char *connection_phrase(const char *connection);

#endif							/* JIRA_CONNECTION_CREDENTIAL_H */
