/*
 * session.c
 *	  HTTP sessions kept between calls, one per user, connection and secret.
 *
 * A session's connections stay open, so that the next call need not shake
 * hands again.  Nothing (socket, TLS session) is shared between two roles or
 * two secrets: each pair has its own session.
 */
#include "postgres.h"

#include <sys/stat.h>

#include "lib/stringinfo.h"

#include "client/session_private.h"
#include "utils/own.h"
#include "utils/settings.h"

/* Idle sessions to keep in one backend. */
#define MAX_IDLE 8

typedef struct KeptSession
{
	AuthorizationKey key;
	Digest		transport;		/* of the options of the way there */
	int			max_connections;
	HttpSession *session;
	int			borrowers;
	uint64		last_use;
	struct KeptSession *next;
} KeptSession;

static KeptSession *kept = NULL;
static uint64 uses = 0;

/* A file as it is now: one that was renewed is used at once. */
static void
append_file(StringInfo text, const char *path)
{
	struct stat status;

	if (path == NULL)
	{
		appendStringInfoString(text, "\n-");
		return;
	}
	memset(&status, 0, sizeof(status));
	(void) stat(path, &status); /* a session of its own for one that is gone */
	appendStringInfo(text, "\n%s %lld %lld %lld.%ld", path, (long long) status.st_ino,
					 (long long) status.st_size, (long long) status.st_mtim.tv_sec,
					 status.st_mtim.tv_nsec);
}

static Digest
transport_digest(const ConnectionOptions *options)
{
	StringInfoData text;
	Digest		digest;

	initStringInfo(&text);
	appendStringInfoString(&text, options->proxy ? options->proxy : "-");
	append_file(&text, options->ca_file);
	append_file(&text, options->client_certificate);
	append_file(&text, options->client_key);
	digest = digest_of(text.data);
	pfree(text.data);
	return digest;
}

static void
close_session(KeptSession *session)
{
	KeptSession **link = &kept;

	while (*link != session)
		link = &(*link)->next;
	*link = session->next;
	http_close(session->session);
	free(session);
}

/* Closes the idle sessions beyond MAX_IDLE, least recently used first. */
static void
close_surplus(void)
{
	for (;;)
	{
		KeptSession *oldest = NULL;
		int			idle = 0;

		for (KeptSession *each = kept; each; each = each->next)
		{
			if (each->borrowers > 0)
				continue;
			idle++;
			if (oldest == NULL || each->last_use < oldest->last_use)
				oldest = each;
		}
		if (idle <= MAX_IDLE)
			return;
		close_session(oldest);
	}
}

static void
give_back(void *borrowed)
{
	((KeptSession *) borrowed)->borrowers--;
	close_surplus();
}

static KeptSession *
open_session(const AuthorizationKey *key, const Digest *transport, const Connection *connection)
{
	KeptSession *session = calloc(1, sizeof(KeptSession));
	HttpSessionOptions options = {
		.max_connections = jira_parallel_requests,
		.loopback_only = !connection->url.https,
		.proxy = connection->options.proxy,
		.ca_file = connection->options.ca_file,
		.client_certificate = connection->options.client_certificate,
		.client_key = connection->options.client_key,
	};

	if (session)
		session->session = http_open(&options);
	if (session == NULL || session->session == NULL)
	{
		free(session);
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	}
	session->key = *key;
	session->transport = *transport;
	session->max_connections = jira_parallel_requests;
	session->next = kept;
	kept = session;
	return session;
}

HttpSession *
session_borrow(MemoryContext context, const AuthorizationKey *key, const Connection *connection)
{
	KeptSession *session = kept;
	Digest		transport = transport_digest(&connection->options);

	while (session && !(authorization_key_equal(&session->key, key) && digest_equal(&session->transport, &transport) &&
						session->max_connections == jira_parallel_requests))
		session = session->next;
	if (session == NULL)
		session = open_session(key, &transport, connection);

	session->last_use = ++uses;
	session->borrowers++;
	jira_own(context, session, give_back);
	return session->session;
}
