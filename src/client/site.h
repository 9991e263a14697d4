/*
 * site.h
 *	  What this backend knows of the Jira behind a connection.
 *
 * What one user is told with one credential, another may not be told: each
 * pair has a record of its own, as it has an HTTP session of its own.
 */
#ifndef JIRA_CLIENT_SITE_H
#define JIRA_CLIENT_SITE_H

#include "datatype/timestamp.h"
#include "lib/ilist.h"

#include "client/transfer.h"

/* NULL or zero: not known yet. */
typedef struct Site
{
	dlist_node	node;
	AuthorizationKey key;
	MemoryContext context;		/* owns what is known, and this */

	bool		identified;		/* identity.c: whose credential it is */
	TimestampTz locked_out;		/* identity.c: since when */
	bool		shared_block;	/* identity.c: other sessions know it, too */
	json_t	   *server_info;	/* server_info.c */
	const char *time_zone;		/* account_zone.c; "": Jira does not tell */
	bool		refuses_milliseconds;	/* jql_request.c: in JQL */
	TimestampTz small_batches;	/* see below: since when; 0: not known */
	bool		refuses_batches;	/* sweep.c: returns none by id */
	bool		refuses_parts;	/* creation_parts.c: does not let them be
								 * counted */
	struct Catalogue *catalogue;	/* field.c */
	struct KnownNames *known_names; /* known_names.c */
	struct UploadRule *upload_rule; /* upload.c */
} Site;

/*
 * The record of a client's connection, found or made.  Only the most recently
 * used ones are kept: look it up again rather than hold it while another
 * connection may be used.
 */
extern Site *site_of(const Client *client);

/*
 * Whether the site returns only few issues by id at once.  When it has said so,
 * other sessions are told, where processes can share memory.  After a day it is
 * tried again.
 */
extern bool site_has_small_batches(const Client *client);
extern void site_note_small_batches(const Client *client);

/* The same for this session alone, of a site that has not said so. */
extern void site_suspect_small_batches(const Client *client);

#endif							/* JIRA_CLIENT_SITE_H */
