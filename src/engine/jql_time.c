/*
 * jql_time.c
 *	  Times in JQL.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "engine/jql_time.h"
#include "json/value.h"

#define MS_PER_SECOND INT64CONST(1000)
#define MS_PER_MINUTE (60 * MS_PER_SECOND)
#define MS_PER_HOUR (60 * MS_PER_MINUTE)
#define USECS_PER_MS INT64CONST(1000)

#define UNIX_EPOCH_MS ((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY * MS_PER_SECOND)

/* Of a number that is a time; ours have at least so many, with zeros before them. */
#define FEWEST_DIGITS 12
#define MOST_DIGITS 15

/* How far from a change of the offset a local time may mean two moments, or none. */
#define CHANGE_MS (2 * MS_PER_HOUR)

/* The largest distance of a zone from UTC. */
#define ANY_ZONE_MS (14 * MS_PER_HOUR)

/* Fields with times and with days; all others may be either. */
static const char *const time_fields[] = {
	"created", "createdDate", "lastViewed", "resolutiondate", "resolved",
	"statusCategoryChangedDate", "updated", "updatedDate", NULL
};
static const char *const day_fields[] = {"due", "duedate", "worklogDate", NULL};

static int64
round_down(int64 value, int64 unit)
{
	int64		rest = value % unit;

	return value - (rest < 0 ? rest + unit : rest);
}

int64
jql_time_milliseconds(TimestampTz moment)
{
	return round_down(moment, USECS_PER_MS) / USECS_PER_MS + UNIX_EPOCH_MS;
}

TimestampTz
jql_time_moment(int64 milliseconds)
{
	return (milliseconds - UNIX_EPOCH_MS) * USECS_PER_MS;
}

/* A bound so that no issue is lost: a lower one goes down, an upper one up. */
static int64
widen(int64 value, JqlOperator operator, int64 unit)
{
	switch (operator)
	{
		case JQL_AT_LEAST:
		case JQL_AFTER:
			return round_down(value, unit);
		case JQL_AT_MOST:
		case JQL_BEFORE:
			return round_down(value + unit - 1, unit);
		default:
			return value;
	}
}

/* What happened later than a moment may be kept as the second of that moment. */
static int64
widen_to_second(int64 value, JqlOperator operator)
{
	return widen(value, operator, MS_PER_SECOND) - (operator == JQL_AFTER ? 1 : 0);
}

static void
append_milliseconds(StringInfo jql, int64 milliseconds)
{
	appendStringInfo(jql, "%s%0*lld", milliseconds < 0 ? "-" : "", FEWEST_DIGITS,
					 (long long) (milliseconds < 0 ? -milliseconds : milliseconds));
}

static void
append_day(StringInfo jql, Timestamp day)
{
	struct pg_tm tm;
	fsec_t		fraction;

	(void) timestamp2tm(day, NULL, &tm, &fraction, NULL, NULL);
	appendStringInfo(jql, "\"%04d-%02d-%02d\"", tm.tm_year, tm.tm_mon, tm.tm_mday);
}

/* A date says nothing of a time, unless the field does. */
static bool
is_day(Oid type, const JqlScan *place)
{
	if (place == NULL || place->operator == JQL_NONE || place->is_history)
		return false;
	return jql_scan_field_in(place, day_fields) ||
		(type == DATEOID && !jql_scan_field_in(place, time_fields));
}

/* The time in the session. */
static Timestamp
local_time(Datum value, Oid type)
{
	Timestamp	local;
	struct pg_tm tm;
	fsec_t		fraction;

	if (type == TIMESTAMPTZOID)
		value = DirectFunctionCall1(timestamptz_timestamp, value);
	else if (type == DATEOID)
		value = DirectFunctionCall1(date_timestamp, value);
	local = DatumGetTimestamp(value);
	if (!value_timestamp(local, &tm, &fraction))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp cannot be written in JQL")));
	return local;
}

void
jql_time_append(StringInfo jql, Datum value, Oid type, const JqlScan *place)
{
	JqlOperator operator = place ? jql_scan_operator(place) : JQL_NONE;
	Timestamp	local = local_time(value, type);

	if (is_day(type, place))
	{
		int64		unit = USECS_PER_DAY;

		if (operator == JQL_BEFORE)
			local += unit - 1;
		append_day(jql, round_down(local, unit));
		return;
	}
	if (type != TIMESTAMPTZOID)
		value = DirectFunctionCall1(timestamp_timestamptz, TimestampGetDatum(local));
	append_milliseconds(jql, widen_to_second(jql_time_milliseconds(DatumGetTimestampTz(value)), operator));
}

/* Is the token a bound in milliseconds? */
static bool
is_bound(const JqlScan *scan)
{
	const char *text = scan->text + scan->start;
	size_t		length = scan->end - scan->start;

	if (scan->operator == JQL_NONE || scan->operator == JQL_EXACT)
		return false;
	if (*text == '-')
	{
		text++;
		length--;
	}
	if (length < FEWEST_DIGITS || length > MOST_DIGITS)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

bool
jql_time_has_milliseconds(const char *jql)
{
	JqlScan		scan;

	jql_scan_begin(&scan, jql, strlen(jql));
	while (jql_scan_next(&scan))
		if (is_bound(&scan))
			return true;
	return false;
}

/* Does the offset of the zone change close to this moment? */
static bool
is_near_change(int64 milliseconds, pg_tz *zone)
{
	pg_time_t	from = round_down(milliseconds - CHANGE_MS, MS_PER_SECOND) / MS_PER_SECOND;
	pg_time_t	change;
	long		offset;
	long		next_offset;
	int			is_dst;

	return pg_next_dst_boundary(&from, &offset, &is_dst, &change, &next_offset, &is_dst, zone) > 0 &&
		change * MS_PER_SECOND <= milliseconds + CHANGE_MS;
}

/* Appends a bound; false if it is beyond the times that the server knows. */
static bool
append_minutes(StringInfo jql, int64 milliseconds, JqlOperator operator, pg_tz *zone)
{
	bool		is_lower = operator == JQL_AT_LEAST || operator == JQL_AFTER;
	int64		margin = zone == NULL ? ANY_ZONE_MS : is_near_change(milliseconds, zone) ? CHANGE_MS : 0;
	int64		bound = widen(milliseconds + (is_lower ? -margin : margin), operator, MS_PER_MINUTE);
	struct pg_tm tm;
	fsec_t		fraction;
	int			offset;

	if (timestamp2tm(jql_time_moment(bound), zone ? &offset : NULL, &tm, &fraction, NULL, zone) != 0 ||
		tm.tm_year < 1 || tm.tm_year > 9999)
		return false;
	appendStringInfo(jql, "\"%04d-%02d-%02d %02d:%02d\"",
					 tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min);
	return true;
}

char *
jql_time_in_minutes(const char *jql, pg_tz *zone)
{
	StringInfoData result;
	JqlScan		scan;
	size_t		copied = 0;

	initStringInfo(&result);
	jql_scan_begin(&scan, jql, strlen(jql));
	while (jql_scan_next(&scan))
	{
		if (!is_bound(&scan))
			continue;
		appendBinaryStringInfo(&result, jql + copied, scan.start - copied);
		copied = scan.start;
		if (append_minutes(&result, strtoll(jql + scan.start, NULL, 10), jql_scan_operator(&scan), zone))
			copied = scan.end;
	}
	appendStringInfoString(&result, jql + copied);
	return result.data;
}
