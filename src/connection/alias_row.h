/*
 * alias_row.h
 *	  One alias as stored, and whether a role may use it.
 */
#ifndef JIRA_CONNECTION_ALIAS_ROW_H
#define JIRA_CONNECTION_ALIAS_ROW_H

#include "json/json.h"

/* What a role may do with an alias, in this order. */
typedef enum Access
{
	NO_ACCESS,
	READ_ACCESS,
	WRITE_ACCESS
} Access;

/* Columns of jira_spoke.alias and jira_spoke.connection; NULL: as its parent. */
typedef struct AliasRow
{
	Oid			owner;			/* may have been dropped */
	bool		owned;			/* by the role given, or one whose rights it
								 * has */
	Access		access;			/* of the role given */
	char	   *name;
	char	   *parent;
	char	   *url;
	char	   *server_type;
	char	   *api_version;
	char	   *auth;
	char	   *username;
	char	   *scoped;
	char	   *cloud_id;
	char	   *oauth_application;
	char	   *certificate_origin; /* if it has a client certificate */
	json_t	   *options;
} AliasRow;

/*
 * Reads an alias, with what "role" may do with it: the caller decides what
 * follows from that.  NULL is the one that the role has chosen with
 * jira_use_connection(), else its own default one.  No right to the tables is
 * needed.  Returns false if there is no such alias.  The values are copied into
 * the current memory context.
 */
extern bool alias_row_read(const char *name, Oid role, AliasRow *row);

/* Takes what the row lacks from its parent; a cloud ID only together with the URL. */
extern void alias_row_inherit(AliasRow *row, const AliasRow *parent);

#endif							/* JIRA_CONNECTION_ALIAS_ROW_H */
