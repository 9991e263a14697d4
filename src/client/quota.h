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

#endif							/* JIRA_CLIENT_QUOTA_H */
