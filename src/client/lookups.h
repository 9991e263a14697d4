/*
 * lookups.h
 *	  Requests that only read, asked for once however often their caller begins
 *	  anew.
 *
 * For a process that must not wait (utils/wait.h).  What a request needs to
 * know, such as the id of a transition, is asked of Jira while it is composed.
 * Composing ends with an error then, and is repeated from its beginning when
 * the reply is there: it finds the reply here.
 */
#ifndef JIRA_CLIENT_LOOKUPS_H
#define JIRA_CLIENT_LOOKUPS_H

#include "auth/authorization.h"
#include "client/bucket.h"
#include "http/exchange.h"

typedef struct Lookups Lookups;

/* They live until "context" is deleted, and so do their replies. */
extern Lookups *lookups_make(MemoryContext context);

/*
 * The exchange of a request, started in the session of this key if the same one
 * has not been asked for with the same access token before.  A new one has to
 * keep the pace of the connection and of the bucket: until its turn comes,
 * wait_postpone() is called.  *is_new is whether it was started now.
 */
extern HttpExchange *lookups_exchange(Lookups *lookups, const Connection *connection,
									  const AuthorizationKey *key, int64 generation,
									  BucketId bucket, const HttpRequest *request, bool *is_new);

#endif							/* JIRA_CLIENT_LOOKUPS_H */
