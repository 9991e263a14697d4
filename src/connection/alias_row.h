/*
 * alias_row.h
 *	  One alias as stored, and whether a role may use it.
 */
#ifndef JIRA_CONNECTION_ALIAS_ROW_H
#define JIRA_CONNECTION_ALIAS_ROW_H

#include "json/json.h"

/* Columns of jira_spoke.alias and jira_spoke.connection; NULL: as its parent. */
typedef struct AliasRow
{
	Oid			owner;
	bool		usable;			/* by the role given */
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
	char	   *paced_by;		/* itself, if it has requests_per_second */
	json_t	   *options;
} AliasRow;

/*
 * Reads an alias as the current user, with row level security, or as the tables'
 * owner, without.  Returns false if no such alias is visible.  The values are
 * copied into the current memory context.
 */
extern bool alias_row_read(const char *name, Oid role, bool as_owner, AliasRow *row);

/*
 * The default alias of the current user.  Raises 42704 if there is none and
 * 42P09 if there are several.
 */
extern char *alias_row_default(void);

/* Takes what the row lacks from its parent; a cloud ID only together with the URL. */
extern void alias_row_inherit(AliasRow *row, const AliasRow *parent);

#endif							/* JIRA_CONNECTION_ALIAS_ROW_H */
