/*
 * quota.h
 *	  What a reply tells of how much Jira still answers, and until when.
 */
#ifndef JIRA_CLIENT_QUOTA_H
#define JIRA_CLIENT_QUOTA_H

#include "datatype/timestamp.h"

#include "http/exchange.h"

typedef struct Quota
{
	int64		remaining;		/* requests or points; -1: not told */
	TimestampTz resets_at;		/* 0: not told */
} Quota;

/*
 * Reads the headers of a reply that came at this time.  Returns false if none of
 * them is about a quota.  Numbers beyond any quota are clamped.
 */
extern bool quota_read(HttpExchange *exchange, TimestampTz now, Quota *quota);

/* Does the reply say that little is left of the burst limit? */
extern bool quota_is_near(HttpExchange *exchange);

/* Which limit a refusal with status 429 is for, in Jira's word; NULL: not told. */
extern const char *quota_reason(HttpExchange *exchange);

/* When that limit is lifted, if the headers of the refusal tell; else 0. */
extern TimestampTz quota_reset(HttpExchange *exchange, TimestampTz now);

/* Is it the quota of an app, which all who use the app share? */
extern bool quota_is_of_app(const char *reason);

/* Is it the limit of writes to one issue? */
extern bool quota_is_of_issue(const char *reason);

#endif							/* JIRA_CLIENT_QUOTA_H */
