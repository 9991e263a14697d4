/*
 * jql_time.h
 *	  Times in JQL.
 *
 * Jira reads a date of a query in the time zone of the profile of the account
 * that asks, to the minute.  A bare number is a count of milliseconds since 1970
 * and has no zone; Jira's index may keep whole seconds of a time.
 */
#ifndef JIRA_ENGINE_JQL_TIME_H
#define JIRA_ENGINE_JQL_TIME_H

#include "datatype/timestamp.h"
#include "pgtime.h"

#include "engine/jql_scan.h"

/* In milliseconds since 1970, without what is less than one. */
extern int64 jql_time_milliseconds(TimestampTz moment);

/* The reverse. */
extern TimestampTz jql_time_moment(int64 milliseconds);

/*
 * Appends a date, timestamp or timestamptz as what it means in the session: as
 * milliseconds.  "place" is where it is written, or NULL: a bound is then widened
 * to the full second, and where a field has days and not times, the day is
 * written.  Raises 22008 for one that Jira cannot have.
 */
extern void jql_time_append(StringInfo jql, Datum value, Oid type, const JqlScan *place);

/* Is there a bound in milliseconds in the query? */
extern bool jql_time_has_milliseconds(const char *jql);

/*
 * The query with such bounds as minutes in a time zone, widened so that no issue
 * is lost, whatever the zone if it is NULL.
 */
extern char *jql_time_in_minutes(const char *jql, pg_tz *zone);

#endif							/* JIRA_ENGINE_JQL_TIME_H */
